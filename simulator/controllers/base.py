"""What every controller can be told, and what it is given to act with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from simulator.kernel import Component, ComponentSpec, Reference, Simulation
from simulator.registry import Family, Spec
from simulator.results import Measure

controller_kinds = Family("controller")

Note = Callable[[str, str, str], None]
"""Writes down a decision when it is made: its kind, whom it concerns, and words."""

Process = Generator[Any, Any, None]


class Controller(Spec):
    """Something that watches a part of the system and changes it while it runs."""

    kind: str
    of: Annotated[str, Reference(many=True)] = Field(
        description="a group of replicas behind a load balancer, such as api"
    )

    measures: ClassVar[Mapping[str, Measure]] = {}
    """What a run records under the controller's name."""

    def places(self, spec: ComponentSpec) -> int:
        """How many replicas of the group there may be at a time, beginning and end included."""
        raise NotImplementedError

    def build(
        self,
        name: str,
        sim: Simulation,
        spec: ComponentSpec,
        members: list[Any],
        balancers: list[Any],
        note: Note,
    ) -> Component:
        """The live controller, which keeps what is recorded; it acts once it is ``start``-ed.

        Args:
            name: of the controller.
            sim: the run.
            spec: of the group.
            members: every replica that there may be, those of the beginning first.
            balancers: whatever sends calls to the group.
            note: told of decisions.
        """
        raise NotImplementedError

    def misfits(self, spec: ComponentSpec) -> Iterator[tuple[str, str]]:
        """Why it cannot control this group: the field and a message."""
        raise NotImplementedError

    def begins_s(self) -> float:
        """When it first does anything, at the earliest, in seconds."""
        return 0.0


def make_room(components: Mapping[str, Any], controllers: Mapping[str, Controller]) -> dict:
    """The same components, with groups as large as their controllers may ever make them.

    All replicas that may come to be are built before the run, so that load balancers know each by
    its place, and what is recorded of one stays together.
    """
    found = dict(components)
    for each in controllers.values():
        spec = found.get(each.of)
        if spec is not None and spec.scales:
            found[each.of] = spec.with_places(each.places(spec))
    return found


def controlled(controllers: Mapping[str, Controller]) -> frozenset[str]:
    """The groups whose replicas come and go."""
    return frozenset(each.of for each in controllers.values())
