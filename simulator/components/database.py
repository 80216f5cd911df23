"""Database: connections behind a queue, with one time for reads and one for writes.

Each query holds one connection for as long as it takes; a query that finds none waits, as long as
there is a waiting place, in the order of the ``discipline``.

Left out: locks and transactions, replication, a buffer pool that warms up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.distributions import Time
from simulator.kernel import (
    FAULTS_OF_WORKERS,
    ComponentSpec,
    RequestClass,
    Simulation,
    Station,
    components,
)
from simulator.policies.discipline import Discipline, Fifo, disciplines


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
    discipline: Annotated[Discipline, disciplines] = Field(
        Fifo(), description="which waiting query is next"
    )

    suffers = FAULTS_OF_WORKERS
    reports_load = True

    def contradictions(self) -> Iterator[str]:
        if objection := self.discipline.objection_to(self.connections):
            yield objection

    def work(self, classes: Sequence[RequestClass]) -> tuple[float, int]:
        read_s = self.read_time.average()
        write_s = self.write_time.average() if self.write_time else read_s
        writes = sum(each.share for each in classes if each.writes)
        total = sum(each.share for each in classes)
        return (writes * write_s + (total - writes) * read_s) / total, self.connections

    def freed(self) -> dict[str, Any]:
        return {"read_time": 0.0, "write_time": None, "discipline": "fifo", "queue_limit": None}

    def onward(self) -> dict[str, float]:
        return {}

    def build(self, name: str, sim: Simulation) -> Station:
        need = sim.needs.add(f"{name}.query", self.read_time, of_writes=self.write_time)
        return self.discipline.station(name, sim, self.connections, self.queue_limit, need)
