"""Is a replica up? Failure detectors: what to make of answers that come, or do not.

A detector is a frozen spec whose ``start`` returns a verdict of its own for one replica: a function
that is told of each check when it ends (answered in time or not) and says whether the replica is
now taken for healthy. Every replica is, in the beginning.

Two families of evidence. ``consecutive`` counts: so many failed checks in a row, and later so many
good ones, which is what load balancers do. ``phi_accrual`` measures: the more unusual the silence
since the last good check is in the light of the gaps before it, the higher the suspicion phi =
-log10 P(a gap is longer still); phi = 8 means that one gap in 10^8 is that long.

Left out: gossip, where several observers have to agree.

Sources: Hayashibara et al., "The φ accrual failure detector", SRDS 2004. The logistic form of the
normal tail, its limits and the first estimate are those of Akka's ``PhiAccrualFailureDetector``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import erfc, exp, inf, log, log1p, log10, sqrt
from typing import Literal

from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds, Seconds

Verdict = Callable[[float, bool], bool]
"""Told when a check ended, in seconds, and whether it was good; whether the replica is healthy."""

failure_detectors = Family("failure detector")

LN_10 = log(10)


class FailureDetector(Spec):
    """Tells from checks whether a replica is up."""

    kind: str

    def start(self) -> Verdict:
        """A verdict about one replica, with a memory of its own."""
        raise NotImplementedError


@failure_detectors.register
class Consecutive(FailureDetector):
    """Counts checks in a row: a few failed ones condemn a replica, a few good ones acquit it."""

    kind: Literal["consecutive"] = "consecutive"
    unhealthy_after: int = Field(3, ge=1, description="failed checks in a row that condemn it")
    healthy_after: int = Field(2, ge=1, description="good checks in a row that acquit it")

    def start(self) -> Verdict:
        return _InARow(self.unhealthy_after, self.healthy_after).judge


class _InARow:
    """Checks in a row that speak against the present verdict."""

    def __init__(self, unhealthy_after: int, healthy_after: int) -> None:
        self._unhealthy_after = unhealthy_after
        self._healthy_after = healthy_after
        self._is_healthy = True
        self._against = 0

    def judge(self, now_s: float, is_good: bool) -> bool:
        if is_good == self._is_healthy:
            self._against = 0
            return self._is_healthy
        self._against += 1
        needed = self._unhealthy_after if self._is_healthy else self._healthy_after
        if self._against >= needed:
            self._is_healthy = is_good
            self._against = 0
        return self._is_healthy


@failure_detectors.register
class PhiAccrual(FailureDetector):
    """Condemns a replica whose silence has become too unusual; the next good check acquits it.

    It adapts to how regular checks are answered; with the same threshold it is quick where they are
    steady and patient where they are not. The suspicion is looked at whenever a check ends. Before
    there is a gap to learn from, gaps are taken to be ``first_estimate``, give or take a quarter.
    """

    kind: Literal["phi_accrual"] = "phi_accrual"
    threshold: float = Field(
        8.0, gt=0, le=300, description="phi from which it is condemned (Akka: 8, Cassandra: 8)"
    )
    window: int = Field(1000, ge=1, le=100_000, description="gaps that are remembered (Akka: 1000)")
    min_deviation: PositiveSeconds = Field(
        0.1, description="least standard deviation of gaps, however regular they are (Akka: 100 ms)"
    )
    acceptable_pause: Seconds = Field(
        0.0, description="silence beyond the usual gap that raises no suspicion (Akka: 3 s)"
    )
    first_estimate: PositiveSeconds = Field(
        1.0, description="gap to reckon with in the beginning (Akka: 1 s)"
    )

    def start(self) -> Verdict:
        return _Suspicion(self).judge


class _Suspicion:
    def __init__(self, spec: PhiAccrual) -> None:
        self._threshold = spec.threshold
        self._min_deviation_s = spec.min_deviation
        self._pause_s = spec.acceptable_pause
        self._gaps = Gaps(spec.window, spec.first_estimate)
        self._last_s = -inf

    def judge(self, now_s: float, is_good: bool) -> bool:
        if is_good:
            if self._last_s > -inf:
                self._gaps.add(now_s - self._last_s)
            self._last_s = now_s
            return True
        if self._last_s == -inf:  # nothing was ever heard: the silence has no beginning
            self._last_s = now_s
            return True
        deviation_s = max(self._gaps.deviation_s, self._min_deviation_s)
        mean_s = self._gaps.mean_s + self._pause_s
        return phi_logistic(now_s - self._last_s, mean_s, deviation_s) < self._threshold


class Gaps:
    """The last gaps between good checks, their mean and standard deviation.

    Args:
        window: how many to keep.
        first_estimate_s: taken for the gap until one is known; None if there is to be nothing.

    Attributes:
        mean_s: of the gaps, in seconds.
        deviation_s: their standard deviation, that of the gaps themselves and not an estimate for
            others.

    >>> gaps = Gaps(10)
    >>> for gap_s in (100, 200, 125, 340, 130):
    ...     gaps.add(gap_s)
    >>> gaps.mean_s, round(gaps.deviation_s**2, 9)
    (179.0, 7584.0)
    """

    def __init__(self, window: int, first_estimate_s: float | None = None) -> None:
        self._gaps: deque[float] = deque()
        self._window = window
        self.mean_s = 0.0
        self.deviation_s = 0.0
        if first_estimate_s is not None:
            self.add(first_estimate_s * 0.75)
            self.add(first_estimate_s * 1.25)

    def add(self, gap_s: float) -> None:
        """Note a gap; the oldest one goes where the window is full."""
        self._gaps.append(gap_s)
        if len(self._gaps) > self._window:
            self._gaps.popleft()
        count = len(self._gaps)
        self.mean_s = sum(self._gaps) / count
        self.deviation_s = sqrt(sum((each - self.mean_s) ** 2 for each in self._gaps) / count)


def phi_logistic(silence_s: float, mean_s: float, deviation_s: float) -> float:
    """Suspicion after a silence, with the logistic form of the normal tail that Akka uses.

    It is close to ``phi_normal`` up to about three deviations and grows faster beyond, so that a
    replica is condemned sooner than the normal distribution would have it.

    >>> [round(phi_logistic(t, 1000, 100), 1) for t in (1000, 1200, 1400, 1600)]
    [0.3, 1.6, 4.7, 10.8]
    """
    y = (silence_s - mean_s) / deviation_s
    exponent = y * (1.5976 + 0.070566 * y * y)
    if exponent > 0:
        return (exponent + log1p(exp(-exponent))) / LN_10
    return log1p(exp(exponent)) / LN_10


def phi_normal(silence_s: float, mean_s: float, deviation_s: float) -> float:
    """Suspicion after a silence if gaps are normally distributed: -log10 of the exact tail.

    >>> [round(phi_normal(t, 1000, 100), 1) for t in (1000, 1200, 1400, 1600)]
    [0.3, 1.6, 4.5, 9.0]
    """
    tail = 0.5 * erfc((silence_s - mean_s) / (deviation_s * sqrt(2)))
    return -log10(tail) if tail > 0 else inf
