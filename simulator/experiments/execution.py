"""Making many runs, in this process or on a pool of processes.

A run depends on its task alone, so that results are the same on any number of processes, in any
order. A worker that dies takes its pool along; what was lost is given to a new one, and a task
whose workers go on dying is given up.

Ctrl-C ends it all. Finished runs are the caller's already; if there are none yet, the runs under
way are stopped where they are and handed over as partial ones. A second Ctrl-C waits for nothing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import active_children, get_context
from queue import Empty, SimpleQueue
from threading import current_thread, main_thread
from typing import Any, NamedTuple

from simulator.errors import SimulatorError
from simulator.experiments.cluster import on_cluster
from simulator.experiments.rows import Row, Task, make
from simulator.experiments.store import Store
from simulator.runner import TELL_S, Stopped, Watch

MOST_DEATHS = 2  # of workers with the same task, before it is given up
STOPPING_S = 5.0  # that workers have to hand over what they had

Tell = Callable[[float], None]


class Progress(NamedTuple):
    """A run that has just finished, or was found in the store."""

    done: int
    of: int
    task: Task
    row: Row
    is_stored: bool = False


class WorkerDied(SimulatorError):
    """The process that made a run died more than once, for instance for want of memory."""


def usable_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def execute(
    tasks: Sequence[Task],
    workers: int | None = None,
    curves: bool = False,
    tell: Tell = lambda share: None,
    cluster: str | None = None,
    store: Store | None = None,
) -> Iterator[Progress]:
    """Make every run, and yield each as it finishes; those of the store come first.

    Args:
        tasks: the runs.
        workers: processes; as many as there are processors if not given, 1 for this process.
        curves: whether rows of the first replication carry their curves over time.
        tell: is called now and then with the share of all the simulated time that is done; not so
            on a cluster.
        cluster: address of a Dask scheduler whose workers make the runs in place of processes here.
        store: has rows of runs that were made before, and is given those that are made.

    Raises:
        WorkerDied: a task has lost its worker more than twice.
        ClusterError: the cluster cannot be used.
        SimulationError: a run could not go on.
        KeyboardInterrupt: after what is partial has been yielded.
    """
    done, missing = 0, list[Task]()
    for task in tasks:
        row = None if store is None else store.find(task, _has_curves(task, curves))
        if row is None:
            missing.append(task)
            continue
        done += 1
        yield Progress(done, len(tasks), task, row, is_stored=True)
    stored = done

    def tell_of_all(share: float) -> None:
        tell((stored + share * len(missing)) / len(tasks))

    for done, (place, row) in enumerate(
        _made(missing, workers, curves, tell_of_all, cluster), start=stored + 1
    ):
        task = missing[place]
        if store is not None:
            store.add(task, _has_curves(task, curves), row)
        yield Progress(done, len(tasks), task, row)


def _made(
    tasks: Sequence[Task], workers: int | None, curves: bool, tell: Tell, cluster: str | None
) -> Iterator[tuple[int, Row]]:
    """Rows with the places of their tasks, made wherever they are to be."""
    if not tasks:
        return iter(())
    workers = min(workers or usable_cores(), len(tasks))
    if cluster is not None:
        return on_cluster(tasks, cluster, curves)
    return _on_pool(tasks, workers, curves, tell) if workers > 1 else _here(tasks, curves, tell)


def _has_curves(task: Task, curves: bool) -> bool:
    """Whether the row of a task carries curves, if they are wanted."""
    return curves and task.replication == 0


def _here(tasks: Sequence[Task], curves: bool, tell: Tell) -> Iterator[tuple[int, Row]]:
    """Rows with the places of their tasks, made one after the other in this process."""
    for place, task in enumerate(tasks):
        watch = Watch(lambda share, before=place: tell((before + share) / len(tasks)))
        try:
            with _stopped_by_interrupt(watch):
                row = make(task, _has_curves(task, curves), watch)
        except Stopped:
            raise KeyboardInterrupt from None
        yield place, row
        if watch.is_stopped:
            raise KeyboardInterrupt


@contextmanager
def _stopped_by_interrupt(watch: Watch) -> Iterator[None]:
    """Let the first Ctrl-C stop the run, so that it can hand over what it had."""
    usual = signal.default_int_handler
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield  # whoever handles interrupts otherwise goes on doing so
        return

    def stop(*_: Any) -> None:
        signal.signal(signal.SIGINT, usual)
        watch.stop()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _on_pool(
    tasks: Sequence[Task], workers: int, curves: bool, tell: Tell
) -> Iterator[tuple[int, Row]]:
    """Rows with the places of their tasks, as they finish; a broken pool is replaced."""
    left = dict(enumerate(tasks))
    deaths = dict.fromkeys(left, 0)
    # spawned, not forked: a fork copies the parent's threads' locks, and Streamlit has threads
    context = get_context("spawn")
    # Shared memory, not messages: nothing to lock, and nothing to clear up after a death.
    shares = context.RawArray("d", len(tasks))
    stopping = context.RawValue("b", 0)

    def look() -> None:
        under_way = sum(shares[place] for place in left)
        tell((len(tasks) - len(left) + under_way) / len(tasks))

    while left:
        others = set(active_children())
        pool = ProcessPoolExecutor(workers, context, _begin_work, (shares, stopping))
        futures: dict[Future[Row], int] = {}
        finished: SimpleQueue[Future[Row]] = SimpleQueue()
        try:
            for place, task in left.items():
                future = pool.submit(_work, place, task, _has_curves(task, curves))
                futures[future] = place
                future.add_done_callback(finished.put)
            for future in _as_completed(finished, futures, look):
                row = future.result()
                place = futures[future]
                del left[place]
                yield place, row
        except BrokenProcessPool:
            _count_deaths(deaths, left, workers)
        except KeyboardInterrupt:
            if len(left) == len(tasks):
                stopping.value = 1
                yield from _partial_rows(futures, finished)
            raise
        finally:
            if left:  # stopped early: nobody waits for what is still being run
                for process in set(active_children()) - others:
                    process.kill()
                    process.join()
            # Waits for the pool's thread too: one that is still closing its pipe when Python ends
            # fails with a bad file descriptor.
            pool.shutdown(wait=True, cancel_futures=True)


_shares: Any = ()
_stopping: Any = None


def _begin_work(shares: Any, stopping: Any) -> None:
    """Know where to say how far a run is, and where to see that it is to be stopped.

    Ctrl-C reaches every process of a terminal; only the parent knows what to keep.
    """
    global _shares, _stopping
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shares, _stopping = shares, stopping


def _work(place: int, task: Task, curves: bool) -> Row:
    """Make a run in a worker."""

    def tell(share: float) -> None:
        _shares[place] = share
        if _stopping.value:
            watch.stop()

    watch = Watch(tell)
    if _stopping.value:
        watch.stop()
    return make(task, curves, watch)


def _as_completed(
    finished: SimpleQueue[Future[Row]], futures: dict[Future[Row], int], look: Callable[[], None]
) -> Iterator[Future[Row]]:
    """All of the futures as they finish, with a look at those under way now and then.

    Not by ``concurrent.futures.wait``, which takes the locks of all that are pending, time and
    again: an interrupt in between left them locked, and the pool's thread waited for ever.
    """
    for _ in futures:
        while True:
            with suppress(Empty):
                future = finished.get(timeout=TELL_S)
                break
            look()
        yield future


def _partial_rows(
    futures: dict[Future[Row], int], finished: SimpleQueue[Future[Row]]
) -> Iterator[tuple[int, Row]]:
    """What the runs under way had when they were stopped, as far as it comes in time."""
    waiting = {future for future in futures if future.running()}
    with suppress(Empty, BrokenProcessPool):
        while waiting:
            future = finished.get(timeout=STOPPING_S)
            if future in waiting:
                waiting.remove(future)
                with suppress(Stopped):
                    yield futures[future], future.result()


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
