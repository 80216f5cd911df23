"""Load that follows a rate which swings as a sine, where nobody ever waits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.stats.theory.limits import require_positive


@dataclass(frozen=True, slots=True)
class Swing:
    """A number that swings around its mean as a sine.

    Attributes:
        mean: over a period.
        amplitude: how far it swings up and down.
        lag_s: how long after the peak of the rate its own peak comes, in seconds.
    """

    mean: float
    amplitude: float
    lag_s: float

    @property
    def peak(self) -> float:
        """Its largest value."""
        return self.mean + self.amplitude

    @property
    def trough(self) -> float:
        """Its smallest value."""
        return self.mean - self.amplitude


def busy_servers_under_a_sine(
    mean_rate: float, amplitude: float, period_s: float, mean_service_s: float
) -> Swing:
    """Requests in service in an M_t/M/∞ system with a rate that swings as a sine.

    Requests stay for a while, so that their number swings less than their arrivals, and later.

    Args:
        mean_rate: requests a second on average over a period, above 0.
        amplitude: of the rate, relative to its mean, 0 to 1.
        period_s: of the rate in seconds, above 0.
        mean_service_s: mean of the exponential service time in seconds, above 0.

    Returns:
        The expected number, once the beginning is forgotten.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Eick, Massey and Whitt, "M_t/G/∞ queues with sinusoidal arrival rates", *Management
        Science* 39, 1993.

    >>> busy = busy_servers_under_a_sine(100, amplitude=0.5, period_s=24, mean_service_s=1.0)
    >>> round(busy.peak, 3), round(busy.lag_s, 4)
    (148.37, 0.978)
    """
    require_positive(mean_rate=mean_rate, period_s=period_s, mean_service_s=mean_service_s)
    if not 0 <= amplitude <= 1:
        raise ValueError(f"amplitude must be between 0 and 1, got {amplitude:g}")
    frequency = 2 * math.pi / period_s
    offered = mean_rate * mean_service_s
    return Swing(
        mean=offered,
        amplitude=offered * amplitude / math.hypot(1, frequency * mean_service_s),
        lag_s=math.atan(frequency * mean_service_s) / frequency,
    )
