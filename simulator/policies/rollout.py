"""Rolling update: how many replicas of the new version to begin, and of the old one to end, now.

There may be at most ``surge`` replicas more than wanted, and at most ``unavailable`` fewer may be
available. Within that everything is done at once, and the rest when replicas have become ready. Old
replicas that are not ready go first: nobody misses them.

Source: Kubernetes, ``pkg/controller/deployment/util/deployment_util.go`` (``ResolveFenceposts``,
``NewRSNewReplicas``) and ``rolling.go``.
"""

from __future__ import annotations

from math import ceil, floor


def resolved(amount: int | str | None, replicas: int, rounds_up: bool) -> int:
    """A number of replicas, or a percentage of those wanted.

    >>> resolved("25%", 10, rounds_up=True), resolved("25%", 10, rounds_up=False)
    (3, 2)
    >>> resolved(4, 10, rounds_up=True), resolved(None, 10, rounds_up=True)
    (4, 0)
    """
    if amount is None:
        return 0
    if isinstance(amount, int):
        return amount
    exact = int(amount.rstrip("%")) * replicas
    return ceil(exact / 100) if rounds_up else floor(exact / 100)


def surge_and_unavailable(
    max_surge: int | str | None, max_unavailable: int | str | None, replicas: int
) -> tuple[int, int]:
    """How many replicas there may be too many, and how many too few.

    Percentages are rounded up for the one and down for the other. Where both come to nothing, one
    may be unavailable, since otherwise nothing could ever be updated.

    >>> surge_and_unavailable("25%", "25%", 10), surge_and_unavailable("0%", "0%", 10)
    ((3, 2), (0, 1))
    """
    surge = resolved(max_surge, replicas, rounds_up=True)
    unavailable = resolved(max_unavailable, replicas, rounds_up=False)
    return surge, (1 if surge == 0 and unavailable == 0 else unavailable)


def new_to_begin(replicas: int, surge: int, new: int, old: int) -> int:
    """How many new replicas may be begun.

    Args:
        replicas: wanted.
        surge: how many there may be beyond that.
        new, old: that are there and not told to go.

    >>> new_to_begin(replicas=10, surge=3, new=0, old=10), new_to_begin(10, 3, new=3, old=8)
    (3, 2)
    """
    return max(0, min(replicas + surge - new - old, replicas - new))


def old_to_end(
    replicas: int, unavailable: int, new: int, old: int, new_ready: int, old_ready: int
) -> tuple[int, int]:
    """How many old replicas may be ended: of those that are not ready, and of those that are.

    Args:
        replicas: wanted.
        unavailable: how many of these may be missing.
        new, old: that are there and not told to go.
        new_ready, old_ready: those of them that are ready.

    >>> old_to_end(replicas=10, unavailable=2, new=3, old=10, new_ready=0, old_ready=10)
    (0, 2)
    >>> old_to_end(replicas=10, unavailable=2, new=5, old=8, new_ready=5, old_ready=8)
    (0, 5)
    """
    least = replicas - unavailable
    most = max(0, new + old - least - (new - new_ready))
    unready = min(old - old_ready, most)
    ready = min(old_ready, most - unready, max(0, new_ready + old_ready - least))
    return unready, ready
