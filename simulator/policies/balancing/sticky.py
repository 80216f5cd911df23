"""Sticky: a session stays with the replica that first served it.

The key of a request is its session. Another policy chooses the replica for a session that is new,
and for one whose replica may not get calls any more, which then stays with the new one. What is
kept at a replica for a session (a login, a basket, warm caches) is thus lost only with the replica;
in return no session ever makes way for another, however busy its replica is.

Source: the stick tables of HAProxy, the session affinity of other load balancers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.kernel.call import KEY
from simulator.policies.balancing.base import BalancingPolicy, Picker, Pool, balancing_policies
from simulator.policies.balancing.least_outstanding import LeastOutstanding
from simulator.units import PositiveSeconds


@balancing_policies.register
class Sticky(BalancingPolicy):
    """The replica that served the session before; another policy chooses for a new session."""

    kind: Literal["sticky"] = "sticky"
    policy: Annotated[BalancingPolicy, balancing_policies] = Field(
        LeastOutstanding(), description="which replica a new session gets"
    )
    forget_after: PositiveSeconds | None = Field(
        None, description="a session is new again after so long without a call; never if not given"
    )

    def needs_keys(self) -> bool:
        return True

    def heeds_weights(self) -> bool:
        return self.policy.heeds_weights()

    def learns(self) -> bool:
        return self.policy.learns()

    def start(self, pool: Pool) -> Picker:
        return _Sessions(pool, self.policy.start(pool), self.forget_after)


class _Sessions(Picker):
    def __init__(self, pool: Pool, of_new: Picker, forget_after_s: float | None) -> None:
        super().__init__(pool)
        self._now = pool.now
        self._of_new = of_new
        self._forget_after_s = forget_after_s
        self._place_of: dict[Any, int] = {}
        self._called_s: dict[Any, float] = {}  # of each session, if it is ever forgotten
        self._allowed = frozenset(self.places)

    def pick(self, loads: Sequence[int], request: tuple[Any, ...]) -> int:
        session = request[KEY]
        place = self._place_of.get(session, -1)
        if place not in self._allowed or self._is_forgotten(session):
            place = self._of_new.pick(loads, request)
            self._place_of[session] = place
        if self._forget_after_s is not None:
            self._called_s[session] = self._now()
        return place

    def _is_forgotten(self, session: Any) -> bool:
        after_s = self._forget_after_s
        return after_s is not None and self._now() - self._called_s[session] >= after_s

    def allow(self, places: Sequence[int]) -> None:
        super().allow(places)
        self._allowed = frozenset(places)
        self._of_new.allow(places)

    def weigh(self, weights: Sequence[float]) -> None:
        super().weigh(weights)
        self._of_new.weigh(weights)

    def answered(self, place: int, latency_s: float, outcome: int) -> None:
        self._of_new.answered(place, latency_s, outcome)
