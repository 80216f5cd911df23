"""Distributions of service times, think times and pauses."""

from typing import Annotated

from simulator.distributions import empirical, parametric
from simulator.distributions.base import Distribution, distributions

Time = Annotated[Distribution, distributions]
"""A field that takes any distribution, or a time alone for a constant one."""

__all__ = ["Distribution", "Time", "distributions", "empirical", "parametric"]
