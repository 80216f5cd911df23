"""Several of a thing, of which some are enough: how often too few are up, and who notices when.

Each of n replicas fails after an exponential time up (mean ``mtbf_s``) and is repaired in an
exponential time (mean ``mttr_s``). Each failed one is repaired at once, or waits for one of a few
crews.
"""

from __future__ import annotations

from simulator.stats.theory.limits import require_positive


def k_of_n_availability(
    mtbf_s: float, mttr_s: float, n: int, k: int, crews: int | None = None
) -> float:
    """Part of the time that at least k of n replicas are up.

    With k = n it is that of parts in series, which are all needed, and with k = 1 that of parts in
    parallel, one of which is enough.

    Args:
        mtbf_s: mean time from a repair to the next failure, in seconds, above 0.
        mttr_s: mean length of a repair, in seconds, above 0.
        n: replicas, 1 or more.
        k: how many have to be up, from 1 to n.
        crews: repairs that can go on at a time; any number if not given.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Trivedi, *Probability and Statistics with Reliability, Queuing, and Computer Science
        Applications* (birth-death availability models).

    >>> round(k_of_n_availability(100.0, 5.0, n=3, k=2), 8)
    0.99341324
    >>> round(k_of_n_availability(100.0, 5.0, n=3, k=2, crews=1), 8)
    0.98648938
    """
    _require(mtbf_s, mttr_s, n, k, crews)
    weights = [1.0]  # of states with 0, 1, 2 ... replicas down
    for down in range(n):
        fails_per_s = (n - down) / mtbf_s
        repaired_per_s = min(down + 1, crews or n) / mttr_s
        weights.append(weights[-1] * fails_per_s / repaired_per_s)
    return sum(weights[: n - k + 1]) / sum(weights)


def k_of_n_mean_time_to_failure(
    mtbf_s: float, mttr_s: float, n: int, k: int, crews: int | None = None
) -> float:
    """Mean time from the instant at which all n replicas are up until fewer than k are, in seconds.

    Args:
        mtbf_s, mttr_s, n, k, crews: as in ``k_of_n_availability``.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Trivedi (as above): the time to absorption of the birth-death process.

    >>> round(k_of_n_mean_time_to_failure(100.0, 5.0, n=3, k=2), 5)
    416.66667
    """
    _require(mtbf_s, mttr_s, n, k, crews)
    total_s = step_s = 0.0
    for down in range(
        n - k + 1
    ):  # step_s: from `down` replicas down to one more, for the first time
        fails_per_s = (n - down) / mtbf_s
        repaired_per_s = min(down, crews or n) / mttr_s
        step_s = (1 + repaired_per_s * step_s) / fails_per_s
        total_s += step_s
    return total_s


def mean_time_to_data_loss(
    failures_per_s: float, repairs_per_s: float, is_rough: bool = False
) -> float:
    """Mean time until both copies of a mirrored pair are gone at once, in seconds.

    Args:
        failures_per_s: rate λ at which one copy is lost, above 0.
        repairs_per_s: rate μ at which a lost copy is made anew from the other, above 0.
        is_rough: whether to leave out what hardly matters where repairs are much faster than
            failures, which makes it μ / (2 λ²): proportional to the speed of repairs.

    Raises:
        ValueError: a rate is not above 0.

    Source:
        Patterson, Gibson and Katz, "A Case for Redundant Arrays of Inexpensive Disks (RAID)",
        SIGMOD 1988.

    >>> round(mean_time_to_data_loss(0.01, 0.5), 6), mean_time_to_data_loss(0.01, 0.5, True)
    (2650.0, 2500.0)
    """
    require_positive(failures_per_s=failures_per_s, repairs_per_s=repairs_per_s)
    if is_rough:
        return repairs_per_s / (2 * failures_per_s**2)
    return k_of_n_mean_time_to_failure(1 / failures_per_s, 1 / repairs_per_s, n=2, k=1)


def check_detection_delay(interval_s: float, failures: int, timeout_s: float = 0.0) -> float:
    """Mean time from a failure until active checks have noticed it, in seconds.

    Checks are sent every ``interval_s``, and the failure comes at any instant between two of them.

    Args:
        interval_s: between checks, above 0.
        failures: failed checks in a row that it takes, 1 or more.
        timeout_s: after which an unanswered check has failed; 0 where it is refused at once.

    Raises:
        ValueError: an argument is out of range.

    >>> check_detection_delay(5.0, failures=3, timeout_s=2.0)
    14.5
    """
    require_positive(interval_s=interval_s, failures=failures)
    if timeout_s < 0:
        raise ValueError(f"timeout_s must not be negative, found {timeout_s:g}")
    return (failures - 0.5) * interval_s + timeout_s


def _require(mtbf_s: float, mttr_s: float, n: int, k: int, crews: int | None) -> None:
    require_positive(mtbf_s=mtbf_s, mttr_s=mttr_s, n=n, k=k)
    if k > n:
        raise ValueError(f"k must be at most n ({n}), found {k}")
    if crews is not None:
        require_positive(crews=crews)
