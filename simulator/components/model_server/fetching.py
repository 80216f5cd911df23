"""Model servers that ask for features before a call waits for a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.components.model_server.plain import ModelServer
from simulator.kernel import OK, Call, Component, Find, Patience, Simulation, count, level, samples

if TYPE_CHECKING:
    from simulator.components.model_server import ModelServerSpec


class FetchingModelServer(ModelServer):
    """Keeps in the ``memo`` of a call that waits for a worker how its features were read."""

    outstanding = level("calls that wait for their features")
    fetch_s = samples("time until features were there, or were not waited for any more")
    defaulted = count("calls for which defaults stood in for features", better="lower")
    fetched_late = count("calls whose features did not come in time", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: ModelServerSpec) -> None:
        super().__init__(name, sim, spec)
        self._store: Component | None = None
        self._without: Any = None  # of type Reading, as if nothing had been fetched
        self._away: dict[Call, None] = {}  # in order, unlike a set: a crash answers them all
        self._leave_away = self._come_back
        timeout_s = spec.fetch_timeout
        self._fetch_patience = Patience(sim, timeout_s, self._expire) if timeout_s else None

    def connect(self, find: Find) -> None:
        super().connect(find)
        spec, world = self.spec, self._world
        (self._store,) = find(str(spec.features))
        fetched = spec.fetched or tuple(world.spec.features)
        missing = (*spec.missing, *fetched)
        self._without = world.reading(spec.feature_age, spec.feature_age_by_name, missing)

    def accept(self, call: Call) -> None:
        if self._aside.outages:
            self._refuse(call)
            return
        call.since_s = self.sim.now
        call.give_up = self._leave_away
        self._away[call] = None
        self.outstanding += 1
        self.outstanding_area -= self.sim.now
        child = call.fork(self)
        if self._fetch_patience is not None:
            self._fetch_patience.watch(child, call)
        assert self._store is not None
        self._store.accept(child)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        parent: Call = state
        if parent in self._away:  # else it was lost in a crash that hangs: nobody is to know
            self._go_on(parent, outcome == OK)

    def _expire(self, child: Call, call: Call) -> None:
        if call in self._away:
            self.fetched_late += 1
            call.disown(child)
            self._go_on(call, False)

    def _go_on(self, call: Call, is_read: bool) -> None:
        """Let a call have a worker, or wait for one, with its features or without."""
        self._come_back(call)
        self.fetch_s.append(self.sim.now - call.since_s)
        self.defaulted += not is_read
        call.memo = self._reading if is_read else self._without
        super().accept(call)

    def _come_back(self, call: Call) -> None:
        del self._away[call]
        self.outstanding -= 1
        self.outstanding_area += self.sim.now

    def _reading_of(self, call: Call) -> Any:
        return call.memo

    # Faults

    def _lose_all(self) -> list[Call]:
        away = self._mark_lost([*self._away])
        for call in away:
            self._come_back(call)
        return super()._lose_all() + away

    def away(self) -> list[Call]:
        return [*self._away]
