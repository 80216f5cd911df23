"""Sequence: calls one component after the other, as a page that is put together step by step.

Each step is a call of its own, made when the one before it has been answered. The first that is not
ok ends the sequence with its outcome; with ``on_error: go_on`` it is passed over, and the answer is
ok once all steps are back, as that of a page that does without its recommendations.

The first step takes what the request needs. A later one that may come to where an earlier one
has been needs something of its own there.

Left out: time of its own between the steps; steps that depend on what earlier ones answered.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.kernel import (
    CANCELED,
    FAILED,
    OK,
    Call,
    Component,
    ComponentSpec,
    Find,
    Reference,
    Renewal,
    Simulation,
    components,
    count,
)


@components.register
class SequenceSpec(ComponentSpec):
    """Makes several calls, one after the other."""

    kind: Literal["sequence"] = "sequence"
    steps: Annotated[tuple[str, ...], Reference()] = Field(
        min_length=1, max_length=10_000, description="components to call, in this order"
    )
    on_error: Literal["end", "go_on"] = Field(
        "end", description="what follows a step that is not ok: its outcome, or the next step"
    )

    def onward(self) -> dict[str, float]:
        return {step: float(self.steps.count(step)) for step in self.steps}

    def build(self, name: str, sim: Simulation) -> Sequence:
        return Sequence(name, sim, self)


class Sequence(Component):
    sent = count("steps begun")
    broken_off = count("calls answered before the last step", better="lower")
    passed_over = count("steps that were not ok and did not matter", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: SequenceSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._goes_on = spec.on_error == "go_on"
        self._last = len(spec.steps) - 1
        self._repeats = sim.wiring.repeats(spec.steps)
        self._renewal = Renewal(sim, name) if any(self._repeats) else None
        self._steps: list[Component] = []
        self._step_due = (self._step,)

    def connect(self, find: Find) -> None:
        self._steps = [component for name in self.spec.steps for component in find(name)]
        if self._renewal is not None:
            self._renewal.prepare(self._last)

    def accept(self, call: Call) -> None:
        call.memo = 0
        self._step(call)

    def _step(self, call: Call) -> None:
        """Make the call of the step whose place the memo holds."""
        place = call.memo
        self.sent += 1
        call.since_s = self.sim.now
        child = call.fork(self)
        if self._renewal is not None and self._repeats[place]:
            child.request = self._renewal.renewed(call.request, place - 1)
        self._steps[place].accept(child)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if outcome != OK and not self._goes_on:
            self.broken_off += state.memo < self._last
            state.answer(FAILED if outcome == CANCELED else outcome)
            return
        self.passed_over += outcome != OK
        if state.memo == self._last:
            state.answer(OK)
            return
        state.memo += 1
        if self.sim.now > state.since_s:
            self._step(state)
        else:
            # An answer in no time comes on top of the step's own method calls; ten thousand of
            # them would be ten thousand steps deep.
            self.hold(state, 0.0, self._step_due)
