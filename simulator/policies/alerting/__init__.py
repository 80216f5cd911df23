"""When an alert goes off and when it is cleared, from what was counted or measured until now."""

from simulator.policies.alerting.burn_rates import BurnRates, BurnWindow
from simulator.policies.alerting.hysteresis import Hysteresis
from simulator.policies.alerting.tally import Tally

__all__ = ["BurnRates", "BurnWindow", "Hysteresis", "Tally"]
