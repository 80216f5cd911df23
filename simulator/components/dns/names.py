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
from simulator.kernel.call import PROBE, Caller
from simulator.policies.detection import Consecutive

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
        self._answer = spec.answers.start(sim.uniforms(f"{name}.answers"))
        self._count: int = spec.resolvers
        self._resolvers: list[Resolver] = []
        self._targets: list[Component] = []
        self._record: tuple[int, ...] = ()
        self._outages: list[bool] = []  # of the crashes under way: do they hang?
        self._resolved_due = (self._resolved,)

    def connect(self, find: Find) -> None:
        self._targets = [each for name in self.spec.targets for each in find(name)]
        self.well = len(self._targets)
        self._record = self.spec.answers.record(tuple(range(len(self._targets))))
        self._remember()
        if self.spec.health_check is not None:
            Checks(self.sim, self.spec.health_check, self, self._targets).start()

    def _remember(self) -> None:
        """Let every resolver have asked, some time ago."""
        spec, luck = self.spec, self.sim.uniforms(f"{self.name}.resolvers")
        for _ in range(self._count):
            overstays, left = luck() < spec.overstays, luck()
            resolver = Resolver(spec.ttl * spec.overstay_factor if overstays else spec.ttl)
            resolver.until_s = resolver.ttl_s * left
            resolver.known = self._answer(self._record)
            self._resolvers.append(resolver)

    # Names

    def probe(self, call: Call) -> None:
        """Ask a target that the record names."""
        self._targets[self._record[0]].probe(call)

    def accept(self, call: Call) -> None:
        resolver = self._resolvers[int(call.request[self._luck] * self._count)]
        if self.sim.now < resolver.until_s:
            self.cached += 1
            self._send(call, resolver)
        else:
            self.missed += 1
            self._look_up(call, resolver)

    def _look_up(self, call: Call, resolver: Resolver) -> None:
        """Let a call wait for its resolver, which asks the authority if it has not done so."""
        now_s = self.sim.now
        if resolver.due_s <= now_s:
            self.lookups += 1
            resolver.due_s = now_s + call.request[self._lookup]
        self.hold(call, resolver.due_s - now_s, self._resolved_due)

    def _resolved(self, call: Call) -> None:
        resolver = self._resolvers[int(call.request[self._luck] * self._count)]
        if self.sim.now >= resolver.until_s:
            if self._outages:
                self._fail(call)
                return
            resolver.known = self._answer(self._record)
            resolver.until_s = self.sim.now + resolver.ttl_s
        self._send(call, resolver)

    def _fail(self, call: Call) -> None:
        self.failed += 1
        if not any(self._outages):
            call.answer(FAILED)  # else silence: whoever asked has to give up

    def _send(self, call: Call, resolver: Resolver) -> None:
        place = resolver.next()
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

    def learn(self, well: tuple[int, ...]) -> None:
        """Change the record to suit the targets that are taken to be well now."""
        change = len(well) - self.well
        self.well += change
        self.well_area -= change * self.sim.now
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


class Resolver:
    """What one resolver knows of the name.

    Attributes:
        ttl_s: how long it keeps an answer.
        known: the targets it was told.
        until_s: until when it goes by that.
        due_s: when it will have the next answer, if it has asked.
    """

    __slots__ = ("ttl_s", "known", "until_s", "due_s", "_turn")

    def __init__(self, ttl_s: float) -> None:
        self.ttl_s = ttl_s
        self.known: tuple[int, ...] = ()
        self.until_s = 0.0
        self.due_s = -1.0
        self._turn = 0

    def next(self) -> int:
        """The target for the next who asks: each of those it knows in turn."""
        self._turn += 1
        return self.known[self._turn % len(self.known)]


class Checks(Caller):
    """Probes all targets of a name, and tells the name when it thinks otherwise of one."""

    def __init__(
        self, sim: Simulation, check: DnsHealthCheck, dns: Dns, targets: list[Component]
    ) -> None:
        self.sim = sim
        self.name = dns.name
        self._check = check
        self._dns = dns
        self._targets = targets
        self._is_well = [True] * len(targets)
        rule = Consecutive(unhealthy_after=check.failures, healthy_after=check.successes)
        self._verdicts = [rule.start() for _ in targets]

    def start(self) -> None:
        """Begin with each target at an instant of its own, within the first interval."""
        for place, target in enumerate(self._targets):
            luck = self.sim.uniforms(f"{self.name}.health_check.{target.name}")
            self.sim.process(self._probe(place, luck() * self._check.interval))

    def _probe(self, place: int, begins_s: float) -> Generator[Any, Any, None]:
        check = self._check
        yield self.sim.timeout(begins_s)
        while True:
            self._dns.probes += 1
            probe = Call(PROBE, self, place)
            self._targets[place].probe(probe)
            yield self.sim.timeout(check.timeout)
            if probe.back is not None:
                probe.cancel()
            yield self.sim.timeout(check.interval - check.timeout)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        """A probe is back, or was waited for too long."""
        place: int = state
        is_well = self._verdicts[place](self.sim.now, outcome == OK)
        if is_well != self._is_well[place]:
            self._is_well[place] = is_well
            places = range(len(self._targets))
            self._dns.learn(tuple(each for each in places if self._is_well[each]))
