"""Ways and visits: what is written down of a traced request while the run goes on.

A way belongs to a call, the request itself or a fork; a visit is the time of one call at one
component. Visits lie in one another and make the tree that ``Spans`` is a table of.
"""

from __future__ import annotations

from math import inf, isnan, nan
from typing import Any

from simulator.kernel import OK, Call, Component
from simulator.kernel.call import NUMBER, UNFINISHED
from simulator.results.spans import STEPS, VISIT, WAIT, Row

Leaf = tuple[int, float, float, float]
"""A stretch of a visit in which one thing goes on: step, start_s, end_s, active_s."""

_STEP = {name: place for place, name in enumerate(STEPS)}


class Visit:
    """The time of one call at one component, or of a request as a whole.

    Attributes:
        step: ``REQUEST`` or ``VISIT``.
        component: where it is.
        way: of its call.
        outer: the visit in which it lies; None for a request.
        around: the visit of the same call to whose component the call will return; None if it
            returns to whoever made it.
        inner: the visits that lie in it.
        leaves: what went on here, in order.
    """

    __slots__ = (
        *("step", "component", "way", "outer", "around", "inner", "leaves"),
        *("start_s", "end_s", "outcome", "_doing", "_began_s", "_looked_s", "_active_s", "_pace"),
    )

    def __init__(
        self,
        step: int,
        component: Component,
        way: Way,
        outer: Visit | None,
        around: Visit | None,
        start_s: float,
    ) -> None:
        self.step = step
        self.component = component
        self.way = way
        self.outer = outer
        self.around = around
        self.inner: list[Visit] = []
        self.leaves: list[Leaf] = []
        self.start_s = start_s
        self.end_s = nan
        self.outcome = UNFINISHED
        self._doing: int | None = None  # the step of the leaf under way; None for none
        self._began_s = self._looked_s = start_s
        self._active_s = self._pace = 0.0
        if outer is not None:
            outer.inner.append(self)

    def turn(self, doing: int | None, pace: float, now_s: float) -> None:
        """Note what goes on here from now on, and how fast."""
        if doing == self._doing and pace == self._pace:
            return
        self._active_s += self._pace * (now_s - self._looked_s)
        self._looked_s, self._pace = now_s, pace
        if doing != self._doing:
            if self._doing is not None and now_s > self._began_s:
                self.leaves.append((self._doing, self._began_s, now_s, self._active_s))
            self._doing, self._began_s, self._active_s = doing, now_s, 0.0

    def end(self, outcome: int, now_s: float) -> None:
        """Note that the call was answered, handed on, or that the run stopped."""
        self.turn(None, 0.0, now_s)
        self.end_s = now_s
        self.outcome = outcome


class Way:
    """The way of one call through components.

    Attributes:
        call: the request itself, or a fork.
        number: of the request.
        attempt: which try of the client that made the call it is.
        owner: the way of the call from which it was forked.
        origin: the visit in which it was made; None for the request itself.
        holder: the visit that has the call now.
        given_up_s: since when nobody waits for it any more; inf while somebody does.
        changes: whether it must be looked at after every event.
        callbacks, children: of the call, when it was looked at last.
        asker: the call that waits for this one alone.
    """

    __slots__ = (
        *("call", "number", "attempt", "owner", "origin", "holder", "given_up_s"),
        *("changes", "callbacks", "children", "asker"),
    )

    def __init__(self, call: Call, owner: Way | None, origin: Visit | None) -> None:
        self.call = call
        self.number: int = call.request[NUMBER]
        self.attempt = owner.call.attempts if owner is not None else 1
        self.owner = owner
        self.origin = origin
        self.holder: Visit | None = None
        self.given_up_s = inf
        self.changes = True
        self.callbacks: Any = None
        self.children: Any = None
        self.asker: Call | None = None

    def enter(self, component: Component, now_s: float) -> Visit:
        """Begin a visit; the one before it ends, unless its component waits for the call."""
        holder = self.holder
        if holder is None:
            outer, around = self.origin, None
        elif holder.step == VISIT and _last_on_way_back(self.call) is holder:
            holder.end(OK, now_s)
            outer, around = holder.outer, holder.around
        else:
            holder.turn(None, 0.0, now_s)
            outer = around = holder
        self.holder = Visit(VISIT, component, self, outer, around, now_s)
        self.changes = True
        if not hasattr(self.call, "callbacks"):  # it has never rested
            self.call.callbacks = None
        return self.holder

    def leave(self, outcome: int, now_s: float) -> bool:
        """End a visit and return to the one around it; whether there is one."""
        visit = self.holder
        assert visit is not None
        visit.end(outcome, now_s)
        self.holder = visit.around
        self.changes = True
        return self.holder is not None

    def look(self, now_s: float) -> None:
        """See what the call does now, and whether somebody waits for it."""
        call, holder = self.call, self.holder
        self.callbacks, self.children = call.callbacks, call.children
        self.changes = False
        if holder is not None and holder.step == VISIT:
            self.changes = type(holder.component).pace is not Component.pace
            if call.children is not None:
                holder.turn(None, 0.0, now_s)
            else:
                pace = holder.component.pace(call)
                holder.turn(_STEP[holder.component.resting] if pace else WAIT, pace, now_s)
        if self.given_up_s == inf:
            self._look_back(now_s)

    def _look_back(self, now_s: float) -> None:
        """See whether somebody still waits for the call."""
        self.asker = None
        if self.owner is not None:
            asker = self.owner.call
            children = asker.children
            if children is self.call:
                self.asker = asker
            elif type(children) is dict and self.call in children:
                self.changes = True
            else:
                self.given_up_s = now_s
        elif self.origin is not None:  # a load that many wait for
            if isnan(self.origin.end_s):
                self.changes = True
            else:
                self.given_up_s = now_s

    def lost_s(self) -> float:
        """Since when neither it nor the call that it was made for is waited for; inf if never."""
        return min(self.given_up_s, self.owner.lost_s() if self.owner is not None else inf)

    def stop(self, now_s: float) -> None:
        """The run stops: whatever is open ends."""
        visit = self.holder
        while visit is not None:
            visit.end(UNFINISHED, now_s)
            visit = visit.around


def rows_of(root: Visit, names: dict[str, int], before: int) -> list[Row]:
    """The rows of a request in ``Spans``: each visit, then what lies in it, in order of time.

    Args:
        root: the request.
        names: component -> its place, to which new ones are added.
        before: rows in the table so far.
    """
    rows: list[Row] = []
    left: list[tuple[Visit, Leaf | None, int]] = [(root, None, 0)]
    while left:
        visit, leaf, parent = left.pop()
        span = before + len(rows) + 1
        place = names.setdefault(visit.component.name, len(names))
        if leaf is not None:
            rows.append(_row(visit, leaf, span, parent, place))
            continue
        whole = visit.step, visit.start_s, visit.end_s, 0.0
        rows.append(_row(visit, whole, span, parent, place))
        inside: list[tuple[float, Visit, Leaf | None]] = []
        inside += [(each[1], visit, each) for each in visit.leaves]
        inside += [(each.start_s, each, None) for each in visit.inner]
        inside.sort(key=lambda entry: entry[0])
        left += [(holder, each, span) for _, holder, each in reversed(inside)]
    return rows


def _row(visit: Visit, leaf: Leaf, span: int, parent: int, place: int) -> Row:
    step, start_s, end_s, active_s = leaf
    lost_s = visit.way.lost_s()
    return Row(
        request=visit.way.number,
        span=span,
        parent=parent,
        component=place,
        step=step,
        start_s=start_s,
        end_s=end_s,
        active_s=active_s,
        outcome=visit.outcome if end_s == visit.end_s else OK,
        attempt=visit.way.attempt,
        given_up_s=lost_s if lost_s < end_s else nan,
    )


def _last_on_way_back(call: Call) -> Any:
    """What whoever sees a call's outcome first has noted, apart from those who only look on."""
    back = call.back
    while back[0].looks_on:
        back = back[2]
    return back[1]
