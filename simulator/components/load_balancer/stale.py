"""A load balancer that goes by reports which it asks for now and then."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from simulator.components.load_balancer.observant import ObservantLoadBalancer
from simulator.components.load_balancer.plain import Reports
from simulator.kernel import Call, Find, Simulation, count

if TYPE_CHECKING:
    from simulator.components.load_balancer import LoadBalancerSpec


class StaleLoadBalancer(ObservantLoadBalancer):
    """A load balancer whose policy sees what was reported last, if reports are not always new."""

    refreshes = count("reports of all replicas that came in")

    def __init__(
        self, name: str, sim: Simulation, spec: LoadBalancerSpec, refresh_every_s: float | None
    ) -> None:
        super().__init__(name, sim, spec)
        self._refresh_every_s = refresh_every_s
        self._counts_own: bool = spec.counts_own
        self._seen: list[int] = []  # of each replica, as it was reported and corrected since

    def connect(self, find: Find) -> None:
        super().connect(find)
        self._reports = Reports(self._pool)
        self._seen = [0] * len(self._pool)
        if self._refresh_every_s is not None:
            self._loads = self._seen
            self.sim.process(self._refresh(self._refresh_every_s))

    def _refresh(self, refresh_every_s: float) -> Generator[Any, Any, None]:
        jitter: float = self.spec.refresh_jitter
        uniform = self.sim.uniforms(f"{self.name}.refresh")
        yield self.sim.timeout(uniform() * refresh_every_s)
        while True:
            self.refreshes += 1
            for place in range(len(self._seen)):
                self._seen[place] = self._reports[place]
            factor = 1 + jitter * (2 * uniform() - 1)
            yield self.sim.timeout(factor * refresh_every_s)

    def _choose(self, call: Call) -> int:
        place = super()._choose(call)
        if self._counts_own:
            self._seen[place] += 1
        return place

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        sent: tuple[int, float] = state
        if self._counts_own and self._seen[sent[0]] > 0:
            self._seen[sent[0]] -= 1
        super().returned(call, outcome, state)
