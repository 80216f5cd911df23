"""Designs: a scenario with variants and further changes applied, and the runs made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.errors import Problem, ScenarioError, split_hint
from simulator.experiments.execution import Progress
from simulator.experiments.memberships import Membership
from simulator.experiments.rows import Row, Task
from simulator.experiments.shortening import shortened
from simulator.experiments.summary import Summary, summarize
from simulator.experiments.traces import COHORTS
from simulator.scenario import Scenario, apply, load
from simulator.scenario.checks import problems
from simulator.scenario.claims import BASELINE
from simulator.scenario.draft import Draft
from simulator.scenario.nodes import dotted
from simulator.scenario.problems import sentence
from simulator.scenario.source import parse_scalar
from simulator.scenario.variants import PathError, UnknownVariant
from simulator.workload.trace import TraceError


@dataclass(frozen=True)
class Design:
    """What is to be run.

    Attributes:
        scenario: with everything applied.
        variant: name of the variant, several joined by ``+``.
        changes: further changes, path -> value.
        left_out: what of the file a run that was made shorter has no time for, in sentences.
    """

    scenario: Scenario
    variant: str
    changes: Mapping[str, Any]
    left_out: Sequence[str] = ()


@dataclass
class Outcome:
    """The runs of some designs as far as they are made.

    Attributes:
        designs: what is run.
        rows: for each design a row a finished run; as long as there is none at all, a row each of
            the runs that were stopped under way.
        interrupted: whether it was stopped before the end.
    """

    designs: Sequence[Design]
    rows: list[list[Row]] = field(default_factory=list)
    interrupted: bool = False

    def __post_init__(self) -> None:
        self.rows = [[] for _ in self.designs]
        self._places: dict[int, int] = {}
        self._tasks: list[Task] = []  # kept, lest another get the id of one

    def tasks(
        self,
        examples: int = 0,
        traced_runs: int | None = None,
        traced_designs: int | None = None,
        first: int = 0,
        cohorts: Sequence[Membership] = COHORTS,
    ) -> list[Task]:
        """All runs, pair by pair, so that an early stop leaves complete pairs.

        Args:
            examples: requests of each kind to trace; 0 for no traces.
            traced_runs: of how many runs of each design; of all if not given.
            first: number of the first replication.
            traced_designs: of how many designs, the first ones; of all if not given.
            cohorts: whose time is accounted for in traced runs.
        """
        most = max(design.scenario.run.replications for design in self.designs)
        tasks = []
        for replication in range(most):
            for place, design in enumerate(self.designs):
                if replication < design.scenario.run.replications:
                    is_traced = traced_runs is None or replication < traced_runs
                    is_traced &= traced_designs is None or place < traced_designs
                    traced = examples if is_traced else 0
                    tasks.append(self.task(place, first + replication, traced, cohorts))
        return tasks

    def task(
        self,
        place: int,
        replication: int,
        examples: int = 0,
        cohorts: Sequence[Membership] = COHORTS,
    ) -> Task:
        """One run of the design at a place."""
        design = self.designs[place]
        task = Task(design.scenario, design.variant, replication, examples, tuple(cohorts))
        self._places[id(task)] = place
        self._tasks.append(task)
        return task

    def add(self, finished: Progress) -> None:
        """Note a run, unless it is a partial one and there are better ones."""
        if finished.row.stopped_s is None:
            for rows in self.rows:
                rows[:] = [row for row in rows if row.stopped_s is None]
        elif self.finished():
            return
        self.rows[self.place(finished.task)].append(finished.row)

    def place(self, task: Task) -> int:
        """Which of the designs a task is a run of."""
        return self._places[id(task)]

    def keep(self, place: int, replications: int) -> None:
        """Keep the first so many replications of a design, and forget those beyond."""
        rows = self.rows[place]
        rows[:] = [row for row in rows if row.replication < replications]

    def finished(self) -> int:
        """How many runs have come to their end."""
        return sum(row.stopped_s is None for rows in self.rows for row in rows)

    def tells_something(self) -> bool:
        """Whether every design has a run; of several, which are to be compared, a finished one."""
        compared = len(self.designs) > 1
        return all(any(not compared or row.stopped_s is None for row in rows) for rows in self.rows)

    def or_stop(self) -> Outcome:
        """The outcome itself, if it tells something.

        Raises:
            KeyboardInterrupt: it was interrupted before it could.
        """
        if self.interrupted and not self.tells_something():
            raise KeyboardInterrupt
        return self

    def summaries(self) -> list[Summary]:
        """An estimate of everything, for each design that has a finished run."""
        return [
            replace(
                summarize(design.scenario, design.variant, rows, design.changes),
                interrupted=self.interrupted,
            )
            for design, rows in zip(self.designs, self.rows, strict=True)
            if rows
        ]


Changes = Mapping[str, Any] | Sequence[str]
"""What is changed: path -> value, or ``PATH=VALUE`` texts as after ``--set``."""


def base_of(
    case: str | Path | Scenario,
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
) -> Design:
    """One design of a case; see ``designs``."""
    (found,) = designs(case, [variant], changes, seed, replications)
    return found


def designs(
    case: str | Path | Scenario,
    variants: Sequence[str | Sequence[str]],
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
) -> list[Design]:
    """Apply several sets of variants to a case.

    Args:
        case: a scenario, its file, or the id of one that comes with the program.
        variants: for each design the variant, or those to combine; none for the baseline.
        changes: applied to every design.
        seed, replications: instead of the file's.

    Raises:
        ScenarioError: with everything that is wrong with the file or the changes.
    """
    scenario = case if isinstance(case, Scenario) else load(case)
    wanted = changes if isinstance(changes, Mapping) else dict(_change(text) for text in changes)
    settings = {"seed": seed, "replications": replications}
    settings = {name: value for name, value in settings.items() if value is not None}
    return [design(scenario, _names(each), wanted, settings) for each in variants]


def _names(variant: str | Sequence[str]) -> Sequence[str]:
    if isinstance(variant, str):
        return () if variant == BASELINE else (variant,)
    return variant


def design(
    scenario: Scenario,
    variants: Sequence[str] = (),
    changes: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Design:
    """Apply variants, changes and run settings to a scenario, and check the result.

    A change of ``run.duration`` leaves out faults and findings beyond the new end, so that one can
    try something quickly.

    Raises:
        ScenarioError: with everything that is wrong with the changes.
    """
    changes = changes or {}
    try:
        applied = apply(scenario, variants, changes)
    except PathError as error:
        found = _problem((), *split_hint(str(error)))
        if isinstance(error, UnknownVariant):
            found = replace(found, file="--variant")
        raise ScenarioError([found]) from None
    except TraceError as error:
        found = error.problem() or _problem(error.place, str(error))
        raise ScenarioError([found]) from None
    except ValidationError as error:
        raise ScenarioError(_problems(error)) from None
    left_out: list[str] = []
    if "run.duration" in changes:
        applied, left_out = shortened(applied)
    if wrong := list(problems(Draft.of(applied))):
        raise ScenarioError([_problem(each.path, each.message, each.hint) for each in wrong])
    try:
        applied = applied.with_run(**settings or {})
    except ValidationError as error:
        found = [replace(each, file=f"--{each.path}", path="") for each in _problems(error)]
        raise ScenarioError(found) from None
    return Design(applied, "+".join(variants) or BASELINE, changes, left_out)


def _change(text: str) -> tuple[str, Any]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        message = f"found {text!r}; must be PATH=VALUE, such as workload.arrivals.rate=300/s"
        raise ScenarioError([_problem((), message)])
    return path.strip(), parse_scalar(value)


def _problems(error: ValidationError) -> list[Problem]:
    lines = error.errors(include_url=False)
    return [_problem(line["loc"], *sentence(line)) for line in lines]


def _problem(path: tuple[str | int, ...], message: str, hint: str = "") -> Problem:
    return Problem("--set", 1, 1, dotted(path), message, hint)
