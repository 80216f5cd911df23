"""Load balancer: hands each call to one replica of a pool.

What it knows of a replica is by default what it has sent there and not seen answered: in transit,
queued and in service together, and also what the replica has handed on to others and is not
answered yet. With ``signal: reported`` it knows what replicas say of themselves, the calls that
wait and are served there; such reports come at every change and take no time.

Left out: time and capacity of its own, health checks (a crashed replica goes on getting calls),
reports that are late.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.components.load_balancer.observant import ObservantLoadBalancer
from simulator.components.load_balancer.plain import LoadBalancer, ReportedLoadBalancer
from simulator.kernel import ComponentSpec, Refs, Simulation, components
from simulator.policies.balancing import BalancingPolicy, LeastOutstanding, balancing_policies

__all__ = ["LoadBalancer", "LoadBalancerSpec", "ObservantLoadBalancer", "ReportedLoadBalancer"]


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
        if self.policy.learns():
            return ObservantLoadBalancer(name, sim, self)
        kind = LoadBalancer if self.signal == "outstanding" else ReportedLoadBalancer
        return kind(name, sim, self)
