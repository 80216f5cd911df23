"""A load balancer that goes by what is sent and unanswered, or by what replicas say right now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulator.kernel import Call, Component, Find, Simulation, count
from simulator.policies.balancing import Picker, Pool

if TYPE_CHECKING:
    from simulator.components.load_balancer import LoadBalancerSpec


class LoadBalancer(Component):
    """Hands calls to replicas as its policy says.

    Attributes:
        outstanding: of each replica, by its place in the pool: calls sent and not answered.
    """

    forwarded = count("calls handed to a replica")

    def __init__(self, name: str, sim: Simulation, spec: LoadBalancerSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._pool: list[Component] = []
        self.outstanding: list[int] = []

    def connect(self, find: Find) -> None:
        self._pool = [replica for name in self.spec.pool for replica in find(name)]
        self.outstanding = [0] * len(self._pool)
        self._probed = 0
        sim = self.sim
        names = [replica.name for replica in self._pool]
        uniform = sim.uniforms(f"{self.name}.policy")
        self._picker = self._start(Pool(names, uniform, lambda: sim.now, self.spec.is_weighted()))
        if self.spec.weights:
            self._picker.weigh([self.spec.weight_of(name) for name in names])

    def _start(self, pool: Pool) -> Picker:
        """Whoever chooses among the replicas."""
        picker: Picker = self.spec.policy.start(pool)
        return picker

    def probe(self, call: Call) -> None:
        """Ask the replicas in turn."""
        self._probed = (self._probed + 1) % len(self._pool)
        self._pool[self._probed].probe(call)

    def accept(self, call: Call) -> None:
        self.forwarded += 1
        place = self._picker.pick(self.outstanding, call.request)
        self.outstanding[place] += 1
        call.back = (self, place, call.back)  # `return_to`, written out
        self._pool[place].accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        place: int = state
        self.outstanding[place] -= 1
        call.answer(outcome)


class ReportedLoadBalancer(LoadBalancer):
    """A load balancer that replicas tell how much they have to do; it needs no answers for that."""

    def connect(self, find: Find) -> None:
        super().connect(find)
        self._loads = Reports(self._pool)

    def accept(self, call: Call) -> None:
        self.forwarded += 1
        place = self._picker.pick(self._loads, call.request)
        self._pool[place].accept(call)


class Reports(Sequence[int]):
    """What each replica has waiting and in service now; asked only of those that are looked at."""

    def __init__(self, pool: Sequence[Any]) -> None:
        self._pool = pool  # stations, or whatever stands in front of them

    def __len__(self) -> int:
        return len(self._pool)

    def __getitem__(self, place: Any) -> Any:
        index: int = place
        replica = self._pool[index]
        return replica.in_service + replica.queued
