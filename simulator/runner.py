"""One scenario, one seed, one run: build the components, connect them, run, collect."""

from __future__ import annotations

import platform
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from simulator.controllers import Site, controlled
from simulator.controllers.fleet import Fleet
from simulator.errors import SimulationError, SimulatorError
from simulator.kernel import IS_COMPILED, Component, Find, Simulation
from simulator.kernel.recorder import CAP, Recorder, RequestLog
from simulator.kernel.wiring import group_of
from simulator.results import Decision, Run, Strike
from simulator.tracing import Sampled, TracedSimulation, Tracer
from simulator.version import __version__
from simulator.world.users import USERS, Users

if TYPE_CHECKING:
    from simulator.scenario import Scenario
    from simulator.workload.source import Source

INTERVALS = 240  # of the curves over time
LOOKS = 1000  # at the share of a run that is done
TELL_S = 0.2  # of the host's time, at least, between reports of it


class Stopped(SimulatorError):
    """A run was stopped before there was anything to measure."""


class Watch:
    """Follows a run while it is made, and may stop it.

    Args:
        tell: is called now and then with the share of the simulated time that is done, 0 to 1.
            Of several runs in a row it is told of the first.
    """

    def __init__(self, tell: Callable[[float], None] | None = None) -> None:
        self.is_stopped = False
        self._tell = tell
        self._sim: Simulation | None = None

    def stop(self) -> None:
        """End the run under way, or the next one, before its next event.

        What had been measured until then is kept. A signal handler may call this, or ``tell``.
        """
        self.is_stopped = True
        if self._sim is not None:
            self._sim.stop()

    def begin(self, sim: Simulation, horizon_s: float) -> None:
        """Follow this run, which will take about so many seconds of simulated time."""
        self._sim = sim
        if self.is_stopped:
            sim.stop()
        if self._tell is not None:
            sim.process(_look(sim, horizon_s, self._tell))
            self._tell = None


def _look(sim: Simulation, horizon_s: float, tell: Callable[[float], None]) -> Iterator[Any]:
    told_s = perf_counter()
    while True:
        yield sim.timeout(horizon_s / LOOKS)
        if perf_counter() - told_s >= TELL_S:
            tell(min(sim.now / horizon_s, 1.0))
            told_s = perf_counter()


class _System:
    """The live components of one run, by name and by group."""

    def __init__(self, scenario: Scenario, sim: Simulation) -> None:
        self.groups = {
            name: spec.instances(name) for name, spec in scenario.system.components.items()
        }
        self.components: dict[str, Component] = {}
        self.costs: dict[str, float] = {}
        for group, names in self.groups.items():
            spec = scenario.system.components[group]
            for name in names:
                self.components[name] = spec.build(name, sim)
                self.costs[name] = spec.cost_per_hour
        self._entry = scenario.system.entry
        self.decisions: list[Decision] = []
        self.strikes: list[Strike] = []
        site = self._site(scenario, sim)
        self.controllers = {
            name: spec.build(name, sim, site) for name, spec in scenario.controllers.items()
        }
        self.costs |= dict.fromkeys(self.controllers, 0.0)
        made = {i: fault.gap(f"faults[{i}]", sim) for i, fault in enumerate(scenario.faults)}
        self.gaps = {place: gap for place, gap in made.items() if gap is not None}
        self.costs |= {gap.name: 0.0 for gap in self.gaps.values()}
        self.parts = {part.name: part for each in self.components.values() for part in each.parts()}
        self.costs |= dict.fromkeys(self.parts, 0.0)
        self.tracer: Tracer | None = None
        self.users = Users(sim, sim.world) if sim.world is not None else None
        if self.users is not None:
            self.costs[USERS] = 0.0

    def _site(self, scenario: Scenario, sim: Simulation) -> Site:
        """What controllers find."""
        system = scenario.system

        def note(kind: str, of: str, words: str) -> None:
            self.decisions.append(Decision(sim.now, kind, of, words))

        def senders(group: str) -> list[Component]:
            return [each for sender in system.senders(group) for each in self.find(sender)]

        return Site(self.find, system.components, senders, note, self.strikes)

    def find(self, name: str) -> list[Component]:
        """The members of a group, or the one component of that name."""
        return [self.components[each] for each in self.groups.get(name, (name,))]

    def through_doors(self, find: Find) -> Find:
        """The same look-up, with a door before every replica that comes and goes."""
        fleets = [each for each in self.controllers.values() if isinstance(each, Fleet)]
        doors = {fleet.group: fleet.door for fleet in fleets}

        def find_doors(name: str) -> list[Component]:
            door = doors.get(group_of(name))
            return find(name) if door is None else [door(each) for each in find(name)]

        return find_doors

    def seen(self, find: Find) -> Find:
        """The same look-up, with whoever counts calls before those that they come to."""
        stood: dict[str, Component] = {}

        def seen_by_all(component: Component) -> Component:
            for controller in self.controllers.values():
                component = controller.before(component)
            return component

        def find_seen(name: str) -> list[Component]:
            for each in find(name):
                if each.name not in stood:
                    stood[each.name] = seen_by_all(each)
            return [stood[each.name] for each in find(name)]

        return find_seen

    def across(self, sender: str, find: Find) -> Find:
        """The same look-up for one component, over the gaps between it and others."""

        def find_across(name: str) -> list[Component]:
            found = find(name)
            for gap in self.gaps.values():
                found = [gap.between(sender, each) for each in found]
            return found

        return find_across

    def bill(self, from_s: float, to_s: float) -> None:
        """Let replicas cost no more than is due for the part of the time that they are paid for."""
        for controller in self.controllers.values():
            for name, part in controller.bill(from_s, to_s).items():
                self.costs[name] *= part

    def recorded(self) -> dict[str, Component]:
        """Everything that records measures."""
        gaps = {gap.name: gap for gap in self.gaps.values()}
        found = self.components | self.parts | gaps | self.controllers
        return found | ({USERS: self.users} if self.users is not None else {})

    def connect(self, source: Source) -> None:
        """Let everybody look up whom to send calls to; for the source that is the entry alone."""
        find = self.find if self.tracer is None else self.tracer.probing(self.find)
        find = self.through_doors(self.seen(find)) if self.controllers else find
        for name, component in self.components.items():
            component.connect(self.across(name, find) if self.gaps else find)
        self._connect_users(source, lambda _: find(self._entry))
        for controller in self.controllers.values():
            controller.meet(self.controllers)

    def _connect_users(self, source: Source, find: Find) -> None:
        """Let the source find the entry; if there is a world, behind those who look at answers."""
        users = self.users
        if users is None:
            source.connect(find)
        else:
            users.connect(find)
            source.connect(lambda _: [users])


def run(
    scenario: Scenario,
    replication: int = 0,
    variant: str = "baseline",
    cap: int = CAP,
    traces: Container[int] | None = None,
    watch: Watch | None = None,
) -> Run:
    """Simulate a scenario once.

    Args:
        scenario: validated, with the variant applied.
        replication: which of the independent repetitions of ``scenario.run.seed`` this is.
        variant: what to call it in the results.
        cap: requests, and samples of one measure, kept one by one.
        traces: numbers of the requests to trace; if not given, those of ``run.trace_ratio``.
        watch: follows the run, and may stop it; what was measured until then is its result.

    Raises:
        SimulationError: the run cannot go on, for instance because simulated time stands still.
        Stopped: it was stopped before its warm-up had ended.
    """
    began_s = perf_counter()
    workload = scenario.workload
    is_traced = traces is not None or scenario.run.trace_ratio > 0
    simulation = TracedSimulation if is_traced else Simulation
    classes, keys = workload.request_classes(), workload.key_count()
    wiring, zones = scenario.system.wiring(), scenario.system.zones()
    changing = controlled(scenario.controllers)
    sim = simulation(scenario.run.seed, replication, classes, keys, wiring, zones, changing)
    workload.arrivals.settle_classes(sim)
    sim.world = scenario.world.start(sim.streams) if scenario.world is not None else None
    system = _System(scenario, sim)
    log = RequestLog(sim.needs, workload.deadlines_s(), cap)
    duration_s = scenario.run.duration
    horizon_s = duration_s or workload.arrivals.last_s() or 1.0
    source = workload.source(sim, log, until_s=duration_s or float("inf"))
    step_s = horizon_s / INTERVALS
    recorder = Recorder(sim, system.recorded(), step_s, scenario.marks_s(), log, cap)
    if isinstance(sim, TracedSimulation):
        chosen = Sampled(sim.streams, scenario.run.trace_ratio) if traces is None else traces
        system.tracer = Tracer(sim, system.users or source, chosen)
    system.connect(source)
    for controller in system.controllers.values():
        controller.start()
    strikes = _let_strike(scenario, sim, system)
    source.start()
    if watch is not None:
        watch.begin(sim, horizon_s + scenario.run.drain)
    depth = len(system.components) * (2 if is_traced else 1)  # with a probe before each
    sim.run(duration_s or source.finished | sim.process(_until_idle(sim, horizon_s)), depth)
    recorder.read()
    end_s = sim.now
    system.bill(scenario.run.warmup, end_s)
    _check_window(scenario, end_s, sim.is_stopped)
    if scenario.run.drain and not sim.is_stopped:
        sim.run(end_s + scenario.run.drain, depth)
    return Run(
        scenario=scenario.scenario,
        variant=variant,
        scenario_hash=scenario.digest(),
        seed=scenario.run.seed,
        replication=replication,
        warmup_s=scenario.run.warmup,
        duration_s=end_s,
        is_complete=not sim.is_stopped,
        deadlines_s=workload.deadlines_s(),
        classes=[*workload.classes],
        requests=log.requests(),
        beyond=log.beyond(),
        tick_s=recorder.ticks(),
        components=recorder.components(system.costs),
        groups={group: names for group, names in system.groups.items() if names != [group]},
        strikes=[
            replace(each, end_s=min(each.end_s, end_s)) for each in strikes if each.start_s < end_s
        ],
        decisions=[each for each in system.decisions if each.at_s < end_s],
        manifest=_manifest(perf_counter() - began_s),
        spans=system.tracer.spans() if system.tracer is not None else None,
    )


def _let_strike(scenario: Scenario, sim: Simulation, system: _System) -> list[Strike]:
    """Start all faults; each strike is written into the list when it begins."""
    strikes = system.strikes
    specs = scenario.system.components
    names: list[str] = []  # adding a fault must not change the random numbers of another
    for place, fault in enumerate(scenario.faults):
        names.append(f"{fault.kind}.{fault.whom}")
        alike = names.count(names[-1])
        name = names[-1] if alike == 1 else f"{names[-1]}.{alike}"

        def note(of: str, start_s: float, end_s: float, place: int = place) -> None:
            strikes.append(Strike(place, of, start_s, end_s))

        befallen = [system.components[each] for each in fault.targets(specs)]
        if place in system.gaps:
            befallen = [system.gaps[place]]
        for process in fault.processes(sim, befallen, note, name):
            sim.process(process)
    return strikes


def _until_idle(sim: Simulation, horizon_s: float) -> Iterator[Any]:
    """A process that ends when no call is under way: the answers still missing will never come."""
    while not sim.is_idle():
        yield sim.timeout(horizon_s / INTERVALS)


def _check_window(scenario: Scenario, end_s: float, is_stopped: bool) -> None:
    """Refuse to measure beyond the end, which may be known only now."""
    warmup_s, last_s = scenario.run.warmup, max(scenario.marks_s())
    if is_stopped and warmup_s >= end_s:
        raise Stopped(
            f"stopped at {end_s:g} s of simulated time, before the warm-up of {warmup_s:g} s had "
            "ended: nothing was measured"
        )
    ends_by_itself = scenario.run.duration is None and not is_stopped
    if ends_by_itself and (warmup_s >= end_s or last_s > end_s):
        raise SimulationError(
            f"the run ended with the last answer at {end_s:g} s; what is to be measured must lie "
            f"before, and reaches to {last_s:g} s: give run.duration, or a shorter run.warmup"
        )


def _manifest(wall_s: float) -> dict[str, Any]:
    """Where and how a run was made."""
    return {
        "engine_version": __version__,
        "python": platform.python_version(),
        "compiled": IS_COMPILED,
        "host": platform.node(),
        "wall_s": wall_s,
    }
