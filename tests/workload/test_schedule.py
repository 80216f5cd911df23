"""Rates that change in steps, and spikes, held against theory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from simulator.kernel.streams import Streams
from simulator.runner import run
from simulator.workload.schedule import Schedule, Spike, Step
from tests.kernel.scene import scenario
from tests.workload.counting import FLUKE, assert_poisson, counts, until


def test_a_narrow_spike_is_not_missed():
    # 0.5 a second, and for 0.2 s another 1,000 a second: 200.1 arrivals expected then.
    spiky = Schedule(rate=0.5, spikes=(Spike(at=40.0, length=0.2, extra=1000.0),))
    found = counts(spiky, [(0, 40.0), (40.0, 40.2), (40.2, 100.0)])
    for column, mean in zip(found.T, (20.0, 0.2 * 1000.5, 59.8 * 0.5), strict=True):
        assert_poisson(column, mean)


def test_arrivals_within_a_spike_are_spread_evenly():
    spiky = Schedule(rate=0.0, spikes=(Spike(at=40.0, length=0.2, extra=50_000.0),))
    instants = np.array(until(spiky, 100))
    assert instants.min() >= 40
    assert instants.max() < 40.2
    assert kstest((instants - 40) / 0.2, "uniform").pvalue > FLUKE


def test_steps_change_the_rate_from_their_instant_on():
    stepped = Schedule(rate=2.0, steps=(Step(at=10.0, rate=8.0), Step(at=20.0, rate=1.0)))
    found = counts(stepped, [(0, 10), (10, 20), (20, 40)])
    for column, mean in zip(found.T, (20, 80, 20), strict=True):
        assert_poisson(column, mean)


def test_nobody_comes_while_the_rate_is_zero():
    pause = Schedule(rate=5.0, steps=(Step(at=10.0, rate=0.0), Step(at=30.0, rate=5.0)))
    found = counts(pause, [(0, 10), (10, 30), (30, 40)])
    assert (found[:, 1] == 0).all()
    assert_poisson(found[:, 2], 50)


def test_after_a_last_rate_of_zero_nobody_comes_any_more():
    over = Schedule(rate=5.0, steps=(Step(at=10.0, rate=0.0),))
    assert max(over.instants(Streams(1, 0))) < 10


def test_a_schedule_that_begins_with_nobody():
    late = Schedule(rate=0.0, steps=(Step(at=10.0, rate=5.0),))
    assert min(until(late, 50)) > 10


def test_a_rate_of_zero_throughout_yields_nobody_and_a_run():
    assert list(Schedule(rate=0.0).instants(Streams(1, 0))) == []
    nobody = {"kind": "schedule", "rate": 0.0}
    finished = run(scenario({"api": {"kind": "server", "service_time": 0.1}}, nobody))
    assert finished.measures()["arrived"] == 0
    assert np.isnan(finished.measures()["latency_mean_s"])


def test_overlapping_spikes_add_up():
    spikes = (Spike(at=10.0, length=10.0, extra=5.0), Spike(at=15.0, length=10.0, extra=7.0))
    points, rates = Schedule(rate=1.0, spikes=spikes).rates()
    assert points.tolist() == [0, 10, 15, 20, 25]
    assert rates.tolist() == [1, 6, 13, 8, 1]


def test_steps_out_of_order_are_refused():
    with pytest.raises(ValueError, match="in order of time"):
        Schedule(rate=1.0, steps=(Step(at=5.0, rate=1.0), Step(at=5.0, rate=2.0)))


def test_mean_rate_is_the_expected_number_over_the_time():
    spikes = (Spike(at=10.0, length=10.0, extra=6.0),)
    assert Schedule(rate=1.0, spikes=spikes).mean_rate(15.0) == pytest.approx((15 + 30) / 15)
    assert Schedule(rate=1.0, spikes=spikes).mean_rate(60.0) == pytest.approx((60 + 60) / 60)


@given(
    st.lists(st.tuples(st.floats(0.01, 50), st.sampled_from([0.0, 0.5, 40.0])), max_size=4),
    st.lists(st.tuples(st.floats(0, 50), st.floats(0.01, 5), st.floats(0.1, 99)), max_size=3),
)
def test_arrivals_are_in_order_and_only_where_there_is_a_rate(steps, spikes):
    at = sorted({at for at, _ in steps})
    schedule = Schedule(
        rate=1.0,
        steps=tuple(Step(at=t, rate=rate) for t, (_, rate) in zip(at, steps, strict=False)),
        spikes=tuple(Spike(at=t, length=length, extra=extra) for t, length, extra in spikes),
    )
    instants = np.array(until(schedule, 60.0))
    points, rates = schedule.rates()
    assert (np.diff(instants) >= 0).all()
    piece = np.searchsorted(points, instants + 1e-9, side="right") - 1
    earlier = np.searchsorted(points, instants - 1e-9, side="right") - 1
    assert (np.maximum(rates[piece], rates[earlier.clip(0)]) > 0).all()
