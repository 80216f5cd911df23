"""Rates that change smoothly: over the day, and when a crowd comes.

Arrivals of rate 1 are mapped through the inverse of the expected number of arrivals, which is found
to rounding by Newton's method between bounds. So the counts are exactly Poisson in every window,
and nothing is missed, however short it lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import pi
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.kernel.streams import Streams, flatten
from simulator.units import PerSecond, PositiveSeconds, Ratio, Seconds
from simulator.workload.arrivals import OpenArrivals, arrival_processes, unit_arrivals

ROUNDING = 1e-13  # relative to the instant
MOST_STEPS = 200  # of the search; five are usual, halving alone needs about 50
GRID = 1025  # points of the first guess

Curve = Callable[[np.ndarray], np.ndarray]


class VaryingRate(OpenArrivals):
    """A Poisson process with a rate that is a smooth function of time, at least in pieces."""

    def rate_at(self, at_s: np.ndarray) -> np.ndarray:
        """Requests a second at each instant."""
        raise NotImplementedError

    def expected(self, at_s: np.ndarray) -> np.ndarray:
        """Requests expected from 0 to each instant."""
        raise NotImplementedError

    def bounds(self, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each number two instants between which so many are expected for the first time.

        The rate has no jump in between.
        """
        raise NotImplementedError

    def instants(self, streams: Streams) -> Iterator[float]:
        return flatten(in_order(self._when(block) for block in unit_arrivals(streams)))

    def _when(self, expected: np.ndarray) -> np.ndarray:
        return inverse(self.expected, self.rate_at, expected, *self.bounds(expected))

    def mean_rate(self, until_s: float) -> float:
        return float(self.expected(np.array([until_s]))[0] / until_s)


@arrival_processes.register
class Diurnal(VaryingRate):
    """A rate that swings around its mean as a sine, once a period: day and night."""

    kind: Literal["diurnal"] = "diurnal"
    rate: PerSecond = Field(description="requests a second on average over a period")
    amplitude: Ratio = Field(
        0.5, description="how far the rate swings up and down, relative to its mean"
    )
    period: PositiveSeconds = Field(86_400.0, description="time from peak to peak")
    peak: Seconds = Field(0.0, description="when the rate is highest for the first time")

    def contradictions(self) -> Iterator[str]:
        if self.peak >= self.period:
            yield f"peak ({self.peak:g} s) must be within the first period ({self.period:g} s)"

    def rate_at(self, at_s: np.ndarray) -> np.ndarray:
        return self.rate * (1 + self.amplitude * np.cos(self._phase(at_s)))

    def expected(self, at_s: np.ndarray) -> np.ndarray:
        swing = np.sin(self._phase(at_s)) - np.sin(self._phase(0.0))
        return self.rate * (at_s + self.amplitude * self.period / (2 * pi) * swing)

    def bounds(self, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        even_s = expected / self.rate  # the instant if the rate were even; the swing adds up to
        reach_s = self.amplitude * self.period / pi
        return np.maximum(even_s - reach_s, 0.0), even_s + reach_s

    def _phase(self, at_s: np.ndarray | float) -> np.ndarray:
        return np.asarray(2 * pi * (at_s - self.peak) / self.period)


@arrival_processes.register
class FlashCrowd(VaryingRate):
    """A crowd on top of a steady rate: it gathers evenly, stays for a while, and dwindles.

    From ``at`` on the rate climbs in a straight line to ``peak``, stays there, and then what is
    above the steady rate halves in every ``half_life``.

    Source: ramp up, sustained traffic and ramp down as in Ari et al., "Managing flash crowds on the
    Internet", MASCOTS 2003.
    """

    kind: Literal["flash_crowd"] = "flash_crowd"
    rate: PerSecond = Field(description="requests a second before, and again in the end")
    at: Seconds = Field(description="when the crowd begins to gather")
    peak: PerSecond = Field(description="requests a second when all are there")
    ramp: Seconds = Field(0.0, description="time from the steady rate to the peak; 0 is a jump")
    plateau: Seconds = Field(0.0, description="time that the peak lasts")
    half_life: PositiveSeconds = Field(description="time in which the crowd then halves")

    def contradictions(self) -> Iterator[str]:
        if self.peak <= self.rate:
            yield f"peak ({self.peak:g}/s) must be above rate ({self.rate:g}/s)"

    @property
    def _decay_s(self) -> float:
        """Time in which the crowd falls to a part of 1/e."""
        return float(self.half_life / np.log(2))

    def _breakpoints(self) -> np.ndarray:
        return np.cumsum([0.0, self.at, self.ramp, self.plateau])

    def rate_at(self, at_s: np.ndarray) -> np.ndarray:
        since_s = at_s - self.at
        rise = since_s / self.ramp if self.ramp else np.ones_like(since_s)
        fall = np.exp(-np.maximum(since_s - self.ramp - self.plateau, 0.0) / self._decay_s)
        here = np.where(since_s < 0, 0.0, np.minimum(rise, 1.0) * fall)
        return self.rate + (self.peak - self.rate) * here

    def expected(self, at_s: np.ndarray) -> np.ndarray:
        since_s = np.maximum(at_s - self.at, 0.0)
        rising_s = np.minimum(since_s, self.ramp)
        rising = rising_s**2 / (2 * self.ramp) if self.ramp else 0.0
        full_s = np.clip(since_s - self.ramp, 0.0, self.plateau)
        falling_s = np.maximum(since_s - self.ramp - self.plateau, 0.0)
        falling = -self._decay_s * np.expm1(-falling_s / self._decay_s)
        return self.rate * at_s + (self.peak - self.rate) * (rising + full_s + falling)

    def bounds(self, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        points = self._breakpoints()
        reached = self.expected(points)
        last = points[-1] + np.maximum(expected - reached[-1], 0.0) / self.rate
        piece = np.searchsorted(reached, expected, side="right") - 1
        ends = np.append(points, 0.0)[piece + 1]
        return points[piece], np.where(piece == len(points) - 1, last, ends)


def inverse(
    curve: Curve, slope: Curve, values: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Where an increasing curve takes given values, between bounds, to rounding.

    Newton's method, from a first guess by interpolation; where a step would leave the bounds, which
    close in with every step, they are halved instead.
    """
    grid = np.linspace(low.min(), high.max(), GRID)
    at = np.clip(np.interp(values, curve(grid), grid), low, high)
    for _ in range(MOST_STEPS):
        excess = curve(at) - values
        low, high = np.where(excess < 0, at, low), np.where(excess < 0, high, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = at - excess / slope(at)
        better = np.where((newton > low) & (newton < high), newton, (low + high) / 2)
        found = np.where(excess == 0, at, better)
        step, at = np.abs(found - at), found
        if (step <= ROUNDING * at).all():
            break
    return at


def in_order(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Instants of which rounding may have put one before its predecessor, in order."""
    last = 0.0
    for block in blocks:
        ordered = np.maximum.accumulate(np.maximum(block, last))
        if ordered.size:
            last = ordered[-1]
        yield ordered
