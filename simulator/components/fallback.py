"""Fallback: another answer when the first choice fails, or takes too long.

A call goes to the ``primary``. If that comes to one of the outcomes in ``on``, or is not answered
within ``after``, the call is made to the ``secondary`` instead: another region, an old copy, a
simpler model. Without a secondary the answer is a *static* one, there at once: an empty list, a
default. What comes of the secondary is the answer, whatever it is.

Either way an answer that is not the primary's is ok and yet not what was asked for. It counts as
*degraded* here, and here only: to a client in front it is an answer like any other.

A primary that is too late is taken back with ``cancels``; else it goes on, and its late answer is
dropped. The secondary takes what the request needs; where it may come to where the primary has
been, it needs something of its own there.

Left out: what a degraded answer is worth, several secondaries one after the other (put one fallback
behind another), a primary that may still win after the time limit (hedging).

Source: Nygard, *Release It!*, 2nd ed., 2018, chapter "Stability Patterns".
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulator.kernel import (
    CANCELED,
    FAILED,
    OK,
    REJECTED,
    TIMED_OUT,
    Call,
    Component,
    ComponentSpec,
    Find,
    Patience,
    Ref,
    Renewal,
    Simulation,
    components,
    count,
    ratio,
)
from simulator.units import PositiveSeconds

FallsBackOn = Literal["rejected", "timed_out", "failed"]


@components.register
class FallbackSpec(ComponentSpec):
    """Answers in another way where the first choice does not."""

    kind: Literal["fallback"] = "fallback"
    primary: Ref = Field(description="where calls go first")
    secondary: Ref | None = Field(
        None, description="where they go instead; a static answer if not given"
    )
    on: tuple[FallsBackOn, ...] = Field(
        ("rejected", "timed_out", "failed"), description="outcomes of the primary that make it"
    )
    after: PositiveSeconds | None = Field(
        None, description="longest wait for the primary; for ever if not given"
    )
    cancels: bool = Field(
        False, description="whether a primary that is too late stops its work (else it goes on)"
    )

    def onward(self) -> dict[str, float]:
        return {self.primary: 1.0}

    def takes_back(self) -> bool:
        return self.cancels and self.after is not None

    def build(self, name: str, sim: Simulation) -> Fallback:
        return Fallback(name, sim, self)


class Fallback(Component):
    full = count("ok answers of the primary", better="higher")
    degraded = count("ok answers that were not the primary's")
    fell_back = count("calls for which the primary did not do", better="lower")
    too_late = count("calls whose primary was not answered in time", better="lower")
    failed = count("calls answered not ok", better="lower")
    degraded_ratio = ratio(
        "part of the ok answers that were not the primary's",
        "degraded",
        "degraded",
        "full",
        better="lower",
    )

    def __init__(self, name: str, sim: Simulation, spec: FallbackSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._falls_back_on = frozenset(_CODES[outcome] for outcome in spec.on)
        self._patience: Patience | None = None
        if spec.after is not None:
            self._patience = Patience(sim, spec.after, self._expire)
        targets = [spec.primary, *([spec.secondary] if spec.secondary is not None else [])]
        repeats = sim.wiring.repeats(targets)
        self._renewal = Renewal(sim, name) if repeats[-1] else None
        self._secondary: Component | None = None

    def connect(self, find: Find) -> None:
        (self._primary,) = find(self.spec.primary)
        if self.spec.secondary is not None:
            (self._secondary,) = find(self.spec.secondary)

    def probe(self, call: Call) -> None:
        self._primary.probe(call)

    def accept(self, call: Call) -> None:
        call.memo = False  # whether it has fallen back
        child = call.fork(self)
        if self._patience is not None:
            self._patience.watch(child, call)
        self._primary.accept(child)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        parent: Call = state
        has_fallen_back: bool = parent.memo
        if not has_fallen_back and outcome in self._falls_back_on:
            self._fall_back(parent)
        else:
            self._answer(parent, FAILED if outcome == CANCELED else outcome, has_fallen_back)

    def _expire(self, child: Call, call: Call) -> None:
        self.too_late += 1
        call.disown(child)
        if self.spec.cancels:
            child.cancel()
        self._fall_back(call)

    def _fall_back(self, call: Call) -> None:
        self.fell_back += 1
        call.memo = True
        if self._secondary is None:
            self._answer(call, OK, True)
            return
        child = call.fork(self)
        if self._renewal is not None:
            child.request = self._renewal.renewed(call.request)
        self._secondary.accept(child)

    def _answer(self, call: Call, outcome: int, has_fallen_back: bool) -> None:
        if outcome != OK:
            self.failed += 1
        elif has_fallen_back:
            self.degraded += 1
        else:
            self.full += 1
        call.answer(outcome)


_CODES = {"rejected": REJECTED, "timed_out": TIMED_OUT, "failed": FAILED}
