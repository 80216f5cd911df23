"""How much of the calls each priority level gets, and where health is ignored.

Replicas stand in levels: level 0 is preferred (one's own zone), the next ones take over what it
cannot carry. A level counts as fully available until so many of its replicas are gone that the rest
could not carry the whole load with what they have in reserve: ``overprovisioning`` 1.4 says that
5 in 7 are enough. What is missing then goes to the levels after it, in order, as far as those are
available themselves. Where all levels together cannot carry it they share the load in proportion to
what is left of each, and a level with fewer healthy replicas than its *panic threshold* gives up
judging: all its replicas get calls, since the few that pass would break under the load of all.

All of it is done in whole percent, with parts cut off, as Envoy does it; what is missing to 100
after that goes to the first level that has anything.

Left out: degraded replicas, levels of unequal weight.

Source: Envoy, "Priority levels" and "Panic threshold" (documentation of load balancing);
``LoadBalancerBase::recalculatePerPriorityState``.
"""

from __future__ import annotations

from collections.abc import Sequence

OVERPROVISIONING = 1.4
"""Envoy's default: a level is whole while 1 / 1.4 of it, 71.4 %, is healthy."""


def availability(healthy: int, total: int, overprovisioning: float = OVERPROVISIONING) -> int:
    """Whole percent of the load that a level is thought to be able to carry.

    It is 1 at least while anything is healthy; in Envoy one replica of two hundred counts as none.

    >>> availability(72, 100), availability(71, 100), availability(1, 4), availability(0, 0)
    (100, 99, 35, 0)
    """
    if healthy == 0:
        return 0
    return min(100, max(1, round(100 * overprovisioning) * healthy // total))


def percent_loads(available: Sequence[int]) -> list[int]:
    """Whole percent of the calls that go to each level.

    Args:
        available: of each level, whole percent from 0 to 100 (``availability``), best level first.

    Returns:
        What each gets; 100 together, or all 0 if nothing is available.

    >>> percent_loads([99, 99]), percent_loads([35, 35, 28]), percent_loads([0, 0])
    ([99, 1], [37, 35, 28], [0, 0])
    """
    whole = min(100, sum(available))
    loads, left = [], 100
    for each in available:
        load = min(left, each * 100 // whole) if whole else 0
        loads.append(load)
        left -= load
    first = next((place for place, each in enumerate(available) if each), None)
    if first is not None:
        loads[first] += left
    return loads


def panics(
    healthy: Sequence[int], totals: Sequence[int], available: Sequence[int], threshold: float
) -> list[bool]:
    """Which levels ignore health.

    None does while all levels together can carry the load, or with a threshold of 0.

    Args:
        healthy: replicas of each level that are healthy.
        totals: replicas of each level.
        available: whole percent of each level, as of ``availability``.
        threshold: share of healthy replicas below which a level panics.

    >>> panics([25, 25], [100, 100], [35, 35], 0.5), panics([25, 100], [100, 100], [35, 100], 0.5)
    ([True, True], [False, False])
    """
    if sum(available) >= 100:
        return [False] * len(totals)
    return [whole > 0 and part < threshold * whole for part, whole in zip(healthy, totals)]


def loads_of(
    healthy: Sequence[int],
    totals: Sequence[int],
    threshold: float = 0.0,
    overprovisioning: float = OVERPROVISIONING,
) -> tuple[list[int], list[bool]]:
    """What each level gets, in whole percent, and whether it ignores health.

    Where every level that has replicas panics, health says nothing any more, and each gets its part
    of all replicas.

    >>> loads_of([5, 65], [100, 100], 0.5)
    ([8, 92], [True, False])
    >>> loads_of([1, 0], [4, 4], 0.5)
    ([50, 50], [True, True])
    >>> loads_of([0, 0], [4, 4])
    ([0, 0], [False, False])
    """
    pairs = zip(healthy, totals)
    available = [availability(part, whole, overprovisioning) for part, whole in pairs]
    in_panic = panics(healthy, totals, available, threshold)
    if all(each or not whole for each, whole in zip(in_panic, totals)) and any(in_panic):
        return percent_loads([100 * whole // sum(totals) for whole in totals]), in_panic
    return percent_loads(available), in_panic
