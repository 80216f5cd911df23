"""What is left of an outage: a queue that is worked off, or one that feeds itself.

Systems in which something happens once, so that they have no steady state to estimate: the rows
r15 and r16 are checked here, in small where the published sizes take minutes.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from simulator.results import OUTCOMES
from simulator.runner import run
from simulator.stats import theory
from tests.validation.harness import scenario

DRAIN, METASTABLE = "r16-drain", "r15-metastable"
KEYS = {
    DRAIN: {
        "backlog",
        "drain_time",
        "peak_wait_of_first_after_restart",
        "total_recovery_from_outage_start",
        "mean_delay_of_affected",
        "affected",
    },
    METASTABLE: {
        "threshold_load_for_metastability",
        "overload_if_all_time_out",
        "metastable",
        "vulnerable",
        "backlog_after_outage",
        "drain_time_no_retry",
        "goodput_fraction_60s_plus_after_trigger.load 280, r=1",
        "goodput_fraction_60s_plus_after_trigger.load 200, r=1 (vulnerable)",
        "goodput_fraction_60s_plus_after_trigger.load 140, r=1",
        "goodput_fraction_60s_plus_after_trigger.load 280, r=0",
    },
}

OK = OUTCOMES.index("ok")
SLOW = pytest.mark.slow
STOPPED = 1e6  # times slower: what is begun in an outage gets nowhere, and goes on afterwards


# -- a queue that is worked off --------------------------------------------------------------------

LAM, MU, BEGINS_S = 800.0, 1000.0, 5.0


def drained(lasts_s, replication):
    """An outage in which calls wait; what becomes of them, read off their latencies."""
    known = theory.outage(LAM, MU, lasts_s)
    sections = f"""
        system:
          entry: api
          components:
            api: {{kind: server, service_time: {1 / MU}s}}
        workload:
          arrivals: {{kind: poisson, rate: {LAM}/s}}
        faults:
          - {{kind: slowdown, of: api, factor: {STOPPED}, from: {BEGINS_S}s, for: {lasts_s}s}}
        """
    duration_s = BEGINS_S + 1.3 * known.recovery_s
    rows = run(scenario(sections, duration_s, drain=10.0), replication).requests
    over_s = BEGINS_S + lasts_s
    gone_s = rows.arrived_s + rows.latency_s
    backlog = np.count_nonzero((rows.arrived_s <= over_s) & (gone_s > over_s))
    # Affected are those who come until somebody finds nobody before them again.
    after = rows.arrived_s > over_s
    alone = after & (rows.latency_s < 1.5 / MU)
    last_s = rows.arrived_s[alone][0]
    affected = (rows.arrived_s >= BEGINS_S) & (rows.arrived_s < last_s)
    return {
        "backlog": backlog,
        "drain_time": last_s - over_s,
        "peak_wait_of_first_after_restart": rows.latency_s.max(),
        "total_recovery_from_outage_start": last_s - BEGINS_S,
        "mean_delay_of_affected": rows.latency_s[affected].mean(),
        "affected": np.count_nonzero(affected),
    }


@pytest.mark.validation
@pytest.mark.parametrize(
    ("lasts_s", "replications"), [(6.0, 20), pytest.param(60.0, 20, marks=SLOW)]
)
def test_a_backlog_is_worked_off_as_a_fluid_would_be(lasts_s, replications):
    runs = [drained(lasts_s, each) for each in range(replications)]
    found = {key: np.mean([each[key] for each in runs]) for key in runs[0]}
    known = theory.outage(LAM, MU, lasts_s)
    expected = {
        "backlog": known.backlog,
        "drain_time": known.drain_s,
        "peak_wait_of_first_after_restart": known.peak_wait_s,
        "total_recovery_from_outage_start": known.recovery_s,
        "mean_delay_of_affected": known.mean_wait_s,
        "affected": known.affected,
    }
    assert found.keys() == KEYS[DRAIN]
    assert found == pytest.approx(expected, rel=0.02)


# -- a queue that feeds itself ---------------------------------------------------------------------

CAPACITY = 300.0


def goodput(load, replication, outage_s, measured, client="", server=""):
    """Ok answers over requests, long after an outage; patience of a second, then at once again."""
    sections = f"""
        system:
          entry: client
          components:
            client: {{kind: client, next: api, timeout: 1s{client}}}
            api:
              kind: server
              service_time: {{kind: exponential, mean: {1 / CAPACITY}s}}
              {server}
        workload:
          arrivals: {{kind: poisson, rate: {load}/s}}
        faults:
          - {{kind: slowdown, of: api, factor: {STOPPED}, from: 5s, for: {outage_s}s}}
        """
    since_s, until_s = measured
    rows = run(scenario(sections, until_s + 1.0), replication).requests
    late = (rows.arrived_s >= since_s) & (rows.arrived_s < until_s)
    return float(np.mean(rows.outcome[late] == OK))


RETRY = ", retries: 1"
STAYS = {"load 280": (280.0, RETRY, ""), "load 200": (200.0, RETRY, "")}
RECOVERS = {
    "load 140": (140.0, RETRY, ""),
    "load 280, no retries": (280.0, "", ""),
    "load 200, last come first": (200.0, RETRY, "discipline: lifo"),
    "load 200, a budget of a tenth": (
        200.0,
        RETRY + ", retry_budget: {kind: ratio, ratio: 10%}",
        "",
    ),
    "load 200, the server heeds deadlines": (200.0, RETRY, "heeds_callers: true"),
}
SIZES = [
    pytest.param(3.0, (65.0, 70.0), 2, id="small"),
    pytest.param(10.0, (215.0, 235.0), 10, id="full", marks=SLOW),
]


@pytest.mark.validation
@pytest.mark.parametrize(("outage_s", "measured", "seeds"), SIZES)
@pytest.mark.parametrize("name", STAYS)
def test_above_the_threshold_an_outage_never_ends(name, outage_s, measured, seeds):
    load, client, server = STAYS[name]
    assert load > theory.metastable_threshold(CAPACITY, retries=1)
    for seed in range(seeds):
        assert goodput(load, seed, outage_s, measured, client, server) < 0.01


@pytest.mark.validation
@pytest.mark.parametrize(("outage_s", "measured", "seeds"), SIZES)
@pytest.mark.parametrize("name", RECOVERS)
def test_below_the_threshold_or_with_a_way_out_it_ends(name, outage_s, measured, seeds):
    load, client, server = RECOVERS[name]
    for seed in range(seeds):
        assert goodput(load, seed, outage_s, measured, client, server) > 0.97


def test_the_published_numbers_of_metastability_are_known(published):
    row = published(METASTABLE)
    told, expected = row["parameters"], row["expected"]
    load, capacity, retries = told["load"], told["cap"], told["retries"]
    threshold = theory.metastable_threshold(capacity, retries)
    known = theory.outage(load, capacity, told["outage"])
    assert expected["threshold_load_for_metastability"] == threshold
    assert expected["overload_if_all_time_out"] == load * (1 + retries)
    assert expected["metastable"] == (load > threshold)
    assert expected["vulnerable"] == (threshold < load < capacity)
    assert expected["backlog_after_outage"] == known.backlog
    assert expected["drain_time_no_retry"] == pytest.approx(known.drain_s)
    for name, part in expected["goodput_fraction_60s_plus_after_trigger"].items():
        system = re.match(r"load (\d+), r=(\d+)", name)
        assert system is not None
        load, retries = map(int, system.groups())
        assert (part < 0.01) == (load > theory.metastable_threshold(capacity, retries))
