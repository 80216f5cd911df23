"""Rate limiter: lets calls pass as often as a limit allows, and refuses or holds back the others.

The ``policy`` says which calls conform (``simulator.policies.limiting``). What does not is refused
at once (policing), or, with ``max_wait``, held back until it conforms, in the order of arrival,
unless that would take longer (shaping); ``max_held`` bounds how many are held back at once. One
limit is for all calls, or each request class, or each key (a tenant, a user) has its own.

``replicas: 3`` makes three rate limiters; something in front of them has to choose. How they share
a limit is said by ``quota``:

- ``shared``: they count together. With ``sync_every`` each counts by itself and brings what it has
  let through to a common store now and then, where it learns what the others have; in between it
  does not know, and together they let too much through. The first time is at a random instant of
  the first interval, so that replicas are not in step.
- ``split``: each has an even part of the limit to itself, which it may use up while others have
  room left.
- ``each``: each has the whole limit to itself.

What all that does is measured against a single limiter that sees every call at once and decides by
the same policy: ``over_admitted`` calls passed that it would have refused, ``over_refused`` were
refused though it would have let them pass. It is only watched; nothing goes by it.

Left out: time and failures of its own and of the common store; calls that count as several; what
keys cost in memory (none is ever forgotten); giving a booking back when a call that is held back is
taken away by its caller; what a refusal tells the caller, such as when to come back.

Source: for counters that are synchronized now and then, the documentation of Kong's plugin "Rate
Limiting Advanced" (``sync_rate``); for calls that are held back, nginx's ``limit_req``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from math import inf
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.kernel import (
    REJECTED,
    Call,
    Component,
    ComponentSpec,
    Find,
    Ref,
    Simulation,
    components,
    count,
    level,
    ratio,
    samples,
)
from simulator.kernel.call import KEY
from simulator.kernel.wiring import group_of, replicas_of
from simulator.policies.limiting import Limiter, LimitingPolicy, limiting_policies
from simulator.units import Seconds

LIMITLESS = {"kind": "token_bucket", "rate": 1e9, "burst": 1e9}


@components.register
class RateLimiterSpec(ComponentSpec):
    """Lets calls pass within a limit to their rate."""

    kind: Literal["rate_limiter"] = "rate_limiter"
    next: Ref = Field(description="where calls go that pass")
    policy: Annotated[LimitingPolicy, limiting_policies] = Field(
        description="which calls conform to the limit"
    )
    per: Literal["all", "class", "key"] = Field(
        "all", description="what has a limit of its own: all calls together, a class, or a key"
    )
    policy_by_class: dict[str, Annotated[LimitingPolicy, limiting_policies]] = Field(
        {}, description="request classes that have another limit; goes with per: class"
    )
    max_wait: Seconds = Field(
        0.0, description="longest that a call is held back until it conforms; if 0 it is refused"
    )
    max_held: int | None = Field(
        None, ge=1, description="most calls held back at once; no limit if not given"
    )
    replicas: int = Field(1, ge=1, le=10_000, description="equal copies")
    quota: Literal["shared", "split", "each"] = Field(
        "shared",
        description="how replicas use the limit: together, in even parts, or each as its own",
    )
    sync_every: Seconds = Field(
        0.0,
        description="time after which a replica counts together with the others again; if 0 it "
        "always does",
    )

    def contradictions(self) -> Iterator[str]:
        if self.policy_by_class and self.per != "class":
            yield "policy_by_class needs per: class"
        if self.max_held is not None and not self.max_wait:
            yield "max_held needs max_wait: nothing is held back"
        if self.replicas == 1 and (self.sync_every or self.quota != "shared"):
            yield "quota and sync_every need several replicas"
        if self.sync_every and self.quota != "shared":
            yield f"sync_every needs quota: shared; replicas that {self.quota} count apart"
        if self.quota == "split":
            for each in (self.policy, *self.policy_by_class.values()):
                if each.most_parts() < self.replicas:
                    yield (
                        f"{self.replicas} replicas cannot split a limit of {each.most_parts()}: "
                        "some would never let a call pass"
                    )

    def needs_keys(self) -> str:
        return "has a limit for each key; give workload.keys" if self.per == "key" else ""

    def freed(self) -> dict[str, Any]:
        return {"policy": LIMITLESS, "policy_by_class": {}}

    def onward(self) -> None:
        """Not known: it is there for calls that do not go on."""

    def instances(self, name: str) -> list[str]:
        return replicas_of(name, self.replicas)

    def build(self, name: str, sim: Simulation) -> RateLimiter:
        if self.replicas == 1:
            return RateLimiter(name, sim, self)
        return ReplicatedRateLimiter(name, sim, self)


class Limits:
    """The limits of some calls, each begun when the first call comes that it is for.

    Args:
        policies: of the request classes, in their order.
    """

    def __init__(self, policies: list[LimitingPolicy]) -> None:
        self._policies = policies
        self.of_key: dict[Any, Limiter] = {}

    def find(self, key: Any, request_class: int) -> Limiter:
        """The limit of a key, which calls of this class have."""
        limiter = self.of_key.get(key)
        if limiter is None:
            limiter = self.of_key[key] = self._policies[request_class].start()
        return limiter


class RateLimiter(Component):
    admitted = count("calls let through, at once or later")
    rejected = count("calls refused for exceeding the limit", better="lower")
    shaped = count("calls let through that were held back", better="lower")
    queued = level("calls held back", better="lower", peaks=True)
    held_s = samples("time that a call let through was held back")
    rejected_ratio = ratio("part of the calls refused", "rejected", "rejected", "admitted")

    def __init__(self, name: str, sim: Simulation, spec: RateLimiterSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._longest_s: float = spec.max_wait
        self._places = inf if spec.max_held is None else float(spec.max_held)
        self._names = sim.needs.name_indices
        self._key_of: Callable[[Call], Any] = {
            "all": self._of_all,
            "class": self._of_class,
            "key": self._of_key,
        }[spec.per]
        self._limits = Limits(self._policies(1, 0))
        self._due = (self._let_go,)
        self._leave = self._vanish

    def connect(self, find: Find) -> None:
        (self._next,) = find(self.spec.next)

    def _policies(self, of: int, place: int) -> list[LimitingPolicy]:
        """What is asked of each request class, by one of several that split the limit."""
        spec = self.spec
        policies = [
            spec.policy_by_class.get(each.name, spec.policy) for each in self.sim.needs.classes
        ]
        return [each.part(of, place) if of > 1 else each for each in policies]

    def _of_all(self, call: Call) -> Any:
        return None

    def _of_class(self, call: Call) -> Any:
        return self._names[call.request_class]

    def _of_key(self, call: Call) -> Any:
        return call.request[KEY]

    def probe(self, call: Call) -> None:
        self._next.probe(call)

    def pace(self, call: Call) -> float:
        """A call that is held back waits, although it is known for how long."""
        return 0.0

    def accept(self, call: Call) -> None:
        longest_s = self._longest_s if self.queued < self._places else 0.0
        wait_s = self._reserve(call, longest_s)
        if wait_s == inf:
            self.rejected += 1
            call.answer(REJECTED)
        elif wait_s > 0:
            self.queued += 1
            self.queued_area -= self.sim.now
            if self.queued > self.queued_peak:
                self.queued_peak = self.queued
            call.since_s = self.sim.now
            call.give_up = self._leave
            self.hold(call, wait_s, self._due)
        else:
            self.admitted += 1
            self.held_s.append(0.0)
            self._next.accept(call)

    def _reserve(self, call: Call, longest_s: float) -> float:
        """Seconds until the call conforms, at most the longest, or inf."""
        limiter = self._limits.find(self._key_of(call), call.request_class)
        return limiter.reserve(self.sim.now, longest_s)

    def _let_go(self, call: Call) -> None:
        self._vanish(call)
        call.give_up = None
        self.admitted += 1
        self.shaped += 1
        self.held_s.append(self.sim.now - call.since_s)
        self._next.accept(call)

    def _vanish(self, call: Call) -> None:
        self.queued -= 1
        self.queued_area += self.sim.now


class ReplicatedRateLimiter(RateLimiter):
    """One of several that are to keep a limit together."""

    over_admitted = count(
        "calls that passed or are to pass, which a single limiter would have refused", "lower"
    )
    over_refused = count("calls refused that a single limiter would have let pass", better="lower")
    syncs = count("times it counted together with the others")

    def __init__(self, name: str, sim: Simulation, spec: RateLimiterSpec) -> None:
        super().__init__(name, sim, spec)
        group = group_of(name)
        whole = self._policies(1, 0)
        self._exact: Limits = sim.shared.setdefault(f"{group}.exact", Limits(whole))
        self._common: Limits = sim.shared.setdefault(f"{group}.common", Limits(whole))
        self._untold: list[tuple[Any, int, float]] = []  # key, class and instant of what passed
        if spec.quota == "split":
            place = spec.instances(group).index(name)
            self._limits = Limits(self._policies(spec.replicas, place))
        elif spec.quota == "shared" and not spec.sync_every:
            self._limits = self._common
        self._is_telling = spec.sync_every > 0

    def connect(self, find: Find) -> None:
        super().connect(find)
        if self._is_telling:
            self.sim.process(self._sync())

    def _reserve(self, call: Call, longest_s: float) -> float:
        now_s = self.sim.now
        key = self._key_of(call)
        wait_s = self._limits.find(key, call.request_class).reserve(now_s, longest_s)
        exact_s = self._exact.find(key, call.request_class).reserve(now_s, longest_s)
        if wait_s == inf:
            self.over_refused += exact_s < inf
            return wait_s
        self.over_admitted += exact_s == inf
        if self._is_telling:
            self._untold.append((key, call.request_class, now_s + wait_s))
        return wait_s

    def _sync(self) -> Generator[Any, Any, None]:
        every_s: float = self.spec.sync_every
        yield self.sim.timeout(self.sim.uniforms(f"{self.name}.sync")() * every_s)
        while True:
            self.syncs += 1
            for key, request_class, at_s in self._untold:
                self._common.find(key, request_class).book(at_s)
            self._untold = []
            self._limits.of_key = {k: each.copy() for k, each in self._common.of_key.items()}
            yield self.sim.timeout(every_s)
