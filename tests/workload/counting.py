"""Counting arrivals, to hold them against theory."""

from itertools import takewhile

import numpy as np
from scipy.stats import chi2, poisson

from simulator.kernel.streams import Streams

FLUKE = 1e-6  # how likely a test may fail although all is well


def until(process, end_s, seed=1, replication=0):
    """Arrivals before an instant."""
    return [*takewhile(lambda t: t < end_s, process.instants(Streams(seed, replication)))]


def counts(process, windows, runs=200):
    """Arrivals in each window, shape (runs, windows)."""
    begins, ends = np.array(windows, float).T
    found = []
    for replication in range(runs):
        instants = np.array(until(process, ends.max(), replication=replication))
        found.append(np.searchsorted(instants, ends) - np.searchsorted(instants, begins))
    return np.array(found)


def assert_poisson(found, mean):
    """Counts have the mean and the variance of a Poisson distribution."""
    total = found.sum()
    tails = poisson.cdf(total, mean * found.size), poisson.sf(total - 1, mean * found.size)
    assert min(tails) > FLUKE
    dispersion = ((found - mean) ** 2).sum() / mean
    assert FLUKE < chi2.cdf(dispersion, found.size) < 1 - FLUKE
