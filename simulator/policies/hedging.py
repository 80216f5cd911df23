"""When a call that is not answered is made a second time.

Whoever waits for the 95th percentile of the latency before asking again makes a twentieth more
calls, and cuts off most of the tail beyond it.

Source: Dean and Barroso, "The Tail at Scale", *Communications of the ACM* 56(2), 2013.
"""

from __future__ import annotations

from math import ceil, inf
from typing import Any, Literal

from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import Ratio, Seconds


def _as_fixed(value: Any) -> Any:
    return {"kind": "fixed", "after": value}


hedge_delays = Family("hedge delay", shorthand=_as_fixed)


class HedgeDelay(Spec):
    """How long a call goes unanswered before it is made again elsewhere."""

    kind: str

    def start(self) -> Delay:
        """The delays of one component."""
        raise NotImplementedError

    def fixed_s(self) -> float | None:
        """The delay in seconds if it is always the same, else None."""
        return None


class Delay:
    """What one component remembers of its calls."""

    def delay_s(self) -> float:
        """How long to wait from now on, in seconds; inf while too little is known."""
        raise NotImplementedError

    def saw(self, latency_s: float) -> None:
        """Learn that a first call took so long, or so long until it was taken back."""


@hedge_delays.register
class FixedDelay(HedgeDelay):
    """Always the same time; with 0 all copies are made at once."""

    kind: Literal["fixed"] = "fixed"
    after: Seconds = Field(description="time without an answer")

    def start(self) -> Delay:
        return _Always(self.after)

    def fixed_s(self) -> float | None:
        return self.after


@hedge_delays.register
class QuantileDelay(HedgeDelay):
    """A quantile of the latencies of the first calls that came back last.

    The estimate is the exact quantile of the ``latest`` latencies, found anew after a twentieth as
    many answers. It follows a service that becomes slower, and so never lets more than about
    1 - quantile of the calls be hedged for long. A first call that is taken back because its copy
    was faster counts with the time until then: it was longer than the quantile, and stays so.
    """

    kind: Literal["quantile"] = "quantile"
    quantile: Ratio = Field(0.95, description="part of the calls that are not to be made again")
    latest: int = Field(1000, ge=20, le=100_000, description="latencies that it goes by")
    fewest: int = Field(
        100, ge=1, description="latencies that it has to know before the first copy is made"
    )

    def start(self) -> Delay:
        return _Recent(self.quantile, self.latest, min(self.fewest, self.latest))


class _Always(Delay):
    def __init__(self, after_s: float) -> None:
        self._after_s = after_s

    def delay_s(self) -> float:
        return self._after_s


class _Recent(Delay):
    def __init__(self, quantile: float, latest: int, fewest: int) -> None:
        self._quantile = quantile
        self._latest = latest
        self._fewest = fewest
        self._renew_after = latest // 20
        self._seen_s: list[float] = []  # a ring once it is full
        self._next = 0
        self._unused = 0  # seen since the estimate
        self._estimate_s = inf

    def delay_s(self) -> float:
        return self._estimate_s

    def saw(self, latency_s: float) -> None:
        if len(self._seen_s) < self._latest:
            self._seen_s.append(latency_s)
        else:
            self._seen_s[self._next] = latency_s
            self._next = (self._next + 1) % self._latest
        self._unused += 1
        known = len(self._seen_s)
        is_due = self._unused >= self._renew_after or self._estimate_s == inf
        if known >= self._fewest and is_due:
            rank = max(1, ceil(self._quantile * known))
            self._estimate_s = sorted(self._seen_s)[rank - 1]
            self._unused = 0
