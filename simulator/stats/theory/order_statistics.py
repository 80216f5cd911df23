"""The k-th fastest of n independent times: fan-out, scatter-gather and quorums without queues.

Symbols: n calls made at once, k answers waited for, X(k) the time of the k-th.
"""

from __future__ import annotations

from math import log1p
from typing import cast

from scipy.special import betaincinv

from simulator.stats.theory.limits import require_positive, require_quantile


def kth_of_exponentials_mean(k: int, n: int, mean_s: float) -> float:
    """Mean time until k of n calls are back, each of which takes an exponential time, in seconds.

    Args:
        k: answers waited for, 1 to ``n``; ``n`` for the slowest of all.
        n: calls made at once.
        mean_s: of one call, in seconds, above 0.

    Raises:
        ValueError: an argument is out of range.

    Source:
        David and Nagaraja, *Order Statistics*, 3rd ed., 2003: the i-th answer comes, on average,
        mean / (n - i + 1) after the one before it.

    >>> round(kth_of_exponentials_mean(3, n=5, mean_s=10.0), 6)  # 10 (1/5 + 1/4 + 1/3)
    7.833333
    """
    _require_k_of_n(k, n)
    require_positive(mean_s=mean_s)
    return mean_s * sum(1 / i for i in range(n - k + 1, n + 1))


def kth_of_exponentials_variance(k: int, n: int, mean_s: float) -> float:
    """Variance of the time until k of n exponential calls are back, in square seconds.

    Args and errors as of ``kth_of_exponentials_mean``.

    >>> round(kth_of_exponentials_variance(2, n=2, mean_s=1.0), 4)  # 1 + 1/4
    1.25
    """
    _require_k_of_n(k, n)
    require_positive(mean_s=mean_s)
    return mean_s**2 * sum(1 / i**2 for i in range(n - k + 1, n + 1))


def kth_of_exponentials_quantile(q: float, k: int, n: int, mean_s: float) -> float:
    """The ``q`` quantile of the time until k of n exponential calls are back, in seconds.

    Args:
        q: share of the requests that are answered within that time, at least 0 and below 1.
        k, n, mean_s: as of ``kth_of_exponentials_mean``.

    Raises:
        ValueError: an argument is out of range.

    Source:
        David and Nagaraja: of n uniform numbers the k-th is beta distributed, (k, n - k + 1).

    >>> round(kth_of_exponentials_quantile(0.5, 1, n=1, mean_s=1.0), 6)  # ln 2
    0.693147
    """
    require_quantile(q)
    _require_k_of_n(k, n)
    require_positive(mean_s=mean_s)
    return -mean_s * log1p(-cast(float, betaincinv(k, n - k + 1, q)))


def fanout_slow_ratio(slow_ratio: float, n: int) -> float:
    """Part of the requests that are slow if each waits for n calls of which some are slow.

    Args:
        slow_ratio: part of the calls that are slow (p), independently of one another, 0 to 1.
        n: calls that a request waits for, 1 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Dean and Barroso, "The Tail at Scale", *Communications of the ACM* 56(2), 2013.

    >>> round(fanout_slow_ratio(0.01, n=100), 3)
    0.634
    """
    _require_k_of_n(1, n)
    if not 0 <= slow_ratio <= 1:
        raise ValueError(f"slow_ratio must be from 0 to 1, got {slow_ratio:g}")
    return 1 - (1 - slow_ratio) ** n


def fanout_leaf_quantile(q: float, n: int) -> float:
    """Which quantile of one call's time is the ``q`` quantile of a request that waits for n calls.

    Args:
        q: quantile of the request, at least 0 and below 1.
        n: calls that a request waits for, 1 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        All n are back within t with the n-th power of one call's probability.

    >>> round(fanout_leaf_quantile(0.99, n=100), 4)  # 1 in 10,000 calls decides
    0.9999
    """
    require_quantile(q)
    _require_k_of_n(1, n)
    return q ** (1 / n)


def _require_k_of_n(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise ValueError(f"k of n calls needs 1 <= k <= n, got {k} of {n}")
