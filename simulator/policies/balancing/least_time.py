"""Least time: latency times load, the least of a few replicas drawn at random (peak EWMA).

The cost of a replica is what its latest answers took times the calls it would have with this one.
What answers took is an average that forgets exponentially with time. If it is ``peak_sensitive``, a
slower answer than the average replaces it at once, and only faster ones are averaged in: trouble
is seen immediately and forgotten slowly. While a replica is sent nothing its average falls towards
zero, so that one which was slow is tried again some time. One that has not answered at all yet gets
a single call to begin with.

An answer counts whatever its outcome, so that a replica which fails fast looks fast; a call that
was taken back counts only if it had already lasted longer than the average.

Here the average between two answers goes by the time between them. Finagle lets it fall at every
look as well, which makes it depend on how often one looks.

Source: the PeakEwma load metric of Twitter's Finagle and of Linkerd.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf
from typing import Any, Literal

from pydantic import Field

from simulator.kernel import CANCELED
from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.drawing import sample, weighted_sample
from simulator.units import PositiveSeconds

UNKNOWN_S = 1e9  # what a call is thought to take where one is under way and none has come back


@balancing_policies.register
class LeastTime(BalancingPolicy):
    """The least latency times load of a few replicas drawn at random (peak EWMA)."""

    kind: Literal["least_time"] = "least_time"
    decay: PositiveSeconds = Field(
        10.0, description="time in which the weight of an answer falls to 1/e"
    )
    peak_sensitive: bool = Field(
        True, description="whether an answer slower than the average replaces it at once"
    )
    choices: int = Field(2, ge=1, description="replicas looked at for each call")

    def heeds_weights(self) -> bool:
        return True

    def learns(self) -> bool:
        return True

    def start(self, pool: Pool) -> Picker:
        return _Costs(pool, self.choices, self.decay, self.peak_sensitive)


class _Costs(Picker):
    def __init__(self, pool: Pool, choices: int, decay_s: float, peak_sensitive: bool) -> None:
        super().__init__(pool)
        self._uniform = pool.uniform
        self._now = pool.now
        self._is_weighted = pool.is_weighted
        self._choices = choices
        self._decay_s = decay_s
        self._peak_sensitive = peak_sensitive
        self._average_s = [inf] * len(pool.names)  # of each replica: none yet
        self._since_s = [0.0] * len(pool.names)  # when that was the average

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        if self._is_weighted:
            seen = weighted_sample(self.places, self.weights, self._choices, self._uniform)
        else:
            seen = sample(self.places, self._choices, self._uniform)
        best, least = seen[0], inf
        for place in seen:
            cost = self._cost(place, loads[place])
            if cost < least:
                best, least = place, cost
        return best

    def _cost(self, place: int, load: int) -> float:
        average_s = self._average_s[place]
        if average_s == inf:
            return UNKNOWN_S * load
        kept = exp((self._since_s[place] - self._now()) / self._decay_s)
        return average_s * kept * (load + 1) / self.weights[place]

    def answered(self, place: int, latency_s: float, outcome: int) -> None:
        now_s, average_s = self._now(), self._average_s[place]
        kept = exp((self._since_s[place] - now_s) / self._decay_s)
        is_peak = average_s == inf or latency_s > average_s * kept
        if outcome == CANCELED and not is_peak:
            return
        if average_s == inf or (is_peak and self._peak_sensitive):
            self._average_s[place] = latency_s
        else:
            self._average_s[place] = average_s * kept + latency_s * (1 - kept)
        self._since_s[place] = now_s
