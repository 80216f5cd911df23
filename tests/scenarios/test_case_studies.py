"""Every case study keeps what it promises: it is complete, and what it claims is so."""

from __future__ import annotations

import pytest

from simulator import apply, load, run
from simulator.experiments.execution import execute
from simulator.experiments.findings import check
from simulator.experiments.predictions import truth, variants_asked
from simulator.experiments.rows import Task
from simulator.experiments.summary import summarize
from simulator.scenario.checks import warnings
from simulator.scenario.claims import BASELINE
from simulator.scenario.load import catalogue
from simulator.scenario.variants import value_at
from simulator.stats import theory

CASES = {name: load(path) for name, path in catalogue().items()}
VARIANTS = [(case, name) for case, of in CASES.items() for name in [BASELINE, *of.variants]]
FINDINGS = [(case, place) for case, of in CASES.items() for place in range(len(of.findings))]
KNOBS = [(case, knob) for case, of in CASES.items() for knob in of.knobs]

each_case = pytest.mark.parametrize("case", CASES)
each_finding = pytest.mark.parametrize(
    ("case", "place"), FINDINGS, ids=[f"{case}-{place}" for case, place in FINDINGS]
)


@pytest.fixture(scope="module")
def rows():
    """(case, variant) -> a row for each of the file's own replications, in order."""
    tasks, of_task = [], {}
    for case, name in VARIANTS:
        applied = apply(CASES[case], name)
        for replication in range(applied.run.replications):
            task = Task(applied, name, replication)
            of_task[id(task)] = case
            tasks.append(task)
    found = {(case, name): [] for case, name in VARIANTS}
    for each in execute(tasks, workers=2):
        found[of_task[id(each.task)], each.task.variant].append(each.row)
    return {key: sorted(each, key=lambda row: row.replication) for key, each in found.items()}


@pytest.fixture(scope="module")
def verdict(rows):
    """Hold a finding of a case against the runs, possibly in place of its own variant's."""

    def verdict(case, finding):
        wanted = filter(None, (finding.of, finding.relative_to))
        return check(finding, {name: rows[case, name] for name in wanted})

    return verdict


# What there is


def test_there_are_case_studies():
    assert len(CASES) >= 4


@each_case
@pytest.mark.parametrize(
    "section", ["story", "predict", "quiz", "interview", "sources", "slo", "tags", "variants"]
)
def test_a_case_study_is_complete(case, section):
    assert getattr(CASES[case], section)


@each_case
def test_a_case_study_has_a_few_knobs_and_several_findings(case):
    assert 4 <= len(CASES[case].knobs) <= 6
    assert len(CASES[case].findings) >= 3


@each_case
def test_components_cost_something_so_that_fixes_can_be_weighed(case):
    assert any(spec.cost_per_hour > 0 for spec in CASES[case].system.components.values())


@pytest.mark.parametrize(("case", "name"), VARIANTS)
def test_no_variant_is_offered_more_than_it_can_do_before_anything_goes_wrong(case, name):
    assert warnings(apply(CASES[case], name)) == []


@pytest.mark.parametrize(("case", "knob"), KNOBS, ids=[f"{c}-{k.path}" for c, k in KNOBS])
def test_a_knob_can_be_turned_to_all_its_ends(case, knob):
    for value in knob.choices or knob.range:
        assert apply(CASES[case], changes={knob.path: value})


@pytest.mark.parametrize(("case", "knob"), KNOBS, ids=[f"{c}-{k.path}" for c, k in KNOBS])
def test_a_knob_stands_within_its_range_at_first(case, knob):
    value = value_at(CASES[case].plain(), knob.path)
    if knob.range is not None and value is not None:
        ends = [apply(CASES[case], changes={knob.path: end}).plain() for end in knob.range]
        low, high = (value_at(end, knob.path) for end in ends)
        assert low <= value <= high


# What the runs say


@pytest.mark.parametrize(("case", "name"), VARIANTS)
def test_every_variant_is_run_as_often_as_the_file_says(rows, case, name):
    found = [row.replication for row in rows[case, name]]
    assert found == list(range(CASES[case].run.replications))


@pytest.mark.parametrize(("case", "name"), VARIANTS)
def test_every_request_that_arrived_has_one_outcome_or_none_yet(rows, case, name):
    for row in rows[case, name]:
        of = row.measures
        outcomes = of["ok"] + of["rejected"] + of["timed_out"] + of["failed"] + of["unfinished"]
        assert outcomes == of["arrived"] > 0


@each_finding
def test_a_finding_is_confirmed(verdict, case, place):
    found = verdict(case, CASES[case].findings[place])
    assert found.status == "confirmed", (found.finding.claim, found.estimate, found.bound)


@each_finding
def test_a_finding_would_be_false_of_at_least_one_other_variant(verdict, case, place):
    scenario = CASES[case]
    finding = scenario.findings[place]
    others = {BASELINE, *scenario.variants} - {finding.of, finding.relative_to}
    statuses = {
        name: verdict(case, finding.model_copy(update={"of": name})).status for name in others
    }
    assert set(statuses.values()) - {"confirmed"}, (finding.claim, statuses)


@each_case
def test_a_prediction_has_one_answer_that_the_uncertainty_leaves_no_doubt_about(rows, case):
    scenario = CASES[case]
    asked = scenario.predict
    summaries = {
        name: summarize(apply(scenario, name), name, rows[case, name])
        for name in variants_asked(asked)
    }
    answer = truth(asked, summaries).choice
    assert answer is not None
    bounds = [choice.at_most for choice in asked.choices[:-1]]
    interval = summaries[asked.of].measures[asked.measure].interval
    low, high = interval.low, interval.high
    if asked.relative_to:
        other = summaries[asked.relative_to].measures[asked.measure].interval
        low, high = low / other.high, high / other.low
    assert [sum(value > bound for bound in bounds) for value in (low, high)] == [answer, answer]


# What single cases depend on


def test_in_the_stampede_every_load_of_the_cache_is_a_query_of_the_database():
    finished = run(CASES["cache_stampede"].with_run(warmup=0.0))
    for level in ("queued", "in_service"):
        _, values = finished.curve("database", level, 1)
        assert values[-1] == 0, "the run ends with nothing under way"
    measures = finished.measures()
    assert measures["database.served"] == measures["cache.loads"] > 300


def test_in_the_stampede_coalescing_bounds_the_loads_by_the_number_of_keys(rows):
    count = CASES["cache_stampede"].workload.keys.count
    for row in rows["cache_stampede", "coalescing"]:
        assert row.value("cache.loads", (60.0, 120.0)) <= count


def test_cold_nodes_with_nothing_in_their_way_load_as_many_items_as_theory_says():
    """Four caches of their own, each asked for a quarter of the requests, one load an item."""
    case = CASES["cache_cold_restart"]
    free = {
        "system.components.database.connections": 1000,
        "system.components.nodes.coalesces": True,
    }
    loads = expected = variance = 0.0
    for replication in range(case.run.replications):
        finished = run(apply(case, changes=free).with_run(duration=70.0), replication)
        during = (60.0, 70.0)
        requests = finished.measures(during)["arrived"]
        loads += finished.component_measures("nodes", during)["loads"]
        popularity = case.workload.keys.popularity()
        missing = (1 - popularity) ** (requests / 4)
        expected += 4 * theory.distinct_keys(popularity, round(requests / 4))
        variance += 4 * (missing * (1 - missing)).sum()  # more than it is: keys exclude one another
    assert loads == pytest.approx(expected, abs=4 * variance**0.5)


def test_in_the_storm_some_runs_collapse_and_some_do_not(rows):
    late = [row.value("success_ratio", (120.0, 180.0)) for row in rows["retry_storm", BASELINE]]
    down = sum(value <= 0.5 for value in late) / len(late)
    assert 0 < down < 1
    assert all(value <= 0.2 or value >= 0.9 for value in late), "either it is up or it is down"


def test_the_replayed_trace_is_the_same_in_every_run(rows):
    assert len({row.measures["arrived"] for row in rows["trace_replay", BASELINE]}) == 1


def test_even_arrivals_are_as_many_as_the_recorded_ones(rows):
    """Poisson arrivals vary by the root of their number; eight runs are within 3 of these."""
    recorded = rows["trace_replay", BASELINE][0].measures["arrived"]
    even = [row.measures["arrived"] for row in rows["trace_replay", "even"]]
    assert sum(even) / len(even) == pytest.approx(recorded, abs=3 * (recorded / len(even)) ** 0.5)


def test_at_the_exhausted_pool_every_order_is_two_queries_of_the_database():
    measures = run(CASES["connection_pool_exhaustion"].with_run(warmup=0.0)).measures()
    assert measures["ok"] > 1000
    assert measures["database.served"] >= 2 * measures["ok"]
    begun = measures["pool.served"]
    size = CASES["connection_pool_exhaustion"].system.components["pool"].size
    assert 2 * (begun - size) <= measures["database.served"] <= 2 * begun


def test_the_connections_in_use_are_the_rate_times_the_time_that_each_is_held(rows):
    """Little's law, by which a pool is sized."""
    for row in rows["connection_pool_exhaustion", "bigger_pool"]:
        held_s = row.value("pool.held_mean_s")
        in_use = row.value("pool.served_per_s") * held_s
        assert row.value("pool.in_service_mean") == pytest.approx(in_use, rel=0.01)
