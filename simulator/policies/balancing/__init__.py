"""Which replica gets the next call."""

from simulator.policies.balancing.at_random import Random
from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.fewest_of_sample import FewestOfSample
from simulator.policies.balancing.least_outstanding import LeastOutstanding
from simulator.policies.balancing.round_robin import RoundRobin

__all__ = [
    "BalancingPolicy",
    "FewestOfSample",
    "LeastOutstanding",
    "Picker",
    "Pool",
    "Random",
    "RoundRobin",
    "balancing_policies",
]
