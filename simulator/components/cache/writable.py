"""A cache with entries, where some requests write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.components.cache.entries import Entry, Load, Unsaved
from simulator.components.cache.keyed import KeyedCache
from simulator.kernel import OK, Call, Simulation, count, level
from simulator.kernel.call import CLASS, KEY
from simulator.kernel.wiring import group_of

if TYPE_CHECKING:
    from simulator.components.cache import CacheSpec


class Versions:
    """Which write is the last one of each key, numbered in the order in which they were answered.

    Attributes:
        newest: of all writes that were answered ok.
        at_origin: of those that the origin has.
    """

    def __init__(self) -> None:
        self.newest: dict[Any, int] = {}
        self.at_origin: dict[Any, int] = {}
        self._last = 0

    def next(self, key: Any) -> int:
        """Number a write of a key that is answered ok now."""
        self._last += 1
        self.newest[key] = self._last
        return self._last


class WritableCache(KeyedCache):
    """A cache with entries, where some requests write."""

    writes = count("requests that write", better=None)
    outdated_hits = count("hits on entries older than a write that was answered ok", better="lower")
    invalidated = count("entries removed because their key was written", better=None)
    dirty = level("entries with writes that the origin has not got", better="lower")
    written_back = count("writes of the cache's own to the origin", better="lower")
    lost_writes = count("writes answered ok that the origin will never get", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: CacheSpec) -> None:
        super().__init__(name, sim, spec)
        self.versions: Versions = sim.shared.setdefault(f"{group_of(name)}.versions", Versions())
        self._is_write = [each.writes for each in sim.needs.classes]
        self._writes_back = spec.writes == "back"
        self._flush_s = spec.flush_after
        self._flush_due = (self._save_in_time,)

    def _look_up(self, call: Call) -> None:
        if not self._is_write[call.request[CLASS]]:
            super()._look_up(call)
            return
        self.writes += 1
        if self._writes_back and self._write_here(call):
            call.answer(OK)
        else:
            call.return_to(self, None)
            self._origin.accept(call)

    def _find_old(self, call: Call, key: Any, entry: Entry) -> None:
        unsaved = self._clean(entry)
        if unsaved is not None:
            self._save(unsaved)
        super()._find_old(call, key, entry)

    def _hit(self, call: Call, key: Any, entry: Entry) -> None:
        if entry.version < self.versions.newest.get(key, 0):
            self.outdated_hits += 1
        super()._hit(call, key, entry)

    def _fill(self, key: Any, request: tuple[Any, ...], load_s: float) -> None:
        entry = self._held.get(key)
        if entry is not None and entry.unsaved is not None:
            return  # the origin has not got what the entry holds
        super()._fill(key, request, load_s)
        entry = self._held.get(key)
        if entry is not None:
            entry.version = self.versions.at_origin.get(key, 0)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        """A load or a write is back."""
        if isinstance(state, Load):
            super().returned(call, outcome, state)
        elif isinstance(state, Unsaved):
            self._saved(state, outcome)
        else:
            if outcome == OK:
                self._written(call)
            call.answer(outcome)

    def _written(self, call: Call) -> None:
        """The origin has got the write of a request."""
        key = call.request[KEY]
        version = self.versions.next(key)
        self.versions.at_origin[key] = version
        entry = self._held.get(key)
        if self.spec.writes == "invalidate":
            if entry is not None:
                self.invalidated += 1
                self._order.removed(key)
                self._forget(key)
        elif self.spec.writes == "through":
            entry = self._store_write(key, call.request)
            if entry is not None:
                entry.version = version

    def _store_write(self, key: Any, request: tuple[Any, ...]) -> Entry | None:
        """Write an entry, which is a use of it; None if there is no room for it."""
        if key in self._held:
            self._order.used(key)
        else:
            self._order.missed(key)
        return self._store(key, self._life.ttl_s(request))

    # Writing back

    def _write_here(self, call: Call) -> bool:
        """Write an entry, and the origin later; false if there is no room for the entry."""
        key = call.request[KEY]
        entry = self._store_write(key, call.request)
        if entry is None:
            return False
        unsaved = entry.unsaved
        if unsaved is None:
            unsaved = Unsaved(key)
            self._soil(entry, unsaved)
        entry.version = unsaved.version = self.versions.next(key)
        unsaved.request = call.request
        unsaved.writes += 1
        return True

    def _soil(self, entry: Entry, unsaved: Unsaved) -> None:
        """Note that an entry has writes which the origin has not got."""
        entry.unsaved = unsaved
        self.dirty += 1
        self.dirty_area -= self.sim.now
        if self._flush_s is not None:
            self.hold(unsaved, self._flush_s, self._flush_due)

    def _clean(self, entry: Entry) -> Unsaved | None:
        """Take from an entry what the origin has not got."""
        unsaved = entry.unsaved
        if unsaved is not None:
            entry.unsaved = None
            self.dirty -= 1
            self.dirty_area += self.sim.now
        return unsaved

    def _save_in_time(self, unsaved: Unsaved) -> None:
        entry = self._held.get(unsaved.key)
        if entry is not None and entry.unsaved is unsaved:  # else saved at eviction, or lost
            self._clean(entry)
            self._save(unsaved)

    def _save(self, unsaved: Unsaved) -> None:
        self.written_back += 1
        self._origin.accept(Call(unsaved.request, self, unsaved))

    def _saved(self, unsaved: Unsaved, outcome: int) -> None:
        """A write of the cache's own is back; if it failed, the entry still has to be written."""
        key = unsaved.key
        entry = self._held.get(key)
        if outcome == OK:
            self.versions.at_origin[key] = unsaved.version
        elif entry is not None and entry.unsaved is not None:
            entry.unsaved.writes += unsaved.writes  # the later write stands for all of them
        elif entry is not None and entry.version == unsaved.version:
            self._soil(entry, unsaved.again())  # itself it may still lie in the event list
        else:
            self.lost_writes += unsaved.writes

    def _forget(self, key: Any) -> None:
        unsaved = self._clean(self._held[key])
        super()._forget(key)
        if unsaved is not None:
            self._save(unsaved)

    def _lose(self, key: Any) -> None:
        unsaved = self._clean(self._held[key])
        if unsaved is not None:
            self.lost_writes += unsaved.writes
        super()._lose(key)
