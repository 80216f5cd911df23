"""A pool of processes that make runs; it may be used for one batch of them after another.

Runs are handed out a few at a time, so that short ones cost no message each: as many as take a
moment, judged by the last ones. A worker that dies takes the pool along; what was lost is given to
a new one, run by run, and a run whose workers go on dying is given up.

Ctrl-C reaches the parent alone. Finished runs are the caller's already; if there are none yet, the
runs under way are stopped where they are and handed over as partial ones. A second Ctrl-C waits for
nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from multiprocessing import active_children
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any

from simulator.errors import SimulatorError
from simulator.experiments.rows import Row, Task, make
from simulator.runner import TELL_S, Stopped, Watch

MOST_DEATHS = 2  # of workers with the same run, before it is given up
STOPPING_S = 5.0  # that workers have to hand over what they had
BUNDLE_S = 0.2  # of the host's time, that the runs handed out together should take
MOST_IN_A_BUNDLE = 16
AHEAD = 2  # bundles for each worker: the one it makes, and the next


class WorkerDied(SimulatorError):
    """The process that made a run died more than once, for instance for want of memory."""


def usable_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Process(SpawnProcess):
    """A process that does not run the program's main module again, as spawned ones do.

    Nothing in that module is needed to make runs. A script may thus do without a guard around what
    it does, and the app, whose main module is a page that only Streamlit can run, may have a pool.
    """

    def start(self) -> None:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    # spawned, not forked: a fork copies the parent's threads' locks, and Streamlit has threads
    Process = _Process


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Runs that are handed out together: the places of their tasks, and where progress is told."""

    places: Sequence[int]
    slot: int


class _Batch:
    """The runs of one call, as far as they are missing.

    Attributes:
        left: place -> task.
        waiting: places that no worker has been given.
        under_way: those that one has, the oldest first.
        finished: futures in the order in which they were done.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.size = len(tasks)
        self.left = dict(enumerate(tasks))
        self.deaths = dict.fromkeys(self.left, 0)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget who was given what; runs that lost a worker come first."""
        self.waiting = deque(sorted(self.left, key=lambda place: -self.deaths[place]))
        self.under_way: dict[Future[list[Row]], _Bundle] = {}
        self.finished: SimpleQueue[Future[list[Row]]] = SimpleQueue()

    def take(self, most: int) -> list[int]:
        """The next places to hand out; a run that lost a worker goes alone."""
        taken = [self.waiting.popleft()]
        while len(taken) < most and self.waiting and not self.deaths[taken[0]]:
            taken.append(self.waiting.popleft())
        return taken

    def count_deaths(self, workers: int) -> None:
        """Blame the oldest bundles, as many as there were workers: one of them was the cause."""
        for bundle in list(self.under_way.values())[:workers]:
            for place in bundle.places:
                self.deaths[place] += 1
                if self.deaths[place] > MOST_DEATHS:
                    raise _died(self.left[place], self.deaths[place])


class Pool:
    """Processes that make runs. Whoever has it closes it.

    Args:
        workers: how many.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._executor: ProcessPoolExecutor | None = None
        self._processes: set[BaseProcess] = set()
        self._run_s = inf  # the longest of the last runs
        self._begin()

    def _begin(self) -> None:
        self._context = _Context()
        # Shared memory, not messages: nothing to lock, and nothing to clear up after a death.
        self._shares = self._context.RawArray("d", AHEAD * self.workers)
        self._stopping = self._context.RawValue("b", 0)

    def rows(
        self, tasks: Sequence[Task], curves: bool, tell: Callable[[float], None]
    ) -> Iterator[tuple[int, Row]]:
        """Rows with the places of their tasks, as they finish; dead workers are replaced.

        Args:
            tasks: the runs.
            curves: whether rows of the first replication carry their curves over time.
            tell: is called now and then with the share of all that is done.
        """
        batch = _Batch(tasks)
        try:
            while batch.left:
                try:
                    yield from self._made(batch, curves, tell)
                except BrokenProcessPool:
                    batch.count_deaths(self.workers)
                    self._end()
                    batch.begin_anew()
        except KeyboardInterrupt:
            if len(batch.left) == batch.size:
                self._stopping.value = 1
                yield from _partial_rows(batch)
            raise
        finally:
            if batch.left:  # stopped early: nobody waits for what is still being run
                self._end()

    def close(self) -> None:
        """Let the processes go."""
        if self._executor is not None:
            # Waits for the pool's thread too: one that is still closing its pipe when Python ends
            # fails with a bad file descriptor.
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None
            self._processes.clear()

    def _end(self) -> None:
        """Let the processes go, whatever they are at."""
        for process in self._processes:
            process.kill()
            process.join()
        self.close()
        self._begin()

    def _made(
        self, batch: _Batch, curves: bool, tell: Callable[[float], None]
    ) -> Iterator[tuple[int, Row]]:
        slots = deque(range(len(self._shares)))

        def look() -> None:
            under_way = sum(self._shares[bundle.slot] for bundle in batch.under_way.values())
            tell((batch.size - len(batch.left) + under_way) / batch.size)

        while batch.left:
            while batch.waiting and slots:
                self._hand_out(batch, slots.popleft(), curves)
            future = _next(batch.finished, look)
            rows = future.result()
            bundle = batch.under_way.pop(future)
            slots.append(bundle.slot)
            self._run_s = max(row.wall_s for row in rows)
            for place, row in zip(bundle.places, rows, strict=True):
                del batch.left[place]
                yield place, row

    def _hand_out(self, batch: _Batch, slot: int, curves: bool) -> None:
        """Give the next runs to whoever is free first."""
        fair = len(batch.waiting) // (AHEAD * self.workers)  # at the end, something for everybody
        most = min(MOST_IN_A_BUNDLE, fair, int(min(BUNDLE_S / (self._run_s or inf), 1e6)))
        places = batch.take(max(1, most))
        tasks = [batch.left[place] for place in places]
        self._shares[slot] = 0.0
        others = set(active_children())
        if self._executor is None:
            shared = self._shares, self._stopping
            self._executor = ProcessPoolExecutor(self.workers, self._context, _begin_work, shared)
        future = self._executor.submit(_work, slot, tasks, curves)
        self._processes |= set(active_children()) - others
        batch.under_way[future] = _Bundle(places, slot)
        future.add_done_callback(batch.finished.put)


_shares: Any = ()
_stopping: Any = None


def _begin_work(shares: Any, stopping: Any) -> None:
    """Know where to say how far a run is, and where to see that it is to be stopped.

    Ctrl-C reaches every process of a terminal; only the parent knows what to keep.
    """
    global _shares, _stopping
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shares, _stopping = shares, stopping


def _work(slot: int, tasks: Sequence[Task], curves: bool) -> list[Row]:
    """Make runs in a worker; fewer than asked for if it is stopped."""
    rows: list[Row] = []

    def tell(share: float) -> None:
        _shares[slot] = len(rows) + share
        if _stopping.value:
            watch.stop()

    with suppress(Stopped):
        for task in tasks:
            watch = Watch(tell)
            if _stopping.value:
                watch.stop()
            rows.append(make(task, curves and task.replication == 0, watch))
            if rows[-1].stopped_s is not None:
                break
    return rows


def _next(finished: SimpleQueue[Future[list[Row]]], look: Callable[[], None]) -> Future[list[Row]]:
    """The next future that is done, with a look at those under way now and then.

    Not by ``concurrent.futures.wait``, which takes the locks of all that are pending, time and
    again: an interrupt in between left them locked, and the pool's thread waited for ever.
    """
    while True:
        with suppress(Empty):
            return finished.get(timeout=TELL_S)
        look()


def _partial_rows(batch: _Batch) -> Iterator[tuple[int, Row]]:
    """What the runs under way had when they were stopped, as far as it comes in time."""
    waiting = {future for future in batch.under_way if future.running()}
    with suppress(Empty, BrokenProcessPool):
        while waiting:
            future = batch.finished.get(timeout=STOPPING_S)
            if future in waiting:
                waiting.remove(future)
                # fewer rows than places: the rest of the bundle was not begun
                yield from zip(batch.under_way[future].places, future.result(), strict=False)


def _died(task: Task, deaths: int) -> WorkerDied:
    return WorkerDied(
        f"the process of replication {task.replication} of {task.variant!r} died {deaths} times; "
        "it may need more memory than there is"
    )
