"""Sensitivities of a small system to values whose share is known."""

import numpy as np
import pytest

from simulator.errors import ScenarioError
from simulator.experiments.axes import axis
from simulator.experiments.design import Outcome, design
from simulator.experiments.execution import execute
from simulator.experiments.sensitivities import FEWEST_ROWS, sensitivity_of, varied
from simulator.exports.sensitivity import sensitivity_words
from simulator.plots.sensitivities import sensitivity_picture
from simulator.scenario import parse
from simulator.stats.sobol import saltelli_design, sobol_indices
from simulator.stats.theory import mmc_mean_latency
from tests.small_case import TEXT

SERVICE = "system.components.api.service_time.mean"
RATE = "workload.arrivals.rate"
PRICE = "system.components.api.cost_per_hour"
AXES = [axis(f"{SERVICE}=10ms..15ms"), axis(f"{RATE}=20/s..100/s"), axis(f"{PRICE}=0.1..0.2")]
RANGES = np.array([[0.010, 0.015], [20, 100]])
ROWS, RUNS = 32, 2
BASE = design(parse(TEXT, "small.yaml", None), (), {"faults": [], "run.duration": 12})
WIDTH = len(AXES) + 2


@pytest.fixture(scope="module")
def made():
    outcome = Outcome(varied(BASE, AXES, ROWS, RUNS))
    for each in execute(outcome.tasks(), workers=1):
        outcome.add(each)
    return outcome.rows


@pytest.fixture(scope="module")
def found(made):
    return sensitivity_of(BASE, AXES, "latency_mean_s", made, RUNS)


def test_the_shares_are_those_of_the_closed_form(found):
    low, high = RANGES.T
    values = low + (high - low) * saltelli_design(2, 4096, seed=2)
    latency_s = [mmc_mean_latency(rate, 1 / mean, 2) for mean, rate in values.reshape(-1, 2)]
    truth = sobol_indices(np.reshape(latency_s, (4096, 4, 1)))
    shares = {each.axis.path: each for each in found.shares}
    for place, path in enumerate((SERVICE, RATE)):
        first, total = shares[path].first, shares[path].total
        assert first.low <= truth.first[place].share <= first.high
        assert total.share == pytest.approx(truth.total[place].share, abs=0.15)
    assert [each.axis.path for each in found.shares] == [SERVICE, RATE, PRICE]
    assert 0 < found.indices.luck < 0.5


def test_a_value_that_has_no_say_has_no_share(found, made):
    assert found.shares[-1].total.share == 0.0
    cost = sensitivity_of(BASE, AXES, "cost_per_hour_usd", made, RUNS)
    assert cost.shares[0].axis.path == PRICE
    assert [each.total.share for each in cost.shares[1:]] == [0.0, 0.0]
    assert cost.indices.luck == 0.0


def test_luck_is_shared_within_a_row_and_not_between_rows(made):
    def arrived(place, path_free=(0, 2, 4)):  # A, and A with another service time or price
        return [[row.measures["arrived"] for row in made[place + i]] for i in path_free]

    for row in range(3):
        first, *others = arrived(row * WIDTH)
        assert all(each == first for each in others)
    seeds = {made[row * WIDTH][0].seed for row in range(ROWS)}
    assert len(seeds) == ROWS


def test_rows_that_are_not_whole_count_for_nothing(made):
    cut = [rows if place < FEWEST_ROWS * WIDTH else [] for place, rows in enumerate(made)]
    assert sensitivity_of(BASE, AXES, "latency_mean_s", cut, RUNS).indices.rows == FEWEST_ROWS
    cut[0] = cut[0][:1]
    assert sensitivity_of(BASE, AXES, "latency_mean_s", cut, RUNS) is None


def test_values_that_do_nothing_are_told_from_luck(made):
    price = AXES[2:]
    rows = [made[row * WIDTH + place] for row in range(ROWS) for place in (0, 4, 4)]
    same = [[rows[3 * (place // 3)][0], rows[3 * (place // 3)][0]] for place in range(len(rows))]
    alike = sensitivity_of(BASE, price, "success_ratio", same, RUNS)
    assert alike.shares == []
    assert "too little" in sensitivity_words(alike)[0]
    assert sensitivity_picture(alike).axes


def test_the_document_names_every_value_and_its_range(found):
    document = found.as_json()
    assert [(each["path"], each["low"], each["high"]) for each in document["values"]][:2] == [
        (SERVICE, 0.01, 0.015),
        (RATE, 20.0, 100.0),
    ]
    assert (document["rows"], document["replications"]) == (ROWS, RUNS)


def test_a_picture_has_two_bars_a_value(found):
    (axes,) = sensitivity_picture(found).axes
    assert len(axes.patches) == 2 * len(AXES)


def test_what_is_turned_twice_or_at_too_many_points_is_refused():
    with pytest.raises(ScenarioError, match="found twice"):
        varied(BASE, [AXES[0], AXES[0]], 8, 2)
    with pytest.raises(ScenarioError, match="must be at most 10,000"):
        varied(BASE, AXES, 5000, 2)
