"""Router: luck decides where each call goes on, and whether it goes on at all.

Each route has a probability; what is missing to 1 is the probability that the call leaves, answered
ok. The luck belongs to the request: in two variants the same request goes the same way.

A route may lead back to where the call has been (rework, a further page of a listing, a step that
has to be repeated), as long as it is certain to leave in the end. A call on such a route gets new
needs, and so new service times and new luck at whatever it comes to; in its n-th round they are the
same in every variant.

Left out: time and capacity of its own; routes that depend on what happened to the call before.

Source: Jackson, "Networks of Waiting Lines", *Operations Research* 5(4), 1957.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from simulator.errors import SimulationError
from simulator.kernel import (
    OK,
    Call,
    Component,
    ComponentSpec,
    Find,
    Ref,
    Renewal,
    RequestClass,
    Simulation,
    Timer,
    Uniform,
    components,
    count,
)
from simulator.units import Ratio

ROUNDING = 1e-9  # of a sum of probabilities

AT_ONCE = 100  # calls sent back at one instant by plain method calls; later ones by the event list
MOST_AT_ONCE = 50_000  # more than that hardly ever end


def _probabilities(routes: dict[str, float]) -> dict[str, float]:
    total = sum(routes.values())
    if total > 1 + ROUNDING:
        raise ValueError(f"the probabilities add up to {total:g}; must be at most 1")
    return routes


Routes = Annotated[dict[Ref, Ratio], AfterValidator(_probabilities)]


@components.register
class RouterSpec(ComponentSpec):
    """Sends each call on by fixed probabilities, or answers it."""

    kind: Literal["router"] = "router"
    routes: Routes = Field(
        {}, description="component -> probability; calls that take no route are answered ok"
    )
    by_class: dict[str, Routes] = Field(
        {}, description="request classes that have routes of their own"
    )

    by_luck = True

    def contradictions(self) -> Iterator[str]:
        if not self.routes and not any(self.by_class.values()):
            yield "give routes, by_class or both: this router leads nowhere"

    def chances(self, request_class: str) -> dict[str, float]:
        return dict(self.by_class.get(request_class, self.routes))

    def onward(self) -> dict[str, float] | None:
        return dict(self.routes) if not self.by_class else None

    def onward_of(
        self, request_class: RequestClass, members: Mapping[str, list[str]]
    ) -> dict[str, float]:
        return self.chances(request_class.name)

    def build(self, name: str, sim: Simulation) -> Router:
        targets = [to for routes in (self.routes, *self.by_class.values()) for to in routes]
        circular = any(sim.wiring.leads_back(name, to) for to in targets)
        return (CircularRouter if circular else Router)(name, sim, self)


class Router(Component):
    forwarded = count("calls sent on")
    left = count("calls that took no route: answered ok")
    sent_back = count("calls sent on to where they may have been before")

    def __init__(self, name: str, sim: Simulation, spec: RouterSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._luck = sim.needs.add(f"{name}.luck", Uniform())
        self._plans: list[_Plan] = []

    def connect(self, find: Find) -> None:
        back = self.sim.wiring.leads_back
        for each in self.sim.needs.classes:
            routes = self.spec.chances(each.name)
            targets = [component for to in routes for component in find(to)]
            self._plans.append(_Plan(routes, targets, [back(self.name, to) for to in routes]))

    def accept(self, call: Call) -> None:
        plan = self._plans[call.request_class]
        place = bisect(plan.thresholds, call.request[self._luck])
        if place == len(plan.targets):
            self.left += 1
            call.answer(OK)
        else:
            self.forwarded += 1
            plan.targets[place].accept(call)


class _Plan:
    """The routes of one class: luck below the i-th threshold, and no earlier one, is the i-th."""

    def __init__(self, routes: Mapping[str, float], targets: list[Component], back: list[bool]):
        self.thresholds = list(accumulate(routes.values()))
        if self.thresholds and self.thresholds[-1] > 1 - ROUNDING:
            self.thresholds[-1] = 1.0
        self.targets = targets
        self.back = back


class CircularRouter(Router):
    """A router of which some route leads back to it.

    Where the circle holds nothing that waits for answers, the call's way back stays as it is.
    Else it grows with every round; answers then go through the event list here, once a round, so
    that they never are more than a round of method calls deep.
    """

    def __init__(self, name: str, sim: Simulation, spec: RouterSpec) -> None:
        super().__init__(name, sim, spec)
        self._renewal = _renewal_of_circle(sim, name)
        self._last_s = -1.0
        self._at_once = 0  # calls sent back at the instant of the last one
        self._go_due = (self._go,)
        self._return_due = (self._return,)

    def accept(self, call: Call) -> None:
        plan = self._plans[call.request_class]
        place = bisect(plan.thresholds, call.request[self._luck])
        if place == len(plan.targets):
            self.left += 1
            call.answer(OK)
        elif plan.back[place]:
            self._send_back(call, plan.targets[place])
        else:
            self.forwarded += 1
            plan.targets[place].accept(call)

    def _send_back(self, call: Call, target: Component) -> None:
        self.forwarded += 1
        self.sent_back += 1
        call.request = self._renewal.renewed(call.request)
        if not isinstance(call.back[0], CircularRouter):
            call.return_to(self, None)
        now_s = self.sim.now
        if now_s > self._last_s:
            self._last_s, self._at_once = now_s, 0
        self._at_once += 1
        if self._at_once <= AT_ONCE:
            target.accept(call)
        elif self._at_once <= MOST_AT_ONCE:
            call.memo = target
            self.hold(call, 0.0, self._go_due)
        else:
            raise SimulationError(
                f"simulated time stands still at {now_s:g} s: calls go round and round through "
                f"{self.name!r} in no time; give something in the circle time, or the router a "
                "larger chance to leave"
            )

    def _go(self, call: Call) -> None:
        target, call.memo = call.memo, None
        target.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        self.hold(_Return(call, outcome), 0.0, self._return_due)

    def _return(self, answer: _Return) -> None:
        if answer.call.back is answer.back:  # else it has been canceled meanwhile
            answer.call.answer(answer.outcome)


def _renewal_of_circle(sim: Simulation, name: str) -> Renewal:
    """What all routers of a circle share.

    A call's needs in its n-th round are thus the same whichever routers it has passed, and calls
    that come one after the other find theirs in one block, however their ways have parted.
    """
    shared = f"{min(sim.wiring.circle(name))}.round"
    if shared not in sim.shared:
        sim.shared[shared] = Renewal(sim, shared)
    renewal: Renewal = sim.shared[shared]
    return renewal


class _Return(Timer):
    """An answer on its way back.

    The call itself cannot rest here: if it has been lost in a crash it still lies in the event
    list, where it would have been served.
    """

    __slots__ = ("call", "back", "outcome")

    def __init__(self, call: Call, outcome: int) -> None:
        self.call = call
        self.back = call.back
        self.outcome = outcome
