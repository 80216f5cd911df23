"""One design, run several times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from simulator.experiments.design import Changes, base_of
from simulator.experiments.making import Maker, Making
from simulator.experiments.summary import Summary
from simulator.experiments.until import goal_of, most
from simulator.scenario import Scenario


def replicate(
    case: str | Path | Scenario,
    *,
    variant: str | Sequence[str] = (),
    changes: Changes = (),
    seed: int | None = None,
    replications: int | None = None,
    until: float | None = None,
    of: str | Sequence[str] = "latency_mean_s",
    **making: Unpack[Making],
) -> Summary:
    """Run a design several times, and estimate every measure with its error.

    The same as ``simulator run``.

    Args:
        case: a scenario, its file, or the id of a case study.
        variant: a variant of it, or several to combine.
        changes: further changes, such as ``{"workload.arrivals.rate": "300/s"}``.
        seed: fixes every random number, in place of the file's.
        replications: how many runs, in place of the file's number; with ``until``, at most.
        until: makes runs until the relative error is at most so much, such as 0.01.
        of: the measure, or those, that ``until`` looks at.
        making: how the runs are made (``simulator.experiments.making.Making``).

    Returns:
        A mean and a 95 % half-width for every measure: ``measures``, ``frame()``, ``as_json()``; a
        row a run is in ``rows``.

    Raises:
        ScenarioError: with everything that is wrong with the file or the changes.
        SimulationError: a run could not go on.
        KeyboardInterrupt: it was interrupted before there was anything to tell; later, what is
            finished is returned, and ``interrupted`` says so.
    """
    base = base_of(case, variant, changes, seed, most(replications, until))
    goal = goal_of(base, of, until)
    with Maker(**making) as maker:
        outcome = maker.make([base], goal, curves=True)
    return outcome.or_stop().summaries()[0]
