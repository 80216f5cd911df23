"""What is kept of a run: the same whether its requests were kept one by one or not."""

import numpy as np
import pytest

from simulator.experiments.rows import curves_of, in_flight, row_of, verdict_of
from simulator.runner import run
from tests.kernel.scene import scenario

CAP = 1000
LOADS = {"stable": 80.0, "overloaded": 150.0}


@pytest.fixture(scope="module", params=LOADS)
def whole_and_capped(request):
    """Runs of a queue, most of whose requests come beyond the cap of the second one."""
    service = {"kind": "exponential", "mean": 0.01}
    system = {"api": {"kind": "server", "service_time": service}}
    arrivals = {"kind": "poisson", "rate": LOADS[request.param]}
    found = scenario(system, arrivals, 200.0, run={"warmup": 20.0})
    return request.param, run(found), run(found, cap=CAP)


def test_the_verdict_counts_requests_beyond_the_cap(whole_and_capped):
    expected, whole, capped = whole_and_capped
    assert len(capped.requests) == CAP
    assert verdict_of(whole, whole.measures()) == expected
    assert verdict_of(capped, capped.measures()) == expected


def test_the_number_in_the_system_counts_requests_beyond_the_cap(whole_and_capped):
    _, whole, capped = whole_and_capped
    arrived_s, latency_s = whole.requests.arrived_s[CAP:], whole.requests.latency_s[CAP:]
    for tick_s, area in zip(capped.tick_s, capped.beyond.inside_area, strict=True):
        spent_s = np.minimum(np.nan_to_num(latency_s, nan=np.inf), tick_s - arrived_s)
        assert area == pytest.approx(np.maximum(spent_s, 0).sum(), rel=1e-9, abs=1e-6)
    # one looks at instants, the other averages over time
    assert in_flight(capped).mean() == pytest.approx(in_flight(whole).mean(), rel=0.02)


def test_curves_go_on_beyond_the_cap(whole_and_capped):
    _, whole, capped = whole_and_capped
    expected, found = curves_of(whole), curves_of(capped)
    for outcome, curve in expected.outcomes.items():
        assert found.outcomes[outcome] == pytest.approx(curve, rel=1e-12)
    for label, curve in expected.latency.items():
        assert np.isfinite(curve).mean() > 0.5
        # of a few values: a quantile may lie between two of them, where a histogram has none
        assert found.latency[label] == pytest.approx(curve, rel=0.05, nan_ok=True)


def test_a_finished_run_is_not_called_stopped(whole_and_capped):
    _, whole, _ = whole_and_capped
    assert row_of(whole).stopped_s is None
