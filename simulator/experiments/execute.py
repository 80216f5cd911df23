"""Making many runs, in this process or on a pool of processes.

A run depends on its task alone, so that results are the same on any number of processes, in any
order. A worker that dies takes its pool along; what was lost is given to a new one, and a task
whose workers go on dying is given up.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from queue import SimpleQueue
from typing import NamedTuple

from simulator.errors import SimulatorError
from simulator.experiments.rows import Row, Task, make

MOST_DEATHS = 2  # of workers with the same task, before it is given up


class Progress(NamedTuple):
    """A run that has just finished."""

    done: int
    of: int
    task: Task
    row: Row


class WorkerDied(SimulatorError):
    """The process that made a run died more than once, for instance for want of memory."""


def usable_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def execute(
    tasks: Sequence[Task], workers: int | None = None, curves: bool = False
) -> Iterator[Progress]:
    """Make every run, and yield each as it finishes.

    Args:
        tasks: the runs.
        workers: processes; as many as there are processors if not given, 1 for this process.
        curves: whether rows of the first replication carry their curves over time.

    Raises:
        WorkerDied: a task has lost its worker more than twice.
        SimulationError: a run could not go on.
    """
    workers = min(workers or usable_cores(), len(tasks))
    if workers <= 1:
        for done, task in enumerate(tasks, start=1):
            row = make(task, curves and task.replication == 0)
            yield Progress(done, len(tasks), task, row)
        return
    finished = _on_pool(tasks, workers, curves)
    for done, (place, row) in enumerate(finished, start=1):
        yield Progress(done, len(tasks), tasks[place], row)


def _on_pool(tasks: Sequence[Task], workers: int, curves: bool) -> Iterator[tuple[int, Row]]:
    """Rows with the places of their tasks, as they finish; a broken pool is replaced."""
    left = dict(enumerate(tasks))
    deaths = dict.fromkeys(left, 0)
    while left:
        # spawned, not forked: a fork copies the parent's threads' locks, and Streamlit has threads
        others = set(active_children())
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _leave_interrupts_to_parent)
        try:
            futures = {
                pool.submit(make, task, curves and task.replication == 0): place
                for place, task in left.items()
            }
            for future in _as_completed(futures):
                row = future.result()
                place = futures[future]
                del left[place]
                yield place, row
        except BrokenProcessPool:
            _count_deaths(deaths, left, workers)
        finally:
            if left:  # stopped early: nobody waits for what is still being run
                for process in set(active_children()) - others:
                    process.kill()
                    process.join()
            pool.shutdown(wait=False, cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of a terminal; only the parent knows what to keep."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _as_completed(futures: dict[Future[Row], int]) -> Iterator[Future[Row]]:
    """Futures as they finish, those that have a result before those that broke with the pool.

    Not by ``concurrent.futures.wait``, which takes the locks of all that are pending, time and
    again: an interrupt in between left them locked, and the pool's thread waited for ever.
    """
    finished: SimpleQueue[Future[Row]] = SimpleQueue()
    for future in futures:
        future.add_done_callback(finished.put)
    for _ in futures:
        yield finished.get()


def _count_deaths(deaths: dict[int, int], left: dict[int, Task], workers: int) -> None:
    """Blame the oldest tasks, as many as there were workers: one of them was the cause."""
    for place in list(left)[:workers]:
        deaths[place] += 1
        if deaths[place] > MOST_DEATHS:
            task = left[place]
            raise WorkerDied(
                f"the process of replication {task.replication} of {task.variant!r} died "
                f"{deaths[place]} times; it may need more memory than there is"
            )
