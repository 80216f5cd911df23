"""What resolvers know of a name, and what its authority finds out about the targets."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from simulator.kernel import (
    FAILED,
    OK,
    Call,
    Component,
    Find,
    Simulation,
    Uniform,
    count,
    level,
    ratio,
)
from simulator.kernel.call import PROBE

if TYPE_CHECKING:
    from simulator.components.dns import DnsHealthCheck, DnsSpec


class Dns(Component):
    """A name that is looked up for every call."""

    cached = count("calls whose resolver had an answer", better="higher")
    missed = count("calls that had to wait for a lookup", better="lower")
    lookups = count("lookups at the authority", better="lower")
    failed = count("calls whose lookup failed, or was not answered", better="lower")
    to_first = count("calls sent to the first target")
    to_others = count("calls sent to another target")
    outdated = count("calls sent to a target that the record did not name any more", better="lower")
    changes = count("changes of the record")
    probes = count("probes of targets")
    well = level("targets that pass their health checks", better="higher")
    hit_ratio = ratio(
        "calls whose resolver had an answer, of all that asked", "cached", "cached", "missed"
    )
    first_ratio = ratio(
        "part of the calls sent to the first target", "to_first", "to_first", "to_others"
    )
    outdated_ratio = ratio(
        "part of the calls sent to an old target", "outdated", "to_first", "to_others"
    )
    resting = "lookup"

    def __init__(self, name: str, sim: Simulation, spec: DnsSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._luck = sim.needs.add(f"{name}.resolver", Uniform())
        self._lookup = sim.needs.add(f"{name}.lookup", spec.lookup_time)
        self._resolvers: int = spec.resolvers
        self._answer = spec.answers.start(sim.uniforms(f"{name}.answers"))
        self._targets: list[Component] = []
        self._is_well: list[bool] = []
        self._streak: list[int] = []  # probes in a row that speak against what is thought
        self._record: tuple[int, ...] = ()
        # By resolver: how long it keeps an answer, the answer, until when, and when it will have
        # the next one if it has asked.
        self._ttl_s: list[float] = []
        self._known: list[tuple[int, ...]] = []
        self._until_s: list[float] = []
        self._due_s: list[float] = []
        self._turn = 0
        self._outages: list[bool] = []  # of the crashes under way: do they hang?
        self._resolved_due = (self._resolved,)

    def connect(self, find: Find) -> None:
        self._targets = [each for name in self.spec.targets for each in find(name)]
        self._is_well = [True] * len(self._targets)
        self._streak = [0] * len(self._targets)
        self.well = len(self._targets)
        self._record = self.spec.answers.record(tuple(range(len(self._targets))))
        self._remember()
        if self.spec.health_check is not None:
            for place, target in enumerate(self._targets):
                luck = self.sim.uniforms(f"{self.name}.health_check.{target.name}")
                self.sim.process(self._check(self.spec.health_check, place, luck()))

    def _remember(self) -> None:
        """Let every resolver have asked, some time ago."""
        spec, luck = self.spec, self.sim.uniforms(f"{self.name}.resolvers")
        for _ in range(self._resolvers):
            overstays, left = luck() < spec.overstays, luck()
            ttl_s = spec.ttl * spec.overstay_factor if overstays else spec.ttl
            self._ttl_s.append(ttl_s)
            self._until_s.append(ttl_s * left)
            self._known.append(self._answer(self._record))
            self._due_s.append(-1.0)

    # Names

    def accept(self, call: Call) -> None:
        resolver = int(call.request[self._luck] * self._resolvers)
        if self.sim.now < self._until_s[resolver]:
            self.cached += 1
            self._send(call, resolver)
        else:
            self.missed += 1
            self._look_up(call, resolver)

    def _look_up(self, call: Call, resolver: int) -> None:
        """Let a call wait for its resolver, which asks the authority if it has not done so."""
        now_s = self.sim.now
        if self._due_s[resolver] <= now_s:
            self.lookups += 1
            self._due_s[resolver] = now_s + call.request[self._lookup]
        self.hold(call, self._due_s[resolver] - now_s, self._resolved_due)

    def _resolved(self, call: Call) -> None:
        resolver = int(call.request[self._luck] * self._resolvers)
        if self.sim.now >= self._until_s[resolver]:
            if self._outages:
                self._fail(call)
                return
            self._known[resolver] = self._answer(self._record)
            self._until_s[resolver] = self.sim.now + self._ttl_s[resolver]
        self._send(call, resolver)

    def _fail(self, call: Call) -> None:
        self.failed += 1
        if not any(self._outages):
            call.answer(FAILED)  # else silence: whoever asked has to give up

    def _send(self, call: Call, resolver: int) -> None:
        known = self._known[resolver]
        place = known[0]
        if len(known) > 1:
            self._turn += 1
            place = known[self._turn % len(known)]
        self._note(place)
        self._targets[place].accept(call)

    def _note(self, place: int) -> None:
        """Count a call that is sent to a target."""
        if place == 0:
            self.to_first += 1
        else:
            self.to_others += 1
        if place not in self._record:
            self.outdated += 1

    # Health checks

    def _check(self, check: DnsHealthCheck, place: int, luck: float) -> Generator[Any, Any, None]:
        """Probe one target for ever, beginning somewhere within the first interval."""
        yield self.sim.timeout(luck * check.interval)
        while True:
            self.probes += 1
            probe = Call(PROBE, self, place)
            self._targets[place].probe(probe)
            yield self.sim.timeout(check.timeout)
            if probe.back is not None:
                probe.cancel()
            yield self.sim.timeout(check.interval - check.timeout)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        """A probe is back, or was waited for too long."""
        place: int = state
        check = self.spec.health_check
        assert check is not None
        if (outcome == OK) == self._is_well[place]:
            self._streak[place] = 0
            return
        self._streak[place] += 1
        if self._streak[place] >= (check.successes if outcome == OK else check.failures):
            self._streak[place] = 0
            self._turned(place, outcome == OK)

    def _turned(self, place: int, is_well: bool) -> None:
        """Change the record, now that a target is taken to be well, or not to be."""
        self._is_well[place] = is_well
        self.well += 1 if is_well else -1
        self.well_area += -self.sim.now if is_well else self.sim.now
        well = tuple(each for each in range(len(self._targets)) if self._is_well[each])
        record = self.spec.answers.record(well or tuple(range(len(self._targets))))
        if record != self._record:
            self._record = record
            self.changes += 1

    # Faults

    def crash(self, hangs: bool = False) -> None:
        """Let lookups fail, or go unanswered, until ``recover``."""
        self._outages.append(hangs)

    def recover(self, hangs: bool = False) -> None:
        """End one crash."""
        self._outages.remove(hangs)
