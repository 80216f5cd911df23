"""Which traces, and which calls' records, are kept."""

from simulator.policies.sampling.base import (
    Sampler,
    SamplingPolicy,
    is_chosen,
    sampling_policies,
)
from simulator.policies.sampling.head import Head
from simulator.policies.sampling.rate_limited import RateLimited
from simulator.policies.sampling.tail import Tail

__all__ = [
    "Head",
    "RateLimited",
    "Sampler",
    "SamplingPolicy",
    "Tail",
    "is_chosen",
    "sampling_policies",
]
