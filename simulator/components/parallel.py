"""Parallel: makes several calls at once and waits for all of them, or for the first few.

Fan-out or scatter-gather: a search that asks every shard, a quorum that waits for two of three
replicas. The answer is ok as soon as ``wait_for`` calls have come back ok. As soon as so many have
not that it cannot happen any more, the answer is what the last of them was. Calls that are then
still open are taken back with ``cancels``; else they go on, and their late answers are dropped.

The first call takes what the request needs. Another one that may come to where a call before
it may come needs something of its own there: a thousand calls to one group are a thousand
independent draws, the same ones for the same request in every variant.

Left out: what it takes to put answers together; a limit to its open calls.

Source: Dean and Barroso, "The Tail at Scale", *Communications of the ACM* 56(2), 2013.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from simulator.kernel import (
    CANCELED,
    FAILED,
    OK,
    Call,
    Component,
    ComponentSpec,
    Find,
    Refs,
    Renewal,
    RequestClass,
    Simulation,
    components,
    count,
)


@components.register
class ParallelSpec(ComponentSpec):
    """Makes several calls at once."""

    kind: Literal["parallel"] = "parallel"
    calls: Refs = Field(
        min_length=1, description="components to call; a group stands for all its replicas"
    )
    times: int = Field(1, ge=1, le=10_000, description="how often each of them is called")
    wait_for: int | None = Field(
        None, ge=1, description="ok answers it waits for; all if not given"
    )
    cancels: bool = Field(
        False, description="whether calls still open when it answers are taken back"
    )

    def onward_of(
        self, request_class: RequestClass, members: Mapping[str, list[str]]
    ) -> dict[str, float]:
        made = dict.fromkeys(self.calls, 0.0)
        for to in self.calls:
            made[to] += self.times * len(members.get(to, (to,)))
        return made

    def takes_back(self) -> bool:
        return self.cancels and self.wait_for is not None

    def objections(self, members: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
        made = self.times * sum(len(members.get(name, (name,))) for name in self.calls)
        if self.wait_for is not None and self.wait_for > made:
            yield "wait_for", f"found {self.wait_for}; must be at most {made}, the calls it makes"

    def build(self, name: str, sim: Simulation) -> Parallel:
        return Parallel(name, sim, self)


class Parallel(Component):
    sent = count("calls made")
    fell_short = count("calls answered not ok, because too few of its own were", better="lower")
    left_open = count("calls of its own that were open when it answered")

    def __init__(self, name: str, sim: Simulation, spec: ParallelSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._cancels = spec.cancels
        self._renewal = Renewal(sim, name)
        self._repeats: list[bool] = []
        self._renews = False
        self._targets: list[Component] = []
        self._wait_for = 0

    def connect(self, find: Find) -> None:
        self._targets = [
            component
            for name in self.spec.calls
            for component in find(name)
            for _ in range(self.spec.times)
        ]
        self._wait_for = self.spec.wait_for or len(self._targets)
        self._repeats = self.sim.wiring.repeats([each.name for each in self._targets])[1:]
        self._renews = any(self._repeats)
        self._renewal.prepare(len(self._repeats))

    def accept(self, call: Call) -> None:
        self.sent += len(self._targets)
        call.memo = self._wait_for  # ok answers still missing
        children = [call.fork(self) for _ in self._targets]
        if self._renews:
            renewed = self._renewal.all_renewed(call.request)
            for child, repeats, request in zip(children[1:], self._repeats, renewed):
                if repeats:
                    child.request = request
        for child, target in zip(children, self._targets):
            if child.back is not None:  # else taken back: those sent before it were enough
                target.accept(child)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if outcome == OK:
            state.memo -= 1
            if state.memo == 0:
                self._answer(state, OK)
        elif state.open_forks() < state.memo:
            self.fell_short += 1
            self._answer(state, FAILED if outcome == CANCELED else outcome)

    def _answer(self, call: Call, outcome: int) -> None:
        self.left_open += call.open_forks()
        if not self._cancels:
            call.disown_all()
        call.answer(outcome)
