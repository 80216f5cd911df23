"""Departures of M/M/1 are a Poisson stream (Burke): gaps in a row do not know of each other."""

import numpy as np
import pytest

from simulator.runner import run
from tests.validation.harness import REACH, REPLICATIONS, scenario
from tests.validation.workers import arrivals, gaps, metered


def lag_one(service_time):
    """Correlation of successive gaps between departures: mean over runs, and its reach."""
    read = scenario(metered(f"service_time: {service_time}") + arrivals(0.7), 15_000, warmup=500)
    found = []
    for replication in range(REPLICATIONS):
        gap_s = gaps(run(read, replication))
        found.append(np.corrcoef(gap_s[:-1], gap_s[1:])[0, 1])
    return np.mean(found), REACH * np.std(found, ddof=1) / np.sqrt(len(found))


@pytest.mark.validation
def test_gaps_between_departures_of_exponential_service_are_not_correlated():
    correlation, reach = lag_one("{kind: exponential, mean: 1s}")
    assert abs(correlation) <= reach < 0.02


@pytest.mark.validation
def test_those_of_constant_service_are():
    correlation, reach = lag_one("1s")
    assert abs(correlation) > 3 * reach
