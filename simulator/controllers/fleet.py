"""The replicas of one group, and what becomes of each: the act of every controller of replicas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simulator.controllers.base import LiveController, Process
from simulator.controllers.life_cycle import LifeCycle
from simulator.kernel import FAILED, Call, Component, Simulation, count, level
from simulator.kernel.wiring import group_of

GONE, PENDING, STARTING, READY, DRAINING = "gone", "pending", "starting", "ready", "draining"
PAID_FOR = {STARTING, READY, DRAINING}
LOOK_S = 0.1  # at whether one that drains has nothing left to do


class Replica:
    """The place of one replica, taken or not, and whoever lives there now.

    Attributes:
        station: what serves its calls.
        state: one of ``GONE``, ``PENDING``, ``STARTING``, ``READY``, ``DRAINING``.
        life: how many have lived there; one that was told to go does not come up any more.
        is_open: whether it takes calls.
        is_listed: whether load balancers send it calls.
        since_s: since when it is in this state, in seconds.
        started_s: since when it has a machine; when it was made, before that.
        is_new: whether it is of a new version.
    """

    def __init__(self, station: Any) -> None:
        self.station = station
        self.state = GONE
        self.life = 0
        self.is_open = False
        self.is_listed = True
        self.since_s = 0.0
        self.started_s = 0.0
        self.is_new = False

    @property
    def name(self) -> str:
        return str(self.station.name)

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing left to do."""
        return not self.station.in_service and not self.station.queued


class Fleet(LiveController):
    """Lets replicas of a group come and go, as a controller wants it.

    Args:
        name: of the controller.
        sim: the run.
        spec: how long they take for it.
        members: every replica there may be, as stations.
        balancers: whatever sends calls to them.
        running: how many are ready at the beginning.

    Attributes:
        replicas: all places, in the order of their names.
    """

    pending = level("replicas that have no machine yet")
    starting = level("replicas that have a machine and are not ready yet")
    ready = level("replicas that are ready", peaks=True)
    draining = level("replicas that take no new calls and finish what they have")
    existing = level("replicas in any of these states", peaks=True)
    paid = level("replicas that are paid for: all but pending ones", better="lower")
    wanted = level("replicas that there are to be", peaks=True)
    missing = level("replicas wanted and not ready", better="lower", peaks=True)
    made = count("replicas begun")
    ended = count("replicas that went")
    lost = count("calls that failed because their replica went before they were done", "lower")
    refused = count("calls sent to a replica that takes none any more", better="lower")

    def __init__(
        self,
        name: str,
        sim: Simulation,
        spec: LifeCycle,
        members: Sequence[Any],
        balancers: Sequence[Any],
        running: int,
    ) -> None:
        super().__init__(name, sim)
        self.life_cycle = spec
        self.replicas = [Replica(station) for station in members]
        self.group = group_of(self.replicas[0].name)
        self._places = {each.name: each for each in self.replicas}
        self._balancers = balancers
        self._bills: list[tuple[str, float, float]] = []  # replica, from and to when it was paid
        self._pending_s = sim.draws(f"{self.group}.pending_time", spec.pending_time)
        self._start_s = sim.draws(f"{self.group}.start_time", spec.start_time)
        self._probe = sim.uniforms(f"{self.group}.readiness")
        self._running = running
        self._is_acting = False

    def door(self, receiver: Component) -> Component:
        """What whoever sends calls to a replica is to send them to."""
        return Door(self, self._places[receiver.name], receiver)

    def start(self) -> None:
        """Let those of the beginning be ready, and the others not be there."""
        for each in self.replicas[: self._running]:
            each.is_open = True
            self._become(each, READY)
        for each in self.replicas[self._running :]:
            each.station.leave()
            self._list(each, False)
        self.want(self._running)

    # What a controller does

    def want(self, replicas: int) -> None:
        """Note how many there are to be; it changes nothing else."""
        self._shift("wanted", replicas - self.wanted)
        self._count_missing()

    def begin(self, place: Replica, is_new: bool = False) -> None:
        """Let a new replica take a place that is free."""
        place.life += 1
        place.is_new = is_new
        place.started_s = self.sim.now
        self.made += 1
        self._become(place, PENDING)
        self.sim.process(self._come_up(place, place.life))

    def end(self, place: Replica) -> None:
        """Let a replica go."""
        place.life += 1
        if place.state != READY:
            self._be_gone(place)
            return
        self._become(place, DRAINING)
        if self.life_cycle.propagation:
            self.sim.process(self._be_forgotten(place))
        else:
            self._list(place, False)
        if self.life_cycle.grace:
            self.sim.process(self._go(place, self.sim.now + self.life_cycle.grace))
        else:
            self._leave(place)

    def alive(self) -> list[Replica]:
        """Those that are there and not told to go."""
        return [each for each in self.replicas if each.state not in (GONE, DRAINING)]

    def free(self) -> list[Replica]:
        """Places that a new one can take: nobody takes it for the old one any more."""
        return [each for each in self.replicas if each.state == GONE and not each.is_listed]

    def changed(self) -> None:
        """See that a replica has become ready, that a place is free again, or a new aim."""
        if not self._is_acting:  # else whoever acts goes on until nothing is left to do
            self._is_acting = True
            self.act()
            self._is_acting = False

    def act(self) -> None:
        """Begin and end replicas as it is due now."""
        raise NotImplementedError

    def bill(self, from_s: float, to_s: float) -> dict[str, float]:
        """Of each replica, the part of a stretch of time for which it was paid."""
        open_bills = [
            (each.name, each.started_s, to_s) for each in self.replicas if each.state in PAID_FOR
        ]
        found = dict.fromkeys(self._places, 0.0)
        for name, begin_s, end_s in self._bills + open_bills:
            found[name] += max(0.0, min(end_s, to_s) - max(begin_s, from_s)) / (to_s - from_s)
        return found

    # What becomes of a replica

    def _come_up(self, place: Replica, life: int) -> Process:
        sim, spec = self.sim, self.life_cycle
        start_s = self._start_s() + place.station.start_s()
        steps: list[tuple[float, Callable[[], None]]] = [
            (self._pending_s(), lambda: self._get_machine(place)),
            (start_s + self._until_noticed_s(), lambda: self.become_ready(place)),
            (spec.propagation, lambda: self._list(place, True)),
        ]
        for takes_s, then in steps:
            if takes_s > 0:
                yield sim.timeout(takes_s)
            if place.life != life:
                return  # it was told to go
            then()

    def _until_noticed_s(self) -> float:
        """From being up until enough probes have said so: they come at instants of their own."""
        period_s = self.life_cycle.readiness_period
        if not period_s:
            return 0.0
        return period_s * (self._probe() + self.life_cycle.readiness_successes - 1)

    def _get_machine(self, place: Replica) -> None:
        place.started_s = self.sim.now
        self._become(place, STARTING)

    def become_ready(self, place: Replica) -> None:
        """Let a replica take calls, once load balancers know of it."""
        place.is_open = True
        place.station.enter()
        self._become(place, READY)
        self.changed()

    def _be_forgotten(self, place: Replica) -> Process:
        yield self.sim.timeout(self.life_cycle.propagation)
        self._list(place, False)
        self.changed()

    def _go(self, place: Replica, deadline_s: float) -> Process:
        sim, spec = self.sim, self.life_cycle
        yield sim.timeout(spec.pre_stop)
        place.is_open = False  # and nothing new is begun
        while spec.drains and not place.is_empty and sim.now < deadline_s:
            yield sim.timeout(min(LOOK_S, deadline_s - sim.now))
        self._leave(place)

    def _leave(self, place: Replica) -> None:
        place.is_open = False
        self.lost += place.station.leave()
        self._be_gone(place)

    def _be_gone(self, place: Replica) -> None:
        if place.state in PAID_FOR:
            self._bills.append((place.name, place.started_s, self.sim.now))
        self._become(place, GONE)
        self.ended += 1
        self.changed()

    def _become(self, place: Replica, state: str) -> None:
        for old, step in ((place.state, -1), (state, 1)):
            if old != GONE:
                self._shift(old, step)
                self._shift("existing", step)
            if old in PAID_FOR:
                self._shift("paid", step)
        place.state = state
        place.since_s = self.sim.now
        self._count_missing()

    def _count_missing(self) -> None:
        self._shift("missing", max(0, self.wanted - self.ready) - self.missing)

    def _shift(self, name: str, step: int) -> None:
        """Change a level."""
        value = getattr(self, name) + step
        setattr(self, name, value)
        setattr(self, f"{name}_area", getattr(self, f"{name}_area") - step * self.sim.now)
        if value > getattr(self, f"{name}_peak", value):
            setattr(self, f"{name}_peak", value)

    def _list(self, place: Replica, is_there: bool) -> None:
        place.is_listed = is_there
        for each in self._balancers:
            each.let_in(place.name, is_there)


class Door(Component):
    """Stands in front of a replica that comes and goes, and is shut while it takes no calls.

    What else is asked of it, the replica answers. Whoever knocks at a shut door is refused at once:
    nobody listens there any more.
    """

    def __init__(self, fleet: Fleet, place: Replica, receiver: Component) -> None:
        super().__init__(receiver.name, receiver.sim)
        self._fleet = fleet
        self._place = place
        self._receiver = receiver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._receiver, name)

    def accept(self, call: Call) -> None:
        if self._place.is_open:
            self._receiver.accept(call)
        else:
            self._fleet.refused += 1
            call.answer(FAILED)

    def probe(self, call: Call) -> None:
        if self._place.is_open:
            self._receiver.probe(call)
        else:
            call.answer(FAILED)
