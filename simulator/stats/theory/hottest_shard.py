"""Balls in bins: how uneven a hash spreads keys over shards."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, xlogy

from simulator.stats.theory.limits import require_positive

NEGLIGIBLE = 1e-9  # probability of a fuller shard that is left out; rounding is well below


def hottest_shard_mean(keys: int, shards: int) -> float:
    """Mean number of keys on the fullest of several shards, each key on any of them alike.

    Every key counts the same. P(fullest holds k or fewer) is the part of all ways to place the
    keys in which no shard holds more; counted as independent Poisson numbers a shard, given their
    sum. Quick for up to some hundred
    thousand keys.

    Args:
        keys: number of keys (m), 1 or more.
        shards: number of shards (n), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Johnson and Kotz, *Urn Models and Their Application* (Wiley, 1977); Raab and Steger,
        "Balls into bins: a simple and tight analysis", RANDOM 1998 (how it grows).

    >>> round(hottest_shard_mean(keys=100, shards=10), 4)
    15.1245
    """
    require_positive(keys=keys, shards=shards)
    if shards == 1:
        return float(keys)
    least = -(-keys // shards)  # the fullest holds this many or more
    mean = float(least)
    for k in range(least, keys):
        exceeds = 1 - _none_above(k, keys, shards)
        if exceeds < NEGLIGIBLE:
            break
        mean += exceeds
    return mean


def _none_above(k: int, keys: int, shards: int) -> float:
    """P(no shard holds more than ``k`` keys)."""
    size = np.arange(k + 1)
    share = keys / shards
    law = np.exp(xlogy(size, share) - share - gammaln(size + 1.0))
    # Sums that differ by `period` fall on one another; so far from their mean they do not occur.
    period = 1 << math.ceil(math.log2(12 * math.sqrt(keys) + 64))
    folded = np.bincount(size % period, law, period)
    of_sum = np.fft.irfft(np.fft.rfft(folded) ** shards, period)[keys % period]
    total = math.exp(keys * math.log(keys) - keys - math.lgamma(keys + 1))  # P(sum = keys)
    return min(1.0, float(of_sum) / total)
