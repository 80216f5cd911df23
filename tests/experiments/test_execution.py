"""Runs on a pool of processes: none is lost, whatever happens to the processes."""

import multiprocessing
import signal
import subprocess
import sys
import time
from contextlib import closing
from math import isnan

import pytest

from simulator.errors import SimulationError
from simulator.experiments.execution import execute
from simulator.experiments.pool import Pool, WorkerDied
from simulator.experiments.rows import Task
from simulator.scenario import Scenario
from tests.experiments.deadly import Deadly
from tests.kernel.scene import scenario

ARRIVALS = {"kind": "poisson", "rate": 20.0}


def quick(**parameters):
    return scenario({"api": {"kind": "server", "service_time": 0.01, **parameters}}, ARRIVALS, 5.0)


def tasks(n, **parameters):
    return [Task(quick(**parameters), "baseline", replication) for replication in range(n)]


def numbers(found):
    return {done.row.replication: done.row.measures["latency_mean_s"] for done in found}


def nobody_but(before):
    """Whether all other processes have ended; a thread of the pool may still be taking note."""
    deadline = time.monotonic() + 5
    while left := set(multiprocessing.active_children()) - before:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return not left


def test_nothing_to_do_is_done():
    assert list(execute([])) == []


def test_progress_counts_up_and_names_its_task():
    wanted = tasks(3)
    found = list(execute(wanted, workers=1))
    assert [(done.done, done.of) for done in found] == [(1, 3), (2, 3), (3, 3)]
    assert [done.task for done in found] == wanted


def test_only_the_first_replication_carries_curves():
    found = list(execute(tasks(2), workers=1, curves=True))
    assert [done.row.curves is not None for done in found] == [True, False]


def test_a_pool_makes_the_same_runs_as_this_process():
    here, there = (list(execute(tasks(3), workers)) for workers in (1, 2))
    assert numbers(here) == numbers(there)
    assert [done.done for done in there] == [1, 2, 3]
    for done in there:
        assert done.row.replication == done.task.replication


def test_a_worker_that_dies_is_replaced_and_no_run_is_lost(tmp_path):
    wanted = tasks(4)
    wanted[1] = Task(Deadly(quick(), tmp_path, deaths=1), "baseline", 1)
    assert numbers(execute(wanted, 2)) == numbers(execute(tasks(4), 1))
    assert len(list(tmp_path.iterdir())) == 1


def test_runs_that_were_handed_out_together_are_all_made_again(tmp_path):
    wanted = tasks(60)
    wanted[40] = Task(Deadly(quick(), tmp_path, deaths=1), "baseline", 40)
    assert numbers(execute(wanted, 2)) == numbers(execute(tasks(60), 1))
    assert len(list(tmp_path.iterdir())) == 1


def test_a_pool_that_is_kept_makes_the_next_runs_with_the_same_processes():
    before = set(multiprocessing.active_children())
    with closing(Pool(2)) as pool:
        list(execute(tasks(4), 2, pool=pool))
        first = set(multiprocessing.active_children()) - before
        again = numbers(execute(tasks(4), 2, pool=pool))
        assert set(multiprocessing.active_children()) - before == first
    assert again == numbers(execute(tasks(4), 1))
    assert nobody_but(before)


def test_a_pool_that_was_left_early_goes_on_with_new_processes():
    with closing(Pool(2)) as pool:
        with pytest.raises(KeyboardInterrupt):
            gather({}, execute([*tasks(1), *long_tasks(3)], 2, tell=interrupt, pool=pool))
        assert numbers(execute(tasks(3), 2, pool=pool)) == numbers(execute(tasks(3), 1))


def interrupt(share):
    raise KeyboardInterrupt


SCRIPT = """
from simulator import replicate
found = replicate("slow_replica", changes={"run.duration": "75s"}, replications=2, workers=2)
print(len(found.rows))
"""


def test_a_script_needs_no_guard_around_what_it_does(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-W", "ignore", str(script)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stderr == ""
    assert found.stdout == "2\n"


def test_a_task_that_always_kills_its_worker_ends_in_a_message(tmp_path):
    wanted = [*tasks(2), Task(Deadly(quick(), tmp_path, deaths=99), "baseline", 2)]
    with pytest.raises(WorkerDied, match=r"the process of replication \d of 'baseline' died"):
        list(execute(wanted, 2))


def test_an_error_in_a_worker_comes_back_with_its_sentence():
    eager = {"kind": "closed_loop", "users": 1, "think_time": 0.0}
    stuck = scenario({"api": {"kind": "server", "service_time": 0.0}}, eager)
    with pytest.raises(SimulationError, match="simulated time stands still at 0 s") as caught:
        list(execute([Task(stuck, "baseline", i) for i in range(2)], 2))
    assert "at t = 0 s" in caught.value.__notes__[0]


def test_whoever_stops_early_leaves_no_process_behind():
    before = set(multiprocessing.active_children())
    running = execute(tasks(4), 2)
    next(running)
    running.close()
    assert nobody_but(before)


# Interrupted

LONG_S = 1e6  # of simulated time: minutes


def long_tasks(n, **run):
    found = quick().with_run(duration=LONG_S, **run)
    return [Task(found, "baseline", replication) for replication in range(n)]


def interrupted(wanted, workers):
    """What is handed over when Ctrl-C comes while the first runs are under way."""
    found, shares = {}, []

    def tell(share):
        shares.append(share)
        if sum(each > 0 for each in shares) == 3:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        gather(found, execute(wanted, workers, tell=tell))
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] < 1
    return list(found.values())


def gather(found, running):
    """Note whatever comes, and what came is there even if it breaks off."""
    for progress in running:
        found[progress.done] = progress


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_stops_the_runs_under_way_and_hands_over_what_they_had(workers):
    before = set(multiprocessing.active_children())
    found = interrupted(long_tasks(4), workers)
    assert 1 <= len(found) <= workers
    for progress in found:
        assert 0 < progress.row.stopped_s < LONG_S
        assert progress.row.measures["arrived"] == pytest.approx(
            20 * progress.row.stopped_s, rel=0.2
        )
    assert nobody_but(before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("workers", [1, 2])
def test_runs_interrupted_in_their_warm_up_leave_nothing(workers):
    assert interrupted(long_tasks(2, warmup=0.9 * LONG_S), workers) == []


def test_finished_runs_are_not_waited_for():
    """The pool is ended at once if there is something to show."""
    wanted = [*tasks(1), *long_tasks(3)]
    found = {}
    with pytest.raises(KeyboardInterrupt):
        gather(found, execute(wanted, 2, tell=lambda share: interrupt_after(found)))
    assert [progress.row.stopped_s for progress in found.values()] == [None]


def interrupt_after(found):
    if found:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_is_told_within_a_run(workers):
    shares = []
    found = quick().with_run(duration=10_000.0)
    list(execute([Task(found, "baseline", i) for i in range(2)], workers, tell=shares.append))
    assert shares == sorted(shares)
    assert any(0 < share < 0.5 for share in shares)


def test_a_window_that_a_stopped_run_never_reached_has_no_value():
    claim = {"claim": "x", "measure": "ok", "at_least": 0, "during": [0.0, LONG_S / 2]}
    tree = long_tasks(1)[0].scenario.plain() | {"findings": [claim]}
    (progress,) = interrupted([Task(Scenario.model_validate(tree), "baseline", 0)], 1)
    assert isnan(progress.row.value("ok", (0.0, LONG_S / 2)))
    assert progress.row.value("ok") > 0
