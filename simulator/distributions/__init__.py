"""Distributions of service times, think times, pauses and gaps between arrivals."""

from simulator.distributions import bounded, empirical, mixture, parametric, phases, shared
from simulator.distributions.base import Distribution, Time, distributions

__all__ = [
    "Distribution",
    "Time",
    "bounded",
    "distributions",
    "empirical",
    "mixture",
    "parametric",
    "phases",
    "shared",
]
