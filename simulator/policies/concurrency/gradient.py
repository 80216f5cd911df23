"""A limit that compares the present with the long run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.concurrency.adaptive import AdaptivePolicy
from simulator.policies.concurrency.base import Limit, Uniforms, concurrency_policies
from simulator.units import Ratio

WARM_UP = 10  # times of which the long average is a plain mean
TOO_LONG = 2.0  # times the present: the long average has been left behind by an overload
SHORTENED = 0.95  # what is left of it each time then
STEEPEST = 0.5  # least part of a limit that one call leaves, before the room for a queue


@concurrency_policies.register
class Gradient(AdaptivePolicy):
    """Shrinks while calls take longer than in the long run, else grows by room for a queue.

    With each call, or window of calls, the limit goes a part of the way (``smoothing``) to the
    limit times the gradient, plus ``queue``; the gradient is ``tolerance`` times the long average
    over the present time, between a half and 1. Nothing changes while less than half of the limit
    is in use. What lasts becomes normal: a backend that has become slower for good is taken for
    healthy once the average has caught up, and so is a queue.

    Source: Netflix/concurrency-limits, ``Gradient2Limit``.
    """

    kind: Literal["gradient"] = "gradient"
    least: int = Field(20, ge=1, description="smallest limit")
    queue: int = Field(4, ge=0, description="calls by which it grows while all is well")
    tolerance: float = Field(
        1.5, ge=1, description="times the long average that the present may be before it shrinks"
    )
    smoothing: Ratio = Field(0.2, gt=0, description="part of the way to a new limit that is gone")
    long_window: int = Field(600, ge=1, description="times over which the long average decays")

    def adapting(self, uniform: Uniforms) -> GradientLimit:
        return GradientLimit(self)


class GradientLimit(Limit):
    """Goes by the average over the long run."""

    def __init__(self, spec: Gradient) -> None:
        super().__init__(spec.initial)
        self._least: float = spec.least
        self._most: float = spec.most
        self._queue: int = spec.queue
        self._tolerance: float = spec.tolerance
        self._smoothing: float = spec.smoothing
        self._weight: float = 2 / (spec.long_window + 1)
        self._estimate: float = spec.initial
        self._long_s: float = 0.0
        self._sum_s: float = 0.0  # of the times of the warm-up
        self._times: int = 0

    def learn(self, took_s: float, outstanding: int, is_dropped: bool, now_s: float) -> None:
        long_s = self._average(took_s)
        if long_s > TOO_LONG * took_s:
            self._long_s *= SHORTENED
        estimate = self._estimate
        if outstanding < estimate / 2:
            return
        gradient = self._tolerance * long_s / took_s if took_s > 0 else 1.0
        gradient = max(STEEPEST, min(1.0, gradient))
        wanted = estimate * gradient + self._queue
        wanted = estimate * (1 - self._smoothing) + wanted * self._smoothing
        self._estimate = max(self._least, min(self._most, wanted))
        self.limit = int(self._estimate)

    def _average(self, took_s: float) -> float:
        """The long average, with a new time in it."""
        if self._times < WARM_UP:
            self._times += 1
            self._sum_s += took_s
            self._long_s = self._sum_s / self._times
        else:
            self._long_s += (took_s - self._long_s) * self._weight
        return self._long_s
