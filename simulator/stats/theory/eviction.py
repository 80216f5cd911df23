"""Hit ratios of caches that are full: exact product forms, approximations, and how they fill.

Requests ask for keys independently of one another ("independent reference model"), key i with
probability p_i. A miss is filled at once, evicting one entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb, fsum

import numpy as np
from numpy.typing import ArrayLike

from simulator.stats.theory.limits import require_positive
from simulator.stats.theory.roots import root_of

MOST_SETS = 2_000_000  # sets of keys that the exact form for LRU goes through


def lru_exact_hit_ratio(popularity: ArrayLike, capacity: int) -> float:
    """Hit ratio of a cache from which the least recently used entry leaves, exactly.

    The cache holds the keys asked for last; the probability that these are a set S is the sum over
    the key i of S that came into it last (or longest ago), p_i / (1 - P(S without i)) times that of
    the set without it. Takes a step for each set of up to ``capacity`` keys.

    Args:
        popularity: probability of each key, shape ``(n,)``, sum 1.
        capacity: entries held (C), 1 or more, below n.

    Returns:
        0 to 1.

    Raises:
        ValueError: an argument is out of range, or there are more than two million sets.

    Source:
        King, "Analysis of demand paging algorithms", IFIP Congress 1971.

    >>> round(lru_exact_hit_ratio([0.5, 0.3, 0.2], capacity=1), 4)  # the same key twice: Σp²
    0.38
    """
    shares = _popularity(popularity, capacity).tolist()
    if comb(len(shares), capacity) > MOST_SETS:
        raise ValueError(
            f"{comb(len(shares), capacity):,} sets of {capacity} out of {len(shares)} keys; "
            f"at most {MOST_SETS:,} are gone through: use lru_hit_ratio"
        )
    chance: dict[tuple[int, ...], float] = {(): 1.0}
    for size in range(1, capacity + 1):
        grown = {}
        for members in combinations(range(len(shares)), size):
            parts = []
            for place, key in enumerate(members):
                others = members[:place] + members[place + 1 :]
                left = 1 - fsum(shares[each] for each in others)
                parts.append(chance[others] * shares[key] / left)
            grown[members] = fsum(parts)
        chance = grown
    return fsum(part * fsum(shares[i] for i in members) for members, part in chance.items())


def fifo_hit_ratio(popularity: ArrayLike, capacity: int) -> float:
    """Hit ratio of a cache from which the first entry leaves, or a random one, exactly.

    Both hold a set S of keys with a probability in proportion to the product of its p_i, so that
    the miss ratio is (C + 1) e(C + 1) / e(C), where e(k) is the sum of all products of k of them.
    Computed as the probabilities of a sum of independent trials with odds p_i T, for a T that
    makes C likely, so that nothing underflows.

    Args:
        popularity: probability of each key, shape ``(n,)``, sum 1.
        capacity: entries held (C), 1 or more, below n.

    Returns:
        0 to 1.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Gelenbe, "A unified approach to the evaluation of a class of replacement algorithms", IEEE
        Transactions on Computers C-22(6), 1973.

    >>> round(fifo_hit_ratio([0.5, 0.3, 0.2], capacity=1), 4)
    0.38
    """
    shares = _popularity(popularity, capacity)
    t = fifo_characteristic_requests(shares, capacity)
    chances = np.zeros(capacity + 2)  # of so many successes
    chances[0] = 1.0
    for success in shares * t / (1 + shares * t):
        chances[1:] += success * (chances[:-1] - chances[1:])
        chances[0] *= 1 - success
    return float(1 - (capacity + 1) / t * chances[capacity + 1] / chances[capacity])


def lfu_hit_ratio(popularity: ArrayLike, capacity: int) -> float:
    """Hit ratio of a cache that holds the most popular keys and no others.

    What perfect counts with admission come to; no cache that does not know the future does better.

    Args and errors: as for :func:`fifo_hit_ratio`.

    >>> lfu_hit_ratio([0.5, 0.3, 0.2], capacity=2)
    0.8
    """
    shares = np.sort(_popularity(popularity, capacity))[::-1]
    return float(shares[:capacity].sum())


def lru_characteristic_requests(popularity: ArrayLike, capacity: int) -> float:
    """After how many requests an entry that is not used leaves an LRU cache, roughly.

    The number T of requests in which C different keys are asked for on average:
    Σ (1 - exp(-p_i T)) = C.

    Args and errors: as for :func:`fifo_hit_ratio`.

    Source:
        Che, Tung and Wang, "Hierarchical web caching systems: modeling, design and experimental
        results", IEEE Journal on Selected Areas in Communications 20(7), 2002.
    """
    shares = _popularity(popularity, capacity)
    return _requests_for(lambda t: float(-np.expm1(-shares * t).sum()), capacity)


def lru_key_hit_ratios(popularity: ArrayLike, capacity: int) -> np.ndarray:
    """Hit ratio of each key in a large LRU cache: 1 - exp(-p_i T), shape ``(n,)``.

    Args, errors and source: as for :func:`lru_characteristic_requests`.
    """
    shares = _popularity(popularity, capacity)
    return -np.expm1(-shares * lru_characteristic_requests(shares, capacity))


def lru_hit_ratio(popularity: ArrayLike, capacity: int) -> float:
    """Hit ratio of a large LRU cache: Σ p_i (1 - exp(-p_i T)), Che's approximation.

    Within half a per cent of the truth for a cache of hundreds of entries, within two for three.

    Args, errors and source: as for :func:`lru_characteristic_requests`; why it is so good, in
    Fricker, Robert and Roberts, "A versatile and accurate approximation for LRU cache
    performance", ITC 2012.

    >>> round(lru_hit_ratio(np.full(100, 0.01), capacity=30), 4)  # all alike: C / n
    0.3
    """
    shares = _popularity(popularity, capacity)
    return float((shares * lru_key_hit_ratios(shares, capacity)).sum())


def lru_tiers_hit_ratios(popularity: ArrayLike, capacities: Sequence[int]) -> list[float]:
    """Hit ratio of each tier of LRU caches: the part of what comes to it that it holds.

    What comes to a tier is what the one before it misses, p_i exp(-p_i T) for each key, as if these
    requests were independent. They nearly are where one cache stands behind many equal ones (a
    shield behind points of presence), each with a share of the users; it does not matter how many
    those are, since the hit ratio of a cache does not depend on how busy it is.

    Args:
        popularity: chance of each key, of any shape that sums to 1.
        capacities: entries of one cache of each tier, that nearest to the users first.

    Raises:
        ValueError: as for :func:`lru_characteristic_requests`.

    Source:
        Che, Tung and Wang, "Hierarchical Web caching systems: modeling, design and experimental
        results", *IEEE Journal on Selected Areas in Communications* 20(7), 2002; Fricker, Robert
        and Roberts, "A versatile and accurate approximation for LRU cache performance", ITC 24,
        2012.
    """
    asked = np.asarray(popularity, float)
    found = []
    for capacity in capacities:
        hit_ratios = lru_key_hit_ratios(asked, capacity)
        found.append(float(asked @ hit_ratios))
        missed = asked * (1 - hit_ratios)
        asked = missed / missed.sum()
    return found


def fifo_characteristic_requests(popularity: ArrayLike, capacity: int) -> float:
    """How many requests an entry stays in a large FIFO cache: Σ p_i T / (1 + p_i T) = C.

    Args and errors: as for :func:`fifo_hit_ratio`.

    Source:
        Martina, Garetto and Leonardi, "A unified approach to the performance analysis of caching
        systems", INFOCOM 2014.
    """
    shares = _popularity(popularity, capacity)
    return _requests_for(lambda t: float((shares * t / (1 + shares * t)).sum()), capacity)


def fifo_key_hit_ratios(popularity: ArrayLike, capacity: int) -> np.ndarray:
    """Hit ratio of each key in a large FIFO or random cache: p_i T / (1 + p_i T), shape ``(n,)``.

    Args, errors and source: as for :func:`fifo_characteristic_requests`.
    """
    shares = _popularity(popularity, capacity)
    t = fifo_characteristic_requests(shares, capacity)
    return shares * t / (1 + shares * t)


def fifo_mean_field_hit_ratio(popularity: ArrayLike, capacity: int) -> float:
    """Hit ratio of a large FIFO or random cache, each key by itself: Σ p_i · p_i T / (1 + p_i T).

    Args, errors and source: as for :func:`fifo_characteristic_requests`.
    """
    shares = _popularity(popularity, capacity)
    return float((shares * fifo_key_hit_ratios(shares, capacity)).sum())


def distinct_keys(popularity: ArrayLike, requests: int) -> float:
    """Mean number of different keys among so many requests: Σ (1 - (1 - p_i)^m).

    As many entries has a cache with room for all of them, if it began empty.

    Args:
        popularity: probability of each key, shape ``(n,)``, sum 1.
        requests: how many there were (m), 0 or more.

    Raises:
        ValueError: an argument is out of range.

    >>> distinct_keys([0.5, 0.5], requests=2)
    1.5
    """
    return float((1 - _not_asked_for(popularity, requests)).sum())


def cold_miss_ratio(popularity: ArrayLike, requests: int) -> float:
    """Chance that a request misses in a cache that was empty so many requests ago.

    It misses if it is the first for its key: Σ p_i (1 - p_i)^m, with room for all keys.

    Args and errors: as for :func:`distinct_keys`.

    >>> cold_miss_ratio([0.5, 0.5], requests=2)
    0.25
    """
    shares = np.asarray(popularity, float)
    return float((shares * _not_asked_for(shares, requests)).sum())


def _not_asked_for(popularity: ArrayLike, requests: int) -> np.ndarray:
    """The chance of each key not to be among so many requests."""
    if not requests >= 0:
        raise ValueError(f"requests must be 0 or more, got {requests:g}")
    shares = np.asarray(popularity, float)
    if shares.ndim != 1 or abs(shares.sum() - 1) > 1e-9 or (shares < 0).any():
        raise ValueError(f"popularity must be probabilities with sum 1, got sum {shares.sum():g}")
    with np.errstate(divide="ignore"):  # a key that is always asked for
        return np.exp(requests * np.log1p(-shares)) if requests else np.ones_like(shares)


def _popularity(popularity: ArrayLike, capacity: int) -> np.ndarray:
    """The popularity as an array, if a cache of that capacity can be full of it."""
    require_positive(capacity=capacity)
    shares = np.asarray(popularity, float)
    if shares.ndim != 1 or abs(shares.sum() - 1) > 1e-9 or not (shares > 0).all():
        raise ValueError(f"popularity must be probabilities with sum 1, got sum {shares.sum():g}")
    if capacity >= len(shares):
        raise ValueError(
            f"capacity must be below the number of keys, {len(shares)}: got {capacity}"
        )
    return shares


def _requests_for(held: Callable[[float], float], capacity: int) -> float:
    """The number of requests after which so many keys are held on average."""
    high = float(capacity)
    while held(high) < capacity:
        high *= 2
    return root_of(lambda t: held(t) - capacity, 0.0, high)
