"""Load balancer: hands each call to one replica of a pool.

What it knows of a replica is by default what it has sent there and not seen answered: in transit,
queued and in service together, and also what the replica has handed on to others and is not
answered yet. With ``signal: reported`` it knows what replicas say of themselves, the calls that
wait and are served there; such reports come at every change and take no time.

With ``refresh_every`` it asks for reports now and then only, and goes by the last ones until it
asks again. Whoever then takes the least loaded replica sends everything there that comes until the
next report, and so does every other load balancer (a herd). With ``counts_own`` it corrects what
was reported by what it has itself sent and seen answered since. The first report comes at a random
instant of the first interval, so that several load balancers are not in step; until then all
replicas look idle.

``replicas: 3`` makes three load balancers, each of which knows its own calls only; something in
front of them has to choose, for instance a load balancer whose policy is ``random`` (DNS, a router
that spreads connections). ``weights`` say how much a replica can bear; with ``slow_start`` one that
has come into the pool again gains its weight over some time. Policies that choose by key need keys
in the workload: what is asked for, or the session.

Without checks a crashed replica goes on getting calls, and one that refuses them at once looks idle
and draws most of them. ``health_check`` asks each replica at regular intervals, with a probe that
meets it as a caller would: who is down refuses or is silent, who is slow answers late, and both
fail the check if that is not ok in time. A probe is answered beside the calls, costs the replica
nothing and counts nowhere; it sees neither queues nor errors in answers. A ``deep`` check is a call
like any other, with needs of its own: it waits for a worker, is among the calls that the replica
counts, and fails where users' calls would, also because there are too many of them. How late a
failure is noticed follows from the interval and the ``detector``; until then calls go on being sent
there, and calls under way are left to themselves.

``outlier_detection`` looks at what comes of users' calls instead and ejects replicas that fail,
reject or time out (``simulator.policies.ejection``). Calls that nobody answers are no outcome: let
it have a ``timeout``, or a client before each replica.

Replicas of a group under a controller come and go; it is told, and checks those alone that are
there. One that has come is taken for healthy until checks say otherwise.

Where too few replicas are well for the rest to bear the load, ``panic_threshold`` makes health be
ignored. Where no replica may get calls, they are rejected.

A balancer that stands in a ``zone`` pays ``cross_zone_latency``, there and back, for calls to
replicas in other ones, and counts them. If it is ``zone_aware`` it prefers its own zone, then those
of ``zone_order``, then all others, and spills over only what the healthy replicas of a zone cannot
carry (``simulator.policies.priority_levels``); the policy chooses within the zone.

Left out: time, capacity and failures of its own; the load that reports and probes are themselves,
reports that are lost; what traffic between zones costs in money; checks that cross zones take no
longer than others; several balancers that share what they find out.

Source: for health, ejections, levels and panic, Envoy (documentation, "Upstream clusters"); the
default interval and counts of checks are round figures near those of HAProxy and Envoy. For old
reports, Mitzenmacher, "How useful is old information?", IEEE Transactions on
Parallel and Distributed Systems 11(1), 2000.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from simulator.components.load_balancer.health import HealthCheck
from simulator.components.load_balancer.observant import ObservantLoadBalancer
from simulator.components.load_balancer.plain import LoadBalancer, ReportedLoadBalancer
from simulator.components.load_balancer.stale import StaleLoadBalancer
from simulator.components.load_balancer.watched import WatchedLoadBalancer
from simulator.kernel import ComponentSpec, Reference, Refs, RequestClass, Simulation, components
from simulator.kernel.wiring import group_of, replicas_of
from simulator.policies.balancing import BalancingPolicy, LeastOutstanding, balancing_policies
from simulator.policies.ejection import OutlierDetection
from simulator.units import PositiveSeconds, Ratio, Seconds

__all__ = [
    "LoadBalancer",
    "LoadBalancerSpec",
    "ObservantLoadBalancer",
    "ReportedLoadBalancer",
    "StaleLoadBalancer",
    "WatchedLoadBalancer",
]

Member = Annotated[str, Reference(many=True)]
Weight = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


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
    replicas: int = Field(
        1, ge=1, le=10_000, description="equal copies, each of which knows its own calls only"
    )
    weights: dict[Member, Weight] = Field(
        {},
        description="group or replica of the pool -> how much each replica is due, relative to "
        "others; 1 if not given",
    )
    slow_start: PositiveSeconds | None = Field(
        None,
        description="time in which a replica that comes into the pool again gains its weight, from "
        "a tenth of it; at once if not given",
    )
    signal: Literal["outstanding", "reported"] = Field(
        "outstanding",
        description="what the policy sees: calls sent and not answered, or calls waiting and in "
        "service as each replica reports them",
    )
    refresh_every: PositiveSeconds | None = Field(
        None, description="time between two reports of all replicas; always up to date if not given"
    )
    refresh_jitter: Ratio = Field(
        0.0, description="spread: each time is multiplied by a factor uniform on 1 ± jitter"
    )
    counts_own: bool = Field(
        False,
        description="whether calls that it has sent, and seen answered, since the last report "
        "count at once",
    )

    follows_replicas = True

    health_check: HealthCheck | None = Field(
        None, description="how it asks replicas whether they are well; it does not if not given"
    )
    outlier_detection: OutlierDetection | None = Field(
        None, description="when it ejects replicas for their errors; never if not given"
    )
    panic_threshold: Ratio = Field(
        0.0,
        description="part of healthy replicas below which health is ignored (Envoy: 50%); if 0 it "
        "never is, and calls are rejected where nobody is healthy",
    )
    zone_aware: bool = Field(
        False, description="whether replicas in its own zone are preferred, others a reserve"
    )
    zone_order: tuple[str, ...] = Field(
        (), description="zones to turn to after its own; those not named come last, together"
    )
    overprovisioning: Annotated[float, Field(ge=1, le=100, allow_inf_nan=False)] = Field(
        1.4,
        description="how many times its share of the load a zone can bear; while 1 in this is "
        "healthy nothing spills over (Envoy: 1.4)",
    )
    cross_zone_latency: Seconds = Field(
        0.0, description="time that a call to another zone takes to get there, and its answer back"
    )

    def contradictions(self) -> Iterator[str]:
        yield from self._objections_to_reports()
        yield from self._objections_to_zones()
        yield from self._objections_to_panic()
        yield from self._objections_to_weights()

    def _objections_to_reports(self) -> Iterator[str]:
        if self.refresh_every is None:
            if self.refresh_jitter or self.counts_own:
                field = "counts_own" if self.counts_own else "refresh_jitter"
                yield f"{field} needs refresh_every: nothing it sees is old"
        elif self.signal == "outstanding":
            yield "refresh_every needs signal: reported; what it has sent itself it knows at once"

    def _objections_to_zones(self) -> Iterator[str]:
        for field in ("zone_aware", "cross_zone_latency"):
            if getattr(self, field) and not self.zone:
                yield f"{field} needs zone: where does it stand itself?"
        if self.zone_order and not self.zone_aware:
            yield "zone_order needs zone_aware: true; else all zones are equal"
        if twice := [each for each in self.zone_order if self.zone_order.count(each) > 1]:
            yield f"zone_order names {twice[0]!r} twice"

    def _objections_to_panic(self) -> Iterator[str]:
        if self.panic_threshold and not (self.health_check or self.outlier_detection):
            yield "panic_threshold needs health_check or outlier_detection: else all are healthy"

    def _objections_to_weights(self) -> Iterator[str]:
        if not self.policy.heeds_weights():
            given = [name for name in ("weights", "slow_start") if getattr(self, name)]
            if given:
                yield (
                    f"{self.policy.kind} does not go by weight; leave out {given[0]}, or choose "
                    f"another policy"
                )

    def objections(self, members: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
        pool = {each for name in self.pool for each in members.get(name, [name])}
        for name in self.weights:
            if not pool.issuperset(members.get(name, [name])):
                yield "weights", f"{name!r} is not in the pool: {', '.join(self.pool)}"

    def objection_to(self, target: ComponentSpec) -> str:
        if self.zone_aware and not target.zone:
            return f"this {target.kind} stands in no zone; give it one, or leave out zone_aware"
        if self.signal == "outstanding" or target.reports_load:
            return ""
        return f"a {target.kind} does not report its load; leave out signal, or name a station"

    def needs_keys(self) -> str:
        if not self.policy.needs_keys():
            return ""
        return "chooses replicas by key; give workload.keys, or another policy"

    def instances(self, name: str) -> list[str]:
        return replicas_of(name, self.replicas)

    def weight_of(self, replica: str) -> float:
        """The weight of a replica of the pool, by its name."""
        return self.weights.get(replica, self.weights.get(group_of(replica), 1.0))

    def is_weighted(self) -> bool:
        """Whether weights may differ at some time."""
        return bool(self.weights) or self.slow_start is not None

    def onward_of(
        self, request_class: RequestClass, members: Mapping[str, list[str]]
    ) -> dict[str, float] | None:
        if len(self.pool) > 1 and (self.weights or self.policy.needs_keys()):
            return None
        replicas = {name: len(members.get(name, (name,))) for name in self.pool}
        in_all = sum(replicas[name] for name in self.pool)
        shares = dict.fromkeys(self.pool, 0.0)
        for name in self.pool:
            shares[name] += replicas[name] / in_all
        return shares

    def is_watchful(self) -> bool:
        """Whether it has to know more of replicas than how much they have to do."""
        minds = self.health_check or self.outlier_detection or self.zone_aware
        return bool(minds or self.cross_zone_latency)

    def build(self, name: str, sim: Simulation) -> LoadBalancer:
        comes_and_goes = any(group_of(each) in sim.changing for each in self.pool)
        if comes_and_goes or self.is_watchful():
            return WatchedLoadBalancer(name, sim, self)
        if self.refresh_every is not None:
            return StaleLoadBalancer(name, sim, self, self.refresh_every)
        if self.policy.learns() or self.slow_start is not None:
            return ObservantLoadBalancer(name, sim, self)
        kind = LoadBalancer if self.signal == "outstanding" else ReportedLoadBalancer
        return kind(name, sim, self)
