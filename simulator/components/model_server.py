"""Model server: workers that answer each call with what a model says of it.

It serves calls as any server does; its answers are right or wrong. Each call is about a request of
the scenario's ``world``, which is positive or not. The model looks at its features when the call
has been served, and what it says is noted in the log of the world's predictions, by the version of
the model that was there when the call was begun. The answer is held against the truth:
``hits`` and ``misses`` are positives that were and were not seen, ``false_alarms`` are negatives
that were taken for positive. Copies of a request, and shadows, are counted as often as they are
answered; what reached users is counted by ``users``.

A version may take longer than another, fail a part of its calls, or be wrong whatever it sees.

Features that come from a store are as old as ``feature_age`` says, and tell the less the older they
are, by the ``correlation_time`` of each. A feature that is not read at all (``missing``) is filled
in with its default.

Left out: batches, accelerators, and the time that a model takes to load.

Source: Fawcett, "An introduction to ROC analysis", *Pattern Recognition Letters* 27(8), 2006, for
what is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import Field

from simulator.distributions import Time
from simulator.kernel import (
    FAILED,
    Call,
    ComponentSpec,
    Find,
    OrderedStation,
    RequestClass,
    Simulation,
    Uniform,
    components,
    count,
    ratio,
)
from simulator.kernel.call import NUMBER
from simulator.kernel.told import Told
from simulator.kernel.wiring import group_of, replicas_of
from simulator.policies.discipline import Fifo
from simulator.units import Bytes, Seconds
from simulator.world.predictions import POSITIVE, SAID


@components.register
class ModelServerSpec(ComponentSpec):
    """Serves calls and says of each whether it is positive."""

    kind: Literal["model_server"] = "model_server"
    model: str = Field(description="the model that answers, one of world.models")
    replicas: int = Field(1, ge=1, le=10_000, description="equal copies, each with its own queue")
    workers: int = Field(1, ge=1, description="calls that one replica serves at once")
    service_time: Time = Field(description="time a worker needs for a call")
    queue_limit: int | None = Field(None, ge=0, description="waiting places; no limit if not given")
    feature_age: Seconds = Field(0.0, description="how old the features are that it reads")
    feature_age_by_name: dict[str, Seconds] = Field({}, description="features of another age")
    missing: tuple[str, ...] = Field((), description="features that it does not get")
    memory: Bytes | None = Field(
        None,
        description="memory of one replica, into which the model must fit; enough if not given",
    )

    suffers = frozenset({"crash", "slowdown", "error_burst", "breakdowns"})
    reports_load = True

    def contradictions(self) -> Iterator[str]:
        for name in self.missing:
            if name in self.feature_age_by_name:
                yield f"{name!r} is missing, and has no age"

    def instances(self, name: str) -> list[str]:
        return replicas_of(name, self.replicas)

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int]:
        return self.service_time.average(), self.workers * self.replicas

    def freed(self) -> dict[str, Any]:
        return {"service_time": 0.0, "queue_limit": None}

    def onward(self) -> dict[str, float]:
        return {}

    def build(self, name: str, sim: Simulation) -> ModelServer:
        return ModelServer(name, sim, self)


class ModelServer(OrderedStation):
    hits = count("positives that were seen", better="higher")
    misses = count("positives that were not seen", better="lower")
    false_alarms = count("negatives taken for positive", better="lower")
    passes = count("negatives taken for what they are", better="higher")
    recall = ratio("part of the positives that was seen", "hits", "hits", "misses", better="higher")
    precision = ratio(
        "part of those taken for positive that is", "hits", "hits", "false_alarms", better="higher"
    )

    def __init__(self, name: str, sim: Simulation, spec: ModelServerSpec) -> None:
        need = sim.needs.add(f"{group_of(name)}.service", spec.service_time)
        line = Fifo().start(sim, name, need)
        super().__init__(name, sim, spec.workers, spec.queue_limit, need, None, line)
        self.spec = spec
        self._error = sim.needs.add(f"{group_of(name)}.error", Uniform())
        self._world: Any = None  # of type World from `connect` on, as what follows
        self._model: Any = None
        self._reading: Any = None
        self._factor = 1.0

    def connect(self, find: Find) -> None:
        super().connect(find)
        spec, world = self.spec, self.sim.world
        self._world = world
        self._reading = world.reading(spec.feature_age, spec.feature_age_by_name, spec.missing)
        self.serve(spec.model)

    def serve(self, version: str) -> None:
        """Let another version of the model answer the calls that are begun from now on."""
        self._model = self._world.models[version]
        self._factor = self._model.spec.service_time_factor

    def _begin(self, call: Call) -> None:
        self.wait_s.append(self.sim.now - call.since_s)
        call.give_up = self._leave_worker
        call.memo = self._model
        takes_s = call.request[self._need] * self._slowness * self._factor
        self.hold(call, takes_s, self._finished)

    def _pass_on(self, call: Call) -> None:
        number = call.request[NUMBER]
        if number >= 0:  # else nobody's request: a health check that is served like one
            errors: float = call.memo.spec.error_ratio
            if errors and call.request[self._error] < errors:
                self.served += 1
                self.failed += 1
                call.answer(FAILED)
                return
            self._judge(number, call)
        super()._pass_on(call)

    def _judge(self, number: int, call: Call) -> None:
        """Answer, count what is right about it, and let the call take the answer along."""
        world = self._world
        is_told = isinstance(call, Told)
        is_shadow = is_told and call.is_shadow
        reading, now_s = self._reading, self.sim.now
        row: int = world.predict(number, now_s, call.memo, reading, is_shadow, call.key)
        if is_told:
            call.row = row
        flags: int = world.predictions.flags(row)
        if flags & POSITIVE:
            if flags & SAID:
                self.hits += 1
            else:
                self.misses += 1
        elif flags & SAID:
            self.false_alarms += 1
        else:
            self.passes += 1
