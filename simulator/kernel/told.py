"""Calls that bring along what a model said of their request.

A plain call says on its way back what became of it, and nothing else. Where models decide about
requests, users are also told something, and not whoever answered last decides what that is: of two
copies of a request the one counts that came first, and an answer that nobody waited for any more
counts nowhere. So what a model said goes the way of the answer: from a call to the one that it was
forked from, if that still waits for it.
"""

from __future__ import annotations

from typing import Any, Final

from simulator.kernel.call import JOIN, OK, Call, Caller

NOTHING: Final = -1  # in place of the row of a prediction: no model has said anything


class Told(Call):
    """A call about a request that models decide about; so are all that are forked from it.

    Attributes:
        row: of what was said in the log of predictions; ``NOTHING`` if no model was asked.
        is_shadow: whether the answer will reach no user.
    """

    __slots__ = ("is_shadow", "row")
    row: int
    is_shadow: bool

    def __init__(self, request: tuple[Any, ...], caller: Caller | None, state: Any) -> None:
        super().__init__(request, caller, state)
        self.row = NOTHING
        self.is_shadow = False

    def answer(self, outcome: int) -> None:
        if outcome == OK and self.row >= 0 and self.back[0] is JOIN:
            parent: Told = self.back[1][1]
            if parent.waits_for(self):
                parent.row = self.row
        super().answer(outcome)

    def fork(self, caller: Caller) -> Told:
        child = Told(self.request, JOIN, (caller, self))
        child.is_shadow = self.is_shadow
        if self.children is None:
            self.children = child
        elif type(self.children) is dict:
            self.children[child] = None
        else:
            self.children = {self.children: None, child: None}
        return child


def shadow_of(call: Call, caller: Caller, state: Any) -> Call:
    """A call of ``caller``'s own about the same request, whose answer is to reach no user."""
    if not isinstance(call, Told):
        return Call(call.request, caller, state)
    shadow = Told(call.request, caller, state)
    shadow.is_shadow = True
    return shadow
