"""What comes to each component: how often, and whether as a Poisson process.

Requests that come to the system as a Poisson process go on as one through whatever splits them by
luck, delays each by itself, or serves them as a *quasi-reversible* queue (exponential service, or
shared workers, or no limit to them): what leaves such a queue is a Poisson process again (Burke).
Where calls come to a component more than once, they are none any more; the numbers at each station
are still those of Poisson arrivals, as long as all stations on the way are of that sort (product
form: Jackson, Kelly). Everything else on the way raises a doubt about all that lies behind it.

Source: Kelly, *Reversibility and Stochastic Networks* (Wiley, 1979), chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulator.components.cache import CacheSpec
from simulator.components.client import ClientSpec
from simulator.components.link import LinkSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.logger import LoggerSpec
from simulator.components.mirror import MirrorSpec
from simulator.components.parallel import ParallelSpec
from simulator.components.router import RouterSpec
from simulator.components.sequence import SequenceSpec
from simulator.components.splitter import SplitterSpec
from simulator.components.tracing import TracingSpec
from simulator.controllers import controlled
from simulator.experiments.theory.departures import (
    answers_by_itself,
    left_by_client,
    left_by_station,
)
from simulator.experiments.theory.formula import Doubt, Measures
from simulator.experiments.theory.shared_draws import sharing
from simulator.experiments.theory.station import (
    Station,
    is_exponential,
    service_of,
    station_of,
)
from simulator.faults.base import Fault, TargetedFault
from simulator.kernel import ComponentSpec, RequestClass, Wiring
from simulator.kernel.wiring import group_of
from simulator.scenario import Scenario
from simulator.scenario.traffic import traffic
from simulator.workload.arrivals import ArrivalProcess, ConstantRate, Poisson, Renewal
from simulator.workload.bursts import Batch
from simulator.workload.sums import Sum

MANY = 20  # what is left of any steady process by a random split in so many is nearly Poisson


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What comes to one component or group.

    Attributes:
        rates: calls a second of each request class, all replicas together; None if unknown.
        doubts: why they may not count as a Poisson process.
        comes_again: whether one request may come there more than once.
    """

    rates: Sequence[float] | None
    doubts: Sequence[Doubt]
    comes_again: bool


class Flows:
    """Who sends calls to whom in a scenario, and what that makes of the arrivals.

    Args:
        scenario: valid.
        seen: mean of each measure over the runs. It serves to judge what formulas take for granted,
            such as that loads take no time; never whether they agree.
        runs: how many there are.

    Attributes:
        classes: of requests, with the part that each has in all of them.
        reached: the groups that requests come to, in the order of the file.
        rate: requests a second; None where the answers decide.
    """

    def __init__(self, scenario: Scenario, seen: Measures, runs: int) -> None:
        self.scenario = scenario
        self.seen = seen
        self.runs = runs
        self.specs: Mapping[str, ComponentSpec] = scenario.system.components
        workload, run = scenario.workload, scenario.run
        until_s = run.duration or workload.arrivals.last_s() or 1.0
        self.classes = workload.expected_classes(until_s)
        self.wiring = scenario.system.wiring()
        reached = self.wiring.reached(scenario.system.entry)
        self.reached = [name for name in self.specs if name in reached]
        self.rate = rate = workload.arrivals.mean_rate(until_s)
        self._rates = {} if rate is None else traffic(scenario.system, self.classes, rate)
        self._steered = {each for of in scenario.controllers.values() for each in of.steers()}
        for name in (*self._fanned_out(), *self._unsteady()):
            self._rates.pop(name, None)
        self._ahead = _ahead(self.specs, self.wiring, self.reached)
        self._reach = {name: self._affected(name) for name in self._ahead}
        self._sharing = sharing({name: self.specs[name] for name in self._ahead})
        self._behind = {name: list(self.left_by(name)) for name in self._ahead}

    def at(self, name: str) -> Arrivals:
        """What comes to a component or group."""
        before = [each for each, reach in self._reach.items() if name in reach]
        doubts = [*_of_requests(self.scenario.workload.arrivals, self._part(name))]
        doubts += [doubt for each in before for doubt in self._behind[each]]
        doubts += [*self._several_at_once(name), *self._after_answers(name)]
        doubts += self._copied(name)
        doubts += self.struck({name, *before})
        if not self._sharing.isdisjoint({name, *before}):
            doubts.append(Doubt("what a request needs here it needs alike elsewhere"))
        again = name in before or self._is_repeated(name)
        return Arrivals(self._rates.get(name), list(dict.fromkeys(doubts)), again)

    def _part(self, name: str) -> float:
        """The part of all requests that comes to one replica of a group; 1 if unknown."""
        rate = sum(self._rates.get(name, ()))
        return rate / self.rate / len(self.members(name)) if self.rate and rate else 1.0

    def _affected(self, name: str) -> set[str]:
        """The groups whose arrivals depend on what happens at one; itself only in a circle."""
        found: set[str] = set()
        new = [*self._ahead.get(name, ())]
        while new:
            each = new.pop()
            if each not in found:
                found.add(each)
                new += self._ahead.get(each, ())
        return found

    def _fanned_out(self) -> set[str]:
        """The groups whose every replica gets a call of each request, and what lies behind them."""
        specs = (each for each in self.specs.values() if isinstance(each, ParallelSpec))
        groups = {to for each in specs for to in each.calls if len(self.members(to)) > 1}
        return {name for to in groups for name in self.wiring.reached(to)}

    def _unsteady(self) -> set[str]:
        """What lies behind splitters whose shares change."""
        return {
            each for name in self._steered for each in self.wiring.reached(name) if each != name
        }

    # What a component makes of a Poisson process

    def left_by(self, name: str) -> Iterator[Doubt]:
        """Doubts about all that lies behind a component."""
        match self.specs[name]:
            case RouterSpec() | SequenceSpec() | MirrorSpec() | LoggerSpec():
                pass  # what a mirror does depends on which side of it one is: see ``_copied``
            case ClientSpec() as client:
                yield from left_by_client(name, client)
            case LoadBalancerSpec() as balancer:
                yield from self._left_by_balancer(name, balancer)
            case ParallelSpec() as parallel:
                yield from self._left_by_parallel(name, parallel)
            case (
                CacheSpec(hit_ratio=float())
                | LinkSpec(is_plain=True, transport=None)
                | TracingSpec(overhead=0)
            ):
                pass
            case CacheSpec():
                words = f"what {name} does not hold is not asked for independently"
                yield Doubt(words, touches="keys")
            case TracingSpec():
                yield Doubt(f"{name} has workers record what they do", touches="keys")
            case SplitterSpec() as splitter:
                yield from self._left_by_splitter(name, splitter)
            case spec:
                station = station_of(spec, self.classes)
                if station is None:
                    yield Doubt(f"what {name} sends on is no Poisson process", touches="keys")
                else:
                    yield from self._left_by_station(name, station)

    def _left_by_parallel(self, name: str, spec: ParallelSpec) -> Iterator[Doubt]:
        if spec.takes_back():
            yield Doubt(f"{name} takes calls back", touches="rates")
        if name in self._reach[name]:
            yield Doubt(f"{name} makes several calls of one that goes round")

    def _left_by_balancer(self, name: str, spec: LoadBalancerSpec) -> Iterator[Doubt]:
        pool = [each for to in spec.pool for each in self.members(to)]
        if len(pool) == 1:
            return
        is_whole = len(spec.pool) == 1 or len(spec.pool) == len(pool)
        if spec.is_weighted() or not is_whole:
            yield Doubt(f"{name} does not give all replicas the same share", touches="rates")
        if spec.is_watchful():
            yield Doubt(f"{name} may leave out replicas", touches="rates")
        if spec.policy.kind != "random":
            touched = "keys" if spec.policy.needs_keys() else "timing"
            how = spec.policy.kind.replace("_", " ")
            yield Doubt(f"{name} spreads calls by {how}, not at random", touches=touched)

    def _left_by_splitter(self, name: str, spec: SplitterSpec) -> Iterator[Doubt]:
        if spec.sticky == "key":
            yield Doubt(f"{name} splits users, not calls", touches="keys")
        if name in self._steered:
            yield Doubt(f"the shares of {name} change", touches="rates")

    def _left_by_station(self, name: str, station: Station) -> Iterator[Doubt]:
        rates = self._rates.get(name, ())
        if station.leaves_early():
            yield Doubt(f"what {name} lets through is no Poisson process", touches="rates")
            return
        service = service_of(station.laws, rates) if rates else None
        if service is not None and station.workers is not None:
            rate = sum(rates) / len(self.members(name))
            is_fair = station.is_fair(self.classes)
            yield from left_by_station(name, station, service, rate, is_fair)

    # What happens on several ways

    def _several_at_once(self, name: str) -> Iterator[Doubt]:
        """Whether a component gets several calls of one request at the same time."""
        for caller, spec in self.specs.items():
            if caller not in self.reached or not isinstance(spec, ParallelSpec):
                continue
            calls = 0
            for to in spec.calls:
                if group_of(to) == name:
                    calls += spec.times
                elif name in self.wiring.reached(to):
                    calls += spec.times * len(self.members(to))
            if calls > 1:
                yield Doubt(f"{caller} sends it several calls of a request at once", touches="keys")

    def _copied(self, name: str) -> Iterator[Doubt]:
        """Whether copies of calls come to a component, with the calls or as senders are free."""
        for mirror, spec in self.specs.items():
            if mirror not in self.reached or not isinstance(spec, MirrorSpec):
                continue
            if name not in self.wiring.reached(spec.shadow):
                continue
            if name in self.wiring.reached(spec.next):
                yield Doubt(f"{mirror} sends it calls and their copies at once", touches="keys")
            if spec.mode == "asynchronous":
                words = f"{mirror} sends copies as it has senders, and may drop some"
                is_grave = self.seen.get(f"{mirror}.wait_max_s", 1.0) > 0
                yield Doubt(words, is_grave, touches="rates")

    def _after_answers(self, name: str) -> Iterator[Doubt]:
        """Whether calls come when an answer is there, and that is no matter of stations alone."""
        for caller, spec in self.specs.items():
            if caller not in self.reached or not isinstance(spec, SequenceSpec):
                continue
            reached = [self.wiring.reached(to) for to in spec.steps]
            last = max((place for place, each in enumerate(reached) if name in each), default=0)
            before = set().union(*reached[:last])
            if any(answers_by_itself(self.specs[each]) for each in before):
                yield Doubt(
                    f"{caller} waits for several calls, or for a timeout, before", touches="rates"
                )

    def _is_repeated(self, name: str) -> bool:
        """Whether some sequence comes to a component with two of its steps."""
        steps = (spec.steps for spec in self.specs.values() if isinstance(spec, SequenceSpec))
        return any(sum(name in self.wiring.reached(to) for to in each) > 1 for each in steps)

    def struck(self, names: set[str]) -> Iterator[Doubt]:
        """What befalls a component, or those before it: faults, and replicas that come and go."""
        for group in sorted(controlled(self.scenario.controllers) & names):
            yield Doubt(f"replicas of {group} come and go")
        for fault in self.scenario.faults:
            if not isinstance(fault, TargetedFault):
                hit = names
            else:
                hit = {group_of(each) for each in fault.targets(self.specs)} & names
            if hit:
                kind = fault.kind.replace("_", " ")
                if self._is_over(fault):
                    words = f"a {kind} before the window may still be felt"
                    yield Doubt(words, is_grave=False, touches="keys")
                else:
                    yield Doubt(f"a {kind} befalls {fault.whom}", touches="keys")

    def _is_over(self, fault: Fault) -> bool:
        over_s = fault.over_s(len(fault.targets(self.specs)))
        return over_s is not None and over_s < self.scenario.run.warmup

    def members(self, name: str) -> list[str]:
        """The names of the replicas of a group, or of one replica."""
        spec = self.specs.get(name)
        return [name] if spec is None else spec.instances(name)


def _ahead(
    specs: Mapping[str, ComponentSpec], wiring: Wiring, reached: Sequence[str]
) -> dict[str, set[str]]:
    """For each group those whose arrivals depend on it.

    Those that it sends calls to, and for what is reached by a step of a sequence, the steps after.
    """
    ahead = {name: {*wiring.calls.get(name, ())} for name in specs if name in reached}
    for name, spec in specs.items():
        if name in reached and isinstance(spec, SequenceSpec):
            for place, step in enumerate(spec.steps):
                later = {group_of(to) for to in spec.steps[place + 1 :]}
                for each in wiring.reached(step):
                    ahead[each] |= later
    return ahead


def _of_requests(arrivals: ArrivalProcess, part: float) -> Iterator[Doubt]:
    """Why a part of all requests, split off by luck, is no Poisson process."""
    match arrivals:
        case Poisson():
            pass
        case Renewal() if is_exponential(arrivals.gap):
            pass
        case Sum() if all(isinstance(each, Poisson) for each in arrivals.of.values()):
            pass
        case Renewal() | ConstantRate() if part <= 1 / MANY:
            yield Doubt("requests are no Poisson process, of which little comes here", False)
        case _:
            is_steady = isinstance(arrivals, Renewal | ConstantRate | Batch)
            kind = arrivals.kind.replace("_", " ")
            words = f"requests come as {kind}, not as a Poisson process"
            yield Doubt(words, touches="timing" if is_steady else "rates")


def shares_of(classes: Sequence[RequestClass], rates: Sequence[float] | None) -> Sequence[float]:
    """How often each class comes, relative to the others; as to the system if unknown."""
    return [each.share for each in classes] if rates is None else rates
