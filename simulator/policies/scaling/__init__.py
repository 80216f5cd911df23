"""How many replicas there are to be."""

from simulator.policies.scaling.average_value import AverageValue
from simulator.policies.scaling.base import (
    Advice,
    Scaler,
    ScalingPolicy,
    Seen,
    Sight,
    scaling_policies,
)
from simulator.policies.scaling.behavior import Behavior, Rate, ScalingRules
from simulator.policies.scaling.concurrency import Concurrency
from simulator.policies.scaling.external_value import ExternalValue
from simulator.policies.scaling.scheduled import Scheduled
from simulator.policies.scaling.seasonal import Seasonal
from simulator.policies.scaling.shortfall import Shortfall
from simulator.policies.scaling.trend import Trend
from simulator.policies.scaling.utilization import Utilization

__all__ = [
    "Advice",
    "AverageValue",
    "Behavior",
    "Concurrency",
    "ExternalValue",
    "Rate",
    "Scaler",
    "ScalingPolicy",
    "ScalingRules",
    "Scheduled",
    "Seasonal",
    "Seen",
    "Shortfall",
    "Sight",
    "Trend",
    "Utilization",
    "scaling_policies",
]
