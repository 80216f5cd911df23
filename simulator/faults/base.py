"""What every fault can be told: whom it befalls, when, how often."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from simulator.kernel import Component, ComponentSpec, Reference, Simulation
from simulator.registry import Family, Spec
from simulator.results import Measure
from simulator.units import PositiveSeconds, Seconds

fault_kinds = Family("fault")

Target = Annotated[str, Reference(many=True)]

Note = Callable[[str, float, float], None]
"""Writes down a strike when it begins: whom it befalls, its beginning and its end, in seconds."""

Process = Generator[Any, Any, None]

MOST_STRIKES = 100_000  # of one fault in a run; more would keep a run from getting anywhere


class Fault(Spec):
    """A disturbance of some components."""

    kind: str

    measures: ClassVar[Mapping[str, Measure]] = {}
    """What a run records of the fault itself, under its place in the file: ``faults[0].x``."""

    @property
    def whom(self) -> str:
        """Whom it befalls, in the words of the event log and of charts."""
        raise NotImplementedError

    def targets(self, components: Mapping[str, ComponentSpec]) -> list[str]:
        """The names of the components that it befalls, single replicas each, of a system."""
        raise NotImplementedError

    def misfits(
        self, components: Mapping[str, ComponentSpec], are_all: bool
    ) -> Iterator[tuple[str, str]]:
        """Why it cannot befall a system: the field and a message.

        Args:
            components: those that are valid by themselves. Whether a name is that of a component is
                seen elsewhere, by its mark as a reference.
            are_all: whether these are all there are.
        """
        raise NotImplementedError

    def gap(self, name: str, sim: Simulation) -> Any:
        """What lies between components that it keeps apart; it then befalls the gap, not them.

        A component with the measures of the fault, and with ``between(sender, receiver)``, which
        returns what the one is to send its calls to. None for a fault that keeps nobody apart.
        """
        return None

    def processes(
        self, sim: Simulation, targets: list[Component], note: Note, name: str
    ) -> Iterator[Process]:
        """The SimPy processes that make it happen.

        Args:
            sim: the run.
            targets: the components it befalls.
            note: told of each strike.
            name: of this very fault, for its random streams.
        """
        raise NotImplementedError

    def over_s(self, targets: int) -> float | None:
        """When it is over once and for all, in seconds; None if it comes again, or does not end.

        Args:
            targets: how many components it befalls.
        """
        return None

    def objections(self, duration_s: float | None, targets: int) -> Iterator[tuple[str, str]]:
        """What is wrong with it in a run of this length: the field and a message.

        Args:
            duration_s: of the run, in seconds; None if only the run itself tells.
            targets: how many components it befalls.
        """
        raise NotImplementedError


class TargetedFault(Fault):
    """A disturbance of one component, one replica or all replicas of a group."""

    of: Target = Field(description="a component, a group such as api, or one replica: api[4]")

    @property
    def whom(self) -> str:
        return self.of

    def targets(self, components: Mapping[str, ComponentSpec]) -> list[str]:
        spec = components.get(self.of)
        return [self.of] if spec is None else spec.instances(self.of)

    def misfits(
        self, components: Mapping[str, ComponentSpec], are_all: bool
    ) -> Iterator[tuple[str, str]]:
        spec = components.get(self.of.partition("[")[0])
        if spec is not None and not spec.can_have(self.kind):
            able = [name for name, each in components.items() if each.can_have(self.kind)]
            found = f"this {spec.kind} cannot have a {self.kind}; in this system these can"
            yield "of", f"{found}: {', '.join(able) or 'none'}"


def too_late(start_s: float, duration_s: float | None) -> Iterator[tuple[str, str]]:
    """The objection to a fault that begins when the run is over, if it does."""
    if duration_s and start_s >= duration_s:
        begins = f"begins at {start_s:g} s, when the run is over"
        yield "from", f"{begins}; must be less than run.duration, {duration_s:g} s"


class ScheduledFault(Fault):
    """A disturbance that begins at an instant, and may come again."""

    start: Seconds = Field(alias="from", description="when it begins")
    every: PositiveSeconds | None = Field(
        None, description="time from one beginning to the next; once only if not given"
    )

    def strikes(self) -> Iterator[float]:
        """The instants at which it begins, in seconds."""
        instant_s, times = self.start, 0
        yield instant_s
        while self.every is not None:
            times += 1
            yield self.start + times * self.every

    def takes_s(self, targets: int) -> float:
        """Time from the beginning at the first target until it is through with all, in seconds."""
        return 0.0

    def begin(self, target: Any) -> None:
        """Do it to one component."""
        raise NotImplementedError

    def processes(
        self, sim: Simulation, targets: list[Component], note: Note, name: str
    ) -> Iterator[Process]:
        yield self._process(sim, targets, note)

    def _process(self, sim: Simulation, targets: list[Component], note: Note) -> Process:
        for instant_s in self.strikes():
            yield sim.timeout(instant_s - sim.now)
            note(self.whom, instant_s, instant_s)
            for target in targets:
                self.begin(target)

    def objections(self, duration_s: float | None, targets: int) -> Iterator[tuple[str, str]]:
        yield from too_late(self.start, duration_s)
        takes_s = self.takes_s(targets)
        if self.every and takes_s >= self.every:
            least = f"more than the {takes_s:g} s that it takes for all replicas"
            yield "every", f"found {self.every:g} s; must be {least}"
        if self.every and duration_s and duration_s / self.every > MOST_STRIKES:
            times = f"strikes {duration_s / self.every:,.0f} times in a run"
            yield "every", f"{times}; must be at most {MOST_STRIKES:,}"


class LastingFault(ScheduledFault):
    """A disturbance that ends: at an instant, or after a time."""

    until: PositiveSeconds | None = Field(None, description="when it ends")
    length: PositiveSeconds | None = Field(None, alias="for", description="how long it lasts")

    def contradictions(self) -> Iterator[str]:
        if (self.until is None) == (self.length is None):
            yield "give either until or for"
        if self.until is not None and self.until <= self.start:
            yield f"until ({self.until:g} s) must be after from ({self.start:g} s)"
        if self.every is not None and self.lasts_s >= self.every:
            yield f"lasts {self.lasts_s:g} s; must be less than every ({self.every:g} s)"

    @property
    def lasts_s(self) -> float:
        """How long each strike lasts, in seconds."""
        return self.length if self.length is not None else (self.until or 0.0) - self.start

    def over_s(self, targets: int) -> float | None:
        return None if self.every else self.start + self.lasts_s

    def end(self, target: Any) -> None:
        """Undo it for one component."""
        raise NotImplementedError

    def _process(self, sim: Simulation, targets: list[Component], note: Note) -> Process:
        for instant_s in self.strikes():
            yield sim.timeout(instant_s - sim.now)
            end_s = instant_s + self.lasts_s
            note(self.whom, instant_s, end_s)
            for target in targets:
                self.begin(target)
            yield sim.timeout(end_s - sim.now)
            for target in targets:
                self.end(target)
