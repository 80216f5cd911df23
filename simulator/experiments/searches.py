"""Search: the best design that keeps every objective, among more designs than one can try.

Optuna proposes points (TPE, a sampler that learns which regions are good and keep the constraints),
eight at a time, whatever the number of processes, so that a search is reproducible. An objective is
held against the far end of its confidence interval: a design that keeps it on average only is not
good enough. Looking at many designs and taking the best favors lucky ones; the winner is therefore
run again with fresh random numbers, and if it does not keep its objectives there, the next one is.

It is no proof: a better design may be among those that were not tried.

Source: Watanabe, "Tree-structured Parzen estimator: understanding its algorithm components",
2023 (arXiv:2304.11127), for the sampler.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Unpack

from simulator.errors import SimulatorError, require
from simulator.experiments.axes import Axis, Over, axes_of
from simulator.experiments.design import Changes, Design, base_of
from simulator.experiments.making import Maker, Making
from simulator.experiments.summary import Summary, heading
from simulator.experiments.sweeps import Kept, designs_of, kept
from simulator.experiments.tabular import Tabular, estimated
from simulator.experiments.until import Goal, check_measure, most
from simulator.scenario import Scenario
from simulator.scenario.claims import Objective

AT_ONCE = 8  # proposals; part of the numbers
MOST_RETESTS = 5
FAR = 1e6  # violation of an objective without a value

Make = Callable[[Sequence[Design], int], "Sequence[Summary] | None"]
"""Makes all runs of some designs, the first of them with the replication of the given number.

None if it was interrupted.
"""


class NothingToFind(SimulatorError):
    """A search that cannot be begun."""


@dataclass(frozen=True)
class Trial:
    """A design that was tried.

    Attributes:
        changes: path -> value.
        summary: of its runs.
        value: of the measure by which designs are ranked, less is better.
        violation: by how much the worst objective is missed at the far end of its interval, as a
            part of its bound; 0 or less if all are kept.
        kept: whether all are kept, for certain.
    """

    changes: Mapping[str, Any]
    summary: Summary
    value: float
    violation: float
    kept: Kept

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator search --json``."""
        return {
            "set": dict(self.changes),
            "value": self.value,
            "keeps_objectives": self.kept,
            "replications": len(self.summary.rows),
            "objectives": self.summary.objectives(),
        }


@dataclass
class Search(Tabular):
    """What a search came to.

    Attributes:
        base: the design that everything else is a change of.
        by: the measure by which designs are ranked.
        trials: all that was tried, in order, each point once.
        retests: with fresh random numbers, the last one that of the winner.
        winner: the best design that kept all objectives twice; None if there is none.
        interrupted: whether it was stopped before the end.
    """

    base: Design
    by: str
    trials: list[Trial] = field(default_factory=list)
    retests: list[Trial] = field(default_factory=list)
    winner: Trial | None = None
    interrupted: bool = False

    def runs(self) -> int:
        """How many runs it took."""
        return sum(len(each.summary.rows) for each in (*self.trials, *self.retests))

    def better(self, than: Trial) -> list[Trial]:
        """The trials that would beat another one, if they kept all objectives."""
        return [each for each in self.trials if each.value < than.value]

    def best(self) -> list[Trial]:
        """All trials, the best first: those that keep all objectives, then the nearest misses."""
        return sorted(self.trials, key=_rank)

    def words(self) -> str:
        """How sure one may be of the winner, in a sentence or two."""
        tried = f"{len(self.trials)} designs and {self.runs()} runs"
        if self.winner is None:
            reason = (
                "was interrupted" if self.interrupted else "found no design that keeps them all"
            )
            return f"The search {reason}, after {tried}."
        better = self.better(self.winner)
        missed = sum(each.kept == "no" for each in better)
        unsure = sum(each.kept == "unsure" for each in better)
        failed = len(better) - missed - unsure
        parts = [f"{missed} miss an objective", f"{unsure} are too close to tell"]
        if failed:
            parts.append(f"{failed} missed one with fresh random numbers")
        runs = len(self.retests[-1].summary.rows)
        return (
            f"It kept all objectives again in {runs} runs with fresh random numbers. Of the "
            f"{len(better)} better designs that were tried, {', '.join(parts)}. The search took "
            f"{tried}; what it has not tried may be better."
        )

    def records(self) -> list[dict[str, Any]]:
        """A line a design that was tried, in order."""
        return [
            {
                **each.changes,
                "replications": len(each.summary.rows),
                "keeps_objectives": each.kept,
                **estimated(each.summary.measures[self.by].interval, self.by),
            }
            for each in self.trials
        ]

    def as_json(self) -> dict[str, Any]:
        """The document that ``simulator search --json`` prints."""
        return {
            **heading(self.base.scenario, self.base.variant),
            "by": self.by,
            "complete": not self.interrupted,
            "winner": self.winner.as_json() if self.winner else None,
            "words": self.words(),
            "designs": len(self.trials),
            "runs": self.runs(),
            "trials": [each.as_json() for each in self.trials],
            "retests": [each.as_json() for each in self.retests],
        }


def search(
    case: str | Path | Scenario,
    over: Over,
    *,
    by: str = "cost_per_hour_usd",
    trials: int = 48,
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
    until: float | None = None,
    **making: Unpack[Making],
) -> Search:
    """Find the cheapest design that keeps every objective.

    The same as ``simulator search``. It takes the extra ``optimize``.

    Args:
        case: a scenario, its file, or the id of a case study; it has objectives (``slo``).
        over: what may be changed, path -> values, or a range such as ``"10ms..80ms"``; or texts as
            after ``--over``.
        by: the measure that makes one design better than another, in its good direction.
        trials: how many designs are proposed.
        variant: a variant of it, or several to combine.
        changes: further changes, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        replications: runs of each design, in place of the file's number; with ``until``, at most.
        until: makes runs of each design until the relative error of the measure of every objective
            is at most so much, such as 0.05.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        The ``winner``, which kept all objectives again with fresh random numbers, or None; all that
        was tried; and in ``words()`` how sure one may be.

    Raises:
        ScenarioError: with everything that is wrong with the file, the changes or a point.
        NothingToFind: there are no objectives.
        NotInstalled: Optuna is not there.
        SimulationError: a run could not go on.
    """
    require("optuna", "Optuna", "a search", "optimize")
    axes = axes_of(over)
    base = base_of(case, variant, changes, seed, most(replications, until))
    check_measure(base, by)
    measures = list(dict.fromkeys(each.measure for each in base.scenario.slo))
    goal = None if until is None else Goal(measures, until)
    runs = base.scenario.run.replications
    with Maker(**making) as maker:
        if goal is None:
            maker.note(f"at most {trials} designs, {runs} runs each, and those of the retests")

        def make(wanted: Sequence[Design], first: int) -> Sequence[Summary] | None:
            outcome = maker.make(wanted, goal, together=False, first=first)
            return None if outcome.interrupted else outcome.summaries()

        return search_of(base, axes, by, trials, make)


def search_of(base: Design, axes: Sequence[Axis], by: str, trials: int, make: Make) -> Search:
    """Look for the best design that keeps every objective of a scenario.

    Args:
        base: what the points change.
        axes: what may be changed, each within its range or to its values.
        by: the measure by which designs are ranked, in its good direction.
        trials: proposals; a point that is proposed again costs no runs.
        make: makes the runs.

    Raises:
        NothingToFind: the scenario has no objectives.
        ScenarioError: a point is no valid design.
    """
    if not base.scenario.slo:
        raise NothingToFind("the scenario has no objectives (slo): any design would do")
    found = Search(base, by)
    seen: dict[str, Trial] = {}
    for proposals in _proposals(base, axes, trials, seen):
        fresh = {_identity(each): each for each in proposals}
        fresh = {key: each for key, each in fresh.items() if key not in seen}
        designs = designs_of(base, list(fresh.values()))
        summaries = make(designs, 0) if designs else []
        if summaries is None:
            found.interrupted = True
            return found
        for (key, changes), summary in zip(fresh.items(), summaries, strict=True):
            seen[key] = _trial(changes, summary, by)
            found.trials.append(seen[key])
    _retest(found, make)
    return found


def _proposals(
    base: Design, axes: Sequence[Axis], trials: int, seen: Mapping[str, Trial]
) -> Iterator[list[dict[str, Any]]]:
    """Points to try, a few at a time; what became of them is looked up before the next."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=base.scenario.run.seed)
    study = optuna.create_study(sampler=sampler)
    space = {each.path: _distribution(each) for each in axes}
    for first in range(0, trials, AT_ONCE):
        asked = [study.ask(space) for _ in range(min(AT_ONCE, trials - first))]
        points = [{each.path: _value(each, one.params) for each in axes} for one in asked]
        yield points
        for one, point in zip(asked, points, strict=True):
            trial = seen[_identity(point)]
            one.set_constraint("objectives", trial.violation)
            study.tell(one, trial.value)


def _distribution(axis: Axis) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if axis.span is not None:
        low, high = axis.span
        return IntDistribution(int(low), int(high)) if axis.whole else FloatDistribution(low, high)
    places = range(len(axis.values))
    is_ordered = all(type(each) in (int, float) for each in axis.values)
    if is_ordered and list(axis.values) == sorted(axis.values):
        return IntDistribution(0, places[-1])
    return CategoricalDistribution(list(places))


def _value(axis: Axis, params: Mapping[str, Any]) -> Any:
    proposed = params[axis.path]
    return proposed if axis.span is not None else axis.values[proposed]


def _identity(changes: Mapping[str, Any]) -> str:
    return json.dumps(changes, sort_keys=True)


def _trial(changes: Mapping[str, Any], summary: Summary, by: str) -> Trial:
    estimate = summary.measures[by]
    sign = -1 if estimate.reported.better == "higher" else 1
    violation = max(_violation(each, summary) for each in summary.scenario.slo)
    return Trial(
        changes=changes,
        summary=summary,
        value=sign * estimate.interval.mean if estimate.interval else FAR,
        violation=violation,
        kept=kept(summary) or "unsure",
    )


def _violation(objective: Objective, summary: Summary) -> float:
    interval = summary.measures[objective.measure].interval
    if interval is None:
        return FAR
    far_end = objective.excess(interval.mean) + (interval.half_width or 0.0)
    return far_end / (abs(objective.bound) or 1.0)


def _rank(trial: Trial) -> tuple[bool, float, float]:
    is_kept = trial.kept == "yes"
    return (not is_kept, trial.value if is_kept else trial.violation, trial.value)


def _retest(found: Search, make: Make) -> None:
    """Run the best again with replications that no choice was made by."""
    candidates = [each for each in found.best() if each.kept == "yes"]
    for trial in candidates[:MOST_RETESTS]:
        (design,) = designs_of(found.base, [trial.changes])
        summaries = make([design], design.scenario.run.replications)
        if summaries is None:
            found.interrupted = True
            return
        found.retests.append(_trial(trial.changes, summaries[0], found.by))
        if found.retests[-1].kept == "yes":
            found.winner = found.retests[-1]
            return
