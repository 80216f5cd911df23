"""How often a batch means interval covers the truth, if a run starts empty and nothing is cut off.

Row o02: of M/M/1 at 80 % load, nominal 90 % intervals of the mean wait cover it about every second
time if they rest on 320 waits. The row asks for a thousand runs of each length. Whenever a request
finds the system empty everything begins anew, so that a few long runs are cut there into pieces,
each of which is a run that started empty.
"""

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from simulator.stats.steady_state import batch_means_interval
from tests.validation.harness import Estimate, scenario, window
from tests.validation.noise import ARRIVAL_RATE, SERVICE_RATE, mm1

ROW = "o02-batch-means"
BATCHES = (5, 10, 20)
CONFIDENCE = 0.9
BAND = 0.04  # the row's own

# Waits of a run -> share of intervals that cover the true mean, for each number of batches.
# Source: independent simulation, 2,000 replications each, 600 of the longest. Law and Kelton,
# "Simulation Modeling and Analysis", have .690, .598 and .490 for 320 waits, of 500 replications.
COVERAGE = {
    320: (0.656, 0.574, 0.469),
    2560: (0.843, 0.815, 0.781),
    20480: (0.893, 0.883, 0.880),
    163840: (0.888, 0.880, 0.887),
}
KEYS = {f"n={n}" for n in COVERAGE}

QUICK = [pytest.param(320, 2000), pytest.param(2560, 900)]
FULL = [
    pytest.param(n, pieces, marks=pytest.mark.slow)
    for n, pieces in ((320, 10_000), (2560, 4000), (20480, 2000), (163840, 600))
]
IN_ONE_RUN = 1_000_000  # requests


def pieces_of(waits, n):
    """Successive pieces of ``n`` waits, each of which begins with an empty system."""
    start = 0
    empty = np.flatnonzero(waits == 0)
    while (place := np.searchsorted(empty, start)) < len(empty):
        start = empty[place] + n
        if start > len(waits):
            return
        yield waits[start - n : start]


def pieces_from_runs(n, count):
    """So many pieces, from as many runs as that takes; each run starts empty itself."""
    length = min(IN_ONE_RUN, count * (n + 100))
    read = scenario(mm1(ARRIVAL_RATE), duration=length / ARRIVAL_RATE)
    found, replication = [], 0
    while len(found) < count:
        found += pieces_of(window(run(read, replication), "server", "wait_s"), n)
        replication += 1
    return found[:count]


@pytest.mark.validation
@pytest.mark.parametrize(("n", "count"), QUICK + FULL)
def test_intervals_cover_the_truth_as_often_as_published(n, count, note):
    true_s = theory.mmc_mean_wait(ARRIVAL_RATE, SERVICE_RATE, 1)
    pieces = pieces_from_runs(n, count)
    missed = []
    for batches, expected in zip(BATCHES, COVERAGE[n], strict=True):
        intervals = [batch_means_interval(each, batches, CONFIDENCE) for each in pieces]
        covered = [float(each.low <= true_s <= each.high) for each in intervals]
        found = Estimate(
            row=ROW,
            case=f"M/M/1 from empty, {batches} batches",
            key=f"n={n}",
            expected=expected,
            values=covered,
            limit=BAND,
            fixed=True,
        )
        note(found, full=True)
        if not found.agrees:
            missed.append(str(found))
    assert not missed, "\n".join(missed)


def test_a_piece_begins_empty_and_overlaps_no_other():
    waits = np.array([0.0, 1.0, 2.0, 0.0, 3.0, 1.0, 0.0, 4.0, 5.0])
    assert [piece.tolist() for piece in pieces_of(waits, 2)] == [[0, 1], [0, 3], [0, 4]]


def test_coverage_is_the_published_one(published):
    row = published(ROW)
    assert {f"n={n}": [*shares] for n, shares in COVERAGE.items()} == row["expected"]
    assert [*BATCHES] == row["parameters"]["k"]
    assert row["tolerance"]["abs"] == BAND
