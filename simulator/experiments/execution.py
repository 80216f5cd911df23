"""Making many runs: found in the store, in this process, on a pool of processes, or on a cluster.

A run depends on its task alone, so that results are the same wherever they are made, in any order.

Ctrl-C ends it all. Finished runs are the caller's already; if there are none yet, the runs under
way are stopped where they are and handed over as partial ones. A second Ctrl-C waits for nothing.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from threading import current_thread, main_thread
from typing import Any, NamedTuple

from simulator.experiments.cluster import on_cluster
from simulator.experiments.pool import Pool, usable_cores
from simulator.experiments.rows import Row, Task, make
from simulator.experiments.store import Store
from simulator.runner import Stopped, Watch

Tell = Callable[[float], None]


class Progress(NamedTuple):
    """A run that has just finished, or was found in the store."""

    done: int
    of: int
    task: Task
    row: Row
    is_stored: bool = False


def execute(
    tasks: Sequence[Task],
    workers: int | None = None,
    curves: bool = False,
    tell: Tell = lambda share: None,
    cluster: str | None = None,
    store: Store | None = None,
    pool: Pool | None = None,
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
        pool: processes to be used, and kept; some of its own if not given.

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
        _made(missing, workers, curves, tell_of_all, cluster, pool), start=stored + 1
    ):
        task = missing[place]
        if store is not None:
            store.add(task, _has_curves(task, curves), row)
        yield Progress(done, len(tasks), task, row)


def _made(
    tasks: Sequence[Task],
    workers: int | None,
    curves: bool,
    tell: Tell,
    cluster: str | None,
    pool: Pool | None,
) -> Iterator[tuple[int, Row]]:
    """Rows with the places of their tasks, made wherever they are to be."""
    workers = min(workers or usable_cores(), len(tasks))
    if not tasks:
        return iter(())
    if cluster is not None:
        return on_cluster(tasks, cluster, curves)
    if workers == 1:
        return _here(tasks, curves, tell)
    return (
        _of_its_own(workers, tasks, curves, tell)
        if pool is None
        else pool.rows(tasks, curves, tell)
    )


def _of_its_own(
    workers: int, tasks: Sequence[Task], curves: bool, tell: Tell
) -> Iterator[tuple[int, Row]]:
    with closing(Pool(workers)) as pool:
        yield from pool.rows(tasks, curves, tell)


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
