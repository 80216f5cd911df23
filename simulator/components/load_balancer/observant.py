"""A load balancer that sees every answer: for policies that learn, and a pool that changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.components.load_balancer.plain import LoadBalancer, Reports
from simulator.kernel import Call, Find


class ObservantLoadBalancer(LoadBalancer):
    """A load balancer that watches its replicas.

    Whoever finds out which replicas are well (a health check) says so with ``allow``; whoever finds
    out how much they can bear says so with ``weigh``. Calls that are under way are left alone.
    """

    def connect(self, find: Find) -> None:
        super().connect(find)
        reported = self.spec.signal == "reported"
        self._loads: Sequence[int] = Reports(self._pool) if reported else self.outstanding

    def allow(self, places: Sequence[int]) -> None:
        """From now on send calls to these replicas only, by place in the pool; one at least."""
        self._picker.allow(places)

    def weigh(self, weights: Sequence[float]) -> None:
        """From now on send calls in proportion to these weights, by place in the pool, above 0.

        In vain unless the pool ``is_weighted`` and the policy heeds weights.
        """
        self._picker.weigh(weights)

    def accept(self, call: Call) -> None:
        self.forwarded += 1
        place = self._picker.pick(self._loads, call.request)
        self.outstanding[place] += 1
        call.back = (self, (place, self.sim.now), call.back)
        self._pool[place].accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        sent: tuple[int, float] = state
        place, sent_s = sent
        self.outstanding[place] -= 1
        self._picker.answered(place, self.sim.now - sent_s, outcome)
        call.answer(outcome)
