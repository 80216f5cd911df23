"""Database: connections behind a queue, with one time for reads and one for writes.

Each query holds one connection for as long as it takes; a query that finds none waits, in order of
arrival, as long as there is a waiting place.

Left out: locks and transactions, replication, a buffer pool that warms up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from simulator.distributions import Time
from simulator.kernel import ComponentSpec, RequestClass, Simulation, Station, components


@components.register
class DatabaseSpec(ComponentSpec):
    """Answers queries over a bounded number of connections."""

    kind: Literal["database"] = "database"
    connections: int = Field(ge=1, description="queries answered at once")
    read_time: Time = Field(description="time a read holds its connection")
    write_time: Time | None = Field(
        None, description="time a write holds its connection; as a read if not given"
    )
    queue_limit: int | None = Field(None, ge=0, description="waiting places; no limit if not given")

    suffers = frozenset({"crash", "slowdown", "error_burst", "breakdowns"})
    reports_load = True

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int]:
        read_s = self.read_time.average()
        write_s = self.write_time.average() if self.write_time else read_s
        writes = sum(each.share for each in classes if each.writes)
        total = sum(each.share for each in classes)
        return (writes * write_s + (total - writes) * read_s) / total, self.connections

    def onward(self) -> dict[str, float]:
        return {}

    def build(self, name: str, sim: Simulation) -> Database:
        return Database(name, sim, self)


class Database(Station):
    def __init__(self, name: str, sim: Simulation, spec: DatabaseSpec) -> None:
        need = sim.needs.add(f"{name}.query", spec.read_time, of_writes=spec.write_time)
        super().__init__(name, sim, spec.connections, spec.queue_limit, need)
