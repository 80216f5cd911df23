"""How many calls may pass in a time."""

from simulator.policies.limiting.base import Limiter, LimitingPolicy, limiting_policies
from simulator.policies.limiting.fixed_window import FixedWindow
from simulator.policies.limiting.leaky_bucket import LeakyBucket
from simulator.policies.limiting.sliding_window_counter import SlidingWindowCounter
from simulator.policies.limiting.sliding_window_log import SlidingWindowLog
from simulator.policies.limiting.token_bucket import TokenBucket

__all__ = [
    "FixedWindow",
    "LeakyBucket",
    "Limiter",
    "LimitingPolicy",
    "SlidingWindowCounter",
    "SlidingWindowLog",
    "TokenBucket",
    "limiting_policies",
]
