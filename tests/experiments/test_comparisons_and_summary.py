"""Several runs as estimates, and two designs as paired differences."""

import json
from math import nan

import pytest

from simulator.experiments.comparisons import comparison_of
from simulator.experiments.execution import execute
from simulator.experiments.rows import Task, make
from simulator.experiments.summary import Summary, estimate, summarize
from simulator.results.measures import REQUEST_MEASURES
from simulator.scenario.variants import apply
from tests.experiments.rows import rows
from tests.kernel.scene import scenario

LATENCY = REQUEST_MEASURES["latency_p99_s"]
EXPONENTIAL = {"kind": "exponential", "mean": 0.05}


def busy(**sections):
    system = {"api": {"kind": "server", "workers": 2, "service_time": EXPONENTIAL}}
    fast = {"because": "x", "set": {"system.components.api.workers": 4}}
    classes = {"gold": {"share": 1.0}, "rest": {"share": 4.0}}
    return scenario(
        system,
        {"kind": "poisson", "rate": 30.0},
        30.0,
        variants={"fast": fast},
        classes=classes,
        **sections,
    )


@pytest.fixture(scope="module")
def summaries():
    """A baseline and a variant, four runs each."""
    found = []
    for variant in ("baseline", "fast"):
        applied = apply(busy(slo=SLO), variant)
        tasks = [Task(applied, variant, replication) for replication in range(4)]
        made = [done.row for done in execute(tasks, workers=1)]
        found.append(summarize(applied, variant, list(reversed(made))))
    return found


SLO = (
    {"measure": "latency_p99_s", "at_most": 10.0},
    {"measure": "success_ratio", "at_least": 1.0},
    {"measure": "api.utilization", "at_most": 0.01},
)


# -- summary -----------------------------------------------------------------------------------


def test_an_estimate_is_the_mean_of_the_runs_and_its_interval():
    found = estimate([9.0, 10.0, 11.0], 300, LATENCY).as_json()
    assert (found["mean"], found["n"], found["samples"], found["unit"]) == (10.0, 3, 300, "s")
    assert found["half_width"] == pytest.approx(2.484, abs=0.001)


def test_runs_without_a_value_are_left_out_of_an_estimate():
    assert estimate([9.0, nan, 11.0], 1, LATENCY).as_json()["n"] == 2
    nothing = estimate([nan], 0, LATENCY).as_json()
    assert (nothing["mean"], nothing["half_width"], nothing["n"]) == (None, None, 0)


def test_one_run_has_no_half_width():
    assert estimate([9.0], 1, LATENCY).as_json()["half_width"] is None


def test_every_measure_of_the_runs_is_summed_up(summaries):
    baseline, _ = summaries
    assert [row.replication for row in baseline.rows] == [0, 1, 2, 3]
    assert baseline.measures.keys() == baseline.rows[0].measures.keys()
    mean = sum(row.measures["latency_mean_s"] for row in baseline.rows) / 4
    assert baseline.measures["latency_mean_s"].interval.mean == pytest.approx(mean)


def test_classes_add_up_to_the_whole(summaries):
    baseline, _ = summaries
    assert baseline.classes.keys() == {"gold", "rest"}
    for row in baseline.rows:
        parts = [row.classes[name]["arrived"] for name in ("gold", "rest")]
        assert sum(parts) == row.measures["arrived"]


def test_objectives_are_held_against_the_mean(summaries):
    baseline, _ = summaries
    assert [each["met"] for each in baseline.objectives()] == [True, True, False]


def test_a_summary_is_json_without_nan(summaries):
    told = json.loads(json.dumps(summaries[0].as_json(), allow_nan=False))
    assert told["replications"] == 4
    assert told["components"]["api"]["utilization"]["n"] == 4
    assert "api.utilization" not in told["measures"]
    # of a single station theory says the same as of the system as a whole, which has no name
    assert {each["component"] for each in told["theory"]} == {"", "api"}
    assert all(each["light"] and each["n"] == 4 for each in told["theory"])


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["stable", "stable", "overloaded"], "stable"),
        (["stable", "overloaded"], "overloaded"),
        (["stable", "too short to tell", "backlogged"], "backlogged"),
    ],
)
def test_of_equally_many_verdicts_the_worse_counts(verdicts, expected):
    made = rows([1.0] * len(verdicts), verdicts=verdicts)
    assert Summary(busy(), "baseline", {}, made, {}, {}).verdict == expected


# -- compare -----------------------------------------------------------------------------------


def test_a_design_does_not_differ_from_itself(summaries):
    baseline, _ = summaries
    for difference in comparison_of(baseline, baseline).differences.values():
        assert difference.interval.mean == 0
        assert difference.better_in in (0, None)
        assert difference.words() == "no detectable difference"


def test_more_workers_are_better_in_every_pair(summaries):
    difference = comparison_of(*summaries).differences["latency_mean_s"]
    assert difference.interval.high < 0
    assert (difference.better_in, difference.words()) == (4, "better")
    assert comparison_of(*reversed(summaries)).differences["latency_mean_s"].words() == "worse"


def test_the_same_requests_come_to_both(summaries):
    difference = comparison_of(*summaries).differences["arrived"]
    assert (difference.interval.mean, difference.interval.half_width) == (0, 0)


def test_a_difference_is_the_mean_over_pairs(summaries):
    baseline, variant = summaries
    values = [
        after.measures["latency_mean_s"] - before.measures["latency_mean_s"]
        for before, after in zip(baseline.rows, variant.rows, strict=True)
    ]
    found = comparison_of(baseline, variant).differences["latency_mean_s"]
    assert found.interval.mean == pytest.approx(sum(values) / 4)
    assert found.variance_ratio > 0


def test_only_runs_that_both_have_are_paired(summaries):
    baseline, variant = summaries
    fewer = summarize(variant.scenario, "fast", variant.rows[1:3])
    assert comparison_of(baseline, fewer).differences["latency_mean_s"].interval.n == 2
    one = summarize(variant.scenario, "fast", variant.rows[:1])
    assert comparison_of(baseline, one).differences["latency_mean_s"].words() == (
        "one pair of runs: no telling"
    )


def test_a_comparison_is_json_without_nan(summaries):
    told = json.loads(json.dumps(comparison_of(*summaries).as_json(), allow_nan=False))
    assert told["differences"]["latency_mean_s"]["better_in"] == 4
    assert told["variant"]["variant"] == "fast"


# -- rows --------------------------------------------------------------------------------------


def test_a_row_has_the_windows_that_findings_ask_for():
    claims = [{"claim": "x", "measure": "ok", "at_least": 1, "during": [5.0, 10.0]}]
    row = make(Task(busy(findings=claims), "baseline", 0))
    arrived = row.value("arrived", (5.0, 10.0))
    assert 0 < arrived < row.value("arrived")


def test_curves_cover_the_run_and_agree_with_its_measures():
    row = make(Task(busy(), "baseline", 0), with_curves=True)
    curves = row.curves
    assert (curves.start_s[0], curves.end_s[-1]) == (0, 30)
    length_s = curves.end_s - curves.start_s
    assert (curves.outcomes["ok"] * length_s).sum() == pytest.approx(row.measures["ok"])
    utilization = (curves.components["api"]["utilization"] * length_s).sum() / 30
    assert utilization == pytest.approx(row.measures["api.utilization"])


@pytest.mark.parametrize(("rate", "verdict"), [(10.0, "stable"), (80.0, "overloaded")])
def test_a_row_says_whether_the_run_kept_up(rate, verdict):
    tree = busy().plain()
    tree["workload"]["arrivals"]["rate"] = rate
    tree["run"]["duration"] = 100.0
    assert make(Task(type(busy()).model_validate(tree), "baseline", 0)).verdict == verdict
