"""A cache with entries."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

from simulator.components.cache.clock import Clock
from simulator.components.cache.entries import Entry, Load
from simulator.components.cache.lifetimes import Lifetimes
from simulator.components.cache.plain import Cache
from simulator.kernel import CANCELED, FAILED, OK, Call, Simulation, count, level
from simulator.kernel.call import KEY
from simulator.kernel.wiring import group_of
from simulator.policies.eviction import Order

if TYPE_CHECKING:
    from simulator.components.cache import CacheSpec


class KeyedCache(Cache):
    """A cache with entries."""

    entries = level("entries held", better=None)
    expired = count("entries found past their time to live", better="lower")
    evicted = count("entries that left for want of room", better="lower")
    not_admitted = count("answers not kept, since whoever had to leave is worth more", better=None)
    coalesced = count("misses that waited for a load under way", better="higher")
    refreshes = count("loads of entries that still answer", better=None)
    stale_hits = count("hits on entries past their time to live", better="lower")
    rescued = count("requests answered with an old entry in place of a failed load", "higher")
    negative_hits = count("misses without a load, since a failed one is remembered", better=None)

    def __init__(self, name: str, sim: Simulation, spec: CacheSpec) -> None:
        super().__init__(name, sim, spec)
        self._capacity: float = spec.capacity or inf
        self._order = Order()
        if spec.capacity is not None:
            uniform = sim.uniforms(f"{name}.eviction")
            self._order = spec.eviction.start(spec.capacity, uniform)
        self._life = Lifetimes(group_of(name), sim, spec)
        self._minds_hits = self._life.minds_hits()
        self._held: dict[Any, Entry] = {}
        self._loading: dict[Any, Load] = {}
        self._failed_until_s: dict[Any, float] = {}
        self._leave = self._stop_waiting
        if spec.warm:
            luck = sim.uniforms(f"{name}.warm")
            held = spec.keys_held(sim.keys)
            self._warm_up(held, luck if spec.ttl_from == "fill" else None)

    # Looking up

    def _look_up(self, call: Call) -> None:
        key = call.request[KEY]
        entry = self._held.get(key)
        if entry is None:
            self._miss(call, key)
        elif self.sim.now >= entry.expires_s:
            self._find_old(call, key, entry)
        elif not (self._minds_hits and self._goes_to_load(call, key, entry)):
            self._hit(call, key, entry)

    def _hit(self, call: Call, key: Any, entry: Entry) -> None:
        self.hits += 1
        self._order.used(key)
        call.answer(OK)

    def _goes_to_load(self, call: Call, key: Any, entry: Entry) -> bool:
        """Prolong an entry or refresh it; whether the call itself goes to its origin for that."""
        life, now_s = self._life, self.sim.now
        if life.slides:
            entry.expires_s = now_s + entry.ttl_s
        if life.is_due is None:
            return False
        left_s = entry.expires_s - now_s
        if not life.is_due(left_s, entry.ttl_s, entry.load_s, call.request[life.luck]):
            return False
        if key in self._loading or self._is_known_to_fail(key):
            return False
        self.refreshes += 1
        if not life.waits:
            self._load_apart(call, key, self.spec.coalesces)
            return False
        self.misses += 1
        self._order.used(key)
        self._load(call, key)
        return True

    def _find_old(self, call: Call, key: Any, entry: Entry) -> None:
        """A request for an entry past its time to live."""
        life, now_s = self._life, self.sim.now
        if not entry.is_spent:
            entry.is_spent = True
            self.expired += 1
        if now_s < entry.expires_s + life.stale_s:
            self.stale_hits += 1
            if key not in self._loading and not self._is_known_to_fail(key):
                self.refreshes += 1
                self._load_apart(call, key, True)
            self._hit(call, key, entry)
            return
        if now_s >= entry.expires_s + life.kept_s:
            self._order.removed(key)
            self._forget(key)
        self._miss(call, key)

    def _miss(self, call: Call, key: Any) -> None:
        self.misses += 1
        self._order.missed(key)
        if self._failed_until_s and self._is_known_to_fail(key):
            self.negative_hits += 1
            call.answer(self._instead(key, FAILED, 1))
        else:
            self._load(call, key)

    # Loading

    def _load(self, call: Call, key: Any) -> None:
        """Send a call to the origin, or let it wait for a load of its key."""
        if not self.spec.coalesces:
            self.loads += 1
            call.return_to(self, Load(self.sim.now, None))
            self._origin.accept(call)
            return
        call.give_up = self._leave
        load = self._loading.get(key)
        if load is not None and load.waiting is not None:
            self.coalesced += 1
            load.waiting.append(call)
        else:
            self._load_apart(call, key, True, call)

    def _load_apart(
        self, call: Call, key: Any, is_shared: bool, waiting: Call | None = None
    ) -> None:
        """Send a load that belongs to no request; if it is shared, others may wait for it."""
        load = Load(self.sim.now, [] if waiting is None else [waiting])
        if is_shared:
            self._loading[key] = load
        self.loads += 1
        self._origin.accept(Call(call.request, self, load))

    def _stop_waiting(self, call: Call) -> None:
        """It stays in the list, without its ``give_up``: that is how it is told apart."""

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        """A load is back: of one request, or of all who wait for it."""
        load: Load = state
        key = call.request[KEY]
        waiting = load.waiting
        if waiting is not None and self._loading.get(key) is load:
            del self._loading[key]
        if outcome == OK:
            self._fill(key, call.request, self.sim.now - load.begun_s)
        elif outcome != CANCELED:
            outcome = self._fail(key, outcome, waiting)
        if waiting is None:
            call.answer(outcome)
            return
        for each in waiting:
            if each.give_up is not None:  # else it gave up, maybe over the answer before
                each.give_up = None
                each.answer(outcome)

    def _fail(self, key: Any, outcome: int, waiting: list[Call] | None) -> int:
        """A load came to nothing: remember that, and see what to answer those who asked for it."""
        if self._life.negative_s:
            self._failed_until_s[key] = self.sim.now + self._life.negative_s
        asked = 1 if waiting is None else sum(each.give_up is not None for each in waiting)
        return self._instead(key, outcome, asked)

    def _instead(self, key: Any, outcome: int, asked: int) -> int:
        """The outcome for those who asked, now that there will be no new answer."""
        entry = self._held.get(key)
        if entry is None or self.sim.now >= entry.expires_s + self._life.error_s:
            return outcome
        self.rescued += asked
        return OK

    def _is_known_to_fail(self, key: Any) -> bool:
        until_s = self._failed_until_s.get(key)
        if until_s is None:
            return False
        if self.sim.now < until_s:
            return True
        del self._failed_until_s[key]
        return False

    # Entries

    def _fill(self, key: Any, request: tuple[Any, ...], load_s: float) -> None:
        """Keep what a load has brought."""
        if self._failed_until_s:
            self._failed_until_s.pop(key, None)
        if self.spec.fill == "add":
            entry = self._held.get(key)
            if entry is not None and self.sim.now < entry.expires_s:
                return
        entry = self._store(key, self._life.ttl_s(request))
        if entry is not None:
            entry.load_s = load_s

    def _store(self, key: Any, ttl_s: float) -> Entry | None:
        """Begin an entry's time to live, making room for it if need be; None if not admitted."""
        entry = self._held.get(key)
        if entry is not None:
            self._order.refilled(key)
        else:
            if len(self._held) >= self._capacity:
                if not self._order.admits(key):
                    self.not_admitted += 1
                    return None
                self.evicted += 1
                self._forget(self._order.victim())
            entry = self._held[key] = Entry()
            self.entries += 1
            self.entries_area -= self.sim.now
            self._order.added(key)
        entry.ttl_s = ttl_s
        expires_s = self.sim.now + ttl_s
        clock = self._life.clock
        entry.expires_s = expires_s if clock is None else clock.when(expires_s)
        entry.is_spent = False
        return entry

    def _forget(self, key: Any) -> None:
        """Let go of an entry that the order does not know any more."""
        del self._held[key]
        self.entries -= 1
        self.entries_area += self.sim.now

    def _warm_up(self, keys: int, luck: Callable[[], float] | None) -> None:
        """Hold the most popular keys; with luck, as if each had been filled some time ago."""
        ttl_s = self._life.warm_ttl_s(f"{self.name}.warm_ttl.{self.sim.now:g}", self.sim)
        for key in reversed(range(keys)):
            entry = self._store(key, ttl_s())
            if entry is not None and luck is not None and entry.ttl_s < inf:
                entry.expires_s = self.sim.now + entry.ttl_s * luck()

    def flush(self, share: float = 1.0, warm: bool = False) -> None:
        """Lose every entry at once, or a share of them at random; loads under way go on.

        Args:
            share: chance of each entry to be lost.
            warm: whether it begins anew with the most popular keys, as many as at first, or as fit.
        """
        luck = self.sim.uniforms(f"{self.name}.flush.{self.sim.now:g}")
        for key in list(self._held):
            if share == 1 or luck() < share:
                self._lose(key)
        if share == 1:
            self._failed_until_s.clear()
        if warm:
            self._warm_up(self.spec.keys_held(self.sim.keys, anew=True), None)

    def _lose(self, key: Any) -> None:
        self._order.removed(key)
        self._forget(key)

    # A clock that is wrong. Entries carry dates; what is kept of them is when the cache will find
    # them too old, which changes with its clock.

    def skew_clock(self, offset_s: float, drift: float) -> None:
        """Let the clock be ahead, and gain so many seconds in each second, until ``mend_clock``."""
        clock = self._life.clock = self._life.clock or Clock()
        dates = self._dates(clock)
        clock.skew(offset_s, drift, self.sim.now)
        self._read_anew(clock, dates)

    def mend_clock(self, offset_s: float, drift: float) -> None:
        """End one such skew."""
        clock = self._life.clock
        assert clock is not None
        dates = self._dates(clock)
        clock.mend(offset_s, drift)
        self._read_anew(clock, dates)

    def _dates(self, clock: Clock) -> list[tuple[Entry, float]]:
        return [(entry, clock.shows(entry.expires_s)) for entry in self._held.values()]

    def _read_anew(self, clock: Clock, dates: list[tuple[Entry, float]]) -> None:
        for entry, date_s in dates:
            entry.expires_s = clock.when(date_s)
