"""Why a design does what it does: where the time goes, and what would happen without each part.

Two questions that look alike and are not. The *ledger* says where the slowest requests spend their
time. A *counterfactual* makes one component free, so that it takes no time, keeps nobody waiting
and costs nothing, and runs the same requests again: what it is really worth. A component in which
much time passes may be worth little, because the wait moves on to the next one, and one in which
little passes may be worth much, because others wait for it.

Runs are paired, so that a difference is that of the component and not that of the luck. How often
one run of each would have told the opposite is shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any, Unpack

from simulator.controllers import controlled
from simulator.errors import Problem, ScenarioError
from simulator.experiments.comparisons import Difference, comparison_of, paired
from simulator.experiments.design import Changes, Design, base_of, design
from simulator.experiments.ledger import Ledger, ledger
from simulator.experiments.making import Maker, Making
from simulator.experiments.memberships import Membership, membership
from simulator.experiments.summary import Summary
from simulator.experiments.tabular import Tabular, estimated
from simulator.experiments.traces import COHORTS, SLOW, USUAL
from simulator.experiments.until import goal_of, most
from simulator.scenario import Scenario
from simulator.stats.compare import misled

LOOKED_AT = ("latency_p99_s", "goodput_per_s", "cost_per_hour_usd")
"""What a counterfactual is judged by, the first one above all."""


@dataclass(frozen=True)
class Counterfactual:
    """What would happen if a component were free.

    Attributes:
        component: its name, or that of its group.
        differences: measure -> paired difference from the design as it is.
        misled: how often one run of each, under different seeds, would put the 99th percentiles in
            the wrong order; None if that cannot be told.
    """

    component: str
    differences: Mapping[str, Difference]
    misled: float | None

    @property
    def gain_s(self) -> float:
        """Mean seconds by which the 99th percentile becomes shorter."""
        found = self.differences.get(LOOKED_AT[0])
        return -found.interval.mean if found else 0.0

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator explain --json``."""
        return {
            "component": self.component,
            "differences": {name: each.as_json() for name, each in self.differences.items()},
            "misled": self.misled,
        }

    def record(self) -> dict[str, Any]:
        """The same as a line of a table."""
        found: dict[str, Any] = {"component": self.component}
        for name in LOOKED_AT:
            each = self.differences.get(name)
            found |= estimated(each.interval if each else None, name)
        return found | {"misled": self.misled}


@dataclass(frozen=True)
class Explanation(Tabular):
    """Why a design does what it does.

    Attributes:
        summary: of the design as it is.
        ledger: where the time goes.
        counterfactuals: that of the largest gain first.
    """

    summary: Summary
    ledger: Ledger
    counterfactuals: Sequence[Counterfactual]

    @property
    def interrupted(self) -> bool:
        """Whether more runs were wanted."""
        return self.summary.interrupted

    def records(self) -> list[dict[str, Any]]:
        """A line a counterfactual; where the time goes is in ``ledger``."""
        return [each.record() for each in self.counterfactuals]

    def spread(self) -> tuple[float, float] | None:
        """The lowest and the highest 99th percentile that a single run would have shown."""
        found = [row.measures[LOOKED_AT[0]] for row in self.summary.rows]
        present = [each for each in found if isfinite(each)]
        return (min(present), max(present)) if present else None

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator explain --json`` prints."""
        whole = self.summary.as_json()
        names = ("scenario", "variant", "set", "seed", "replications", "confidence", "verdict")
        return {
            **{name: whole[name] for name in names},
            "engine_version": whole["engine_version"],
            "complete": whole["complete"],
            "measures": {name: whole["measures"][name] for name in LOOKED_AT},
            "spread_of_single_runs": self.spread(),
            "ledger": self.ledger.as_json(),
            "counterfactuals": [each.as_json() for each in self.counterfactuals],
        }


def explain(
    case: str | Path | Scenario,
    *,
    cohort: str | None = None,
    against: str | None = None,
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
    until: float | None = None,
    **making: Unpack[Making],
) -> Explanation:
    """Say where the time goes, and what would happen if each component were free.

    The same as ``simulator explain``.

    Args:
        case: a scenario, its file, or the id of a case study.
        cohort: the requests to account for, such as ``p99``, ``p50..p90``, ``rejected``, the name
            of a class, ``during 10s..20s``, or several of these with commas between them
            (``simulator.experiments.memberships``); the slowest 1 % if not given.
        against: those to set beside them; if not given, those around the median.
        variant: a variant of it, or several to combine.
        changes: further changes, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        replications: runs, in place of the file's number; with ``until``, at most.
        until: makes runs until the relative error of what each component is worth, in the 99th
            percentile and as a part of its mean, is at most so much, such as 0.01.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        The ledger, and a counterfactual for each component, that of the largest gain first.

    Raises:
        ScenarioError: with everything that is wrong with the file or the changes.
        SimulationError: a run could not go on.
        KeyboardInterrupt: it was interrupted before there was anything to tell.
    """
    base = base_of(case, variant, changes, seed, most(replications, until))
    goal = goal_of(base, LOOKED_AT[0], until)
    contrast = _contrast(base.scenario, cohort, against)
    without = dict(freed(base))
    with Maker(**making) as maker:
        designs = [base, *without.values()]
        outcome = maker.make(designs, goal, examples=1, cohorts=contrast.traced).or_stop()
        summary, *others = outcome.summaries()
        found = explanation(summary, dict(zip(without, others, strict=True)), contrast)
        for each in (contrast.of, contrast.than):
            if each.name not in found.ledger.accounts:
                maker.warn_once(f"no run has a request {each.words()} (cohort {each.name!r})")
    return found


@dataclass(frozen=True, slots=True)
class Contrast:
    """Which requests are accounted for.

    Attributes:
        of, than: the two cohorts that are compared.
        traced: all, in the order in which they are shown.
    """

    of: Membership = SLOW
    than: Membership = USUAL
    traced: Sequence[Membership] = COHORTS


def _contrast(scenario: Scenario, cohort: str | None, against: str | None) -> Contrast:
    if cohort is None and against is None:
        return Contrast()
    of = membership(cohort or SLOW.name, scenario)
    than = membership(against or USUAL.name, scenario)
    if of == than:
        message = f"found {of.name!r} twice; a cohort is explained against another"
        raise ScenarioError([Problem("--cohort", 1, 1, "", message)])
    return Contrast(of, than, (than, of))


def freed(base: Design) -> Iterator[tuple[str, Design]]:
    """For each component that can be made free, its name and the design in which it is.

    One whose replicas come and go is left out: what it is given is its controller's to decide.
    """
    for name, spec in base.scenario.system.components.items():
        changes = spec.freed() if name not in controlled(base.scenario.controllers) else {}
        if changes:
            paths = {f"system.components.{name}.{field}": each for field, each in changes.items()}
            paths[f"system.components.{name}.cost_per_hour"] = 0.0
            yield name, replace(design(base.scenario, (), paths), variant=f"free {name}")


def explanation(
    summary: Summary, without: Mapping[str, Summary], contrast: Contrast = Contrast()
) -> Explanation:
    """Put it together.

    Args:
        summary: of the design as it is, whose runs were traced.
        without: component -> summary of the design in which it is free.
        contrast: whose time is accounted for.
    """
    found = [_counterfactual(name, summary, each) for name, each in without.items()]
    found.sort(key=lambda each: -each.gain_s)
    account = ledger(summary.rows, contrast.of, contrast.than, contrast.traced)
    return Explanation(summary, account, found)


def _counterfactual(name: str, summary: Summary, freed: Summary) -> Counterfactual:
    differences = comparison_of(summary, freed).differences
    measure = LOOKED_AT[0]
    found = paired(summary, freed, measure)
    is_told = measure in differences and differences[measure].interval.excludes_zero
    return Counterfactual(
        component=name,
        differences={each: differences[each] for each in LOOKED_AT if each in differences},
        misled=misled(*found) if found and is_told else None,
    )
