"""How many calls a concurrency limiter lets be under way at a time."""

from simulator.policies.concurrency import adaptive
from simulator.policies.concurrency.aimd import Aimd
from simulator.policies.concurrency.base import ConcurrencyPolicy, Limit, concurrency_policies
from simulator.policies.concurrency.fixed import MOST_CALLS, Fixed
from simulator.policies.concurrency.gradient import Gradient
from simulator.policies.concurrency.vegas import Vegas

__all__ = [
    "MOST_CALLS",
    "Aimd",
    "ConcurrencyPolicy",
    "Fixed",
    "Gradient",
    "Limit",
    "Vegas",
    "adaptive",
    "concurrency_policies",
]
