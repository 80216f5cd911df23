"""Passive health checks: replicas that err more than others are ejected for a while.

No call is spent on finding out: what comes back from users' calls is enough. Two rules, each of
which may be left out:

* *consecutive errors*: so many calls in a row came to nothing. Decided with the call.
* *success rate*: at each sweep, those replicas with enough calls since the last one are compared;
  one whose share of good answers lies more than ``deviations`` standard deviations below their
  mean is an outlier. Needs enough replicas to say what is usual.

An ejected replica gets no calls for ``base_ejection_time``, multiplied with how often it has been
ejected lately, up to ``max_ejection_time``; it comes back at the first sweep after that. Each sweep
that it stays without a new ejection takes one off the multiple. No more than ``max_ejected`` of all
replicas are out at a time, since whoever is left has to carry the load: a rule for single bad
replicas must not take down a service whose database is gone.

Left out: failure percentage, jitter of the time out, ejections that are only counted, and the end
of an ejection with the next good active check.

Source: Envoy, "Outlier detection" (architecture overview) and ``outlier_detection_impl.cc``.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, sqrt

from pydantic import Field

from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio


class OutlierDetection(Spec):
    """When to eject a replica because of what its calls came to, and for how long."""

    consecutive_errors: int | None = Field(
        5,
        ge=1,
        description="calls in a row that fail, are rejected or time out; null: no such rule",
    )
    success_rate: bool = Field(True, description="whether replicas are compared at each sweep")
    min_replicas: int = Field(
        5, ge=2, description="replicas with enough calls that a comparison needs"
    )
    min_calls: int = Field(
        100, ge=1, description="calls between two sweeps that let a replica be compared"
    )
    deviations: float = Field(
        1.9, gt=0, description="standard deviations below the mean success rate that are too many"
    )
    interval: PositiveSeconds = Field(10.0, description="time between sweeps")
    base_ejection_time: PositiveSeconds = Field(30.0, description="time out at the first ejection")
    max_ejection_time: PositiveSeconds = Field(300.0, description="longest time out")
    max_ejected: Ratio = Field(0.1, description="largest part of the replicas that may be out")
    always_eject_one: bool = Field(
        True, description="whether one may be out even if that is more than max_ejected"
    )
    timeout: PositiveSeconds | None = Field(
        None,
        description="time without an answer after which a call counts as timed out, although it "
        "goes on; without it only answers count",
    )

    def contradictions(self) -> Iterator[str]:
        if self.max_ejection_time < self.base_ejection_time:
            yield (
                f"max_ejection_time ({self.max_ejection_time:g} s) must not be shorter than "
                f"base_ejection_time ({self.base_ejection_time:g} s)"
            )
        if self.consecutive_errors is None and not self.success_rate:
            yield "neither consecutive_errors nor success_rate: nothing would be ejected"

    def start(self, replicas: int) -> Ejections:
        """The ejections of one pool, none yet."""
        return Ejections(self, replicas)


class Ejections:
    """Who of a pool is out.

    Args:
        spec: the rules.
        replicas: how many there are, known by their places 0, 1, ...

    Attributes:
        is_out: of each replica, whether it is ejected.
    """

    def __init__(self, spec: OutlierDetection, replicas: int) -> None:
        self.is_out = [False] * replicas
        self._spec = spec
        self._limit: float = spec.consecutive_errors or inf
        self._errors = [0] * replicas  # in a row
        self._good = [0] * replicas  # since the last sweep
        self._bad = [0] * replicas
        self._multiple = [0] * replicas
        self._since_s = [-inf] * replicas  # of the last ejection, or of its end

    def note(self, place: int, is_good: bool, now_s: float) -> bool:
        """Take in what a call to a replica came to; whether that made it be ejected."""
        if is_good:
            self._errors[place] = 0
            self._good[place] += 1
            return False
        self._errors[place] += 1
        self._bad[place] += 1
        if self._errors[place] < self._limit or self.is_out[place]:
            return False
        self._errors[place] = 0
        return self._eject(place, now_s)

    def sweep(self, now_s: float) -> tuple[list[int], list[int]]:
        """Let in whoever has been out for long enough, then eject outliers: who came, who went."""
        back = [
            place for place, out in enumerate(self.is_out) if out and self._is_over(place, now_s)
        ]
        for place in back:
            self.is_out[place] = False
            self._errors[place] = 0
            self._since_s[place] = now_s
        gone = [place for place in self._outliers() if self._eject(place, now_s)]
        self._good = [0] * len(self._good)
        self._bad = [0] * len(self._bad)
        for place, out in enumerate(self.is_out):
            if not out and now_s - self._since_s[place] >= self._spec.interval:
                self._multiple[place] = max(0, self._multiple[place] - 1)
        return back, gone

    def _eject(self, place: int, now_s: float) -> bool:
        out = sum(self.is_out)
        may = (out + 1) / len(self.is_out) <= self._spec.max_ejected
        if not may and not (self._spec.always_eject_one and out == 0):
            return False
        self.is_out[place] = True
        self._since_s[place] = now_s
        base_s, most_s = self._spec.base_ejection_time, self._spec.max_ejection_time
        if self._multiple[place] * base_s < most_s + base_s:
            self._multiple[place] += 1
        return True

    def _is_over(self, place: int, now_s: float) -> bool:
        spec = self._spec
        length_s = min(spec.base_ejection_time * self._multiple[place], spec.max_ejection_time)
        return now_s - self._since_s[place] >= length_s

    def _outliers(self) -> list[int]:
        spec = self._spec
        rates = {
            place: good / (good + bad)
            for place, (good, bad) in enumerate(zip(self._good, self._bad))
            if good + bad >= spec.min_calls and not self.is_out[place]
        }
        if not spec.success_rate or len(rates) < spec.min_replicas:
            return []
        least = ejection_threshold(list(rates.values()), spec.deviations)
        return [place for place, rate in rates.items() if rate < least]


def ejection_threshold(success_rates: list[float], deviations: float) -> float:
    """Success rate below which a replica is an outlier among those given.

    >>> round(ejection_threshold([50, 100, 100, 100, 100], 1.9), 9)
    52.0
    """
    mean = sum(success_rates) / len(success_rates)
    variance = sum((each - mean) ** 2 for each in success_rates) / len(success_rates)
    return mean - deviations * sqrt(variance)
