"""Sweeps and tornados of small systems whose answers are known."""

from dataclasses import replace

import pytest

from simulator.errors import ScenarioError
from simulator.experiments.axes import axis, points
from simulator.experiments.design import Outcome, design
from simulator.experiments.execution import execute
from simulator.experiments.sweeps import designs_of, kept, sweep_of
from simulator.experiments.tornadoes import ends, tornado_of
from simulator.scenario import parse
from simulator.stats.theory import mmc_mean_latency
from tests.small_case import TEXT

REPLICATIONS = 4
BASE = design(
    parse(TEXT, "small.yaml", None),
    (),
    {"faults": [], "run.duration": 60},
    {"replications": REPLICATIONS},
)
WORKERS = "system.components.api.workers"
SERVICE = "system.components.api.service_time.mean"
PRICE = "system.components.api.cost_per_hour"


def summaries(designs):
    outcome = Outcome(designs)
    for each in execute(outcome.tasks(), workers=1):
        outcome.add(each)
    return outcome.summaries()


@pytest.fixture(scope="module")
def grid():
    axes = [axis(f"{WORKERS}=2..4"), axis(f"{SERVICE}=20ms,30ms")]
    wanted = points(axes)
    return sweep_of(axes, wanted, summaries(designs_of(BASE, wanted)))


@pytest.fixture(scope="module")
def tornado():
    axes = [axis(f"{PRICE}=0.1..2.0"), axis(f"{WORKERS}=2..3"), axis(f"{SERVICE}=20ms..35ms")]
    return tornado_of(axes, "latency_mean_s", summaries(designs_of(BASE, ends(axes))))


def test_every_point_is_simulated_as_it_is_set(grid):
    assert len(grid.points) == 6
    for point in grid.points:
        servers, mean_s = point.changes[WORKERS], float(point.changes[SERVICE].rstrip("ms")) / 1000
        expected = mmc_mean_latency(50.0, 1 / mean_s, servers)
        found = point.summary.measures["latency_mean_s"].interval
        assert len(point.summary.rows) == REPLICATIONS
        assert found.mean == pytest.approx(expected, rel=0.15)


def test_all_points_have_the_same_arrivals(grid):
    arrived = [[row.measures["arrived"] for row in each.summary.rows] for each in grid.points]
    assert all(each == arrived[0] for each in arrived)


def test_points_that_cost_more_and_are_slower_are_not_on_the_frontier(grid):
    on = {(p.changes[WORKERS], p.changes[SERVICE]) for p in grid.points if p.on_frontier}
    # workers cost nothing extra here, so that more of them, and faster ones, win
    assert on == {(4, "20ms")}


def test_the_document_has_every_point_with_what_was_set(grid):
    document = grid.as_json()
    assert [each["set"] for each in document["points"]] == [dict(p.changes) for p in grid.points]
    assert document["over"] == [WORKERS, SERVICE]


@pytest.mark.parametrize(("bound", "verdict"), [(1000.0, "yes"), (1e-6, "no"), ("mean", "unsure")])
def test_objectives_are_judged_on_the_whole_interval(grid, bound, verdict):
    summary = grid.points[0].summary
    mean = summary.measures["latency_p99_s"].interval.mean
    slo = [{"measure": "latency_p99_s", "at_most": mean if bound == "mean" else bound}]
    scenario = design(summary.scenario, (), {"slo": slo}).scenario
    assert kept(replace(summary, scenario=scenario)) == verdict


def test_without_objectives_there_is_nothing_to_keep(grid):
    summary = grid.points[0].summary
    scenario = design(summary.scenario, (), {"slo": []}).scenario
    assert kept(replace(summary, scenario=scenario)) is None


def test_all_that_is_wrong_at_any_point_is_told_at_once():
    wanted = points([axis(f"{WORKERS}=0,2"), axis(f"{SERVICE}=20ms,often")])
    with pytest.raises(ScenarioError) as caught:
        designs_of(BASE, wanted)
    text = str(caught.value)
    assert "'often'" in text
    assert "workers" in text
    assert text.count("'often'") == 1


def test_a_tornado_begins_with_what_matters_most(tornado):
    assert [bar.axis.path for bar in tornado.bars] == [SERVICE, WORKERS, PRICE]


def test_a_tornado_says_which_way_a_measure_goes_and_when_it_does_not(tornado):
    assert [bar.sign() for bar in tornado.bars] == ["+", "-", "0"]
    assert tornado.bars[2].swing.mean == 0.0


def test_an_end_that_is_the_scenario_as_it_is_changes_nothing(tornado):
    workers = tornado.bars[1]
    assert (workers.low.mean, workers.low.half_width) == (0.0, 0.0)
    assert workers.high.mean == workers.swing.mean < 0


def test_a_measure_that_one_end_lacks_has_no_difference_there(grid):
    few, many, *_ = (each.summary for each in grid.points)
    name = "api.served"  # as if of a replica that is not there at the low end
    without = [
        replace(row, measures={key: each for key, each in row.measures.items() if key != name})
        for row in few.rows
    ]
    ends_of = [many, replace(few, rows=without), many]
    (bar,) = tornado_of([axis(f"{WORKERS}=2..3")], name, ends_of).bars
    assert (bar.low, bar.swing, bar.sign()) == (None, None, "0")
    assert bar.high.mean == 0.0
