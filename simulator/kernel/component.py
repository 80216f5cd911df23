"""Components: what they are told, what they record, how they let a call rest."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappush
from itertools import cycle, islice
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, Self, get_args, get_origin

from pydantic import BeforeValidator, Field

from simulator.kernel.call import IGNORED, OK, Answer, Call, Caller, Timer
from simulator.kernel.measures import Measure, declared
from simulator.kernel.simulation import Simulation
from simulator.kernel.streams import RequestClass
from simulator.registry import Family, Spec
from simulator.units import Dollars

components = Family("component kind")

Find = Callable[[str], "list[Component]"]
Resting = Literal["service", "network", "lookup", "pause", "hold"]
FaultKind = Literal[
    "crash",
    "slowdown",
    "error_burst",
    "cache_flush",
    "breakdowns",
    "clock_skew",
    "packet_loss",
    "latency_spike",
    "gc_pause",
    "bad_deploy",
    "brown_out",
    "thundering_reconnect",
]

FAULTS_OF_WORKERS: Final[frozenset[FaultKind]] = frozenset(
    {"crash", "slowdown", "error_burst", "breakdowns", "gc_pause", "bad_deploy", "brown_out"}
)
"""The kinds of fault that can befall whatever serves calls with workers."""


@dataclass(frozen=True)
class Reference:
    """Marks a field of a spec that names other components.

    Attributes:
        many: whether a group of several replicas may be named.
        to: what is named: a component, or something else that the scenario file names.
    """

    many: bool = False
    to: str = "component"


Ref = Annotated[str, Reference()]
"""The name of a component, or of a group that has one member only."""


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Refs = Annotated[
    tuple[str, ...],
    Reference(many=True),
    BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...]),
]
"""Names of components or groups; one alone may stand without a list."""


Zones = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")], ...],
    BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...]),
]
"""Names of zones; one alone may stand without a list."""


class Named(NamedTuple):
    """Where a spec names a component.

    Attributes:
        steps: to the place.
        name: that stands there.
        many: whether a group of several replicas may stand there.
        at_key: whether it is the key there, not the value.
    """

    steps: tuple[str | int, ...]
    name: str
    many: bool
    at_key: bool = False


class ComponentSpec(Spec):
    """What every component can be told."""

    kind: str
    cost_per_hour: Dollars = Field(0.0, description="dollars an hour for each replica")
    zone: Zones = Field(
        (), description="zone it stands in; a list: zones that its replicas stand in, in turn"
    )

    suffers: ClassVar[frozenset[FaultKind]] = frozenset()
    """The kinds of fault that can befall this kind of component."""

    reports_load: ClassVar[bool] = False
    """Whether it is a station, with calls waiting and in service."""

    scales: ClassVar[bool] = False
    """Whether replicas of it may come and go (``with_places``)."""

    follows_replicas: ClassVar[bool] = False
    """Whether it can be told of replicas that come and go."""

    by_luck: ClassVar[bool] = False
    """Whether luck decides where a call goes, and the call may be answered at once."""

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

    def with_places(self, places: int) -> Self:
        """The same with room for so many replicas, if that ``scales``; there are as many."""
        raise NotImplementedError

    def zones(self, name: str) -> dict[str, str]:
        """The zone of each of the components that this spec stands for, as far as it has one."""
        return dict(zip(self.instances(name), cycle(self.zone))) if self.zone else {}

    def needs_keys(self) -> str:
        """Why requests must say which key they ask for, and what else would do; else empty."""
        return ""

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

    def onward_of(
        self, request_class: RequestClass, members: Mapping[str, list[str]]
    ) -> dict[str, float] | None:
        """The same for calls of one class, in the light of who stands behind each name.

        Calls to a group are those to all of its replicas together.
        """
        return self.onward()

    def freed(self) -> dict[str, Any]:
        """Fields and the values that make it take no time and keep nobody waiting.

        Empty for one that never does. What it decides, and which random numbers others draw, stays
        as it is, so that a run with it and one without it can be paired.
        """
        return {}

    def takes_back(self) -> bool:
        """Whether it may take calls back while nothing goes wrong.

        What those will have cost cannot be told before a run.
        """
        return False

    def chances(self, request_class: str) -> dict[str, float] | None:
        """Probabilities with which a call goes to one component or another, if luck decides.

        What is missing to 1 is the probability that it goes nowhere and is answered. None unless
        ``by_luck``.
        """
        return None

    def asks_first(self) -> bool:
        """Whether nothing here is begun before it is asked for whom (``call.is_wanted``).

        True of what only passes calls on.
        """
        return not self.reports_load

    def objections(self, members: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
        """What is wrong in the light of how many components there are behind each name.

        Yields:
            The field, and what is wrong with its value.
        """
        yield from ()


def references(spec: Spec) -> list[Named]:
    """Where a spec names other components."""
    return references_in(type(spec), dict(spec))


def references_in(cls: type[Spec], values: Mapping[str, Any], to: str = "component") -> list[Named]:
    """The same, or the same of something else, for plain values, which need not be valid."""
    found: list[Named] = []
    for field, info in cls.model_fields.items():
        step = info.alias or field
        value = values.get(step, values.get(field))
        mark = _mark(info.metadata, to)
        found += _named((step,), value, info.annotation, mark, to)
    return found


def _named(
    steps: tuple[str | int, ...], value: Any, annotation: Any, mark: Reference | None, to: str
) -> Iterator[Named]:
    """The names in a value, as far as marks in its annotation say that there are some."""
    mark = mark or _mark([annotation], to)
    if isinstance(value, Mapping | Spec) and _is_spec(annotation):
        for each in references_in(annotation, dict(value), to):
            yield each._replace(steps=(*steps, *each.steps))
    elif isinstance(value, Mapping):
        for of_key, of_value in islice(_mappings([annotation]), 1):
            key_mark = _mark([of_key], to)
            for key, each in value.items():
                if key_mark is not None:
                    yield Named((*steps, key), key, key_mark.many, at_key=True)
                yield from _named((*steps, key), each, of_value, None, to)
    elif mark is not None and isinstance(value, str):
        yield Named(steps, value, mark.many)
    elif mark is not None and isinstance(value, list | tuple):
        names = [(place, each) for place, each in enumerate(value) if isinstance(each, str)]
        yield from (Named((*steps, place), each, mark.many) for place, each in names)


def _is_spec(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Spec)


def _mark(parts: Iterable[Any], to: str) -> Reference | None:
    """The reference mark in an annotation, however deep it stands."""
    for part in parts:
        mark = part if isinstance(part, Reference) else _mark(get_args(part), to)
        if mark is not None and mark.to == to:
            return mark
    return None


def _mappings(parts: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Key and value of the mappings in an annotation, those further out first."""
    for part in parts:
        if get_origin(part) is dict:
            key, value = get_args(part)
            yield key, value
        yield from _mappings(get_args(part))


class Component(Caller):
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

    def parts(self) -> Sequence[Component]:
        """What of it has measures of its own, under names such as ``split[canary]``."""
        return ()

    def settle(self) -> None:
        """Bring up to date what is recorded and kept elsewhere; called before it is read."""

    def accept(self, call: Call) -> None:
        """Take a call: answer it, hand it over or fork from it, now or later."""
        raise NotImplementedError

    def probe(self, call: Call) -> None:
        """Answer a probe, a call that only asks whether it is there: ok, if it says nothing else.

        It is answered as other calls would be, at once or with silence, but is no work and counts
        nowhere. A component that does no more than pass calls on asks whoever they would go to.
        """
        call.answer(OK)

    def lives(self) -> int:
        """How many times it has begun, with nothing left of what it had counted before."""
        return 1

    def is_lost(self) -> bool:
        """Whether it is down since a crash, so that nobody there could say how it is."""
        return False

    def pace(self, call: Call) -> float:
        """How fast a call that is here gets on just now, for traces.

        1 while it rests until something is done with it, 0 while it waits to be taken up, and in
        between where it has a share only.
        """
        memo = getattr(call, "memo", None)
        resting = memo if isinstance(memo, Answer) else call
        return 1.0 if getattr(resting, "callbacks", None) else 0.0

    def hold(self, event: Timer, delay_s: float, then: Any, order: int = 1) -> None:
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
