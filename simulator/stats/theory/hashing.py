"""How a hash spreads keys over replicas, and which keys move when one comes or leaves.

A ring of random points: each replica has several (virtual nodes) and owns the arc before each of
them. Shares are of an endless number of keys, unless a number of keys is given.
"""

from __future__ import annotations

from math import sqrt

from simulator.stats.theory.limits import require_positive


def ring_largest_share(replicas: int) -> float:
    """Mean share of the replica that owns most of a ring, over the mean share of all.

    One point a replica: the largest of n arcs that n random points cut a circle into.

    Args:
        replicas: number of replicas (n), 1 or more.

    Returns:
        The harmonic number of n: 1 + 1/2 + ... + 1/n.

    Raises:
        ValueError: an argument is out of range.

    Source:
        David and Nagaraja, *Order Statistics*, 3rd ed., section 6.4 (random division of an
        interval).

    >>> round(ring_largest_share(10), 4)
    2.929
    """
    require_positive(replicas=replicas)
    return sum(1 / k for k in range(1, replicas + 1))


def ring_smallest_share(replicas: int) -> float:
    """Mean share of the replica that owns least of a ring, over the mean share of all.

    One point a replica, as in ``ring_largest_share``, from the same source.

    Args:
        replicas: number of replicas (n), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    >>> ring_smallest_share(10)
    0.1
    """
    require_positive(replicas=replicas)
    return 1 / replicas


def ring_share_cv(replicas: int, virtual_nodes: int) -> float:
    """Standard deviation over mean of the share that a replica owns of a ring.

    With v points each, a share is distributed as Beta(v, (n - 1) v).

    Args:
        replicas: number of replicas (n), 1 or more.
        virtual_nodes: points of each on the ring (v), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Karger et al., "Consistent hashing and random trees", STOC 1997; David and Nagaraja, *Order
        Statistics*, 3rd ed., section 6.4.

    >>> round(ring_share_cv(10, virtual_nodes=100), 4)
    0.0948
    """
    require_positive(replicas=replicas, virtual_nodes=virtual_nodes)
    return sqrt((replicas - 1) / (replicas * virtual_nodes + 1))


def hashed_keys_cv(keys: int, replicas: int) -> float:
    """Standard deviation over mean of the number of keys on a replica, each key on any alike.

    The number is binomial. It is what rendezvous hashing and the plain hash modulo n achieve.

    Args:
        keys: number of keys (K), 1 or more.
        replicas: number of replicas (n), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    >>> round(hashed_keys_cv(100_000, replicas=10), 6)
    0.009487
    """
    require_positive(keys=keys, replicas=replicas)
    return sqrt((replicas - 1) / keys)


def consistent_moved_on_add(replicas: int) -> float:
    """Mean share of keys that move when a replica comes to n others: those that it gets.

    The least that leaves all replicas with equal shares.

    Args:
        replicas: number of replicas before (n), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    >>> round(consistent_moved_on_add(10), 4)
    0.0909
    """
    require_positive(replicas=replicas)
    return 1 / (replicas + 1)


def consistent_moved_on_remove(replicas: int) -> float:
    """Mean share of keys that move when one of n replicas leaves: those that it had.

    Args:
        replicas: number of replicas before (n), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    >>> consistent_moved_on_remove(10)
    0.1
    """
    require_positive(replicas=replicas)
    return 1 / replicas


def modulo_moved_on_add(replicas: int) -> float:
    """Mean share of keys that move when a replica comes to n others and the hash is taken modulo n.

    A key stays if its hash leaves the same remainder from n and from n + 1. Of the n (n + 1) pairs
    of remainders, all equally likely since n and n + 1 have no divisor in common, n are such.

    Args:
        replicas: number of replicas before (n), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    >>> round(modulo_moved_on_add(10), 4)
    0.9091
    """
    require_positive(replicas=replicas)
    return replicas / (replicas + 1)
