"""What every controller can be told, and what it is given to act with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from simulator.errors import unknown_name
from simulator.kernel import Component, ComponentSpec, Reference, Simulation
from simulator.registry import Family, Spec
from simulator.results import Measure, Strike

if TYPE_CHECKING:
    from simulator.world import WorldSpec

controller_kinds = Family("controller")

Note = Callable[[str, str, str], None]
"""Writes down a decision when it is made: its kind, whom it concerns, and words."""

Process = Generator[Any, Any, None]

ControllerRef = Annotated[str, Reference(to="controller")]
"""The name of another controller."""


class LiveController(Component):
    """A controller in one run: it keeps what is recorded, and acts once it is started."""

    def meet(self, others: Mapping[str, LiveController]) -> None:
        """Look up other controllers, by name; all are built by now, and none has started."""

    def before(self, receiver: Component) -> Component:
        """Whom those who call a component call instead, to be seen; the component, if nobody."""
        return receiver

    def start(self) -> None:
        """Begin, before anything else happens."""

    def bill(self, from_s: float, to_s: float) -> dict[str, float]:
        """Of components that it lets stand for a time only, the part of a stretch of time.

        By component; those that are not there are paid all the time.
        """
        return {}


@dataclass(frozen=True)
class Site:
    """What a controller finds in the system that it is built into.

    Attributes:
        find: the live components behind a name, one of a group or all of it.
        specs: what the file says of each component or group, by name.
        senders: the live components that send calls to a group.
        note: writes down a decision.
        strikes: of all faults so far, for what is only reported: nobody who decides may look.
    """

    find: Callable[[str], list[Any]]
    specs: Mapping[str, ComponentSpec]
    senders: Callable[[str], list[Any]]
    note: Note
    strikes: Sequence[Strike] = ()


@dataclass(frozen=True)
class Plan:
    """What a file says, as far as it is right by itself, for controllers to hold against.

    Attributes:
        components: by name.
        controllers: by name.
        world: None if there is none, or a wrong one.
        names: of everything in the file, right or wrong: components and controllers.
        has_world: whether the file says anything of a world, right or wrong.
    """

    components: Mapping[str, ComponentSpec]
    controllers: Mapping[str, Controller]
    world: WorldSpec | None
    names: frozenset[str] = frozenset()
    has_world: bool = False

    def unknown(self, name: str, what: str) -> str:
        """What to say of a name that nothing has; empty if something has it."""
        group = name.partition("[")[0]
        if group in self.names:
            return ""
        known = self.components if what == "component" else self.controllers
        return unknown_name(what, name, known)

    def steering(self, splitter: str) -> list[Controller]:
        """The controllers that change a splitter's shares by themselves.

        What is written down in a runbook somebody does who knows what else goes on.
        """
        found = [each for each in self.controllers.values() if splitter in each.steers()]
        return [each for each in found if each.kind != "runbook"]


class Controller(Spec):
    """Something that watches a part of the system, and may change it while it runs."""

    kind: str

    measures: ClassVar[Mapping[str, Measure]] = {}
    """What a run records under the controller's name."""

    can_roll_back: ClassVar[bool] = False
    """Whether it brings something new that can be taken back (``roll_back`` of the live one)."""

    takes_versions: ClassVar[bool] = False
    """Whether it can be handed a version of a model while it runs (``offer`` of the live one)."""

    def build(self, name: str, sim: Simulation, site: Site) -> LiveController:
        """The live controller.

        Args:
            name: of the controller.
            sim: the run.
            site: the system that it is built into.
        """
        raise NotImplementedError

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Why it cannot do its work there: steps to a field, and a message.

        That what it names is there has been looked after (``Ref``, ``Refs``, ``ControllerRef``).
        """
        yield from ()

    def steers(self) -> frozenset[str]:
        """The splitters whose shares it may change."""
        return frozenset()

    def begins_s(self) -> float:
        """When it first does anything, at the earliest, in seconds."""
        return 0.0


class ReplicaController(Controller):
    """One that lets replicas of a group come and go."""

    of: Annotated[str, Reference(many=True)] = Field(
        description="a group of replicas behind a load balancer, such as api"
    )

    def places(self, spec: ComponentSpec) -> int:
        """How many replicas of the group there may be at a time, beginning and end included."""
        raise NotImplementedError

    def misfits(self, spec: ComponentSpec) -> Iterator[tuple[str, str]]:
        """Why it cannot control this group: the field and a message."""
        raise NotImplementedError


def make_room(components: Mapping[str, Any], controllers: Mapping[str, Controller]) -> dict:
    """The same components, with groups as large as their controllers may ever make them.

    All replicas that may come to be are built before the run, so that load balancers know each by
    its place, and what is recorded of one stays together.
    """
    found = dict(components)
    for each in of_replicas(controllers).values():
        spec = found.get(each.of)
        if spec is not None and spec.scales:
            found[each.of] = spec.with_places(each.places(spec))
    return found


def of_replicas(controllers: Mapping[str, Controller]) -> dict[str, ReplicaController]:
    """Those that let replicas come and go."""
    return {n: each for n, each in controllers.items() if isinstance(each, ReplicaController)}


def controlled(controllers: Mapping[str, Controller]) -> frozenset[str]:
    """The groups whose replicas come and go."""
    return frozenset(each.of for each in of_replicas(controllers).values())
