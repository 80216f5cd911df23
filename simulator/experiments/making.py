"""Making the runs of an experiment: where, from which store, until when, and what is told.

No result depends on any of it. Whoever begins an experiment passes ``Making`` on; whoever carries
it out asks a ``Maker`` for runs, once or many times, and the processes are kept in between.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict

from simulator.experiments.design import Design, Outcome
from simulator.experiments.execution import execute
from simulator.experiments.memberships import Membership
from simulator.experiments.pool import Pool, usable_cores
from simulator.experiments.rounds import Rounds
from simulator.experiments.rows import Task
from simulator.experiments.store import stored_in
from simulator.experiments.traces import COHORTS
from simulator.experiments.until import Goal
from simulator.scenario.checks import warnings as doubts

Tell = Callable[[float, float, str | None], None]
Say = Callable[[str], None]


class Making(TypedDict, total=False):
    """How the runs of an experiment are made. All of it may be left out.

    Attributes:
        workers: processes; one a processor if not given, 1 for this process.
        cluster: address of a Dask scheduler whose workers make the runs, such as
            ``tcp://127.0.0.1:8786``.
        store: folder where runs are kept, so that none is made twice.
        tell: is called now and then with how many runs are done (those under way count in part), of
            how many as far as is known, and what was just done in words, or None. It may raise
            KeyboardInterrupt to end the experiment, as Ctrl-C does: what is finished is kept.
        warn: is told what is doubtful, in a sentence; a Python warning if not given.
        note: is told what the runs came to, such as how sharp the estimates are; nobody if not
            given.
    """

    workers: int | None
    cluster: str | None
    store: str | Path | None
    tell: Tell
    warn: Say
    note: Say


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=2)


def _silent(*_: object) -> None:
    pass


class Maker:
    """Makes runs as one was asked to, and lets go of processes and store at the end.

    Args:
        workers, cluster, store, tell, warn, note: as in ``Making``.
    """

    def __init__(
        self,
        workers: int | None = None,
        cluster: str | None = None,
        store: str | Path | None = None,
        tell: Tell = _silent,
        warn: Say = _warn,
        note: Say = _silent,
    ) -> None:
        self.note = note
        self._workers, self._cluster, self._tell = workers, cluster, tell
        self._warned: set[str] = set()
        self._warn = warn
        self._done = 0  # runs of former calls
        self._open = ExitStack()
        folder = None if store is None else Path(store)
        self._store = self._open.enter_context(stored_in(folder, self.warn_once))
        self._pool = self._open.enter_context(closing(Pool(workers or usable_cores())))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def make(
        self,
        designs: Sequence[Design],
        goal: Goal | None = None,
        together: bool = True,
        curves: bool = False,
        examples: int = 0,
        cohorts: Sequence[Membership] = COHORTS,
        first: int = 0,
    ) -> Outcome:
        """Make as many runs of each design as its scenario says, or as a goal takes.

        Runs that are in the store are not made again. If it is interrupted, what is finished is
        kept; if nothing is, and one design is run, the runs under way are kept as partial ones.

        Args:
            designs: what to run.
            goal: how sharp the estimates are to be; the scenario says how many runs at most.
            together: whether designs are compared; if not, each is sharpened by itself.
            curves: whether the first runs carry their curves over time.
            examples: requests of each kind to trace in the runs of the first design.
            cohorts: whose time is accounted for in them.
            first: number of the first replication.
        """
        for text in (text for each in designs for text in [*each.left_out, *doubts(each.scenario)]):
            self.warn_once(text)
        outcome = Outcome(designs)
        if goal is None:
            tasks = outcome.tasks(examples, None, 1, first, cohorts)
            self._make(outcome, tasks, curves)
        else:
            every = range(len(designs))
            groups = [list(every)] if together else [[place] for place in every]
            rounds = Rounds(outcome, goal, groups, examples, cohorts, first)
            self._sharpen(outcome, rounds, curves)
        self._done += outcome.finished()
        return outcome

    def _sharpen(self, outcome: Outcome, rounds: Rounds, curves: bool) -> None:
        while not outcome.interrupted and (tasks := rounds.next_tasks()):
            self._make(outcome, tasks, curves, rounds)
        rounds.cut()
        self.note(rounds.words())

    def _make(
        self, outcome: Outcome, tasks: Sequence[Task], curves: bool, rounds: Rounds | None = None
    ) -> None:
        before = outcome.finished()
        total = len(tasks) if rounds is None else rounds.expected()

        def tell(done: float, words: str | None = None) -> None:
            self._tell(self._done + before + done, self._done + total, words)

        runs = execute(
            tasks,
            self._workers,
            curves,
            lambda share: tell(share * len(tasks)),
            self._cluster,
            self._store,
            self._pool,
        )
        try:
            with closing(runs):
                for each in runs:
                    outcome.add(each)
                    words = f"{each.task.variant}, run {each.task.replication + 1}"
                    if rounds is not None:
                        rounds.add(each.task, each.row)
                        words, total = rounds.words(), rounds.expected()
                    tell(each.done, words)
                    if rounds is not None and rounds.is_done:
                        return
        except KeyboardInterrupt:
            outcome.interrupted = True
            resume = "; the same command goes on from there" if self._store else ""
            done, of = outcome.finished(), round(total)
            self.note(f"interrupted: {done} of {of} runs were finished{resume}")

    def warn_once(self, text: str) -> None:
        """Say what is doubtful, unless that was said before."""
        if text not in self._warned:
            self._warned.add(text)
            self._warn(text)
