"""Which waiting calls are dropped so that others are served in time."""

from simulator.policies.shedding.base import SheddingPolicy, shedding_policies
from simulator.policies.shedding.codel import Codel
from simulator.policies.shedding.controlled_delay import ControlledDelay

__all__ = ["Codel", "ControlledDelay", "SheddingPolicy", "shedding_policies"]
