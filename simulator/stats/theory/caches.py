"""Keys and their expiry: Zipf popularity, hit ratios under a time to live, cache stampedes.

Requests for one key are Poisson with rate λ; an entry lives for a time to live T.
"""

from __future__ import annotations

import math

import numpy as np

from simulator.stats.theory.limits import require_positive


def zipf_probabilities(count: int, exponent: float) -> np.ndarray:
    """Popularity of each of ``count`` keys, the most popular first: rank^-exponent, normalized.

    Args:
        count: number of keys, 1 or more.
        exponent: how skewed, 0 or more; 0 makes all keys equal, 1 is Zipf's law.

    Returns:
        Probabilities that sum to 1, shape ``(count,)``.

    Raises:
        ValueError: an argument is out of range.

    >>> zipf_probabilities(3, exponent=1.0).round(4).tolist()  # 6 : 3 : 2
    [0.5455, 0.2727, 0.1818]
    """
    require_positive(count=count)
    if not 0 <= exponent < math.inf:
        raise ValueError(f"exponent must be 0 or more and finite, got {exponent:g}")
    weights = np.arange(1, count + 1, dtype=float) ** -exponent
    return weights / weights.sum()


def ttl_hit_ratio(arrival_rate: float, ttl_s: float) -> float:
    """Hit ratio of one key whose time to live counts from insertion: λT / (1 + λT).

    A miss inserts at once, and the λT requests of the next T seconds on average hit.

    Args:
        arrival_rate: requests a second for the key (λ), above 0.
        ttl_s: time to live (T) in seconds, above 0.

    Raises:
        ValueError: an argument is not above 0.

    Source:
        Jung, Berger and Balakrishnan, "Modeling TTL-based Internet caches", INFOCOM 2003.

    >>> ttl_hit_ratio(arrival_rate=0.3, ttl_s=10)  # 3 hits for each miss
    0.75
    """
    require_positive(arrival_rate=arrival_rate, ttl_s=ttl_s)
    return arrival_rate * ttl_s / (1 + arrival_rate * ttl_s)


def sliding_ttl_hit_ratio(arrival_rate: float, ttl_s: float) -> float:
    """Hit ratio of one key whose time to live starts anew with every request: 1 - exp(-λT).

    A request hits if the one before came at most T ago. Popular keys may never expire, and then
    are never refreshed.

    Args and errors: as for :func:`ttl_hit_ratio`.
    """
    require_positive(arrival_rate=arrival_rate, ttl_s=ttl_s)
    return -math.expm1(-arrival_rate * ttl_s)


def ttl_mean_age_at_hit(ttl_s: float) -> float:
    """Mean age in seconds of what a hit returns, time to live from insertion: T / 2.

    Poisson requests fall anywhere in the entry's life. The age counts from the insertion, so
    the value was that much younger only if loading took no time.

    Args:
        ttl_s: time to live (T) in seconds, above 0.

    Raises:
        ValueError: it is not above 0.
    """
    require_positive(ttl_s=ttl_s)
    return ttl_s / 2


def stampede_loads_per_expiry(arrival_rate: float, load_s: float) -> float:
    """Mean number of loads each expiry of a hot key sends to the origin: 1 + λL.

    Every request that comes while the first load is under way misses as well and loads for
    itself. With coalescing (single flight) it would be one load. Holds for a load time that
    varies, too, if its mean is L: only the first load counts, later ones do not extend it.

    Args:
        arrival_rate: requests a second for the key (λ), above 0.
        load_s: mean time of a load (L) in seconds, above 0; independent of the load on the origin.

    Raises:
        ValueError: an argument is not above 0.

    >>> stampede_loads_per_expiry(arrival_rate=200, load_s=0.5)
    101.0
    """
    require_positive(arrival_rate=arrival_rate, load_s=load_s)
    return 1 + arrival_rate * load_s


def stampede_origin_rate(
    arrival_rate: float, ttl_s: float, load_s: float, coalesced: bool = False
) -> float:
    """Mean loads a second that a hot key sends to the origin.

    A cycle is a life T of the entry, counted from the end of the first load and not extended by
    later ones, then 1/λ until the next request on average, then its load L.

    Args:
        arrival_rate: requests a second for the key (λ), above 0.
        ttl_s: time to live (T) in seconds, above 0.
        load_s: mean time of a load (L) in seconds, above 0.
        coalesced: whether requests that miss during a load wait for it and do not load.

    Raises:
        ValueError: an argument is not above 0.
    """
    loads = 1.0 if coalesced else stampede_loads_per_expiry(arrival_rate, load_s)
    return loads / _cycle_s(arrival_rate, ttl_s, load_s)


def stampede_stalled_ratio(arrival_rate: float, ttl_s: float, load_s: float) -> float:
    """Share of the requests for a hot key that find no entry, and load or wait, 0 to 1.

    Args and errors: as for :func:`stampede_origin_rate`.
    """
    cycle_s = _cycle_s(arrival_rate, ttl_s, load_s)
    return stampede_loads_per_expiry(arrival_rate, load_s) / (arrival_rate * cycle_s)


def _cycle_s(arrival_rate: float, ttl_s: float, load_s: float) -> float:
    require_positive(arrival_rate=arrival_rate, ttl_s=ttl_s, load_s=load_s)
    return ttl_s + 1 / arrival_rate + load_s
