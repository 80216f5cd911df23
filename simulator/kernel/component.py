"""Components: what they are told, what they record, how they let a call rest."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappush
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from simulator.kernel.call import IGNORED, Call
from simulator.kernel.measures import Measure, declared
from simulator.kernel.simulation import Simulation
from simulator.kernel.streams import RequestClass
from simulator.registry import Family, Spec
from simulator.units import Dollars

components = Family("component kind")

Find = Callable[[str], "list[Component]"]
Resting = Literal["service", "network", "lookup", "pause", "hold"]
FaultKind = Literal["crash", "slowdown", "error_burst", "cache_flush", "breakdowns"]


@dataclass(frozen=True)
class Reference:
    """Marks a field of a spec that names other components.

    Attributes:
        many: whether a group of several replicas may be named.
    """

    many: bool = False


Ref = Annotated[str, Reference()]
"""The name of a component, or of a group that has one member only."""

Named = tuple[tuple[str | int, ...], str, bool]
"""Where a spec names a component: steps to the place, the name, whether a group may stand there."""


class ComponentSpec(Spec):
    """What every component can be told."""

    kind: str
    cost_per_hour: Dollars = Field(0.0, description="dollars an hour for each replica")

    suffers: ClassVar[frozenset[FaultKind]] = frozenset()
    """The kinds of fault that can befall this kind of component."""

    reports_load: ClassVar[bool] = False
    """Whether it is a station, with calls waiting and in service."""

    def objection_to(self, target: ComponentSpec) -> str:
        """Why it cannot send calls to a component that it names; empty if it can."""
        return ""

    def can_have(self, fault: str) -> bool:
        """Whether a kind of fault can befall this very component."""
        return fault in self.suffers

    def build(self, name: str, sim: Simulation) -> Component:
        """The live component; the only bridge between the two."""
        raise NotImplementedError

    def instances(self, name: str) -> list[str]:
        """The names of the components that this spec stands for; one, unless it has replicas."""
        return [name]

    def needs_keys(self) -> bool:
        """Whether requests must say which key they ask for."""
        return False

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int] | None:
        """Mean seconds of work a call means for it, and how many workers share the work.

        None for a component that never is short of workers.
        """
        return None

    def onward(self) -> dict[str, float] | None:
        """Calls it makes to each component for a call it takes, while nothing goes wrong.

        None where that cannot be told before a run.
        """
        return None


def references(spec: Spec) -> list[Named]:
    """Where a spec names other components."""
    return references_in(type(spec), dict(spec))


def references_in(cls: type[Spec], values: Mapping[str, Any]) -> list[Named]:
    """The same for the plain values of a spec, which need not be valid."""
    found: list[Named] = []
    for field, info in cls.model_fields.items():
        mark = _mark([*info.metadata, info.annotation])
        if mark is None:
            continue
        step = info.alias or field
        value = values.get(step, values.get(field))
        if isinstance(value, str):
            found.append(((step,), value, mark.many))
        elif isinstance(value, list | tuple):
            names = [(place, name) for place, name in enumerate(value) if isinstance(name, str)]
            found += [((step, place), name, mark.many) for place, name in names]
    return found


def _mark(parts: Iterable[Any]) -> Reference | None:
    """The reference mark in an annotation, however deep it stands."""
    for part in parts:
        mark = part if isinstance(part, Reference) else _mark(get_args(part))
        if mark is not None:
            return mark
    return None


class Component:
    """A part of the system that calls flow through.

    A subclass declares its measures as class attributes (``simulator.kernel.measures``) and finds
    them as plain numbers and arrays on itself.

    Args:
        name: as in the scenario; a replica is called ``group[i]``.
        sim: the run it belongs to.
    """

    measures: ClassVar[dict[str, Measure]] = {}

    resting: ClassVar[Resting] = "hold"
    """What a call does that rests here, for traces."""

    def __init_subclass__(cls) -> None:
        cls.measures = declared(cls)

    def __init__(self, name: str, sim: Simulation) -> None:
        self.name = name
        self.sim = sim
        self._agenda: list[Any] = sim._queue
        self._ticket = sim.ticket
        for measure_name, measure in self.measures.items():
            if measure.form == "count":
                setattr(self, measure_name, 0)
            elif measure.form == "level":
                setattr(self, measure_name, 0)
                setattr(self, f"{measure_name}_area", 0.0)
                if measure.peaks:
                    setattr(self, f"{measure_name}_peak", 0)
            elif measure.form == "samples":
                setattr(self, measure_name, array("d"))

    def connect(self, find: Find) -> None:
        """Look up the components it sends calls to; ``find(name)`` lists a group's members."""

    def accept(self, call: Call) -> None:
        """Take a call: answer it, hand it over or fork from it, now or later."""
        raise NotImplementedError

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        """See the outcome of a call that was to return here, and pass it on."""
        raise NotImplementedError

    def pace(self, call: Call) -> float:
        """How fast a call that is here gets on just now, for traces.

        1 while it rests until something is done with it, 0 while it waits to be taken up, and in
        between where it has a share only.
        """
        return 1.0 if getattr(call, "callbacks", None) else 0.0

    def hold(self, event: Any, delay_s: float, then: Any, order: int = 1) -> None:
        """Let a call rest here, then go on with ``then``, a bound method in a tuple.

        Of what is due at the same instant, that of the lower ``order`` goes first.
        """
        event.callbacks = then
        heappush(self._agenda, (self.sim.now + delay_s, order, self._ticket(), event))

    def held(self, then: Any) -> list[Call]:
        """The calls that rest here until ``then``, in the order in which they would go on.

        Looks through the event list: for faults, which are rare, not for every call.
        """
        return [entry[3] for entry in sorted(self._agenda) if entry[3].callbacks is then]

    def withdraw(self, then: Any) -> list[tuple[float, Any]]:
        """Take out whatever rests until ``then``: what is left of each rest, and the event."""
        now_s = self.sim.now
        resting = [entry for entry in sorted(self._agenda) if entry[3].callbacks is then]
        self._agenda[:] = [entry for entry in self._agenda if entry[3].callbacks is not then]
        heapify(self._agenda)
        return [(due_s - now_s, event) for due_s, _, _, event in resting]

    def stretch(self, then: Any, factor: float) -> None:
        """Make what is left of every rest until ``then`` last ``factor`` times as long."""
        now_s = self.sim.now
        for place, (due_s, priority, ticket, event) in enumerate(self._agenda):
            if event.callbacks is then:
                due_s = now_s + (due_s - now_s) * factor
                self._agenda[place] = (due_s, priority, ticket, event)
        heapify(self._agenda)

    def drop(self, call: Call, outcome: int) -> None:
        """Answer a call that rested here or waited, whatever was to become of it."""
        call.callbacks = IGNORED
        call.give_up = None
        call.answer(outcome)
