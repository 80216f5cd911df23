"""Rolling update: a new version replaces the old one, some replicas at a time.

As a Deployment of Kubernetes does it: at most ``max_surge`` replicas more than wanted, at most
``max_unavailable`` fewer that are ready (``simulator.policies.rollout``). New replicas have places
of their own, after those of the old ones: with ten replicas the old ones are ``api[1]`` to
``api[10]`` and the new ones ``api[11]`` to ``api[20]``, so that the versions can be told apart in
results. Replicas that drain count neither as there nor as available.

The new version may be slower or faster and may fail some of its calls; ``min_ready`` is how long a
new replica has to be ready until it counts as available. New replicas of a model server may answer
by another ``model``.

Left out: a stop of the update when it makes no progress, and its undoing; pausing it; an
autoscaler that acts on the group at the same time; the strategy Recreate, which ends all old ones
first (``max_unavailable: 100%`` and ``max_surge: 0`` do nearly that).

Source: Kubernetes documentation, "Deployments"; defaults as there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simulator.controllers.base import (
    Note,
    Plan,
    Process,
    ReplicaController,
    Site,
    controller_kinds,
)
from simulator.controllers.fleet import READY, Fleet, Replica
from simulator.controllers.life_cycle import LifeCycle
from simulator.errors import shown, unknown_name
from simulator.kernel import Simulation, level
from simulator.policies.rollout import new_to_begin, old_to_end, surge_and_unavailable
from simulator.units import Ratio, Seconds

PERCENT = re.compile(r"(\d{1,3})%")


def _amount(value: Any) -> Any:
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10_000
    match = PERCENT.fullmatch(value) if isinstance(value, str) else None
    if is_number or (match and int(match[1]) <= 100):
        return value
    raise ValueError(f"found {shown(value)}; must be a number of replicas, or up to 100% of them")


Amount = Annotated[int | str, BeforeValidator(_amount)]


class UpdatedFleet(Fleet):
    """A group whose replicas are replaced by those of a new version."""

    updated = level("replicas of the new version that are ready")
    updating = level("whether an update is under way: 1, or 0")

    def __init__(
        self,
        name: str,
        sim: Simulation,
        spec: RollingUpdate,
        group: Any,
        members: list[Any],
        balancers: list[Any],
        note: Note,
    ) -> None:
        super().__init__(name, sim, spec, members, balancers, group.replicas)
        self._spec = spec
        self._note = note
        self._count = group.replicas
        self._surge, self._unavailable = surge_and_unavailable(
            spec.max_surge, spec.max_unavailable, self._count
        )

    def start(self) -> None:
        super().start()
        self.sim.process(self._update())

    def _update(self) -> Process:
        yield self.sim.timeout(self._spec.at)
        self._shift("updating", 1)
        words = f"at most {self._surge} more and {self._unavailable} fewer than {self._count}"
        self._note("update_begins", self.group, f"rolling update begins: {words}")
        self.changed()

    def _look_again(self) -> Process:
        yield self.sim.timeout(self._spec.min_ready)
        self.changed()

    def become_ready(self, place: Replica) -> None:
        super().become_ready(place)
        if self._spec.min_ready:
            self.sim.process(self._look_again())

    def _count_updated(self) -> None:
        ready = sum(each.is_new and each.state == READY for each in self.replicas)
        self._shift("updated", ready - self.updated)

    def act(self) -> None:
        """Do all that may be done now: one step may make room for another."""
        self._count_updated()
        if not self.updating:
            return
        while self._step():
            pass
        new, old = self._versions()
        if not old and len([*filter(self._is_available, new)]) == self._count:
            self._shift("updating", -1)
            took_s = self.sim.now - self._spec.at
            self._note("update_ends", self.group, f"rolling update ends after {took_s:.4g} s")

    def _step(self) -> bool:
        new, old = self._versions()
        begun = new_to_begin(self._count, self._surge, len(new), len(old))
        places = [each for each in self.free() if each in self.replicas[self._count :]][:begun]
        for place in places:
            self._set_version(place.station)
            self.begin(place, is_new=True)
        new, old = self._versions()
        ready = [each for each in old if each.state == READY]
        unready = [each for each in old if each.state != READY]
        few, many = old_to_end(
            self._count,
            self._unavailable,
            len(new),
            len(old),
            sum(map(self._is_available, new)),
            len(ready),
        )
        ended = unready[:few] + ready[::-1][:many]
        for place in ended:
            self.end(place)
        return bool(places or ended)

    def _versions(self) -> tuple[list[Replica], list[Replica]]:
        """New and old replicas that are there and not told to go."""
        alive = self.alive()
        return [each for each in alive if each.is_new], [each for each in alive if not each.is_new]

    def _is_available(self, place: Replica) -> bool:
        # As sums of instants are: what is due at an instant may round to just before it.
        ready_s = self.sim.now - place.since_s
        return place.state == READY and ready_s >= self._spec.min_ready * (1 - 1e-12)

    def _set_version(self, station: Any) -> None:
        """Let a station serve as the new version does."""
        if self._spec.model is not None:
            station.serve(self._spec.model)
        if self._spec.service_time_factor != 1:
            station.slow_down(self._spec.service_time_factor)
        if self._spec.error_ratio:
            station.break_calls(self._spec.error_ratio)


@controller_kinds.register
class RollingUpdate(LifeCycle, ReplicaController):
    """Replaces all replicas of a group by those of a new version, some at a time."""

    kind: Literal["rolling_update"] = "rolling_update"
    at: Seconds = Field(description="when the update begins")
    max_surge: Amount = Field(
        "25%", description="replicas there may be beyond those wanted, or part of these, rounded up"
    )
    max_unavailable: Amount = Field(
        "25%", description="replicas that may be missing, or part of those wanted, rounded down"
    )
    min_ready: Seconds = Field(
        0.0, description="time that a new replica has to be ready until it counts as available"
    )
    service_time_factor: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = Field(
        1.0, description="how many times as long as the old version the new one takes for a call"
    )
    error_ratio: Ratio = Field(0.0, description="part of its calls that the new version fails")
    model: str | None = Field(
        None,
        description="for model servers, that of world.models by which the new version answers; the "
        "same as before if not given",
    )

    measures = UpdatedFleet.measures

    def places(self, spec: Any) -> int:
        return 2 * int(spec.replicas)

    def begins_s(self) -> float:
        return self.at

    def misfits(self, spec: Any) -> Iterator[tuple[str, str]]:
        if self.model is not None and spec.kind != "model_server":
            yield "model", f"this {spec.kind} answers by no model; leave it out"

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        models = {} if plan.world is None else plan.world.models
        if self.model is not None and models and self.model not in models:
            yield ("model",), unknown_name("model", self.model, models)

    def build(self, name: str, sim: Simulation, site: Site) -> UpdatedFleet:
        members, balancers = site.find(self.of), site.senders(self.of)
        return UpdatedFleet(name, sim, self, site.specs[self.of], members, balancers, site.note)
