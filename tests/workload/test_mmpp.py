"""A rate that is chosen by a state, held against the theory of such processes."""

import numpy as np
import pytest
from scipy.stats import kstest

from simulator.stats import theory
from simulator.workload.mmpp import Mmpp
from tests.workload.counting import FLUKE, counts, until

BURSTS = Mmpp.model_validate(
    {"states": {"calm": {"rate": 5.0, "stays": 8.0}, "busy": {"rate": 50.0, "stays": 1.0}}}
)
THREE = Mmpp.model_validate(
    {
        "states": {
            "off": {"rate": 0.0, "to": {"on": 0.5}},
            "on": {"rate": 10.0, "to": {"off": 0.2, "burst": 0.3}},
            "burst": {"rate": 40.0, "stays": 0.5},
        }
    }
)
each_process = pytest.mark.parametrize("process", [BURSTS, THREE], ids=["two", "three"])


@each_process
@pytest.mark.parametrize("length", [0.1, 1.0, 10.0])
def test_counts_have_the_mean_and_the_dispersion_of_theory(process, length):
    found = counts(process, [(i * length, (i + 1) * length) for i in range(200)], 16)
    rates, switching = process.rates(), process.switching()
    mean = float(theory.mmpp_stationary(switching) @ rates) * length
    of_runs = found.mean(axis=1)
    assert of_runs.mean() == pytest.approx(mean, abs=5 * of_runs.std(ddof=1) / 4)
    squares = ((found - mean) ** 2).mean(axis=1)
    variance = mean * theory.mmpp_dispersion(length, rates, switching)
    assert squares.mean() == pytest.approx(variance, abs=5 * squares.std(ddof=1) / 4)


def test_a_run_begins_in_the_long_run():
    # The very first window has the same mean and variance as any other.
    found = counts(THREE, [(0, 1.0)], 1000).ravel()
    mean = THREE.mean_rate(1.0)
    variance = mean * theory.mmpp_dispersion(1.0, THREE.rates(), THREE.switching())
    assert found.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / found.size))
    squares = (found - mean) ** 2
    assert squares.mean() == pytest.approx(variance, abs=5 * squares.std() / np.sqrt(found.size))


def test_nobody_comes_while_a_source_is_off():
    states = {"on": {"rate": 1000.0, "stays": 0.5}, "off": {"rate": 0.0, "stays": 5.0}}
    gaps = np.diff(until(Mmpp.model_validate({"states": states}), 3000.0))
    pauses = gaps[gaps > 0.1]  # within a time that is on, one in e^100 gaps is that long
    assert kstest((pauses - 0.001) / 5.0, "expon", args=(0.1 / 5.0,)).pvalue > FLUKE


def test_states_that_do_not_differ_are_a_poisson_process():
    states = {"a": {"rate": 20.0, "stays": 1.0}, "b": {"rate": 20.0, "stays": 0.3}}
    gaps = np.diff(until(Mmpp.model_validate({"states": states}), 500.0))
    assert kstest(gaps * 20.0, "expon").pvalue > FLUKE


def test_very_short_states_are_not_missed():
    # A millisecond of 30,000/s in every second: 30 requests more a second.
    states = {"calm": {"rate": 1.0, "stays": 1.0}, "spike": {"rate": 30_000.0, "stays": 0.001}}
    process = Mmpp.model_validate({"states": states})
    found = counts(process, [(0, 100.0)], 40).ravel()
    mean = process.mean_rate(100.0) * 100
    assert mean == pytest.approx(3100, rel=0.01)
    assert found.mean() == pytest.approx(mean, abs=5 * found.std(ddof=1) / np.sqrt(found.size))


def test_states_change_far_more_often_than_requests_come():
    states = {"a": {"rate": 2.0, "stays": 0.001}, "b": {"rate": 0.0, "stays": 0.001}}
    gaps = np.diff(until(Mmpp.model_validate({"states": states}), 300.0))
    assert kstest(gaps, "expon").pvalue > FLUKE  # the average rate is all that is left


def test_states_are_where_they_are_whatever_their_rates():
    quiet = {"states": {"a": {"rate": 0.0, "stays": 4.0}, "b": {"rate": 100.0, "stays": 1.0}}}
    loud = {"states": {"a": {"rate": 0.0, "stays": 4.0}, "b": {"rate": 900.0, "stays": 1.0}}}
    few, many = (np.array(until(Mmpp.model_validate(of), 200.0)) for of in (quiet, loud))
    ends = [np.flatnonzero(np.diff(at) > 0.5) for at in (few, many)]
    assert len(ends[0]) == pytest.approx(len(ends[1]), abs=6)
    assert few[ends[0][:10]] == pytest.approx(many[ends[1][:10]], abs=0.2)


def test_stays_is_shared_evenly_among_the_states_that_may_follow():
    assert THREE.switching().tolist() == [[0, 0.5, 0], [0.2, 0, 0.3], [1.0, 1.0, 0]]


def test_the_longest_stays_take_their_part_of_the_time():
    assert BURSTS.stationary() == pytest.approx([8 / 9, 1 / 9])
    assert BURSTS.mean_rate(1.0) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ({"a": {"rate": 1.0, "stays": 1.0}}, "at least 2 items"),
        ({"a": {"rate": 1.0}, "b": {"rate": 1.0, "stays": 1.0}}, "either stays or to"),
        ({n: {"rate": 0.0, "stays": 1.0} for n in "ab"}, "at least one state must have a rate"),
        (
            {"a": {"rate": 1.0, "to": {"c": 1.0}}, "b": {"rate": 1.0, "stays": 1.0}},
            "'a' cannot change to 'c'; can to b",
        ),
        (
            {"a": {"rate": 1.0, "to": {"a": 1.0}}, "b": {"rate": 1.0, "stays": 1.0}},
            "'a' cannot change to 'a'; can to b",
        ),
        (
            {
                "a": {"rate": 1.0, "to": {"b": 1.0}},
                "b": {"rate": 1.0, "to": {"a": 1.0}},
                "c": {"rate": 1.0, "to": {"a": 1.0}},
            },
            "from every state there must be a way to every other",
        ),
    ],
)
def test_states_that_do_not_go_round_are_refused(states, message):
    with pytest.raises(ValueError, match=message):
        Mmpp.model_validate({"states": states})
