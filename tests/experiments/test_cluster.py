"""Runs on a Dask cluster: a scheduler and two workers, started as programs on loopback."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from simulator.experiments import cluster
from simulator.experiments.cluster import ClusterError
from simulator.experiments.execution import execute
from simulator.experiments.rows import Task
from tests.kernel.scene import scenario

pytest.importorskip("distributed", reason="needs the extra 'distributed'")

SYSTEM = {"api": {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.05}}}


def tasks(number, duration=20.0):
    found = scenario(SYSTEM, {"kind": "poisson", "rate": 15.0}, duration)
    return [Task(found, "baseline", replication) for replication in range(number)]


def measures(made):
    """What came of each run, by replication: everything but how long it took."""
    return {each.task.replication: dict(each.row.measures) for each in made}


def program(kind, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def worker(address):
    plain = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
    return program("worker", address, *plain)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def scheduler():
    """A scheduler without workers: its address."""
    port = str(free_port())
    process = program("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
    for line in process.stderr:
        if found := re.search(r"Scheduler at: *(tcp://\S+)", line):
            break
    yield found[1]
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def workers(scheduler):
    """Two workers of the scheduler, as processes."""
    from distributed import Client

    found = [worker(scheduler) for _ in range(2)]
    with Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    yield found
    for process in found:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_without_workers_or_a_scheduler_it_says_so(scheduler, monkeypatch):
    with pytest.raises(ClusterError, match="has no workers"):
        list(execute(tasks(1), cluster=scheduler))
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        list(execute(tasks(1), cluster=f"tcp://127.0.0.1:{free_port()}"))


def test_a_cluster_comes_to_the_same_as_one_process(scheduler, workers):
    assert measures(execute(tasks(20), cluster=scheduler)) == measures(execute(tasks(20), 1))


def test_workers_with_another_engine_are_refused(scheduler, workers, monkeypatch):
    monkeypatch.setattr(cluster, "engine", lambda: str(os.getpid()))
    with pytest.raises(ClusterError, match="2 of 2 workers have another engine"):
        list(execute(tasks(1), cluster=scheduler))


def test_whoever_has_enough_may_stop(scheduler, workers):
    running = execute(tasks(200), cluster=scheduler)
    assert next(running).row.measures["arrived"] > 0
    running.close()
    assert measures(execute(tasks(2), cluster=scheduler)) == measures(execute(tasks(2), 1))


def test_a_worker_that_is_killed_takes_no_run_along(scheduler, workers):
    """The last one, since there is a worker less after it."""
    found = []
    for each in execute(tasks(200), cluster=scheduler):
        found.append(each)
        if len(found) == 20:
            os.killpg(workers[0].pid, signal.SIGKILL)
    assert workers[0].wait(timeout=10) == -signal.SIGKILL
    assert len(found) == 200
    assert measures(found) == measures(execute(tasks(200), 1))
