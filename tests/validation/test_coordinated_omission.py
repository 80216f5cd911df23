"""A stall as two testers of the same service see it: one that waits, one that does not.

The service answers each request in a millisecond, and then for as long as it ran before does
nothing. A tester who waits for each answer before the next request notes one slow answer; users
who come whatever happens all have to wait for the end of it.
"""

import numpy as np
import pytest

from simulator.runner import run
from tests.validation.harness import scenario

ROW = "s07-coordinated-omission"
KEYS = {
    "naive_samples",
    "naive_mean_s",
    "naive_p99_99_s",
    "true_samples",
    "true_mean_s",
    "true_p50_s",
    "true_p75_s",
    "true_p99_s",
    "true_p9999_s",
}

PACE_S, SERVICE_S, CALM_S, STALL_S = 0.01, 0.001, 100.0, 100.0
END_S = CALM_S + STALL_S + PACE_S / 2  # half a step later, so that no request comes at an edge
TESTERS = {
    # The pause makes one request in each step of the pace, as long as answers come at once.
    "waits": f"{{kind: closed_loop, users: 1, think_time: {PACE_S - SERVICE_S:.3f}s}}",
    "does not": f"{{kind: constant, rate: {1 / PACE_S:.0f}/s}}",
}


@pytest.fixture(scope="module")
def latencies():
    """What each tester noted, in seconds."""
    return {name: _noted(arrivals) for name, arrivals in TESTERS.items()}


def _noted(arrivals):
    sections = f"""
        system:
          entry: service
          components:
            service: {{kind: server, workers: unlimited, service_time: 1ms}}
        workload:
          arrivals: {arrivals}
        faults:
          - kind: slowdown
            of: service
            from: {CALM_S + PACE_S / 2}s
            for: {STALL_S}s
            factor: 1000000
        """
    return run(scenario(sections, END_S, drain=1.0)).requests.latency_s


def quantiles(latency_s, *levels):
    """The smallest noted values that these parts of all do not exceed: exactly half are fast."""
    return np.quantile(latency_s, levels, method="inverted_cdf").tolist()


def test_the_tester_who_waits_sees_one_slow_answer(latencies):
    noted = latencies["waits"]
    assert len(noted) == CALM_S / PACE_S + 1
    assert (noted > 1.5 * SERVICE_S).sum() == 1
    assert noted.max() == pytest.approx(STALL_S, rel=1e-3)


def test_whoever_comes_during_the_stall_waits_for_its_end(latencies):
    noted = latencies["does not"]
    came_s = PACE_S * np.arange(1, len(noted) + 1)
    stalled = came_s > CALM_S + PACE_S / 2
    assert noted[~stalled] == pytest.approx(np.full((~stalled).sum(), SERVICE_S))
    left_s = END_S - came_s[stalled]
    assert noted[stalled] == pytest.approx(left_s + SERVICE_S, abs=1e-6 * STALL_S + SERVICE_S)


def test_both_testers_agree_with_the_published_numbers(latencies, published):
    naive, true = latencies["waits"], latencies["does not"]
    row = published(ROW)
    p50, p75, p99, p9999 = quantiles(true, 0.5, 0.75, 0.99, 0.9999)
    found = {
        "naive_samples": len(naive),
        "naive_mean_s": naive.mean(),
        "naive_p99_99_s": quantiles(naive, 0.9999)[0],
        "true_samples": len(true),
        "true_mean_s": true.mean(),
        "true_p50_s": p50,
        "true_p75_s": p75,
        "true_p99_s": p99,
        "true_p9999_s": p9999,
    }
    assert found.keys() == KEYS
    assert found == pytest.approx(row["expected"], rel=row["tolerance"]["rel"])
