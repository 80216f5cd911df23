"""A study: a sweep, a tornado, a stability map or an explanation, as something to be ordered.

What the commands of these names do with the words of a command line, this does with plain data, for
a program that must not run simulations itself. It says what there is to be run, and what the runs
so far come to; the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from simulator.errors import Problem, ScenarioError
from simulator.experiments.axes import axis, points
from simulator.experiments.design import Design, Outcome
from simulator.experiments.explanations import explanation, freed
from simulator.experiments.rows import Row
from simulator.experiments.stability_maps import Look, map_of, watched
from simulator.experiments.summary import Summary, summarize
from simulator.experiments.sweeps import designs_of, sweep_of
from simulator.experiments.tornadoes import ends, tornado_of
from simulator.experiments.until import check_measure
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio

Kind = Literal["sweep", "tornado", "stability", "explain"]


class Study(Spec):
    """What is to be found out."""

    kind: Kind
    over: tuple[str, ...] = Field((), description="what is turned, as after --over")
    of: str = Field("latency_p99_s", description="the measure that a tornado looks at")
    after: PositiveSeconds = Field(60.0, description="of a map: from the end of the trouble on")
    length: PositiveSeconds = Field(30.0, description="of a map: how long it looks")
    below: Ratio = Field(0.5, description="of a map: a smaller share of requests ok means down")

    def plan(self, base: Design) -> Plan:
        """What is to be run for it.

        Raises:
            ScenarioError: with everything that is wrong with it.
        """
        check_measure(base, self.of)
        if self.kind == "explain":
            return _Explain(self, base)
        if not self.over:
            raise ScenarioError([Problem("--over", 1, 1, "", "found nothing to turn")])
        return {"sweep": _Sweep, "tornado": _Tornado, "stability": _Stability}[self.kind](
            self, base
        )


class Plan:
    """The designs of a study, and what becomes of their runs.

    Args:
        study: what is to be found out.
        base: the design that it starts from.
    """

    traced = False
    """Whether the runs of the first design are traced."""

    def __init__(self, study: Study, base: Design) -> None:
        self.study, self.base = study, base

    def designs(self) -> Sequence[Design]:
        """All that is to be run."""
        raise NotImplementedError

    def document(self, outcome: Outcome) -> dict[str, Any] | None:
        """What the runs so far come to, as the command prints it; None if that is nothing yet."""
        raise NotImplementedError


class _Sweep(Plan):
    def __init__(self, study: Study, base: Design) -> None:
        super().__init__(study, base)
        self.axes = [axis(text) for text in self.study.over]
        self.points = points(self.axes)

    def designs(self) -> Sequence[Design]:
        return designs_of(self.base, self.points)

    def document(self, outcome: Outcome) -> dict[str, Any] | None:
        have = [i for i, rows in enumerate(outcome.rows) if _finished(rows)]
        if not have:
            return None
        summaries = [_summary(outcome, i) for i in have]
        return sweep_of(self.axes, [self.points[i] for i in have], summaries).as_json()


class _Tornado(Plan):
    def __init__(self, study: Study, base: Design) -> None:
        super().__init__(study, base)
        self.axes = [axis(text) for text in self.study.over]

    def designs(self) -> Sequence[Design]:
        return designs_of(self.base, ends(self.axes))

    def document(self, outcome: Outcome) -> dict[str, Any] | None:
        """Those values both of whose ends have a run."""
        first, *others = outcome.rows
        if not _finished(first):
            return None
        turned = [
            i for i in range(len(self.axes)) if all(map(_finished, others[2 * i : 2 * i + 2]))
        ]
        places = [0, *(place for i in turned for place in (2 * i + 1, 2 * i + 2))]
        summaries = [_summary(outcome, place) for place in places]
        return tornado_of([self.axes[i] for i in turned], self.study.of, summaries).as_json()


class _Stability(Plan):
    def __init__(self, study: Study, base: Design) -> None:
        super().__init__(study, base)
        self.axes = [axis(text) for text in self.study.over]
        self.points = points(self.axes)
        self.look = Look(self.study.after, self.study.length, self.study.below)

    def designs(self) -> Sequence[Design]:
        return watched(designs_of(self.base, self.points), self.look)

    def document(self, outcome: Outcome) -> dict[str, Any] | None:
        rows = [_finished(each) for each in outcome.rows]
        if not any(rows):
            return None
        return map_of(self.axes, self.look, outcome.designs, self.points, rows).as_json()


class _Explain(Plan):
    traced = True

    def __init__(self, study: Study, base: Design) -> None:
        super().__init__(study, base)
        self.without = dict(freed(self.base))

    def designs(self) -> Sequence[Design]:
        return [self.base, *self.without.values()]

    def document(self, outcome: Outcome) -> dict[str, Any] | None:
        """Those components without which there is a run."""
        first, *others = outcome.rows
        if not _finished(first):
            return None
        found = {
            name: _summary(outcome, place)
            for place, (name, rows) in enumerate(zip(self.without, others, strict=True), start=1)
            if _finished(rows)
        }
        return explanation(_summary(outcome, 0), found).as_json()


def _finished(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.stopped_s is None]


def _summary(outcome: Outcome, place: int) -> Summary:
    made = outcome.designs[place]
    return summarize(made.scenario, made.variant, _finished(outcome.rows[place]), made.changes)
