"""Splitter: sends part of the calls to one version and the rest to others, and looks at both.

Each of the ``arms`` gets its ``share`` of the calls. With ``sticky: request`` luck decides about
every call by itself, a second try of the same request included. With ``sticky: key`` users decide,
who are the keys of the workload: one who has met an arm meets it again. Which users those are is a
matter of a hash that is new in every run and the same in every variant. A controller may change
the shares while the system runs; as few users as possible change arms then, and who was in a small
group stays in it when the group grows (``simulator.policies.splitting``).

Of every call the splitter notes what its caller saw: when it was sent, what came of it and how long
that took. A call that is not answered within the ``patience`` counts as failed there and then, and
so does one that its caller takes back. The splitter lets them be; whoever is to give up on them
stands in front.

What callers saw is not what servers say of themselves: a server knows nothing of calls that never
reached it or that it lost. Where models answer, the splitter also counts what the answers mean to
users, by the ``world``; elsewhere a call that failed has harmed its caller.

Left out: time and capacity of its own; rules that send some kinds of users to an arm; experiments
that share users; users who come back without their cookie, and are taken for new ones.

Source: Kohavi, Tang and Xu, *Trustworthy Online Controlled Experiments*, 2020, chapters 4 and 14;
Istio documentation, "Traffic Shifting" (weights by request).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from simulator.kernel import (
    CANCELED,
    OK,
    TIMED_OUT,
    Call,
    Component,
    ComponentSpec,
    Find,
    Patience,
    Ref,
    RequestClass,
    Simulation,
    Uniform,
    components,
    count,
    level,
    ratio,
    samples,
)
from simulator.kernel.call import KEY, NUMBER
from simulator.kernel.told import NOTHING, Told
from simulator.policies.balancing.hashing import MASK, mixed
from simulator.policies.splitting import Split
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio
from simulator.world.predictions import HARMS

ROUNDING = 1e-9  # of a sum of shares
WHOLE = 2.0**-64  # a hash times this is a point of the line from 0 to 1

ArmName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class ArmSpec(Spec):
    """One way that calls may go."""

    to: Ref = Field(description="where its calls go")
    share: Ratio = Field(0.0, description="part of the calls, or of the users, that it gets")


@components.register
class SplitterSpec(ComponentSpec):
    """Splits calls, or users, between versions, and notes what callers see of each."""

    kind: Literal["splitter"] = "splitter"
    arms: dict[ArmName, ArmSpec] = Field(
        min_length=1, max_length=64, description="name -> where its calls go, and how many"
    )
    sticky: Literal["request", "key"] = Field(
        "request", description="what meets the same arm again: nothing but a call, or a user"
    )
    patience: PositiveSeconds | None = Field(
        None, description="a call unanswered for so long counts as failed; for ever if not given"
    )

    def contradictions(self) -> Iterator[str]:
        total = sum(each.share for each in self.arms.values())
        if abs(total - 1) > ROUNDING:
            yield f"the shares add up to {total:g}; must be 1"

    def needs_keys(self) -> str:
        if self.sticky == "request":
            return ""
        return "splits users, who are keys; give workload.keys, or sticky: request"

    def onward_of(
        self, request_class: RequestClass, members: Mapping[str, list[str]]
    ) -> dict[str, float] | None:
        if self.sticky == "key" and len(self.arms) > 1:
            return None  # what a few users ask for makes the difference
        found: dict[str, float] = {}
        for arm in self.arms.values():
            found[arm.to] = found.get(arm.to, 0.0) + arm.share
        return found

    def build(self, name: str, sim: Simulation) -> Splitter:
        return (Splitter if self.patience is None else PatientSplitter)(name, sim, self)


class Answers(NamedTuple):
    """What callers saw of some calls, in the order in which that was known.

    Attributes:
        sent_s: when each was sent.
        number: of the request, which the log of predictions has too.
        key: of the user; -1 where requests have no keys.
        outcome: as in ``kernel.call``; TIMED_OUT also of a call that was given up.
        latency_s: time from then until the outcome was known.
        row: of what a model said, in the log of predictions; -1 if none said anything.
    """

    sent_s: np.ndarray
    number: np.ndarray
    key: np.ndarray
    outcome: np.ndarray
    latency_s: np.ndarray
    row: np.ndarray


class Arm(Component):
    """One way that calls may go, and what callers have seen of it.

    Attributes:
        label: its name in the splitter.
        known: calls whose outcome is known so far, which is the number of rows.
    """

    share: float = level("part of the calls, or of the users, that it gets")
    outstanding = level("calls sent and not answered", better="lower")
    sent = count("calls sent")
    ok = count("calls answered ok", better="higher")
    failed = count("calls that came to anything else, or to nothing in time", better="lower")
    late = count("calls not answered within the patience", better="lower")
    harmed = count("callers harmed by an answer, or by having none", better="lower")
    earned_usd: float = count("earned by answers, and by missing ones", better="higher", unit="$")
    latency_s = samples("time from a call to its ok answer")
    failed_ratio = ratio("failed part of the calls", "failed", "failed", "ok", better="lower")

    def __init__(self, name: str, sim: Simulation, label: str, to: str) -> None:
        super().__init__(name, sim)
        self.label = label
        self.known = 0
        self._to = to
        self._next: Component | None = None
        self._keeps = False
        self._sent_s = array("d")
        self._number = array("q")
        self._key = array("q")
        self._outcome = array("B")
        self._took_s = array("d")
        self._row = array("q")

    def connect(self, find: Find) -> None:
        (self._next,) = find(self._to)

    def keep(self) -> None:
        """Have a row kept of every call from now on; else calls are only counted."""
        self._keeps = True

    def probe(self, call: Call) -> None:
        assert self._next is not None
        self._next.probe(call)

    def accept(self, call: Call) -> None:
        assert self._next is not None
        self.sent += 1
        self.outstanding += 1
        self.outstanding_area -= self.sim.now
        self._next.accept(call)

    def came_back(self) -> None:
        """See a call return, whether or not anybody still waits for it."""
        self.outstanding -= 1
        self.outstanding_area += self.sim.now

    def note(self, call: Call, sent_s: float, outcome: int) -> None:
        """Note what the caller sees of a call now."""
        took_s = self.sim.now - sent_s
        row = NOTHING
        if outcome == OK:
            self.ok += 1
            self.latency_s.append(took_s)
            if isinstance(call, Told):
                row = call.row
        else:
            self.failed += 1
        if self.sim.world is not None:
            self._note_meaning(call.request, row)
        else:
            self.harmed += outcome != OK
        if self._keeps:
            key = call.request[KEY]
            self._sent_s.append(sent_s)
            self._number.append(call.request[NUMBER])
            self._key.append(-1 if key is None else key)
            self._outcome.append(TIMED_OUT if outcome == CANCELED else outcome)
            self._took_s.append(took_s)
            self._row.append(row)
            self.known += 1

    def _note_meaning(self, request: tuple[Any, ...], row: int) -> None:
        world = self.sim.world
        if row >= 0:
            self.harmed += bool(world.predictions.flags(row) & HARMS)
            self.earned_usd += world.predictions.usd[row]
        else:
            usd, harms = world.outcomes.of_nothing(request[NUMBER], request[KEY])
            self.harmed += harms
            self.earned_usd += usd

    def since(self, row: int) -> Answers:
        """What has become known after so many rows, as copies; see ``known`` and ``keep``."""
        return Answers(
            np.array(self._sent_s[row:]),
            np.array(self._number[row:]),
            np.array(self._key[row:]),
            np.array(self._outcome[row:]),
            np.array(self._took_s[row:]),
            np.array(self._row[row:]),
        )

    def give_share(self, share: float) -> None:
        """Note which part of the calls it gets from now on."""
        self.share_area -= (share - self.share) * self.sim.now
        self.share = share


class Splitter(Component):
    """Splits calls by luck or by user.

    Attributes:
        arms: by name.
    """

    forwarded = count("calls sent on")
    splits = count("times that the shares were changed")

    def __init__(self, name: str, sim: Simulation, spec: SplitterSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self.arms = {
            label: Arm(f"{name}[{label}]", sim, label, arm.to) for label, arm in spec.arms.items()
        }
        self._arms = list(self.arms.values())
        self._split = Split([arm.share for arm in spec.arms.values()])
        self._by_key = spec.sticky == "key"
        self._luck = -1 if self._by_key else sim.needs.add(f"{name}.luck", Uniform())
        self._salt = int(sim.uniforms(f"{name}.salt")() * 2**53) if self._by_key else 0
        self._probed = 0
        for label, each in spec.arms.items():
            self.arms[label].share = each.share

    def parts(self) -> Sequence[Component]:
        return self._arms

    def connect(self, find: Find) -> None:
        for arm in self._arms:
            arm.connect(find)

    def split(self, shares: Mapping[str, float]) -> None:
        """Let arms have other shares from now on.

        Args:
            shares: by arm; the others have none. They add up to 1.
        """
        if abs(sum(shares.values()) - 1) > ROUNDING or not shares.keys() <= self.arms.keys():
            raise ValueError(f"found shares {dict(shares)}; must add up to 1, of {[*self.arms]}")
        wanted = [shares.get(label, 0.0) for label in self.arms]
        if self._by_key:
            self._split.change(wanted)
        else:
            self._split = Split(wanted)
        self.splits += 1
        for arm, share in zip(self._arms, wanted):
            arm.give_share(share)

    def arm_of(self, request: tuple[Any, ...]) -> Arm:
        """The arm that a call of a request goes to now."""
        if self._by_key:
            key: int = request[KEY]
            point = mixed((key ^ self._salt) & MASK) * WHOLE
        else:
            point = request[self._luck]
        return self._arms[self._split.arm_of(point)]

    def probe(self, call: Call) -> None:
        """Ask the arms that get calls in turn."""
        arms = [arm for arm in self._arms if arm.share > 0]
        self._probed = (self._probed + 1) % len(arms)
        arms[self._probed].probe(call)

    def accept(self, call: Call) -> None:
        arm = self.arm_of(call.request)
        self.forwarded += 1
        call.return_to(self, (arm, self.sim.now))
        arm.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        arm: Arm = state[0]
        arm.came_back()
        arm.note(call, state[1], outcome)
        call.answer(outcome)


class PatientSplitter(Splitter):
    """One that counts a call as failed when it has not been answered in time."""

    def __init__(self, name: str, sim: Simulation, spec: SplitterSpec) -> None:
        super().__init__(name, sim, spec)
        self._patience = Patience(sim, spec.patience or 0.0, self._expire)

    def accept(self, call: Call) -> None:
        sent = _Sent(self.arm_of(call.request), self.sim.now)
        self.forwarded += 1
        call.return_to(self, sent)
        self._patience.watch(call, sent)
        sent.arm.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        sent: _Sent = state
        sent.arm.came_back()
        if sent.is_open:
            sent.is_open = False
            sent.arm.note(call, sent.sent_s, outcome)
        call.answer(outcome)

    def _expire(self, call: Call, sent: _Sent) -> None:
        if sent.is_open:
            sent.is_open = False
            sent.arm.late += 1
            sent.arm.note(call, sent.sent_s, TIMED_OUT)


class _Sent:
    """A call under way.

    Attributes:
        is_open: whether the caller has seen nothing of it yet.
    """

    __slots__ = ("arm", "sent_s", "is_open")

    def __init__(self, arm: Arm, sent_s: float) -> None:
        self.arm = arm
        self.sent_s = sent_s
        self.is_open = True
