"""Which replica gets the next call."""

from simulator.policies.balancing.at_random import Random
from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.consistent_hash import ConsistentHash
from simulator.policies.balancing.fewest_of_sample import FewestOfSample
from simulator.policies.balancing.hash_modulo import HashModulo
from simulator.policies.balancing.least_outstanding import LeastOutstanding
from simulator.policies.balancing.least_time import LeastTime
from simulator.policies.balancing.rendezvous import Rendezvous
from simulator.policies.balancing.round_robin import RoundRobin
from simulator.policies.balancing.sticky import Sticky
from simulator.policies.balancing.weighted_round_robin import WeightedRoundRobin

__all__ = [
    "BalancingPolicy",
    "ConsistentHash",
    "FewestOfSample",
    "HashModulo",
    "LeastOutstanding",
    "LeastTime",
    "Picker",
    "Pool",
    "Random",
    "Rendezvous",
    "RoundRobin",
    "Sticky",
    "WeightedRoundRobin",
    "balancing_policies",
]
