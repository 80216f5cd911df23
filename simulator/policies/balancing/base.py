"""What a balancing policy is asked, and what a load balancer tells it.

A policy is a frozen spec. Its ``start`` returns a ``Picker``, the memory of one load balancer, so
that two load balancers never share what they remember.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simulator.registry import Family, Spec

Uniforms = Callable[[], float]
Clock = Callable[[], float]

balancing_policies = Family("balancing policy")


class BalancingPolicy(Spec):
    """Chooses the replica that gets the next call."""

    kind: str

    def start(self, pool: Pool) -> Picker:
        """The memory of one load balancer."""
        raise NotImplementedError

    def needs_keys(self) -> bool:
        """Whether requests must say which key they ask for."""
        return False

    def heeds_weights(self) -> bool:
        """Whether a replica of twice the weight gets twice the calls; else weights are in vain."""
        return False

    def learns(self) -> bool:
        """Whether it must be told of every answer (``Picker.answered``)."""
        return False


class Pool:
    """The replicas that a policy chooses among, as they are known before the first call.

    Everywhere a replica is known by its place in the pool, 0 or greater, which is the same
    throughout a run, whether it may get calls or not.

    Args:
        names: of the replicas, such as ``api[2]``; one at least.
        uniform: draws from [0, 1).
        now: the clock, in seconds.
        is_weighted: whether weights may ever differ; policies need not look at them otherwise.
    """

    def __init__(
        self, names: Sequence[str], uniform: Uniforms, now: Clock, is_weighted: bool = False
    ) -> None:
        self.names = list(names)
        self.uniform = uniform
        self.now = now
        self.is_weighted = is_weighted


class Picker:
    """The memory of one load balancer.

    A load balancer asks ``pick`` for every call. At any time it may say that other replicas may get
    calls (``allow``) or that they are due other parts (``weigh``): the policy goes on from what it
    remembers, of replicas that are away as well. A hash that is consistent moves only the keys of
    replicas that left or came, and gives them back to a replica that returns.

    Attributes:
        places: of the replicas that may get calls, in increasing order; never empty.
        weights: of all replicas, by place, above 0; only what they are relative to one another
            matters. All are 1 unless the pool is weighted.
    """

    def __init__(self, pool: Pool) -> None:
        self.places: list[int] = list(range(len(pool.names)))
        self.weights: list[float] = [1.0] * len(pool.names)

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        """The place of the replica that gets the next call, one of ``places``.

        Args:
            loads: by place what the load balancer believes each replica to have to do, those
                included that may not get calls; 0 or greater.
            request: number, class, key and needs of the request, see ``Call.request``. A policy may
                read what a load balancer could: the class and the key.
        """
        raise NotImplementedError

    def allow(self, places: Sequence[int]) -> None:
        """From now on give calls to these replicas only: at least one, each once."""
        self.places = sorted(places)
        self.changed()

    def weigh(self, weights: Sequence[float]) -> None:
        """From now on give replicas, by place, calls in proportion to these weights, above 0."""
        self.weights = list(weights)
        self.changed()

    def changed(self) -> None:
        """See that ``places`` or ``weights`` are others than before."""

    def answered(self, place: int, latency_s: float, outcome: int) -> None:
        """Learn that a call has come back from a replica.

        Called of every call if the policy ``learns``, also of those that were sent to a replica
        that may not get calls any more.

        Args:
            place: of the replica.
            latency_s: time since the call was handed to it, in seconds.
            outcome: as in ``simulator.kernel``; CANCELED when the caller took the call back.
        """
