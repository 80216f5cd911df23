"""When a circuit breaker opens, and when it lets calls through again."""

from simulator.policies.breaking import counted, sliding
from simulator.policies.breaking.base import (
    BAD,
    CLOSED,
    GOOD,
    HALF_OPEN,
    IGNORED,
    OPEN,
    Breaker,
    BreakingPolicy,
    breaking_policies,
)
from simulator.policies.breaking.consecutive import Consecutive
from simulator.policies.breaking.ratio import RatioOfCalls
from simulator.policies.breaking.window import Window

__all__ = [
    "BAD",
    "CLOSED",
    "GOOD",
    "HALF_OPEN",
    "IGNORED",
    "OPEN",
    "Breaker",
    "BreakingPolicy",
    "Consecutive",
    "RatioOfCalls",
    "Window",
    "breaking_policies",
    "counted",
    "sliding",
]
