"""Mirror: sends copies of calls to a shadow, whose answers nobody gets.

A call goes to ``next``, and what comes of it is the answer. A ``share`` of the calls is also made
to the ``shadow``: a new model, say, that sees what users send before any user sees what it says.
What comes of a copy is looked at here and dropped.

``synchronous``: both are asked at once, and the answer waits for both: its latency is the longer of
the two. ``asynchronous``: the user waits for ``next`` only. Copies are sent by a number of
``senders``, each of which waits for the answer to its copy; the others wait in a queue of limited
length, and a copy that finds it full is dropped. Either way a copy is no longer waited for after
the ``timeout``; it goes on, and its late answer counts nowhere.

A copy asks for the same key, and is load like any other to whatever both come to: with a share of s
a dependency that both call gets 1 + s times the calls. It needs service times of its own where it
may come to where the user's call comes. What a shadow does has effects (a row is written, a card is
charged twice), so that requests that write have no copies unless ``mirrors_writes`` says so.

Left out: what it costs to copy a call; a comparison of answers that are no model's; copies that are
kept and sent later (replay).

Source: Envoy documentation, "RouteAction.RequestMirrorPolicy" (asynchronous: fire and forget);
nginx documentation, module ngx_http_mirror_module.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from simulator.kernel import (
    CANCELED,
    FAILED,
    OK,
    Call,
    Component,
    ComponentSpec,
    Find,
    Patience,
    Ref,
    Renewal,
    RequestClass,
    Simulation,
    Uniform,
    components,
    count,
    level,
    ratio,
    samples,
)
from simulator.kernel.told import NOTHING, Told, shadow_of
from simulator.units import PositiveSeconds, Ratio
from simulator.world.predictions import SAID

UNKNOWN = -1  # an outcome that is not there yet


@components.register
class MirrorSpec(ComponentSpec):
    """Sends copies of calls to a shadow, whose answers nobody gets."""

    kind: Literal["mirror"] = "mirror"
    next: Ref = Field(description="where calls go, and whose answers are passed on")
    shadow: Ref = Field(description="where copies of them go, whose answers are dropped")
    share: Ratio = Field(1.0, description="part of the calls that has a copy, drawn for each")
    mode: Literal["asynchronous", "synchronous"] = Field(
        "asynchronous", description="whether the answer waits for that of the copy (synchronous)"
    )
    senders: int = Field(
        10, ge=1, le=100_000, description="asynchronous copies that may be under way at once"
    )
    queue_limit: int = Field(
        100, ge=0, description="asynchronous copies that may wait for a sender; others are dropped"
    )
    timeout: PositiveSeconds | None = Field(
        None, description="longest that a copy is waited for; for ever if not given"
    )
    mirrors_writes: bool = Field(
        False, description="whether requests that write have copies, which then write as well"
    )

    def contradictions(self) -> Iterator[str]:
        fields = type(self).model_fields
        queue = ("senders", "queue_limit")
        given = [name for name in queue if getattr(self, name) != fields[name].default]
        if self.mode == "synchronous" and given:
            yield f"{' and '.join(given)} go with mode: asynchronous; nothing else has a queue"

    def onward(self) -> dict[str, float]:
        return self._onward(self.share)

    def onward_of(
        self, request_class: RequestClass, members: Mapping[str, list[str]]
    ) -> dict[str, float]:
        return self._onward(self.share if self.mirrors_writes or not request_class.writes else 0.0)

    def _onward(self, share: float) -> dict[str, float]:
        if self.shadow == self.next:
            return {self.next: 1 + share}
        return {self.next: 1.0, self.shadow: share}

    def build(self, name: str, sim: Simulation) -> Mirror:
        kind = SynchronousMirror if self.mode == "synchronous" else AsynchronousMirror
        return kind(name, sim, self)


class Mirror(Component):
    """What is alike in both modes: which calls have a copy, and what is seen of it."""

    calls = count("calls taken")
    mirrored = count("copies made, and not dropped")
    dropped = count("copies for which there was neither a sender nor room to wait", better="lower")
    shadow_failed = count("copies answered not ok", better="lower")
    shadow_late = count("copies not answered within the timeout", better="lower")
    only_shadow_failed = count("copies answered not ok, while the user got ok", better="lower")
    compared = count("pairs of answers by models, to a user and of the shadow")
    disagreed = count("of these, those in which the shadow said something else")
    sending = level("copies under way", peaks=True)
    queued = level("copies that wait for a sender", better="lower", peaks=True)
    wait_s = samples("time that a copy waited for a sender")
    shadow_s = samples("time from sending a copy to its answer")
    added_s = samples("time that a synchronous answer waited for the copy alone")
    dropped_ratio = ratio(
        "part of the copies that was dropped", "dropped", "dropped", "mirrored", better="lower"
    )
    disagreement_ratio = ratio(
        "part of the pairs of answers by models that differed", "disagreed", "compared"
    )

    def __init__(self, name: str, sim: Simulation, spec: MirrorSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._share = spec.share
        self._luck = sim.needs.add(f"{name}.luck", Uniform())
        self._has_copies = [spec.mirrors_writes or not each.writes for each in sim.needs.classes]
        repeats = sim.wiring.repeats([spec.next, spec.shadow])
        self._renewal = Renewal(sim, name) if repeats[-1] else None

    def connect(self, find: Find) -> None:
        (self._next,) = find(self.spec.next)
        (self._shadow,) = find(self.spec.shadow)

    def probe(self, call: Call) -> None:
        self._next.probe(call)

    def accept(self, call: Call) -> None:
        self.calls += 1
        if call.request[self._luck] < self._share and self._has_copies[call.request_class]:
            self._mirror(call)
        else:
            self._next.accept(call)

    def _mirror(self, call: Call) -> None:
        """Send a call on, and a copy to the shadow."""
        raise NotImplementedError

    def _renew(self, copy: Call) -> None:
        """Let a copy need something of its own where it may come to where the call itself comes."""
        if self._renewal is not None:
            copy.request = self._renewal.renewed(copy.request)

    def _begin(self, pair: _Pair) -> None:
        """Note that a copy is sent now."""
        pair.sent_s = self.sim.now
        self.sending += 1
        self.sending_area -= pair.sent_s
        if self.sending > self.sending_peak:
            self.sending_peak = self.sending

    def _end(self, pair: _Pair, outcome: int, row: int) -> None:
        """Note that a copy was answered, or taken back."""
        if outcome != CANCELED:
            self.shadow_s.append(self.sim.now - pair.sent_s)
            self.shadow_failed += outcome != OK
            pair.shadow = outcome
            pair.shadow_row = row
            self._compare(pair)
        self._let_go(pair)

    def _let_go(self, pair: _Pair) -> None:
        """Wait no longer for a copy."""
        pair.copy = None
        self.sending -= 1
        self.sending_area += self.sim.now

    def _compare(self, pair: _Pair) -> None:
        """See the difference between an answer and that of the shadow, once both are there."""
        if pair.user != OK or pair.shadow == UNKNOWN:
            return
        if pair.shadow != OK:
            self.only_shadow_failed += 1
        elif pair.user_row >= 0 and pair.shadow_row >= 0:
            flags = self.sim.world.predictions.flags
            self.compared += 1
            self.disagreed += (flags(pair.user_row) ^ flags(pair.shadow_row)) & SAID


class _Pair:
    """A call and its copy.

    Attributes:
        copy: as long as it is waited for.
        first: what has been forked to be the user's own, if both are waited for.
        sent_s: when the copy was sent, or began to wait for a sender.
        user, shadow: outcomes of call and copy, ``UNKNOWN`` as long as there are none.
        user_row, shadow_row: of what models said, in the log of predictions, or ``NOTHING``.
        answered_s: when the call itself was answered.
    """

    __slots__ = (
        *("copy", "first", "sent_s", "answered_s"),
        *("user", "shadow", "user_row", "shadow_row"),
    )

    def __init__(self, copy: Call, now_s: float) -> None:
        self.copy: Call | None = copy
        self.first: Call | None = None
        self.sent_s = now_s
        self.user = UNKNOWN
        self.shadow = UNKNOWN
        self.user_row: int = NOTHING
        self.shadow_row: int = NOTHING
        self.answered_s = now_s


def _row(call: Call) -> int:
    """The row of what a model said, in the log of predictions, or ``NOTHING``."""
    return call.row if isinstance(call, Told) else NOTHING


def _take_row(copy: Call) -> int:
    """The same, which is not to go on to the call that it was forked from."""
    row = _row(copy)
    if isinstance(copy, Told):
        copy.row = NOTHING
    return row


class SynchronousMirror(Mirror):
    """Asks both at once and waits for both. It keeps in the ``memo`` of a call its pair."""

    def __init__(self, name: str, sim: Simulation, spec: MirrorSpec) -> None:
        super().__init__(name, sim, spec)
        timeout_s = spec.timeout
        self._patience = Patience(sim, timeout_s, self._expire) if timeout_s is not None else None

    def _mirror(self, call: Call) -> None:
        self.mirrored += 1
        first, copy = call.fork(self), call.fork(self)
        if isinstance(copy, Told):
            copy.is_shadow = True
        self._renew(copy)
        pair = call.memo = _Pair(copy, self.sim.now)
        pair.first = first
        copy.back = (self, pair, copy.back)  # to see it come back also when it is taken back
        self._begin(pair)
        if self._patience is not None:
            self._patience.watch(copy, call)
        self._next.accept(first)
        if copy.back is not None:  # else taken back meanwhile, along with the call
            self._shadow.accept(copy)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if type(state) is _Pair:
            row = _take_row(call)
            if state.copy is call:  # else it is too late
                self._end(state, outcome, row)
            call.answer(outcome)
        else:
            pair: _Pair = state.memo
            if pair.first is call:
                pair.first = None
                pair.user = FAILED if outcome == CANCELED else outcome
                pair.user_row = _row(call)
                pair.answered_s = self.sim.now
                self._compare(pair)
            self._answer_if_done(state)

    def _expire(self, copy: Call, call: Call) -> None:
        """The shadow takes too long: the copy goes on, and is not waited for."""
        self.shadow_late += 1
        pair: _Pair = call.memo
        self._let_go(pair)
        call.disown(copy)
        self._answer_if_done(call)

    def _answer_if_done(self, call: Call) -> None:
        if not call.open_forks():
            pair: _Pair = call.memo
            self.added_s.append(self.sim.now - pair.answered_s)
            call.answer(pair.user)


class AsynchronousMirror(Mirror):
    """Sends copies beside the calls, as far as there are senders for them and room to wait."""

    def __init__(self, name: str, sim: Simulation, spec: MirrorSpec) -> None:
        super().__init__(name, sim, spec)
        self._senders = spec.senders
        self._places = spec.queue_limit
        self._line: deque[_Pair] = deque()
        self._send_due = (self._send,)
        timeout_s = spec.timeout
        self._patience = Patience(sim, timeout_s, self._expire) if timeout_s is not None else None

    def _mirror(self, call: Call) -> None:
        if self.sending < self._senders or self.queued < self._places:
            self.mirrored += 1
            pair = self._make_copy(call)
            call.return_to(self, pair)
        else:
            self.dropped += 1
        self._next.accept(call)

    def _make_copy(self, call: Call) -> _Pair:
        copy = shadow_of(call, self, None)
        self._renew(copy)
        pair = _Pair(copy, self.sim.now)
        copy.back = (self, pair, None)
        if self.sending < self._senders:
            self._start(pair)
        else:
            self.queued += 1
            self.queued_area -= self.sim.now
            if self.queued > self.queued_peak:
                self.queued_peak = self.queued
            self._line.append(pair)
        return pair

    def _start(self, pair: _Pair) -> None:
        """Let a sender have a copy, which it sends at this instant, after whatever goes on now."""
        copy: Any = pair.copy
        self.wait_s.append(self.sim.now - pair.sent_s)
        self._begin(pair)
        if self._patience is not None:
            self._patience.watch(copy, pair)
        self.hold(copy, 0.0, self._send_due)

    def _send(self, copy: Call) -> None:
        self._shadow.accept(copy)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        pair: _Pair = state
        if call.back is not None:  # the user's own
            pair.user = outcome
            pair.user_row = _row(call)
            self._compare(pair)
            call.answer(outcome)
        elif pair.copy is call:  # else it is too late
            self._end(pair, outcome, _row(call))

    def _expire(self, copy: Call, pair: _Pair) -> None:
        """The shadow takes too long: its sender goes on with the next copy."""
        self.shadow_late += 1
        self._let_go(pair)

    def _let_go(self, pair: _Pair) -> None:
        super()._let_go(pair)
        if self._line:
            self.queued -= 1
            self.queued_area += self.sim.now
            self._start(self._line.popleft())
