"""Making the runs that a command needs, with a progress bar."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from simulator.cli.options import FAILS, INTERRUPTED, say

if TYPE_CHECKING:
    from simulator.experiments.design import Design, Outcome
    from simulator.experiments.until import Goal


def most(until: float | None) -> int | None:
    """Replications at most, if nobody says so: as the file says, or as it takes."""
    from simulator.experiments.until import MOST

    return None if until is None else MOST


def wanted_goal(design: Design, of: str, until: float | None) -> Goal | None:
    """What ``--until`` and ``--of`` ask for."""
    from simulator.experiments.until import Goal, check_measure

    if until is None:
        return None
    check_measure(design, of)
    return Goal(of, until)


def execute(
    wanted: Sequence[Design],
    workers: int | None,
    cluster: str | None = None,
    examples: int = 0,
    goal: Goal | None = None,
    curves: bool = True,
    traced_designs: int | None = None,
    first: int = 0,
    store: Path | None = None,
) -> Outcome:
    """Make all runs with a progress bar, or as many as a goal takes; Ctrl-C keeps the finished.

    If none is, and one design is run, the runs under way are kept as partial ones. Runs that are in
    the store are not made again.
    """
    from simulator.experiments.design import Outcome
    from simulator.experiments.execution import execute as made
    from simulator.experiments.store import stored_in
    from simulator.experiments.until import Sharpening
    from simulator.scenario.checks import warnings
    from simulator.tables import progress

    told = (text for each in wanted for text in [*each.left_out, *warnings(each.scenario)])
    for text in dict.fromkeys(told):
        say(f"warning: {text}")
    outcome = Outcome(wanted)
    tasks = outcome.tasks(examples, traced_designs=traced_designs, first=first)
    sharpening = Sharpening(goal, len(wanted)) if goal is not None else None
    with (
        stored_in(store, _warn_once) as kept,
        progress("runs", len(tasks)) as advance,
        closing(made(tasks, workers, curves, advance, cluster, kept)) as runs,
    ):
        try:
            for each in runs:
                outcome.add(each)
                words = f"{each.task.variant}, run {each.task.replication + 1}"
                if sharpening is not None:
                    sharpening.add(outcome.place(each.task), each.row)
                    words = sharpening.words()
                    if sharpening.enough is not None:
                        outcome.keep(sharpening.enough)
                        break
                advance(each.done / each.of, words)
        except KeyboardInterrupt:
            outcome.interrupted = True
    if outcome.interrupted:
        done = outcome.finished()
        resume = "; the same command goes on from there" if kept else ""
        say(f"interrupted: {done} of {len(tasks)} runs were finished{resume}")
        if not outcome.tells_something():
            raise typer.Exit(INTERRUPTED)
    if sharpening is not None:
        say(sharpening.words())
    return outcome


@cache
def _warn_once(text: str) -> None:
    """Say what is wrong with a store, which is opened several times by some commands."""
    say(f"warning: {text}")


def leave(outcome: Outcome, fails: bool) -> None:
    """Exit as the contract says, if there is anything to say."""
    if outcome.interrupted:
        raise typer.Exit(INTERRUPTED)
    if fails:
        raise typer.Exit(FAILS)
