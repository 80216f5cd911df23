"""When a trial of two arms is looked at, when it ends, and what it has found then."""

from simulator.policies.stopping.always_valid import AlwaysValid
from simulator.policies.stopping.base import Ruling, StoppingRule, Trial, TrialPlan, stopping_rules
from simulator.policies.stopping.fixed_horizon import FixedHorizon
from simulator.policies.stopping.obrien_fleming import OBrienFleming
from simulator.policies.stopping.peeking import Peeking
from simulator.policies.stopping.pocock import Pocock
from simulator.policies.stopping.sprt import Sprt

__all__ = [
    "AlwaysValid",
    "FixedHorizon",
    "OBrienFleming",
    "Peeking",
    "TrialPlan",
    "Pocock",
    "Ruling",
    "Sprt",
    "StoppingRule",
    "Trial",
    "stopping_rules",
]
