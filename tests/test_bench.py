"""The benchmark compares the same model in two styles, and does its sums right."""

import pytest

from simulator import bench
from simulator.bench import BASELINE_REQUESTS, ENGINE_REQUESTS, MODELS, Lap, laps, summary
from simulator.bundled import bundled
from simulator.runner import run
from simulator.scenario import load
from simulator.scenario.checks import warnings


@pytest.fixture(scope="module")
def two_rounds():
    """Laps of both models, shorter than in a benchmark, and the requests of each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "BASELINE_REQUESTS", {"mm1": 10_000, "pipeline": 8_000})
        patch.setattr(bench, "ENGINE_REQUESTS", {"mm1": 10_000, "pipeline": 8_000})
        return list(laps(2))


def test_styles_and_models_take_turns(two_rounds):
    assert [lap.model for lap in two_rounds] == [*MODELS, *MODELS]


def test_every_lap_measures_both_styles(two_rounds):
    for lap in two_rounds:
        assert lap.baseline_per_s > 0
        assert lap.engine_per_s > 0
        assert lap.ratio == pytest.approx(lap.engine_per_s / lap.baseline_per_s)


def test_both_styles_run_the_same_pipeline(two_rounds):
    """Mean latency 0.1242 s by the benchmark's definition, of which short runs are within 10 %."""
    found = [lap for lap in two_rounds if lap.model == "pipeline"]
    for values in ([x.baseline_latency_s for x in found], [x.engine_latency_s for x in found]):
        assert sum(values) / len(values) == pytest.approx(0.1242, rel=0.1)


def test_both_styles_run_the_same_single_server(two_rounds):
    """M/M/1 at load 0.8: 1 / (1 - 0.8) = 5 s, of which short runs see 20 % more or less."""
    found = [lap for lap in two_rounds if lap.model == "mm1"]
    for values in ([x.baseline_latency_s for x in found], [x.engine_latency_s for x in found]):
        assert sum(values) / len(values) == pytest.approx(5, rel=0.35)


@pytest.mark.parametrize("model", MODELS)
def test_the_scenario_of_a_model_is_fine(model):
    scenario = load(bundled("benchmarks") / f"{model}.yaml")
    assert warnings(scenario) == []


def test_in_the_scenario_with_everything_switched_on_everything_has_something_to_do():
    scenario = load(bundled("benchmarks") / "everything.yaml")
    assert warnings(scenario) == []
    found = run(scenario.with_run(duration=45.0)).measures()
    at_work = (
        *("client.retried", "gate.admitted", "limiter.admitted", "cache.hits", "page.degraded"),
        *("guard.opened", "guard.not_permitted", "guard.closed", "balancer.checks"),
        *("copies.hedges", "copies.hedges_won", "app.served", "store.failed"),
    )
    assert [name for name in at_work if not found[name] > 0] == []


@pytest.mark.parametrize("model", MODELS)
def test_a_lap_lasts_long_enough_to_be_timed(model):
    assert min(BASELINE_REQUESTS[model], ENGINE_REQUESTS[model]) >= 40_000


def test_the_figure_is_the_median_over_rounds_of_the_ratio_within_a_round():
    ratios = [1.0, 100.0, 3.0]
    speeds = [100.0, 1.0, 10.0]  # the machine gets slower and faster again
    finished = [
        Lap(model, speed, speed * ratio, 1.0, 1.0)
        for ratio, speed in zip(ratios, speeds, strict=True)
        for model in MODELS
    ]
    found = summary(finished)
    assert found["ratio_to_idiomatic_simpy"] == {"mm1": 3.0, "pipeline": 3.0}
    assert found["rounds"] == 3
    assert found["requests_per_cpu_s"]["mm1"]["idiomatic_simpy"] == 10.0


def test_nothing_in_the_engine_knows_the_benchmark():
    package = bundled("app.py").parent / "simulator"
    wanted = ("pipeline.yaml", "mm1.yaml", "idiomatic_simpy")
    knowing = {
        path.name
        for path in package.rglob("*.py")
        if any(each in path.read_text() for each in wanted)
    }
    assert knowing <= {"bench.py", "cli.py", "tables.py"}


def test_short_runs_come_to_the_same_by_two_processes():
    (lap,) = bench.pool_laps(rounds=1, runs=20)
    assert lap.is_same
    found = bench.pool_summary([lap], runs=20)
    assert found["ratio_to_one_process"] == lap.serial_s / lap.pool_s
    assert found["runs"] == 20
