"""Hedge: asks a second replica when the first one takes long, and takes the first answer.

A call goes to one replica of the pool, as the ``policy`` says. If it is not answered within the
``delay`` (a fixed time, or a quantile of the latencies seen so far), a copy of it goes to another
replica, and so on until there are so many ``copies``. The first ok answer is passed on; if there is
none, the answer that came last. An answer that comes at the very end of the delay is in time.

With a delay of 0 all copies are made at once: redundant requests. What becomes of the others when
one has won is a matter of ``cancel``. ``on_answer`` they are taken back, from queues and workers.
``on_start`` they are *tied*: as soon as a worker begins one of them, those that still wait are
taken back, and those that have begun go on; this takes servers with ``heeds_callers``, and a call
that has begun is not copied any more. Word of it takes ``cancel_delay``, in which another copy may
begin. ``never`` lets them all go on.

Every copy is load. The ``budget`` is a limit to the copies of all calls together: each call earns,
each copy after the first costs.

A copy needs service times of its own unless ``same_work`` says that what takes long is the request
itself. Copies go to different replicas if they are ``distinct``; where the pool is one load
balancer that cannot be, and the copy may come to the replica that is slow.

Left out: time and capacity of its own; copies that are made because another one failed (that is a
retry, see ``client``).

Source: Dean and Barroso, "The Tail at Scale", *Communications of the ACM* 56(2), 2013 (hedged and
tied requests); Gardner et al., "Redundancy-d: the power of d choices for redundancy", *Operations
Research* 65(4), 2017; gRPC proposal A6 (hedging).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.kernel import (
    CANCELED,
    FAILED,
    OK,
    REJECTED,
    Call,
    Component,
    ComponentSpec,
    Find,
    Patience,
    Refs,
    Renewal,
    RequestClass,
    Simulation,
    Timer,
    components,
    count,
    ratio,
    samples,
)
from simulator.kernel.patience import LAST
from simulator.policies.balancing import (
    BalancingPolicy,
    LeastOutstanding,
    Pool,
    balancing_policies,
)
from simulator.policies.hedging import HedgeDelay, QuantileDelay, hedge_delays
from simulator.policies.retrying import RetryBudget, budgets
from simulator.units import Seconds


@components.register
class HedgeSpec(ComponentSpec):
    """Makes a call again elsewhere if it takes long, and takes the first answer."""

    kind: Literal["hedge"] = "hedge"
    pool: Refs = Field(min_length=1, description="a group, a component, or a list of them")
    policy: Annotated[BalancingPolicy, balancing_policies] = Field(
        LeastOutstanding(), description="which replica gets the next call or copy"
    )
    copies: int = Field(2, ge=2, le=100, description="most calls made of one, the first included")
    delay: Annotated[HedgeDelay, hedge_delays] = Field(
        QuantileDelay(), description="how long the last of them goes unanswered until the next one"
    )
    distinct: bool = Field(True, description="whether copies go to different replicas")
    cancel: Literal["on_answer", "on_start", "never"] = Field(
        "on_answer",
        description="when the other copies are taken back: when one is answered ok; when a worker "
        "begins one, as far as they still wait; never",
    )
    cancel_delay: Seconds = Field(0.0, description="time that it takes to take copies back")
    budget: Annotated[RetryBudget, budgets] | None = Field(
        None, description="limit to the copies of all calls together; none if not given"
    )
    same_work: bool = Field(False, description="whether a copy needs what the first call needed")

    @property
    def is_at_once(self) -> bool:
        """Whether all copies are made at once."""
        return self.delay.fixed_s() == 0

    def contradictions(self) -> Iterator[str]:
        if self.cancel == "never" and self.cancel_delay:
            yield "cancel_delay does not go with cancel: never"
        if self.is_at_once and self.budget is not None:
            yield "budget does not go with a delay of 0: it is copies after a delay that cost"

    def objections(self, members: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
        replicas = sum(len(members.get(name, (name,))) for name in self.pool)
        if self.distinct and self.copies > replicas:
            found = f"found {self.copies}; must be at most {replicas}, the replicas in the pool"
            yield "copies", f"{found}, unless distinct is false"

    def objection_to(self, target: ComponentSpec) -> str:
        if self.cancel != "on_start" or target.asks_first():
            return ""
        return (
            f"this {target.kind} does not tell when it begins a call, and cancel: on_start needs "
            "that; name a server with heeds_callers: true"
        )

    def needs_keys(self) -> str:
        if not self.policy.needs_keys():
            return ""
        return "chooses replicas by key; give workload.keys, or another policy"

    def takes_back(self) -> bool:
        return self.cancel != "never"

    def onward_of(
        self, request_class: RequestClass, members: Mapping[str, list[str]]
    ) -> dict[str, float] | None:
        if not self.is_at_once or self.takes_back() or len(self.pool) > 1:
            return None
        return {self.pool[0]: float(self.copies)}

    def build(self, name: str, sim: Simulation) -> Hedge:
        return Hedge(name, sim, self)


class Hedge(Component):
    """Makes copies of calls.

    It keeps in ``since_s`` of a call when that came, and in its ``memo`` the race of its copies.

    Attributes:
        outstanding: of each replica, by its place in the pool: calls sent and not answered.
    """

    calls = count("calls taken")
    sent = count("calls made, copies included")
    hedges = count("copies made after the first call", better="lower")
    hedges_won = count("ok answers that came of a copy and not of the first call")
    over_budget = count("copies not made for want of budget", better="lower")
    left_open = count("calls of its own that were open when it answered")
    hedge_delay_s = samples("time from a call to a copy of it")
    hedge_ratio = ratio("copies after the first for each call", "hedges", "calls", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: HedgeSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._pool: list[Component] = []
        self.outstanding: list[int] = []
        self._renewal = None if spec.same_work else Renewal(sim, name)
        self._copies = spec.copies
        self._is_tied = spec.cancel == "on_start"
        self._learns = spec.policy.learns()
        self._budget = spec.budget.start(lambda: sim.now) if spec.budget else None
        self._delay = spec.delay.start()
        fixed_s = spec.delay.fixed_s()
        self._patience = Patience(sim, fixed_s, self._hedge) if fixed_s else None
        self._at_once = spec.copies if spec.is_at_once else 1
        self._alarm_due = (self._alarm,)
        self._take_back_due = (self._take_back,)
        self._probed = 0

    def connect(self, find: Find) -> None:
        self._pool = [replica for name in self.spec.pool for replica in find(name)]
        self._places = list(range(len(self._pool)))
        self.outstanding = [0] * len(self._pool)
        sim = self.sim
        names = [replica.name for replica in self._pool]
        pool = Pool(names, sim.uniforms(f"{self.name}.policy"), lambda: sim.now)
        self._picker = self.spec.policy.start(pool)
        if self._renewal is not None:
            self._renewal.prepare(self._copies - 1)

    def probe(self, call: Call) -> None:
        """Ask the replicas in turn."""
        self._probed = (self._probed + 1) % len(self._pool)
        self._pool[self._probed].probe(call)

    def accept(self, call: Call) -> None:
        self.calls += 1
        if self._budget is not None:
            self._budget.earn()
        call.since_s = self.sim.now
        race = call.memo = _Race()
        made = [self._make(call, race) for _ in range(self._at_once)]
        if self._at_once < self._copies:
            self._watch(made[0], call)
        for child, place in zip(made, race.places[: self._at_once]):
            if child.back is not None:  # else taken back: one of those before it has won
                self.sent += 1
                self._pool[place].accept(child)

    def _make(self, call: Call, race: _Race) -> Call:
        """Another copy, which is sent to the last of the places of the race."""
        number = len(race.places)
        child = call.fork(self)
        if number and self._renewal is not None:
            child.request = self._renewal.renewed(call.request, number - 1)
        place = self._choose(race.places, child)
        race.places.append(place)
        self.outstanding[place] += 1
        child.back = (self, (place, number, self.sim.now), child.back)
        return child

    def _choose(self, used: list[int], child: Call) -> int:
        picker = self._picker
        if not used or not self.spec.distinct:
            return picker.pick(self.outstanding, child.request)
        picker.allow([place for place in self._places if place not in used])
        place = picker.pick(self.outstanding, child.request)
        picker.allow(self._places)
        return place

    def _watch(self, child: Call, call: Call) -> None:
        """See to it that there is another copy if this one is not answered in time."""
        if self._patience is not None:
            self._patience.watch(child, call)
            return
        delay_s = self._delay.delay_s()
        if delay_s < inf:
            self.hold(_Alarm(child, call), delay_s, self._alarm_due, LAST)

    def _alarm(self, alarm: _Alarm) -> None:
        if alarm.child.back is not None:
            self._hedge(alarm.child, alarm.call)

    def _hedge(self, child: Call, call: Call) -> None:
        """A copy was not answered in time: make another one, if somebody still waits for it."""
        if not call.waits_for(child):
            return
        race: _Race = call.memo
        if race.begun:
            return
        if self._budget is not None and not self._budget.spend():
            self.over_budget += 1
            return
        copy = self._make(call, race)
        if len(race.places) < self._copies:
            self._watch(copy, call)
        self.sent += 1
        self.hedges += 1
        self.hedge_delay_s.append(self.sim.now - call.since_s)
        self._pool[race.places[-1]].accept(copy)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if type(state) is tuple:
            self._learn(call, outcome, state)
        elif outcome == OK:
            self.hedges_won += call.memo > 0
            self._win(state)
        elif not state.open_forks():
            state.answer(FAILED if outcome == CANCELED else outcome)

    def _learn(self, child: Call, outcome: int, sent: tuple[int, int, float]) -> None:
        """See every copy come back, also one that nobody waits for any more."""
        place, number, sent_s = sent
        took_s = self.sim.now - sent_s
        self.outstanding[place] -= 1
        if self._learns:
            self._picker.answered(place, took_s, outcome)
        if self._budget is not None and outcome != CANCELED:
            self._budget.answered(outcome == OK)
        if not number and outcome != FAILED and outcome != REJECTED:
            self._delay.saw(took_s)
        child.memo = number
        child.answer(outcome)

    def _win(self, call: Call) -> None:
        left = _forks(call)
        self.left_open += len(left)
        call.disown_all()
        if left and self.spec.takes_back():
            self._recall(left, call.memo)
        call.answer(OK)

    # Taking back

    def wants(self, call: Call, state: Any) -> bool:
        """A worker begins a copy: let go of those that are tied to it."""
        parent: Call = state
        if self._is_tied and parent.waits_for(call):
            race: _Race = parent.memo
            race.begun.append(call)
            if len(race.begun) == 1:
                self._recall(_forks(parent), race)
        return True

    def _recall(self, children: list[Call], race: _Race) -> None:
        """Have copies taken back, now or when word of it has got there."""
        recall = _Recall(children, race)
        if self.spec.cancel_delay:
            self.hold(recall, self.spec.cancel_delay, self._take_back_due)
        else:
            self._take_back(recall)

    def _take_back(self, recall: _Recall) -> None:
        for child in recall.children:
            if child not in recall.race.begun:
                child.cancel()


def _forks(call: Call) -> list[Call]:
    """The calls forked from one that are still waited for."""
    children = call.children
    if children is None:
        return []
    return list(children) if type(children) is dict else [children]


class _Race:
    """The copies of one call.

    Attributes:
        places: of the replicas that have got one, in order.
        begun: those that workers have begun, if they are tied.
    """

    __slots__ = ("places", "begun")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.begun: list[Call] = []


class _Alarm(Timer):
    """Rings when a copy has not been answered in time."""

    __slots__ = ("child", "call")

    def __init__(self, child: Call, call: Call) -> None:
        self.child = child
        self.call = call


class _Recall(Timer):
    """Word to some copies that they are not needed any more."""

    __slots__ = ("children", "race")

    def __init__(self, children: list[Call], race: _Race) -> None:
        self.children = children
        self.race = race
