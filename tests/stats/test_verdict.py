"""What the verdict on a run promises, on simulated paths of one server with a queue."""

import math
from collections import Counter

import numpy as np
import pytest

from simulator.stats.verdict import verdict

INTERVALS = 50


def poisson(rates, rng):
    """Arrival instants at a rate that changes at equal steps; ``rates`` holds (until_s, rate)."""
    instants_s, since_s = [], 0.0
    for until_s, rate in rates:
        count = rng.poisson(rate * (until_s - since_s))
        instants_s.append(np.sort(rng.uniform(since_s, until_s, count)))
        since_s = until_s
    return np.concatenate(instants_s)


def departures(arrived_s, service_s):
    """When each request leaves one server, first come first served (Lindley, unrolled)."""
    work_s = np.cumsum(service_s)
    return work_s + np.maximum.accumulate(arrived_s - work_s + service_s)


def judge(arrived_s, finished_s, since_s, until_s, intervals=INTERVALS):
    """The verdict on a window of a path on which every request is answered in the end."""
    edges_s = np.linspace(since_s, until_s, intervals + 1)
    presence_s = [
        (np.minimum(finished_s, edge_s) - np.minimum(arrived_s, edge_s)).sum() for edge_s in edges_s
    ]
    arrived = (arrived_s >= since_s) & (arrived_s < until_s)
    answered = arrived & (finished_s <= until_s)
    return verdict(
        in_flight=np.diff(presence_s) / np.diff(edges_s),
        arrived=int(arrived.sum()),
        answered=int(answered.sum()),
        shed=0,
        window_s=until_s - since_s,
        mean_latency_s=float((finished_s - arrived_s)[answered].mean()),
    )


def verdicts(rates, runs, warmup_s=0.0):
    """How often each verdict is given on M/M/1 with service rate 1 and the given arrival rates."""
    rng = np.random.default_rng(11)
    counts = Counter()
    for _ in range(runs):
        arrived_s = poisson(rates, rng)
        finished_s = departures(arrived_s, rng.exponential(1.0, arrived_s.size))
        counts[judge(arrived_s, finished_s, warmup_s, rates[-1][0])] += 1
    return counts


@pytest.mark.parametrize("load", [0.3, 0.7, 0.9])
@pytest.mark.parametrize("window_s", [1_000, 10_000])
def test_a_queue_with_room_to_spare_is_hardly_ever_accused(load, window_s):
    counts = verdicts([(3_000 + window_s, load)], runs=100, warmup_s=3_000.0)
    assert counts["overloaded"] + counts["backlogged"] <= 2


def test_a_busy_queue_seen_for_long_enough_is_stable():
    assert verdicts([(33_000, 0.9)], runs=50, warmup_s=3_000.0)["stable"] >= 49


@pytest.mark.parametrize("load", [1.2, 1.5, 2.0, 5.0])
def test_more_arriving_than_can_be_served_is_overload(load):
    assert verdicts([(3_000, load)], runs=50)["overloaded"] >= 49


def test_slight_overload_is_never_called_stable_when_seen_for_long():
    assert verdicts([(30_000, 1.05)], runs=30)["stable"] == 0


def test_slight_overload_seen_for_too_short_a_time_is_left_open():
    assert verdicts([(150, 1.2)], runs=50)["too short to tell"] > 10


@pytest.mark.parametrize(
    "rates",
    [
        [(1_600, 0.5), (1_900, 2.0), (2_000, 0.5)],  # late and sharp
        [(8_000, 0.5), (12_000, 3.0), (20_000, 0.5)],  # early and large
        [(10_000, 0.5), (20_000, 1.3)],  # goes on to the end, but the first half was fine
    ],
)
def test_a_temporary_overload_that_has_not_drained_is_a_backlog(rates):
    assert verdicts(rates, runs=20) == {"backlogged": 20}


@pytest.mark.parametrize("rates", [[(6_000, 0.7), (10_000, 1.5), (20_000, 0.7)]])
def test_a_temporary_overload_that_has_drained_is_forgiven(rates):
    assert verdicts(rates, runs=20) == {"stable": 20}


@pytest.mark.parametrize(
    ("end", "verdict_on_it"), [(5_000.0, "backlogged"), (1_500.0, "stable"), (1_000.0, "stable")]
)
def test_a_backlog_is_measured_against_the_usual_number_in_the_system(end, verdict_on_it):
    in_flight = np.full(INTERVALS, 1_000.0)
    in_flight[-5:] = end
    assert verdict(in_flight, 10_000, 9_500, 0, 100.0, 10.0) == verdict_on_it


def test_a_bounded_queue_gives_overload_away_by_what_it_sheds():
    flat = np.full(INTERVALS, 10.0)  # load 1.5: full all the time, a third is refused
    assert verdict(flat, 1_500, 1_000, 500, 1_000.0, 10.0) == "overloaded"


def test_shedding_now_and_then_is_stable():
    flat = np.full(INTERVALS, 5.0)
    assert verdict(flat, 1_000, 980, 20, 1_000.0, 5.0) == "stable"


def test_a_total_collapse_is_overload_though_nothing_was_answered():
    flat = np.full(INTERVALS, 10.0)
    assert verdict(flat, 1_000, 0, 1_000, 100.0, math.nan) == "overloaded"


def test_a_steady_rise_without_any_noise_is_overload():
    assert verdict(np.arange(20.0), 400, 380, 0, 100.0, 2.5) == "overloaded"


def test_filling_up_from_empty_is_no_overload():
    filling = np.minimum(np.arange(INTERVALS), 4) * 25.0  # constant latency of 4 intervals
    assert verdict(filling, 1_250, 1_150, 0, 50.0, 4.0) == "stable"


@pytest.mark.parametrize(
    "short_of",
    [
        {"in_flight": np.full(9, 1.0)},
        {"arrived": 99, "answered": 99},
        {"arrived": 1_000, "answered": 20, "shed": 90},
        {"window_s": 9.9},
        {"window_s": 1.9, "in_flight": np.arange(50.0)},
    ],
    ids=["intervals", "requests", "answers", "latencies", "latencies for a rise"],
)
def test_too_little_is_too_short_to_tell(short_of):
    enough = {
        "in_flight": np.full(10, 1.0),
        "arrived": 100,
        "answered": 100,
        "shed": 0,
        "window_s": 10.0,
        "mean_latency_s": 1.0,
    }
    assert verdict(**enough) == "stable"
    assert verdict(**enough | short_of) == "too short to tell"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shed": -1}, "cannot be negative, got -1"),
        ({"window_s": 0.0}, "longer than 0 s, got 0"),
        ({"in_flight": [1.0, math.nan]}, "finite"),
        ({"in_flight": [[1.0], [2.0]]}, "1-d"),
    ],
)
def test_impossible_observations_are_refused(wrong, message):
    possible = {
        "in_flight": [1.0, 2.0],
        "arrived": 1,
        "answered": 1,
        "shed": 0,
        "window_s": 1.0,
        "mean_latency_s": 1.0,
    }
    with pytest.raises(ValueError, match=message):
        verdict(**possible | wrong)
