"""Calls: one try at getting an answer, on its way through components and back.

A component *accepts* a call and sooner or later does exactly one of three things with it: answers
it, hands it over to another component, or forks calls of its own and answers when enough of them
have come back. Before handing over, a component that wants to see the outcome puts itself on the
call's way back (``return_to``); the outcome then reaches its ``returned``. Passing through costs
nothing.

A call is its own event: while it rests in a component it lies in SimPy's event list itself, so
that one object serves a whole attempt and nothing is allocated for a service time or a delay.

Canceling is no second protocol. Whoever holds the call is told to let go of it (``give_up``: free
the worker, leave the queue); then the call returns along its way back as it always does, with the
outcome CANCELED. An answered call takes its open forks along.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

IGNORED: Final[Any] = ()  # callbacks of an event that lies in the event list and no longer matters

# Places in the tuple of a request.
NUMBER: Final = 0
CLASS: Final = 1
KEY: Final = 2
FIRST_NEED: Final = 3

# What became of a request: indices into ``OUTCOMES`` of the results, plain integers because they
# are compared millions of times. CANCELED is never a user's outcome: whoever cancels looks away.
OK: Final = 0
REJECTED: Final = 1
TIMED_OUT: Final = 2
FAILED: Final = 3
UNFINISHED: Final = 4
CANCELED: Final = 5


PROBE: Final[Any] = (-1, 0, None, 0.0)
"""What a probe asks for: nothing, on behalf of no request; and the time that its answer takes."""


def probe_taking(takes_s: float) -> Any:
    """What a probe asks for whose answer takes some time, in seconds, longer where work is slow."""
    return (-1, 0, None, takes_s)


class Caller:
    """Whoever may stand on a call's way back."""

    looks_on: ClassVar[bool] = False
    """Whether it only sees outcomes pass, so that to others it might as well not stand there."""

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        """See the outcome of a call that was to return here, and pass it on."""
        raise NotImplementedError

    def wants(self, call: Call, state: Any) -> bool:
        """Whether a call forked from another one (``state``) is still to be worked on.

        Asked by ``is_wanted`` when a worker is about to begin it. Says what could be known there:
        a deadline that has come along with the call, not whether its answer is waited for.
        """
        return True


class Timer:
    """To SimPy, an event that has already succeeded and only waits for its turn."""

    __slots__ = ("callbacks",)
    _ok: ClassVar[bool] = True
    callbacks: Any  # what SimPy runs when it is due: one bound method in a tuple


class Answer(Timer):
    """An answer that takes some time on its way back.

    Not the call itself is held meanwhile: if it was lost in a crash it still lies in the event
    list, where it must not lie twice.

    Attributes:
        call: that is answered; its ``memo`` is this answer, unless it was taken back meanwhile.
        outcome: what is answered.
    """

    __slots__ = ("call", "outcome")
    call: Call
    outcome: int

    def __init__(self, call: Call, outcome: int) -> None:
        self.call = call
        self.outcome = outcome


class Call(Timer):
    """One try at getting an answer.

    The call that a workload sends is the user's request itself; whatever is forked on its behalf
    shares its ``request``, one plain tuple: the number of the request in order of arrival, the
    index of its class, its key (None if the workload has no keys), and its draw of every need, at
    the places that ``Needs.add`` returned.
    """

    __slots__ = (
        "request",
        "back",
        "give_up",
        "children",
        "attempts",
        "since_s",
        "memo",
    )
    request: tuple[Any, ...]
    back: Any  # (caller, its state, the rest of the way); None once answered
    give_up: Any  # how whoever holds the call lets go of it; None while it is on the move
    children: Any  # open calls forked from it: None, the only one, or several as keys of a dict
    attempts: int  # tries that a client made of it
    since_s: float  # for whoever holds it: when it joined
    memo: Any  # for whoever holds it

    def __init__(self, request: tuple[Any, ...], caller: Caller | None, state: Any) -> None:
        self.request = request
        self.back = (caller, state, None)
        self.give_up = None
        self.children = None
        self.attempts = 1

    @property
    def key(self) -> Any:
        """What the request asks for."""
        return self.request[KEY]

    @property
    def request_class(self) -> int:
        """The index of the request's class."""
        return self.request[CLASS]

    def return_to(self, caller: Caller, state: Any) -> None:
        """Have ``caller.returned(call, outcome, state)`` see the outcome on its way back."""
        self.back = (caller, state, self.back)

    def answer(self, outcome: int) -> None:
        """Send the outcome back. The call is no longer the sender's: make this the last act."""
        if self.children is not None:
            self._cancel_children()
        caller, state, self.back = self.back
        caller.returned(self, outcome, state)

    def fork(self, caller: Caller) -> Call:
        """A new call on behalf of this one; ``caller.returned(child, outcome, self)`` sees it.

        The child has the same needs; whoever wants new ones (a retry) calls ``renew``.
        """
        child = new_call(Call)  # as `Call(...)`, at half the cost
        child.request = self.request
        child.back = (JOIN, (caller, self), None)
        child.give_up = child.children = None
        child.attempts = 1
        if self.children is None:
            self.children = child
        elif type(self.children) is dict:
            self.children[child] = None
        else:
            self.children = {self.children: None, child: None}
        return child

    def open_forks(self) -> int:
        """How many calls forked from it are still waited for."""
        if self.children is None:
            return 0
        return len(self.children) if type(self.children) is dict else 1

    def renew(self, needs: tuple[float, ...]) -> None:
        """Let the call need something else than the request did at first."""
        self.request = self.request[:FIRST_NEED] + needs

    def waits_for(self, child: Call) -> bool:
        """Whether a call forked from it is still waited for."""
        children = self.children
        return children is child or (type(children) is dict and child in children)

    def disown(self, child: Call) -> None:
        """Wait no longer for a child; it goes on, unless canceled, but its answer is dropped."""
        if self.children is child:
            self.children = None
        else:
            del self.children[child]

    def disown_all(self) -> None:
        """Wait no longer for any child."""
        self.children = None

    def _cancel_children(self) -> None:
        children, self.children = self.children, None
        for child in tuple(children) if type(children) is dict else (children,):
            child.cancel()

    def cancel(self) -> None:
        """Take the call back from wherever it is; no effect once it is answered."""
        if self.back is None:
            return
        self.callbacks = IGNORED  # stays in the event list: taking it out would cost O(n)
        give_up, self.give_up = self.give_up, None
        if give_up is not None:
            give_up(self)
        if self.back is not None:
            self.answer(CANCELED)


new_call = Call.__new__
"""Makes a call without ``__init__``, which costs more than the rest of it, for the two places that
make one for every request and every try."""


class _Join(Caller):
    """Stands at the root of every fork and lets through only answers that are still waited for."""

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        caller, parent = state
        children = parent.children
        if children is call:
            parent.children = None
            caller.returned(call, outcome, parent)
        elif type(children) is dict and call in children:
            del children[call]
            caller.returned(call, outcome, parent)


JOIN: Final = _Join()


def is_wanted(call: Call) -> bool:
    """Ask all who have forked a call, those furthest out first, whether it is still to be done.

    What is known of a deadline is so read off the call's way back, and costs those who look only.
    """
    way: tuple[Caller, Any, Any] = call.back
    while way[2] is not None:
        way = way[2]
    if way[0] is not JOIN:
        return True
    fork: tuple[Caller, Call] = way[1]
    asker, parent = fork
    if parent.back is not None and not is_wanted(parent):
        return False
    return asker.wants(call, parent)
