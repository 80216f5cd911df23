"""The scenario file as a frozen, validated value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from simulator import components as _components  # noqa: F401  registers the kinds of component
from simulator.controllers import Controller, controller_kinds, make_room
from simulator.faults import Fault, fault_kinds
from simulator.kernel import ComponentSpec, Ref, Wiring, references
from simulator.kernel import components as component_kinds
from simulator.kernel.wiring import group_of
from simulator.registry import Spec
from simulator.scenario.claims import Finding, Objective, Prediction, Question, Text
from simulator.scenario.game import Game
from simulator.units import PositiveSeconds, Ratio, Seconds
from simulator.version import __version__
from simulator.workload import Workload
from simulator.world import WorldSpec

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


def names_in(spec: ComponentSpec) -> list[str]:
    """The components that a component names."""
    return [each.name for each in references(spec)]


class System(Spec):
    """The components and where requests enter."""

    entry: Ref = Field(description="the component that requests come to first")
    components: dict[Name, Annotated[ComponentSpec, component_kinds]] = Field(
        min_length=1, description="all components, by name"
    )

    def wiring(self) -> Wiring:
        """Who calls whom."""
        specs = self.components.items()
        return Wiring({name: names_in(spec) for name, spec in specs})

    def senders(self, group: str) -> list[str]:
        """The components that name a group, or one of its replicas, as where calls go."""
        specs = self.components.items()
        return [name for name, spec in specs if group in map(group_of, names_in(spec))]

    def zones(self) -> dict[str, str]:
        """The zone of every component that stands in one, replicas apart."""
        found: dict[str, str] = {}
        for name, spec in self.components.items():
            found |= spec.zones(name)
        return found


class Variant(Spec):
    """A named change."""

    because: Text = Field(description="why one would do this")
    set: dict[str, Any] = Field(min_length=1, description="dotted path -> new value")


class Knob(Spec):
    """A value that the app lets one turn."""

    path: Text = Field(description="dotted path of the value")
    label: Text = Field(description="what to call it")
    range: tuple[Any, Any] | None = Field(None, description="smallest and largest value")
    choices: tuple[Any, ...] = Field((), description="values to choose from")
    scale: Literal["linear", "log"] = Field("linear", description="how the range is divided")

    def contradictions(self) -> Iterator[str]:
        if (self.range is None) == (not self.choices):
            yield "give either range or choices"


class RunSettings(Spec):
    """How long, how often, with which random numbers."""

    duration: PositiveSeconds | None = Field(
        None, description="simulated time, warm-up included; a trace may do without"
    )
    warmup: Seconds = Field(0.0, description="beginning that is left out of all measures")
    drain: Seconds = Field(0.0, description="time after the duration, without new arrivals")
    replications: int = Field(5, ge=1, le=10_000, description="independent repetitions")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="fixes every random number")
    trace_ratio: Ratio = Field(
        0.0, description="part of the requests whose spans are kept, at most 10,000 in a run"
    )


DECIDING = ("system", "workload", "faults", "controllers", "world", "run")


class Scenario(Spec):
    """A case study: a system, its load, its troubles, and what is to be learned from them."""

    format: Literal[1] = Field(description="version of the file format")
    scenario: Name = Field(description="the file's name without .yaml")
    title: Text = Field(description="a few words")
    chapter: Text = Field(description="the folder it lies in, such as 1_system_design")
    tags: tuple[Text, ...] = Field((), description="concepts it teaches")
    level: Literal["beginner", "intermediate", "advanced"] = Field(
        "beginner", description="how much it presumes"
    )
    minutes: int = Field(10, ge=1, le=240, description="time to work through it")
    question: Text = Field(description="what the case is about, in one or two sentences")
    story: str = Field("", description="what happens, in markdown")
    system: System = Field(description="the components")
    workload: Workload = Field(description="what users do")
    faults: tuple[Annotated[Fault, fault_kinds], ...] = Field(
        (), description="injected disturbances"
    )
    controllers: dict[Name, Annotated[Controller, controller_kinds]] = Field(
        {}, description="what changes the system while it runs, by name"
    )
    world: WorldSpec | None = Field(
        None, description="what is true behind the requests, where models decide about them"
    )
    slo: tuple[Objective, ...] = Field((), description="what the service has to keep")
    variants: dict[Name, Variant] = Field({}, description="named changes")
    knobs: tuple[Knob, ...] = Field((), description="values to turn in the app")
    predict: Prediction | None = Field(None, description="the question before the run")
    findings: tuple[Finding, ...] = Field((), description="claims that are checked by running")
    quiz: tuple[Question, ...] = Field((), description="questions about the why")
    game: Game | None = Field(None, description="how it is played, if it can be played")
    interview: str = Field("", description="what to say about it in an interview, in markdown")
    sources: tuple[Text, ...] = Field((), description="where facts and figures come from")
    run: RunSettings = Field(description="how to run it")

    @model_validator(mode="after")
    def _makes_room(self) -> Self:
        components = self.system.components
        components.update(make_room(components, self.controllers))
        return self

    _folder: Path | None = PrivateAttr(Path())

    @property
    def folder(self) -> Path | None:
        """Where paths in the file lead from; None if it may name no file."""
        return self._folder

    def read_files(self, folder: Path | None) -> None:
        """Read the files that it names, once, so that runs do not depend on them any more."""
        self._folder = folder
        self.workload.arrivals.read_files(folder)

    def plain(self) -> dict[str, Any]:
        """The scenario as plain data, every default written out."""
        return self.model_dump(mode="json")

    def digest(self) -> str:
        """Identity of everything that decides a run, but for the replication.

        A hash of the validated content (``1`` and ``1.0`` are the same), of the trace that was
        read, and of the engine's version.
        """
        deciding = {name: self.plain()[name] for name in DECIDING}
        for name in ("replications", "trace_ratio"):
            deciding["run"].pop(name)
        text = json.dumps([deciding, self.workload.arrivals.file_digest(), __version__])
        return sha256(text.encode()).hexdigest()[:16]

    def marks_s(self) -> list[float]:
        """Instants at which windows begin or end that are measured."""
        windows = [finding.during for finding in self.findings if finding.during is not None]
        return [self.run.warmup, *(instant_s for window in windows for instant_s in window)]

    def with_run(self, **settings: Any) -> Self:
        """The same scenario with other run settings, such as ``seed=2``.

        Raises:
            ValidationError: there is no such setting, or it cannot have this value.
        """
        run = RunSettings.model_validate(dict(self.run) | settings)
        return self.model_copy(update={"run": run})

    def group_members(self) -> Mapping[str, list[str]]:
        """The names of all components behind each name in the file."""
        return {name: spec.instances(name) for name, spec in self.system.components.items()}
