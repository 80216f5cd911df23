"""Load balancer: hands each call to one replica of a pool.

What it knows of a replica is by default what it has sent there and not seen answered: in transit,
queued and in service together, and also what the replica has handed on to others and is not
answered yet. With ``signal: reported`` it knows what replicas say of themselves, the calls that
wait and are served there; such reports come at every change and take no time.

Left out: time and capacity of its own, health checks (a crashed replica goes on getting calls),
reports that are late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.kernel import (
    Call,
    Component,
    ComponentSpec,
    Find,
    Refs,
    Simulation,
    components,
    count,
)
from simulator.policies.balancing import BalancingPolicy, LeastOutstanding, balancing_policies


@components.register
class LoadBalancerSpec(ComponentSpec):
    """Spreads calls over a pool of replicas."""

    kind: Literal["load_balancer"] = "load_balancer"
    pool: Refs = Field(
        min_length=1, description="a group, a replica such as api[1], or a list of them"
    )
    policy: Annotated[BalancingPolicy, balancing_policies] = Field(
        LeastOutstanding(), description="which replica gets the next call"
    )

    signal: Literal["outstanding", "reported"] = Field(
        "outstanding",
        description="what the policy sees: calls sent and not answered, or calls waiting and in "
        "service as each replica reports them",
    )

    def objection_to(self, target: ComponentSpec) -> str:
        if self.signal == "outstanding" or target.reports_load:
            return ""
        return f"a {target.kind} does not report its load; leave out signal, or name a station"

    def onward(self) -> dict[str, float]:
        return dict.fromkeys(self.pool, 1 / len(self.pool))

    def build(self, name: str, sim: Simulation) -> LoadBalancer:
        kind = LoadBalancer if self.signal == "outstanding" else ReportedLoadBalancer
        return kind(name, sim, self)


class LoadBalancer(Component):
    forwarded = count("calls handed to a replica")

    def __init__(self, name: str, sim: Simulation, spec: LoadBalancerSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec

    def connect(self, find: Find) -> None:
        self._pool = [replica for name in self.spec.pool for replica in find(name)]
        self.outstanding = [0] * len(self._pool)
        uniform = self.sim.uniforms(f"{self.name}.policy")
        self._pick = self.spec.policy.start(len(self._pool), uniform)
        self._probed = 0

    def probe(self, call: Call) -> None:
        """Ask the replicas in turn."""
        self._probed = (self._probed + 1) % len(self._pool)
        self._pool[self._probed].probe(call)

    def accept(self, call: Call) -> None:
        self.forwarded += 1
        place: int = self._pick(self.outstanding)
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
        self._loads = _Reports(self._pool)

    def accept(self, call: Call) -> None:
        self.forwarded += 1
        place: int = self._pick(self._loads)
        self._pool[place].accept(call)


class _Reports(Sequence[int]):
    """What each replica has waiting and in service now; asked only of those that are looked at."""

    def __init__(self, pool: list[Any]) -> None:
        self._pool: list[Any] = pool  # stations, or whatever stands in front of them

    def __len__(self) -> int:
        return len(self._pool)

    def __getitem__(self, place: Any) -> Any:
        index: int = place
        replica = self._pool[index]
        return replica.in_service + replica.queued
