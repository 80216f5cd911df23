"""A limit that goes by the queue it believes to have made."""

from __future__ import annotations

from math import ceil, inf, log10
from typing import Literal

from pydantic import Field

from simulator.policies.concurrency.adaptive import AdaptivePolicy
from simulator.policies.concurrency.base import Limit, Uniforms, concurrency_policies
from simulator.units import Ratio


@concurrency_policies.register
class Vegas(AdaptivePolicy):
    """Estimates from the time calls take how many of them wait, and keeps that number small.

    As TCP Vegas. The shortest time seen is taken for that without any queue; of a limit L, so many
    calls wait as L (1 - shortest / present). With few of them the limit grows, with many, or after
    a drop, it shrinks. How many are few and many, and the steps, grow with the logarithm of the
    limit unless ``alpha`` and ``beta`` say otherwise. Nothing changes while less than half of it
    is in use.

    A backend that becomes slower for good looks like a queue for ever: now and then, after some
    ``probe_multiplier`` times the limit calls, what is seen is taken for the shortest anew, even
    if there is a queue just then.

    Source: Netflix/concurrency-limits, ``VegasLimit``; Brakmo and Peterson, "TCP Vegas", IEEE
    Journal on Selected Areas in Communications 13(8), 1995.
    """

    kind: Literal["vegas"] = "vegas"
    most: int = Field(1000, ge=1, description="largest limit")
    alpha: int | None = Field(
        None, ge=1, description="waiting calls below which it grows; 3 log10 of it if not given"
    )
    beta: int | None = Field(
        None, ge=1, description="waiting calls above which it shrinks; 6 log10 of it if not given"
    )
    smoothing: Ratio = Field(1.0, gt=0, description="part of the way to a new limit that is gone")
    probe_multiplier: int | None = Field(
        30, ge=1, description="limits of calls after which it measures anew; never if null"
    )

    def adapting(self, uniform: Uniforms) -> VegasLimit:
        return VegasLimit(self, uniform)


class VegasLimit(Limit):
    """Goes by the shortest time that a call has taken."""

    def __init__(self, spec: Vegas, uniform: Uniforms) -> None:
        super().__init__(spec.initial)
        self._uniform = uniform
        self._least: int = spec.least
        self._most: int = spec.most
        self._alpha: int = spec.alpha or 0
        self._beta: int = spec.beta or 0
        self._smoothing: float = spec.smoothing
        self._probe_multiplier: float = spec.probe_multiplier or inf
        self._estimate: float = spec.initial
        self._shortest_s: float = 0.0  # 0: not known
        self._calls = 0  # since it measured anew
        self._jitter = self._next_jitter()

    def _next_jitter(self) -> float:
        """A factor from 0.5 to 1, so that many limiters do not measure anew together."""
        return 0.5 + 0.5 * self._uniform() if self._probe_multiplier < inf else 1.0

    def learn(self, took_s: float, outstanding: int, is_dropped: bool, now_s: float) -> None:
        self._calls += 1
        if self._calls >= self._jitter * self._probe_multiplier * self._estimate:
            self._jitter = self._next_jitter()
            self._calls = 0
            self._shortest_s = took_s
        elif self._shortest_s == 0 or took_s < self._shortest_s:
            self._shortest_s = took_s
        elif took_s > 0:
            self._move(self._next(took_s, outstanding, is_dropped))

    def _next(self, took_s: float, outstanding: int, is_dropped: bool) -> float:
        """Where the limit ought to go."""
        estimate = self._estimate
        step = _log(estimate)
        if is_dropped:
            return estimate - step
        if outstanding * 2 < estimate:
            return estimate
        waiting = ceil(estimate * (1 - self._shortest_s / took_s))
        beta = self._beta or 6 * step
        if waiting <= step:
            return estimate + beta
        if waiting < (self._alpha or 3 * step):
            return estimate + step
        return estimate - step if waiting > beta else estimate

    def _move(self, wanted: float) -> None:
        wanted = max(float(self._least), min(float(self._most), wanted))
        self._estimate += self._smoothing * (wanted - self._estimate)
        self.limit = int(self._estimate)


def _log(limit: float) -> int:
    """The logarithm to base 10 of a limit, rounded down, but at least 1."""
    return max(1, int(log10(limit)))
