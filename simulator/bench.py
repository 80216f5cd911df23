"""How fast the engine is, in units of SimPy as people usually write it.

Both models run through their scenario files with everything recorded, in one process, alternating
with the same model written as SimPy's tutorial would have it. The measure is CPU time, the figure
the median over rounds of the ratio within a round, which cancels the drift of the machine.

How much faster many short runs are made by two processes than by one is measured on the wall clock,
the start of the processes included. It takes two processors that nobody else uses.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from runpy import run_path
from statistics import mean, median
from time import perf_counter, process_time
from typing import Any

from simulator.bundled import bundled
from simulator.experiments.execution import execute
from simulator.experiments.rows import Task
from simulator.kernel import IS_COMPILED
from simulator.runner import run
from simulator.scenario import Scenario, load

MODELS = ("mm1", "pipeline")
BASELINE_REQUESTS = {"mm1": 60_000, "pipeline": 40_000}
ENGINE_REQUESTS = {"mm1": 240_000, "pipeline": 160_000}
ROUNDS = 7

SHORT_RUNS = 2_000
SHORT_REQUESTS = 2_000  # of a run, which takes about twenty milliseconds
POOL_ROUNDS = 5
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Lap:
    """One model once in each style.

    Attributes:
        model: its name.
        baseline_per_s, engine_per_s: requests a second of CPU time.
        baseline_latency_s, engine_latency_s: mean latency, in simulated seconds: the same model.
    """

    model: str
    baseline_per_s: float
    engine_per_s: float
    baseline_latency_s: float
    engine_latency_s: float

    @property
    def ratio(self) -> float:
        """How many times faster the engine is."""
        return self.engine_per_s / self.baseline_per_s


def laps(rounds: int = ROUNDS) -> Iterator[Lap]:
    """Run both models in both styles, alternating, round by round."""
    idiomatic = run_path(str(bundled("benchmarks") / "idiomatic_simpy.py"))["MODELS"]
    scenarios = {name: load(bundled("benchmarks") / f"{name}.yaml") for name in MODELS}
    for number in range(rounds):
        for name in MODELS:
            yield _lap(name, idiomatic[name], scenarios[name], number)


def _lap(name: str, idiomatic: Callable[..., Any], scenario: Scenario, number: int) -> Lap:
    wanted = BASELINE_REQUESTS[name]
    began_s = process_time()
    log = idiomatic(wanted, seed=number)
    baseline_s = process_time() - began_s
    rate = scenario.workload.arrivals.mean_rate(1.0) or 1.0
    scenario = scenario.with_run(duration=ENGINE_REQUESTS[name] / rate)
    began_s = process_time()
    finished = run(scenario, replication=number)
    engine_s = process_time() - began_s
    return Lap(
        model=name,
        baseline_per_s=wanted / baseline_s,
        engine_per_s=len(finished.requests) / engine_s,
        baseline_latency_s=mean(log.latency_s),
        engine_latency_s=finished.request_measures()["latency_mean_s"],
    )


def summary(finished: list[Lap]) -> dict[str, Any]:
    """The document that ``simulator bench --json`` prints."""
    by_model = {name: [each for each in finished if each.model == name] for name in MODELS}
    return {
        "ratio_to_idiomatic_simpy": {
            name: median(each.ratio for each in of_model) for name, of_model in by_model.items()
        },
        "requests_per_cpu_s": {
            name: {
                "idiomatic_simpy": median(each.baseline_per_s for each in of_model),
                "engine": median(each.engine_per_s for each in of_model),
            }
            for name, of_model in by_model.items()
        },
        "mean_latency_s": {
            name: {
                "idiomatic_simpy": mean(each.baseline_latency_s for each in of_model),
                "engine": mean(each.engine_latency_s for each in of_model),
            }
            for name, of_model in by_model.items()
        },
        "rounds": len(finished) // len(MODELS),
        "python": platform.python_version(),
        "compiled": IS_COMPILED,
    }


@dataclass(frozen=True, slots=True)
class PoolLap:
    """The same short runs by one process and by two.

    Attributes:
        serial_s, pool_s: of the wall clock.
        is_same: whether both came to the same, to the last bit.
    """

    serial_s: float
    pool_s: float
    is_same: bool

    @property
    def ratio(self) -> float:
        """How many times faster two processes are."""
        return self.serial_s / self.pool_s


def pool_laps(rounds: int = POOL_ROUNDS, runs: int = SHORT_RUNS) -> Iterator[PoolLap]:
    """Make many short runs by one process and by two, alternating."""
    scenario = load(bundled("benchmarks") / "mm1.yaml")
    rate = scenario.workload.arrivals.mean_rate(1.0) or 1.0
    scenario = scenario.with_run(duration=SHORT_REQUESTS / rate)
    tasks = [Task(scenario, "baseline", replication) for replication in range(runs)]
    for _ in range(rounds):
        serial_s, alone = _made(tasks, 1)
        pool_s, together = _made(tasks, WORKERS)
        yield PoolLap(serial_s, pool_s, alone == together)


def _made(tasks: list[Task], workers: int) -> tuple[float, dict[int, float]]:
    began_s = perf_counter()
    rows = [each.row for each in execute(tasks, workers)]
    took_s = perf_counter() - began_s
    return took_s, {row.replication: row.measures["latency_mean_s"] for row in rows}


def pool_summary(finished: list[PoolLap], runs: int = SHORT_RUNS) -> dict[str, Any]:
    """The document that ``simulator bench --pool --json`` prints."""
    return {
        "ratio_to_one_process": median(each.ratio for each in finished),
        "seconds": {
            "one_process": median(each.serial_s for each in finished),
            "two_processes": median(each.pool_s for each in finished),
        },
        "same_results": all(each.is_same for each in finished),
        "runs": runs,
        "rounds": len(finished),
        "python": platform.python_version(),
        "compiled": IS_COMPILED,
    }
