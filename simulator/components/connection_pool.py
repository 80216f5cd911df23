"""Connection pool: a bounded number of connections, each held by one call at a time.

A call takes a connection, goes on to ``next`` and gives the connection back when it has been
answered from there. Whatever happens downstream happens while it is held: queries, but also a call
to somebody else in the middle of a transaction. A call that finds none free waits, in order of
arrival; with ``acquire_timeout`` it gives up after that time, with the outcome timed out.

The measures are those of a station whose workers are the connections: ``in_service`` are the
connections in use, ``wait_s`` is the time to get one, ``reneged`` those that gave up waiting.

Left out: opening and closing connections (the pool is of fixed size and full from the start),
connections that are never given back, and fairness among the threads that wait.

Source: the parameters are those of usual pools. HikariCP, for instance, has 10 connections and a
timeout of 30 s if nothing else is said (its README, "maximumPoolSize" and "connectionTimeout").
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.kernel import (
    Call,
    ComponentSpec,
    OrderedStation,
    Ref,
    Simulation,
    components,
    count,
    level,
    ratio,
    samples,
)
from simulator.policies.discipline import Fifo
from simulator.units import PositiveSeconds

MOST_CONNECTIONS = 100_000


@components.register
class ConnectionPoolSpec(ComponentSpec):
    """Lets a bounded number of calls go on at a time."""

    kind: Literal["connection_pool"] = "connection_pool"
    size: int = Field(ge=1, le=MOST_CONNECTIONS, description="connections")
    next: Ref = Field(description="where a call goes with its connection")
    acquire_timeout: PositiveSeconds | None = Field(
        None, description="how long a call waits for a connection; for ever if not given"
    )
    checkout_time: Time = Field(
        Constant(value=0.0), description="time to hand a connection over, such as a test of it"
    )
    queue_limit: int | None = Field(None, ge=0, description="waiting places; no limit if not given")

    reports_load = True

    def freed(self) -> dict[str, Any]:
        return {
            "size": MOST_CONNECTIONS,
            "acquire_timeout": None,
            "checkout_time": 0.0,
            "queue_limit": None,
        }

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0}

    def build(self, name: str, sim: Simulation) -> ConnectionPool:
        return ConnectionPool(name, sim, self)


class ConnectionPool(OrderedStation):
    in_service = level("connections in use")
    queued = level("calls waiting for a connection", better="lower", peaks=True)
    workers = level("connections")
    served = count("connections handed over", better="higher")
    exhausted = count("calls that found every connection taken", better="lower")
    reneged = count("calls that gave up waiting for a connection", better="lower")
    wait_s = samples("time to get a connection")
    held_s = samples("time a connection was held", better="lower")
    utilization = ratio("part of the connections in use", "in_service", "workers")

    def __init__(self, name: str, sim: Simulation, spec: ConnectionPoolSpec) -> None:
        need = sim.needs.add(f"{name}.checkout", spec.checkout_time)
        patience = None
        if spec.acquire_timeout is not None:
            limit = Constant(value=spec.acquire_timeout)
            patience = sim.needs.add(f"{name}.acquire_timeout", limit)
        super().__init__(
            name,
            sim,
            spec.size,
            spec.queue_limit,
            need,
            spec.next,
            Fifo().start(sim, name, need),
            patience,
            blocking=True,
        )

    def accept(self, call: Call) -> None:
        self.exhausted += self.in_service >= self._open_workers
        super().accept(call)

    def _block(self, call: Call) -> None:
        call.since_s = self.sim.now
        super()._block(call)

    def _unblock(self, call: Call) -> None:
        self.held_s.append(self.sim.now - call.since_s)
        super()._unblock(call)
