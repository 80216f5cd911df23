"""Making runs on a Dask cluster, for those who have outgrown one machine.

The workers must have the same engine, Python, libraries and platform: they are asked before
anything is sent, because results of two engines in one table would be worse than none. A worker
that dies takes nothing along but what it was running: the scheduler gives that to another one, and
gives a task up that has lost several. Results are handed on as they arrive.

Dask has no authentication of its own: a scheduler belongs on a loopback address or in a network
that one trusts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from simulator.errors import SimulatorError, require
from simulator.experiments.identity import engine
from simulator.experiments.rows import Row, Task, make

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 10.0  # to find the scheduler


class ClusterError(SimulatorError):
    """A cluster that cannot be used, or that has lost a task for good."""


def on_cluster(tasks: Sequence[Task], address: str, curves: bool) -> Iterator[tuple[int, Row]]:
    """Rows with the places of their tasks, as they arrive.

    Args:
        tasks: the runs.
        address: of the scheduler, such as ``tcp://127.0.0.1:8786``.
        curves: whether rows of the first replication carry their curves over time.

    Raises:
        ClusterError: there is no scheduler, or no worker, or one with another engine; or the
            workers of a task have died time and again.
        SimulationError: a run could not go on.
    """
    with closing(_connected(address)) as client:
        _check_workers(client, address)
        arrived: SimpleQueue[Any] = SimpleQueue()
        pool = client.get_executor(pure=False)
        places = {}
        for place, task in enumerate(tasks):
            future = pool.submit(make, task, curves and task.replication == 0)
            places[future] = place
            future.add_done_callback(arrived.put)
        try:
            for _ in tasks:
                future = arrived.get()
                yield places[future], _row(future, tasks[places[future]])
        finally:
            pool.shutdown(wait=False)


def _connected(address: str) -> Client:
    require("distributed", "Dask", "a cluster", "distributed")
    from distributed import Client

    try:
        return Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        raise ClusterError(f"no Dask scheduler answers at {address}: {error}") from None


def _check_workers(client: Client, address: str) -> None:
    engines = client.run(engine)
    if not engines:
        raise ClusterError(f"the scheduler at {address} has no workers; start some: dask worker")
    others = [worker for worker, each in engines.items() if each != engine()]
    if others:
        raise ClusterError(
            f"{len(others)} of {len(engines)} workers have another engine, Python, library or "
            f"platform than is here, {others[0]} for one; install the same on all"
        )


def _row(future: Any, task: Task) -> Row:
    from distributed.scheduler import KilledWorker

    try:
        row: Row = future.result()
    except KilledWorker as error:
        raise ClusterError(
            f"the workers of replication {task.replication} of {task.variant!r} died one after the "
            f"other; it may need more memory than they have ({error})"
        ) from None
    return row
