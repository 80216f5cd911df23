"""Partition: two groups of components cannot reach each other for a while.

Between any two components that it keeps apart, calls go over a wire of their own; where no
partition is declared there are no wires, and nothing is paid for. A cut wire loses the calls that
are sent over it, and the answers that come back over it to calls sent before. Nobody is told:
whoever waits has to give up, or waits for ever, and then the request is unfinished. With
``refuses`` it resets connections in place of silence: such calls fail at once. Probes go the way of
calls. What was lost is counted under the place of the fault, such as ``faults[0].lost_calls``.

Left out: what is sent again when a short partition is over (a call is lost or it is not); a caller
that gives up and takes its call back frees the other side all the same; the loads that replicas
report of themselves get across.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, fault_kinds
from simulator.kernel import (
    CANCELED,
    FAILED,
    Call,
    Component,
    ComponentSpec,
    Refs,
    Simulation,
    count,
    references,
)
from simulator.kernel.wiring import group_of
from simulator.results import Measure


class Gap(Component):
    """Lies between two groups of components, open or cut; it hands out the wires across."""

    lost_calls = count("calls and probes that did not get across", better="lower")
    lost_answers = count("answers that did not get back", better="lower")

    def __init__(self, name: str, sim: Simulation, fault: Partition) -> None:
        super().__init__(name, sim)
        self.is_cut = False
        self._fault = fault

    def between(self, sender: str, receiver: Component) -> Component:
        """What a component is to send its calls to instead of the receiver, if not to itself."""
        there = self._fault.separates(sender, receiver.name)
        back = self._fault.separates(receiver.name, sender)
        return Wire(self, receiver, there, back) if there or back else receiver

    @property
    def refuses(self) -> bool:
        """Whether there are refusals, and not silence, while it is cut."""
        return self._fault.refuses


class Wire(Component):
    """Stands in front of one component for calls of one other.

    Args:
        gap: that it leads across.
        receiver: at its end; whatever else is asked of the wire, that one answers.
        there, back: whether calls, and answers to them, are lost while it is cut.
    """

    def __init__(self, gap: Gap, receiver: Component, there: bool, back: bool) -> None:
        super().__init__(receiver.name, receiver.sim)
        self._gap = gap
        self._receiver = receiver
        self._there = there
        self._back = back

    def __getattr__(self, name: str) -> Any:
        return getattr(self._receiver, name)

    def accept(self, call: Call) -> None:
        if self._there and self._gap.is_cut:
            self._gap.lost_calls += 1
            self._lose(call)
            return
        if self._back:
            call.return_to(self, None)
        self._receiver.accept(call)

    def probe(self, call: Call) -> None:
        if self._gap.is_cut:
            self._gap.lost_calls += 1
            self._lose(call)
        else:
            self._receiver.probe(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if self._gap.is_cut and outcome != CANCELED:
            self._gap.lost_answers += 1
            self._lose(call)
        else:
            call.answer(outcome)

    def _lose(self, call: Call) -> None:
        if self._gap.refuses:
            call.answer(FAILED)  # else silence: whoever asked has to give up


@fault_kinds.register
class Partition(LastingFault):
    """Calls between two groups of components are lost, and answers to them.

    ``between: [web, api], and: [db]`` keeps web and api apart from db, but not from one another.
    """

    kind: Literal["partition"] = "partition"
    between: Refs = Field(
        min_length=1, description="components on one side: groups, replicas such as api[1]"
    )
    others: Refs = Field(alias="and", min_length=1, description="components on the other side")
    one_way: bool = Field(
        False, description="whether only what is sent from the first side to the second is lost"
    )
    refuses: bool = Field(False, description="failures at once in place of silence")

    measures: ClassVar[Mapping[str, Measure]] = Gap.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        both = [name for name in self.others if _holds(self.between, name)]
        if both := both or [name for name in self.between if _holds(self.others, name)]:
            yield f"{both[0]!r} is on both sides"

    @property
    def whom(self) -> str:
        return f"{', '.join(self.between)} and {', '.join(self.others)}"

    def targets(self, components: Mapping[str, ComponentSpec]) -> list[str]:
        specs = {name: components.get(name) for name in (*self.between, *self.others)}
        return [
            member
            for name, spec in specs.items()
            for member in ([name] if spec is None else spec.instances(name))
        ]

    def misfits(
        self, components: Mapping[str, ComponentSpec], are_all: bool
    ) -> Iterator[tuple[str, str]]:
        sides = [{group_of(each) for each in side} for side in (self.between, self.others)]
        calls = {
            name: {group_of(each.name) for each in references(spec)}
            for name, spec in components.items()
        }
        meet = any(
            calls.get(name, set()) & there
            for here, there in (sides, reversed(sides))
            for name in here
        )
        if are_all and not meet and sides[0] | sides[1] <= calls.keys():
            yield "between", "none of these calls any of the others, nor the other way round"

    def gap(self, name: str, sim: Simulation) -> Gap:
        return Gap(name, sim, self)

    def separates(self, sender: str, receiver: str) -> bool:
        """Whether what one component sends to another, calls or answers, is lost."""
        if _holds(self.between, sender) and _holds(self.others, receiver):
            return True
        return not self.one_way and _holds(self.others, sender) and _holds(self.between, receiver)

    def begin(self, target: Any) -> None:
        target.is_cut = True

    def end(self, target: Any) -> None:
        target.is_cut = False


def _holds(names: tuple[str, ...], name: str) -> bool:
    return name in names or group_of(name) in names
