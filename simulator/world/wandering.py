"""Means of features that wander about over time."""

from __future__ import annotations

from math import exp, inf, sqrt

from simulator.kernel.streams import Streams
from simulator.world.draws import Standard
from simulator.world.features import Feature

STEPS = 32  # to a correlation time


class Wanderer:
    """The mean of one feature: an Ornstein-Uhlenbeck process that is followed in steps.

    Where it is at a time does not depend on when somebody looked before.

    Args:
        streams: of the run.
        name: of the feature.
        place: of it among all.
        part: of the variance that is due to it.
        correlation_time_s: after which it still is 37 % of what it was.
    """

    def __init__(
        self, streams: Streams, name: str, place: int, part: float, correlation_time_s: float
    ) -> None:
        self.place = place
        self._step_s = correlation_time_s / STEPS
        self._keeps = exp(-1 / STEPS)
        self._gains = sqrt(1 - self._keeps**2)
        self._scale = sqrt(part)
        self._next = streams.draws(f"world.features.{name}.wander", Standard())
        self._steps = 0
        self._at = self._next()  # anywhere it may be in the long run

    def mean(self, now_s: float) -> float:
        """Where the mean is now; never earlier than it was asked for before."""
        while (self._steps + 1) * self._step_s <= now_s:
            self._steps += 1
            self._at = self._keeps * self._at + self._gains * self._next()
        return self._scale * self._at

    def steady_until(self) -> float:
        """The instant of its next step."""
        return (self._steps + 1) * self._step_s


class Wanderers:
    """All features whose means wander.

    Args:
        features: by name.
        streams: of the run.
    """

    def __init__(self, features: dict[str, Feature], streams: Streams) -> None:
        self._all = [
            Wanderer(streams, name, place, each.wander.part, each.wander.correlation_time)
            for place, (name, each) in enumerate(features.items())
            if each.wander is not None
        ]

    def move(self, means: list[float], now_s: float) -> float:
        """Add where they are to the means of all features, and say until when they stay there."""
        until_s = inf
        for each in self._all:
            means[each.place] += each.mean(now_s)
            until_s = min(until_s, each.steady_until())
        return until_s
