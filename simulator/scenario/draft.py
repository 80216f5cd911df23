"""What can be said of a scenario file, even of one that is not valid yet.

Checks that look across sections work on a draft. From a valid scenario it has everything; from a
file with mistakes it has the parts that are right by themselves, and the names of the others, so
that one mistake neither hides another nor causes a second complaint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import ValidationError

from simulator.controllers import Controller, Plan, controlled, controller_kinds, make_room
from simulator.faults import Fault, fault_kinds
from simulator.kernel import Component, ComponentSpec, Named, Simulation, references_in
from simulator.kernel import components as component_kinds
from simulator.registry import Family, Spec
from simulator.results import Measure, Reported
from simulator.results.measures import (
    COST_MEASURES,
    REQUEST_MEASURES,
    WORLD_MEASURES,
    reported,
)
from simulator.scenario.claims import Finding, Objective, Prediction
from simulator.scenario.game import Game
from simulator.scenario.model import RunSettings, Scenario, System
from simulator.scenario.nodes import Path
from simulator.workload import Workload
from simulator.world import WorldSpec
from simulator.world.users import USERS, Users


@dataclass(frozen=True)
class Draft:
    """The parts of a scenario that are valid by themselves.

    Attributes:
        names: of all components in the file, right or wrong.
        components: those that are right, by name.
        lucky: components, right or wrong, of a kind in which luck decides where a call goes.
        named: wherever the entry, a component, a fault or a controller names a component, right or
            wrong; ``controller_names`` of all controllers, and ``named_controllers``, likewise.
        workload, run, world, predict, game: None if wrong or missing.
        controllers: those that are right, by name.
        has_world: whether the file says anything of a world, right or wrong.
        faults, slo, findings: by their place in the list.
    """

    names: frozenset[str] = frozenset()
    components: Mapping[str, ComponentSpec] = field(default_factory=dict)
    lucky: frozenset[str] = frozenset()
    named: tuple[Named, ...] = ()
    controller_names: frozenset[str] = frozenset()
    named_controllers: tuple[Named, ...] = ()
    workload: Workload | None = None
    run: RunSettings | None = None
    world: WorldSpec | None = None
    predict: Prediction | None = None
    game: Game | None = None
    controllers: Mapping[str, Controller] = field(default_factory=dict)
    faults: Mapping[int, Fault] = field(default_factory=dict)
    slo: Mapping[int, Objective] = field(default_factory=dict)
    findings: Mapping[int, Finding] = field(default_factory=dict)
    variants: frozenset[str] = frozenset()
    has_world: bool = False

    @classmethod
    def of(cls, scenario: Scenario, tree: Mapping[str, Any] | None = None) -> Self:
        """Of a scenario that is right section by section.

        Args:
            scenario: validated.
            tree: the plain tree it was made from, if it comes from a file: what is wrong is then
                found where it is written there.
        """
        if tree is None:
            tree = scenario.model_dump(mode="json", include={"system", "faults", "controllers"})
        return cls(
            names=frozenset(scenario.system.components),
            components=scenario.system.components,
            lucky=frozenset(n for n, spec in scenario.system.components.items() if spec.by_luck),
            named=tuple(_named(tree)),
            controller_names=frozenset(_mapping(tree.get("controllers"))),
            named_controllers=tuple(_named(tree, "controller")),
            workload=scenario.workload,
            run=scenario.run,
            world=scenario.world,
            predict=scenario.predict,
            game=scenario.game,
            controllers=scenario.controllers,
            faults=dict(enumerate(scenario.faults)),
            slo=dict(enumerate(scenario.slo)),
            findings=dict(enumerate(scenario.findings)),
            variants=frozenset(scenario.variants),
            has_world=scenario.world is not None,
        )

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Of a file that is not right: of its plain tree."""
        components = _mapping(_mapping(tree.get("system")).get("components"))
        controllers = _valid(controller_kinds, _mapping(tree.get("controllers")))
        return cls(
            names=frozenset(components),
            components=make_room(_valid(component_kinds, components), controllers),
            lucky=frozenset(_lucky(components)),
            named=tuple(_named(tree)),
            controller_names=frozenset(_mapping(tree.get("controllers"))),
            named_controllers=tuple(_named(tree, "controller")),
            workload=_part(Workload, tree.get("workload")),
            run=_part(RunSettings, tree.get("run")),
            world=_part(WorldSpec, tree.get("world")),
            predict=_part(Prediction, tree.get("predict")),
            game=_part(Game, tree.get("game")),
            controllers=controllers,
            faults=_valid(fault_kinds, _numbered(tree.get("faults"))),
            slo=_valid(Objective, _numbered(tree.get("slo"))),
            findings=_valid(Finding, _numbered(tree.get("findings"))),
            variants=frozenset(_mapping(tree.get("variants"))),
            has_world=tree.get("world") is not None,
        )

    def plan(self) -> Plan:
        """What controllers are held against."""
        names = self.names | self.controller_names
        return Plan(self.components, self.controllers, self.world, names, self.has_world)

    def members(self) -> dict[str, list[str]]:
        """The components behind each name; a component that is wrong counts as one."""
        found = {name: [name] for name in self.names}
        found |= {name: spec.instances(name) for name, spec in self.components.items()}
        return found

    def measures(self) -> dict[str, Reported]:
        """Every measure that a run would report, with its unit."""
        found = {**REQUEST_MEASURES, **COST_MEASURES}
        found |= WORLD_MEASURES if self.has_world else {}
        for name, of_one in self._recorders():
            for measure_name, measure in of_one.items():
                of_measure = reported(measure_name, measure)
                found |= {f"{name}.{key}": value for key, value in of_measure.items()}
        return found

    def _recorders(self) -> Iterator[tuple[str, Mapping[str, Measure]]]:
        """Whatever records measures under a name of its own, and which."""
        classes = self.workload.request_classes() if self.workload else ()
        sim = Simulation(classes=classes, changing=controlled(self.controllers))
        for name, spec in self.components.items():
            members = spec.instances(name)
            component: Component = spec.build(members[0], sim)
            yield from ((each, component.measures) for each in dict.fromkeys([name, *members]))
            yield from ((part.name, part.measures) for part in component.parts())
        if self.has_world:
            yield USERS, Users.measures
        yield from ((f"faults[{place}]", fault.measures) for place, fault in self.faults.items())
        yield from ((name, each.measures) for name, each in self.controllers.items())


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _numbered(value: Any) -> Mapping[int, Any]:
    return dict(enumerate(value)) if isinstance(value, list) else {}


def _lucky(components: Mapping[str, Any]) -> Iterator[str]:
    for name, part in components.items():
        kind: Any = _class_of(component_kinds, part)
        if kind is not None and kind.by_luck:
            yield name


def _named(tree: Mapping[str, Any], to: str = "component") -> Iterator[Named]:
    """Wherever a component, or something else, is named, with the whole path to it."""
    system = _mapping(tree.get("system"))
    parts: list[tuple[Path, Any, type[Spec] | None]] = [(("system",), system, System)]
    for name, part in _mapping(system.get("components")).items():
        parts.append((("system", "components", name), part, _class_of(component_kinds, part)))
    for place, part in _numbered(tree.get("faults")).items():
        parts.append((("faults", place), part, _class_of(fault_kinds, part)))
    for name, part in _mapping(tree.get("controllers")).items():
        parts.append((("controllers", name), part, _class_of(controller_kinds, part)))
    for path, part, cls in parts:
        for found in references_in(cls, part, to) if cls else ():
            yield found._replace(steps=(*path, *found.steps))


def _class_of(family: Family, part: Any) -> type[Spec] | None:
    """The class of a mapping with a kind, be it right or wrong otherwise."""
    kind = _mapping(part).get("kind")
    return family.kinds().get(kind) if isinstance(kind, str) else None


def _part(kind: Any, value: Any) -> Any:
    """A valid part, or None."""
    try:
        return kind.validate(value) if isinstance(kind, Family) else kind.model_validate(value)
    except (ValidationError, ValueError):
        return None


def _valid(kind: Any, values: Mapping[Any, Any]) -> dict[Any, Any]:
    parts = {key: _part(kind, value) for key, value in values.items()}
    return {key: part for key, part in parts.items() if part is not None}
