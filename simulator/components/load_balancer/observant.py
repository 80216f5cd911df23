"""A load balancer that sees every answer: for policies that learn, and a pool that changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulator.components.load_balancer.plain import LoadBalancer, Reports
from simulator.kernel import Call, Find, Simulation
from simulator.policies.balancing.slow_start import STEPS, ramp

if TYPE_CHECKING:
    from simulator.components.load_balancer import LoadBalancerSpec


class ObservantLoadBalancer(LoadBalancer):
    """A load balancer that watches its replicas.

    Whoever finds out which replicas are well (a health check) says so with ``allow``; whoever finds
    out how much they can bear says so with ``weigh``. Calls that are under way are left alone. A
    replica that is allowed again begins with a part of its weight if there is a ``slow_start``.
    """

    def __init__(self, name: str, sim: Simulation, spec: LoadBalancerSpec) -> None:
        super().__init__(name, sim, spec)
        self._slow_start_s: float | None = spec.slow_start
        self._allowed: list[int] = []
        self._weights: list[float] = []  # in full
        self._came_s: dict[int, float] = {}  # replicas that have not got their full weight yet
        self._ramped_s = 0.0  # when these were weighed last

    def connect(self, find: Find) -> None:
        super().connect(find)
        reported = self.spec.signal == "reported"
        self._loads: Sequence[int] = Reports(self._pool) if reported else self.outstanding
        self._allowed = list(self._picker.places)
        self._weights = list(self._picker.weights)

    def allow(self, places: Sequence[int]) -> None:
        """From now on send calls to these replicas only, by place in the pool; one at least."""
        if self._slow_start_s is not None:
            for place in set(places) - set(self._allowed):
                self._came_s[place] = self.sim.now
        self._allowed = list(places)
        self._picker.allow(places)
        if self._came_s:
            self._ramp()

    def weigh(self, weights: Sequence[float]) -> None:
        """From now on send calls in proportion to these weights, by place in the pool, above 0.

        Only for a pool that ``is_weighted`` and a policy that heeds weights; else without effect.
        """
        self._weights = list(weights)
        self._ramp()

    def _ramp(self) -> None:
        """Weigh the replicas anew, those that have just come by a part of their weight."""
        now_s, window_s = self.sim.now, self._slow_start_s or 0.0
        weights = list(self._weights)
        for place, came_s in list(self._came_s.items()):
            if now_s - came_s >= window_s:
                del self._came_s[place]
            else:
                weights[place] *= ramp(now_s - came_s, window_s)
        self._ramped_s = now_s
        self._picker.weigh(weights)

    def _choose(self, call: Call) -> int:
        if self._came_s and self.sim.now - self._ramped_s >= (self._slow_start_s or 0.0) / STEPS:
            self._ramp()
        return self._picker.pick(self._loads, call.request)

    def accept(self, call: Call) -> None:
        self.forwarded += 1
        place = self._choose(call)
        self.outstanding[place] += 1
        call.back = (self, (place, self.sim.now), call.back)
        self._pool[place].accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        sent: tuple[int, float] = state
        place, sent_s = sent
        self.outstanding[place] -= 1
        self._picker.answered(place, self.sim.now - sent_s, outcome)
        call.answer(outcome)
