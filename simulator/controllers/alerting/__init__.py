"""From counts to pages: objectives, alerts on them, who bundles these, and who is woken up."""

from simulator.controllers.alerting import (
    alert_manager,
    burn_rate_alert,
    on_call,
    slo,
    threshold_alert,
)

__all__ = ["alert_manager", "burn_rate_alert", "on_call", "slo", "threshold_alert"]
