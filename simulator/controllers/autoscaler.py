"""Autoscaler: as many replicas as its policies want, within limits and not too fast.

It looks at regular intervals. Each policy says how many replicas it wants; the largest number
counts, as with several metrics of Kubernetes' horizontal pod autoscaler. ``behavior`` tempers that:
stabilization windows and rates, then the limits. What policies see is scraped every
``metrics_period`` and is shown ``metrics_delay`` later, so that it is old, and an average over the
time between two scrapes.

New replicas take the first free places. Of those that have to go, the ones that are not ready go
first, then those that became ready last. A place that drains is taken until it is empty: at most
``max_replicas`` are there at a time, and one that is wanted beyond that waits.

Left out: two autoscalers of one group; vertical scaling; nodes, and what fits on them; scaling to
zero; what a lost pod deletion cost would change in the order in which replicas go.

Source: Kubernetes documentation, "Horizontal Pod Autoscaling", and ``horizontal.go``; for the
order, the ReplicaSet controller (``ActivePodsWithRanks``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simulator.controllers.base import Note, Process, ReplicaController, Site, controller_kinds
from simulator.controllers.life_cycle import LifeCycle
from simulator.controllers.metrics import Metrics
from simulator.controllers.scaled_fleet import ScaledFleet
from simulator.kernel import Simulation, count
from simulator.policies.scaling import Behavior, ScalingPolicy, scaling_policies
from simulator.policies.scaling.base import Advice
from simulator.policies.scaling.behavior import Change, limited, stabilized
from simulator.units import PositiveSeconds, Seconds


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Policy = Annotated[ScalingPolicy, scaling_policies]
Policies = Annotated[
    tuple[Policy, ...],
    BeforeValidator(_as_list, json_schema_input_type=Policy | tuple[Policy, ...]),
    Field(min_length=1),
]


class AutoscaledFleet(ScaledFleet):
    """A group whose number of replicas follows what policies want."""

    scaled_up = count("times that there were to be more replicas")
    scaled_down = count("times that there were to be fewer replicas")

    def __init__(
        self,
        name: str,
        sim: Simulation,
        spec: Autoscaler,
        group: Any,
        members: list[Any],
        balancers: list[Any],
        note: Note,
    ) -> None:
        super().__init__(name, sim, spec, members, balancers, group.replicas)
        self._spec = spec
        self._note = note
        self._workers = group.workers if isinstance(group.workers, int) else 0
        self._scalers = [each.start() for each in spec.policy]
        self._metrics = Metrics(sim, self, balancers, spec.metrics_period, spec.metrics_delay)
        self._advised: list[Change] = [(0.0, group.replicas)]
        self._ups: list[Change] = []
        self._downs: list[Change] = []

    def start(self) -> None:
        super().start()
        self.sim.process(self._metrics.run())
        self.sim.process(self._look())

    def _look(self) -> Process:
        while True:
            yield self.sim.timeout(self._spec.sync_period)
            self._decide()

    def _decide(self) -> None:
        sight = self._metrics.sight(self._workers)
        found = [each.advise(sight) for each in self._scalers]
        advice = max(
            (each for each in found if each is not None),
            key=lambda each: each.replicas,
            default=None,
        )
        if advice is not None:
            self._scale(advice)

    def _scale(self, advice: Advice) -> None:
        spec, now_s, before = self._spec, self.sim.now, self.wanted
        up, down = spec.behavior.scale_up, spec.behavior.scale_down
        calm = stabilized(
            before,
            advice.replicas,
            self._advised,
            now_s,
            up.stabilization,
            down.stabilization,
        )
        self._advised.append((now_s, advice.replicas))
        self._forget(now_s)
        least, most = spec.min_replicas, spec.max_replicas
        calm = min(max(calm, least), most)
        after = limited(before, calm, least, most, spec.behavior, self._ups, self._downs, now_s)
        if after == before:
            return
        is_up = after > before
        (self._ups if is_up else self._downs).append((now_s, abs(after - before)))
        self.scaled_up += is_up
        self.scaled_down += not is_up
        kind = "scaled_up" if is_up else "scaled_down"
        self._note(kind, self.group, f"{before} → {after} replicas: {advice.words}")
        self.want(after)
        self.changed()

    def _forget(self, now_s: float) -> None:
        """Leave out what is too old for any window or period."""
        rules = (self._spec.behavior.scale_up, self._spec.behavior.scale_down)
        longest_s = max(each.stabilization for each in rules)
        period_s = max((rate.period for each in rules for rate in each.rates), default=0.0)
        self._advised = [each for each in self._advised if each[0] > now_s - longest_s]
        self._ups = [each for each in self._ups if each[0] > now_s - period_s]
        self._downs = [each for each in self._downs if each[0] > now_s - period_s]


@controller_kinds.register
class Autoscaler(LifeCycle, ReplicaController):
    """Adds and removes replicas of a group, as its policies want."""

    kind: Literal["autoscaler"] = "autoscaler"
    policy: Policies = Field(
        description="how many replicas there are to be; of several, the largest number counts"
    )
    min_replicas: int = Field(1, ge=1, le=10_000, description="never fewer than these")
    max_replicas: int = Field(ge=1, le=10_000, description="never more, draining ones counted")
    sync_period: PositiveSeconds = Field(
        15.0, description="time between two decisions (Kubernetes: 15 s)"
    )
    metrics_period: PositiveSeconds = Field(
        15.0, description="time between two scrapes (metrics-server: 15 s)"
    )
    metrics_delay: Seconds = Field(
        1.0, description="time from a scrape until what was found can be seen"
    )
    behavior: Behavior = Field(Behavior(), description="how fast it may follow its policies")

    measures = AutoscaledFleet.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.min_replicas > self.max_replicas:
            limits = f"max_replicas ({self.max_replicas})"
            yield f"min_replicas ({self.min_replicas}) must be at most {limits}"

    def places(self, spec: Any) -> int:
        return max(self.max_replicas, spec.replicas)

    def misfits(self, spec: Any) -> Iterator[tuple[str, str]]:
        if not self.min_replicas <= spec.replicas <= self.max_replicas:
            limits = f"{self.min_replicas} to {self.max_replicas}"
            field = "max_replicas" if spec.replicas > self.max_replicas else "min_replicas"
            yield field, f"{self.of} begins with {spec.replicas} replicas; must be {limits}"
        if not isinstance(spec.workers, int):
            for each in self.policy:
                if each.needs_workers():
                    yield "policy", f"{each.kind} needs a limit to the workers of {self.of}"

    def build(self, name: str, sim: Simulation, site: Site) -> AutoscaledFleet:
        members, balancers = site.find(self.of), site.senders(self.of)
        return AutoscaledFleet(name, sim, self, site.specs[self.of], members, balancers, site.note)
