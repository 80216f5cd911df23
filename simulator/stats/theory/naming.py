"""Names that fail over: a health check, and resolvers that keep an answer for a time to live.

A target is probed every h seconds, and is out after n failures in a row; a probe takes next to no
time. The record changes at once. Resolvers keep what they were told for T seconds, in step with
nothing, so that what is left of that time is uniform on 0 to T.
"""

from __future__ import annotations

from simulator.stats.theory.limits import require_positive
from simulator.stats.theory.redundancy import check_detection_delay


def check_detection_bounds(interval_s: float, failures: int) -> tuple[float, float]:
    """Shortest and longest time from a failure to its detection in seconds: (n - 1) h and n h.

    The first probe that fails comes within an interval, the last one n - 1 intervals later.

    Args:
        interval_s: from one probe to the next (h) in seconds, above 0.
        failures: probes in a row that must fail (n), 1 or more.

    Raises:
        ValueError: an argument is not above 0.

    >>> check_detection_bounds(interval_s=10, failures=3)
    (20, 30)
    """
    require_positive(interval_s=interval_s, failures=failures)
    return (failures - 1) * interval_s, failures * interval_s


def outdated_ratio(after_s: float, ttl_s: float) -> float:
    """Share of the resolvers that still have the old answer so long after a change: 1 - t / T.

    Holds for resolvers that are asked all the time. Its area, T / 2, is the mean time in which one
    learns of the change.

    Args:
        after_s: time since the record changed (t) in seconds, 0 or more.
        ttl_s: time to live (T) in seconds, above 0.

    Raises:
        ValueError: an argument is out of range.

    >>> outdated_ratio(after_s=15, ttl_s=60)
    0.75
    """
    require_positive(ttl_s=ttl_s)
    if after_s < 0:
        raise ValueError(f"after_s must be 0 or more, got {after_s:g}")
    return max(0.0, 1 - after_s / ttl_s)


def outdated_quantile_s(share: float, ttl_s: float) -> float:
    """Time after a change by which this share of the resolvers has learned of it: share times T.

    Args:
        share: 0 to 1.
        ttl_s: time to live (T) in seconds, above 0.

    Raises:
        ValueError: an argument is out of range.
    """
    require_positive(ttl_s=ttl_s)
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, got {share:g}")
    return share * ttl_s


def failover_mean_s(interval_s: float, failures: int, ttl_s: float) -> float:
    """Mean time from a failure until a user is sent elsewhere, in seconds: (n - 1/2) h + T / 2.

    Args and errors: as for :func:`check_detection_bounds` and :func:`outdated_ratio`.

    >>> failover_mean_s(interval_s=10, failures=3, ttl_s=60)
    55.0
    """
    return check_detection_delay(interval_s, failures) + outdated_quantile_s(0.5, ttl_s)


def failover_longest_s(interval_s: float, failures: int, ttl_s: float) -> float:
    """Longest time from a failure until the last user is sent elsewhere, in seconds: n h + T.

    Args and errors: as for :func:`check_detection_bounds` and :func:`outdated_ratio`.
    """
    return check_detection_bounds(interval_s, failures)[1] + outdated_quantile_s(1, ttl_s)


def lookup_rate(resolvers: int, ttl_s: float, arrival_rate: float) -> float:
    """Lookups a second at the authority: a resolver asks every T + 1/λ seconds, λ its own rate.

    With its first call after the answer has expired, that is, and not at the expiry. Where
    resolvers are busy this is resolvers / T.

    Args:
        resolvers: how many, equally busy, 1 or more.
        ttl_s: time to live (T) in seconds, above 0.
        arrival_rate: Poisson requests a second of all resolvers together, above 0.

    Raises:
        ValueError: an argument is not above 0.

    Source:
        Jung, Berger and Balakrishnan, "Modeling TTL-based Internet caches", INFOCOM 2003.

    >>> lookup_rate(resolvers=1000, ttl_s=60, arrival_rate=1e6).__round__(2)
    16.67
    """
    require_positive(resolvers=resolvers, ttl_s=ttl_s, arrival_rate=arrival_rate)
    return resolvers / (ttl_s + resolvers / arrival_rate)
