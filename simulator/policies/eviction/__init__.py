"""Which entry leaves a full cache, and whether a new one comes in at all."""

from simulator.policies.eviction import frequency, s3_fifo, segmented, single, tinylfu
from simulator.policies.eviction.base import EvictionPolicy, Order, eviction_policies
from simulator.policies.eviction.single import Lru

__all__ = [
    "EvictionPolicy",
    "Lru",
    "Order",
    "eviction_policies",
    "frequency",
    "s3_fifo",
    "segmented",
    "single",
    "tinylfu",
]
