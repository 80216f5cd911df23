"""A load balancer that finds out which replicas are well, and prefers those of its own zone."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from simulator.components.load_balancer.border import Border
from simulator.components.load_balancer.health import HealthCheck
from simulator.components.load_balancer.stale import StaleLoadBalancer
from simulator.kernel import (
    CANCELED,
    OK,
    REJECTED,
    Call,
    Find,
    Patience,
    Simulation,
    count,
    level,
    ratio,
)
from simulator.kernel.call import Caller, probe_taking
from simulator.policies.balancing import Picker, Pool
from simulator.policies.balancing.levels import LevelPicker
from simulator.policies.detection import Verdict
from simulator.policies.ejection import Ejections, OutlierDetection
from simulator.policies.priority_levels import loads_of

if TYPE_CHECKING:
    from simulator.components.load_balancer import LoadBalancerSpec


class WatchedLoadBalancer(StaleLoadBalancer):
    """A load balancer that checks its replicas, ejects outliers and knows its way to other zones.

    A replica that is there is healthy unless checks have condemned it or it is ejected. From the
    numbers of healthy ones follows what each level gets and who in it may get calls, see
    ``simulator.policies.priority_levels``.
    """

    rejected = count("calls refused because no replica might get any", better="lower")
    checks = count("health checks sent")
    failed_checks = count("health checks not answered ok in time")
    ejections = count("times that a replica was ejected for its errors")
    cross_zone = count("calls handed to a replica in another zone", better="lower")
    healthy = level("replicas taken for healthy", better="higher")
    ejected = level("replicas ejected for their errors", better="lower")
    panicking = level("whether it ignores health in some level: 1, or 0", better="lower")
    panic_ratio = ratio("part of the time in which health was ignored", "panicking", better="lower")
    cross_zone_ratio = ratio(
        "part of the calls that went to another zone", "cross_zone", "forwarded", better="lower"
    )
    resting = "network"

    def __init__(self, name: str, sim: Simulation, spec: LoadBalancerSpec) -> None:
        super().__init__(name, sim, spec, spec.refresh_every)
        self._levels: list[list[int]] = []
        self._passes: list[bool] = []  # of each replica, what checks say
        self._nobody: list[bool] = []  # of each replica, that it is not ejected
        self._is_there: list[bool] = []
        self._judges: list[_Judge] = []  # of all replicas, if there are checks
        self._is_away: list[bool] = []  # of each replica, whether it is in another zone
        self._is_closed = False  # nobody may get calls
        self._border = Border(name, sim, spec.cross_zone_latency)
        self._ejections: Ejections | None = None
        self._timed: dict[Call, int] | None = None  # calls that are not overdue yet
        self._patience: Patience | None = None
        self._leveled: LevelPicker | None = None
        self._fresh_needs: Any = None  # for checks that are calls

    def connect(self, find: Find) -> None:
        super().connect(find)
        places = range(len(self._pool))
        self._passes = [True] * len(places)
        self._nobody = [False] * len(places)
        self._is_there = [True] * len(places)
        self._settle()
        if self.spec.health_check is not None:
            self._begin_checks(self.spec.health_check)
        if self.spec.outlier_detection is not None:
            self._begin_sweeps(self.spec.outlier_detection)

    def _start(self, pool: Pool) -> Picker:
        """Put replicas into levels, by zone if it minds that; a policy chooses within a level."""
        zones = [self.sim.zones.get(name, "") for name in pool.names]
        own = self.sim.zones.get(self.name, "")
        self._is_away = [bool(zone) and bool(own) and zone != own for zone in zones]
        order = [own, *self.spec.zone_order] if self.spec.zone_aware else []
        ranks = [order.index(zone) if zone in order else len(order) for zone in zones]
        self._levels = [
            [place for place, each in enumerate(ranks) if each == rank]
            for rank in range(len(order) + 1)
        ]
        pickers: list[Picker] = [self.spec.policy.start(pool) for _ in self._levels]
        if len(pickers) == 1:
            return pickers[0]
        self._leveled = LevelPicker(pool, self._levels, pickers)
        return self._leveled

    # Calls

    def accept(self, call: Call) -> None:
        if self._is_closed:
            self.rejected += 1
            call.answer(REJECTED)
            return
        self.forwarded += 1
        place = self._choose(call)
        self.outstanding[place] += 1
        call.back = (self, (place, self.sim.now), call.back)
        if self._timed is not None and self._patience is not None:
            self._timed[call] = place
            self._patience.watch(call, place)
        if self._is_away[place]:
            self.cross_zone += 1
            self._border.cross(call, self._pool[place])
        else:
            self._pool[place].accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if self._ejections is not None:
            sent: tuple[int, float] = state
            is_late = self._timed is not None and self._timed.pop(call, None) is None
            if outcome != CANCELED and not is_late:  # what is late was counted when it was due
                self._note(sent[0], outcome == OK)
        super().returned(call, outcome, state)

    def probe(self, call: Call) -> None:
        """Ask in turn those replicas that may get calls; refuse if there are none."""
        if self._is_closed:
            call.answer(REJECTED)
            return
        self._probed += 1
        place = self._allowed[self._probed % len(self._allowed)]
        self._pool[place].probe(call)

    # Active checks

    def _begin_checks(self, spec: HealthCheck) -> None:
        uniform = self.sim.uniforms(f"{self.name}.health")
        if spec.deep:
            self._fresh_needs = self.sim.needs.renewed(f"{self.name}.health")[0]
        for place in range(len(self._pool)):
            self._judges.append(_Judge(self, spec.detector.start()))
            self.sim.process(self._check(place, spec, uniform))

    def _check(self, place: int, spec: HealthCheck, uniform: Any) -> Generator[Any, Any, None]:
        yield self.sim.timeout(uniform() * spec.interval)
        while True:
            if self._is_there[place]:
                self.checks += 1
                check = self._asked(place, spec, self._judges[place])
                yield self.sim.timeout(spec.timeout)
                check.cancel()
            else:
                yield self.sim.timeout(spec.timeout)
            pause_s = spec.interval * (1 + spec.jitter * (2 * uniform() - 1))
            yield self.sim.timeout(max(0.0, pause_s - spec.timeout))  # the least may round to less

    def _asked(self, place: int, spec: HealthCheck, judge: _Judge) -> Call:
        """A check under way to a replica."""
        replica = self._pool[place]
        if spec.deep:
            key = 0 if self.sim.keys else None
            check = Call((-1, 0, key, *self._fresh_needs()), judge, place)
            replica.accept(check)
        else:
            check = Call(probe_taking(spec.answer_time), judge, place)
            replica.probe(check)
        return check

    def judged(self, judge: _Judge, place: int, is_good: bool, is_healthy: bool) -> None:
        """Take in what came of a check, and what the detector makes of it."""
        if judge is not self._judges[place]:
            return  # it was about a replica that has gone since
        if not is_good:
            self.failed_checks += 1
        if is_healthy != self._passes[place]:
            self._passes[place] = is_healthy
            self._settle()

    # Replicas that come and go

    def let_in(self, name: str, is_there: bool) -> None:
        """Send a replica calls from now on, as to a new one, or no more."""
        for place, replica in enumerate(self._pool):
            if replica.name == name and self._is_there[place] != is_there:
                self._is_there[place] = is_there
                self._passes[place] = True
                if self._judges and self.spec.health_check is not None:
                    self._judges[place] = _Judge(self, self.spec.health_check.detector.start())
        self._settle()

    # Passive checks

    def _begin_sweeps(self, spec: OutlierDetection) -> None:
        self._ejections = spec.start(len(self._pool))
        if spec.timeout is not None:
            self._timed = {}
            self._patience = Patience(self.sim, spec.timeout, self._overdue)
        self.sim.process(self._sweep(spec.interval, self._ejections))

    def _sweep(self, interval_s: float, ejections: Ejections) -> Generator[Any, Any, None]:
        while True:
            yield self.sim.timeout(interval_s)
            back, gone = ejections.sweep(self.sim.now)
            self.ejections += len(gone)
            if back or gone:
                self._settle()

    def _overdue(self, call: Call, place: Any) -> None:
        if self._timed is not None and self._timed.pop(call, None) is not None:
            self._note(place, False)

    def _note(self, place: int, is_good: bool) -> None:
        if self._ejections is not None and self._ejections.note(place, is_good, self.sim.now):
            self.ejections += 1
            self._settle()

    # What follows

    def _settle(self) -> None:
        """Let calls go where they may go now."""
        out = self._ejections.is_out if self._ejections is not None else self._nobody
        there = [[place for place in places if self._is_there[place]] for places in self._levels]
        well = [
            [place for place in places if self._passes[place] and not out[place]]
            for places in there
        ]
        percents, panics = loads_of(
            [len(places) for places in well],
            [len(places) for places in there],
            self.spec.panic_threshold,
            self.spec.overprovisioning if self.spec.zone_aware else 1.0,
        )
        self._tell(sum(map(len, well)), sum(out), any(panics))
        self._is_closed = sum(percents) == 0
        if self._is_closed:
            self._allowed = []
            return
        if self._leveled is not None:
            self._leveled.share(percents)
        may = [a if panic else b for a, b, panic in zip(there, well, panics, strict=True)]
        self.allow([place for places in may for place in places])

    def _tell(self, healthy: int, ejected: int, panics: bool) -> None:
        """Keep the levels that are measured."""
        now_s, panicking = self.sim.now, int(panics)
        self.healthy_area -= (healthy - self.healthy) * now_s
        self.ejected_area -= (ejected - self.ejected) * now_s
        self.panicking_area -= (panicking - self.panicking) * now_s
        self.healthy, self.ejected, self.panicking = healthy, ejected, panicking


class _Judge(Caller):
    """Sees the answers to the checks of one replica."""

    def __init__(self, balancer: WatchedLoadBalancer, verdict: Verdict) -> None:
        self._balancer = balancer
        self._verdict = verdict

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        is_good = outcome == OK
        is_healthy = self._verdict(self._balancer.sim.now, is_good)
        self._balancer.judged(self, state, is_good, is_healthy)
