"""The life of a replica, from the decision to have one more to its last call.

``pending``: there is a decision and no machine yet (scheduling, a node that is being provisioned).
``starting``: it has a machine and gets ready (pull of the image, load of a model, warm-up).
``ready``: it passes its readiness probe; load balancers learn of that after ``propagation``.
``draining``: it is to go. Load balancers learn of that after ``propagation``, too, and go on
sending calls until then. After ``pre_stop`` it takes no new calls any more, so that those which
still come fail; what it has begun and what waits it finishes, for at most ``grace`` since it was
told to go; what is left then fails. Then it is gone, and its place can be taken by another one.

A place is paid for (``cost_per_hour``) from ``starting`` until it is gone, not while ``pending``:
cloud providers bill an instance from the state "running" on. Its workers count, in measures such as
utilization, while it is ready or draining.

Left out: caches that are cold in a new replica (but ``slow_start`` of the load balancer spares
it); images that several replicas pull at once from one registry; machines that are not to be had.

Source: Kubernetes documentation, "Pod Lifecycle" (termination of pods, readiness probes); Amazon
EC2 User Guide, "Instance state changes", for what is billed.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.registry import Spec
from simulator.units import Seconds


class LifeCycle(Spec):
    """How long replicas take to come and to go."""

    pending_time: Time = Field(
        Constant(value=0.0),
        description="time until a new replica has a machine; it costs nothing yet",
    )
    start_time: Time = Field(description="time from there until it can serve: pull, load, warm-up")
    readiness_period: Seconds = Field(
        0.0, description="time between two readiness probes (Kubernetes: 10 s); 0: noticed at once"
    )
    readiness_successes: int = Field(
        1, ge=1, le=1000, description="good readiness probes in a row that make it ready"
    )
    propagation: Seconds = Field(
        0.0, description="time until load balancers learn that a replica has come or is to go"
    )
    drains: bool = Field(
        True, description="whether it finishes what it has when it is told to stop; else all fails"
    )
    pre_stop: Seconds = Field(
        0.0, description="time for which one that is to go works on as before (a preStop hook)"
    )
    grace: Seconds = Field(
        30.0,
        description="longest time from the decision that it is to go until it is gone, pre_stop "
        "included (Kubernetes: 30 s)",
    )

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.pre_stop > self.grace:
            limit = f"grace ({self.grace:g} s), which goes on meanwhile"
            yield f"pre_stop ({self.pre_stop:g} s) must be at most {limit}"
