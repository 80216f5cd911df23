"""Model server: workers that answer each call with what a model says of it.

It serves calls as any server does; its answers are right or wrong. Each call is about a request of
the scenario's ``world``, which is positive or not. The model looks at its features when the call
has been served, and what it says is noted in the log of the world's predictions, by the version of
the model that was there when the call was begun. The answer is held against the truth:
``hits`` and ``misses`` are positives that were and were not seen, ``false_alarms`` are negatives
that were taken for positive. Copies of a request, and shadows, are counted as often as they are
answered; what reached users is counted by ``users``.

A version may take longer than another, fail a part of its calls, or be wrong whatever it sees.

*Features* that come from a store are as old as ``feature_age`` says, and tell the less the older
they are, by the ``correlation_time`` of each. A feature that is not read at all (``missing``) is
filled in with its default. With ``features`` a component is asked for them, before the call waits
for a worker: that takes its time, and may fail. After ``fetch_timeout``, or when the answer is not
ok, defaults stand in for what was to be ``fetched``, and the call goes on with those; how fresh
features are is then still told by ``feature_age``.

*Workers* are slots of a ``device``, which brings its memory along. The ``model`` and those that it
``also_holds`` must fit into it. To turn to a version that it holds takes no time. Another one has
to be loaded: its memory over ``load_bandwidth``. The old one goes on answering meanwhile if there
is room for both; else it has to leave first, and calls wait. A replica that a controller lets come
loads what it holds before it is ready, in addition to the controller's ``start_time``.

With ``warm_up`` the first calls take longer (code that is compiled when it is needed, caches of the
device that are empty): in a new replica, after a crash, and of a version that had to be loaded.

Left out: batches; devices that several servers share; how fast a device is, which is a matter of
the ``service_time``.

Source: Fawcett, "An introduction to ROC analysis", *Pattern Recognition Letters* 27(8), 2006, for
what is counted; NVIDIA's data sheets for the memory of accelerators.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr

from simulator.components.model_server.fetching import FetchingModelServer
from simulator.components.model_server.plain import ModelServer
from simulator.components.model_server.warm_up import WarmUp
from simulator.distributions import Time
from simulator.kernel import (
    FAULTS_OF_WORKERS,
    ComponentSpec,
    Ref,
    RequestClass,
    Simulation,
    components,
)
from simulator.kernel.wiring import replicas_of
from simulator.units import BitsPerSecond, Bytes, PositiveSeconds, Seconds

__all__ = ["FetchingModelServer", "ModelServer", "ModelServerSpec", "WarmUp"]

Device = Literal["cpu", "t4", "l4", "a10", "l40s", "a100_40gb", "a100_80gb", "h100_80gb"]

MEMORY_OF_DEVICE = {
    "t4": 16e9,
    "l4": 24e9,
    "a10": 24e9,
    "l40s": 48e9,
    "a100_40gb": 40e9,
    "a100_80gb": 80e9,
    "h100_80gb": 80e9,
}
"""Bytes, by the data sheets of the accelerators."""


@components.register
class ModelServerSpec(ComponentSpec):
    """Serves calls and says of each whether it is positive."""

    kind: Literal["model_server"] = "model_server"
    model: str = Field(description="the model that answers, one of world.models")
    also_holds: tuple[str, ...] = Field(
        (), description="further models in its memory, to which it can turn at once"
    )
    replicas: int = Field(1, ge=1, le=10_000, description="equal copies, each with its own queue")
    device: Device = Field("cpu", description="what the workers of a replica are slots of")
    workers: int = Field(1, ge=1, description="calls that one replica serves at once")
    service_time: Time = Field(description="time a worker needs for a call")
    queue_limit: int | None = Field(None, ge=0, description="waiting places; no limit if not given")
    features: Ref | None = Field(
        None, description="component that is asked for features first; nobody if not given"
    )
    fetched: tuple[str, ...] = Field(
        (), description="features that come from there; all but the missing ones if not given"
    )
    fetch_timeout: PositiveSeconds | None = Field(
        None, description="longest wait for features, then defaults do; for ever if not given"
    )
    feature_age: Seconds = Field(0.0, description="how old the features are that it reads")
    feature_age_by_name: dict[str, Seconds] = Field({}, description="features of another age")
    missing: tuple[str, ...] = Field((), description="features that it does not get")
    memory: Bytes | None = Field(
        None,
        description="memory of one replica, into which its models must fit; if not given that of "
        "the device, and enough with a cpu",
    )
    load_bandwidth: BitsPerSecond | None = Field(
        None, description="how fast a model gets into memory; at once if not given"
    )
    warm_up: WarmUp | None = Field(
        None, description="how much longer the first calls take; no longer if not given"
    )

    suffers = FAULTS_OF_WORKERS
    reports_load = True
    scales = True

    _places: int = PrivateAttr(0)

    def contradictions(self) -> Iterator[str]:
        for name in self.missing:
            if name in self.feature_age_by_name:
                yield f"{name!r} is missing, and has no age"
            if name in self.fetched:
                yield f"{name!r} is missing, and is not fetched"
        given = {"fetched": self.fetched, "fetch_timeout": self.fetch_timeout}
        if self.features is None and (names := [name for name in given if given[name]]):
            yield f"{' and '.join(names)} need features: nobody is asked for any"
        if self.model in self.also_holds:
            yield f"{self.model!r} is the model that answers; leave it out of also_holds"

    @property
    def memory_bytes(self) -> float | None:
        """Memory of one replica; None if there is enough."""
        return MEMORY_OF_DEVICE.get(self.device) if self.memory is None else self.memory

    def instances(self, name: str) -> list[str]:
        return replicas_of(name, max(self.replicas, self._places))

    def with_places(self, places: int) -> Self:
        roomy = self.model_copy()
        roomy._places = places
        return roomy

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int]:
        return self.service_time.average(), self.workers * self.replicas

    def freed(self) -> dict[str, Any]:
        return {"service_time": 0.0, "queue_limit": None, "load_bandwidth": None}

    def onward(self) -> dict[str, float]:
        return {self.features: 1.0} if self.features is not None else {}

    def build(self, name: str, sim: Simulation) -> ModelServer:
        kind = ModelServer if self.features is None else FetchingModelServer
        return kind(name, sim, self)
