"""Waiting lines whose order is no rank that a call keeps: any call, either end, fair turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush

from simulator.kernel import Call, Component, Line, Station

Uniforms = Callable[[], float]


class RandomLine(Line):
    """Any call is next."""

    def __init__(self, uniform: Uniforms) -> None:
        self._uniform = uniform
        self._calls: list[Call] = []

    def put(self, call: Call) -> None:
        self._calls.append(call)

    def take(self) -> Call:
        calls = self._calls
        place = int(self._uniform() * len(calls))
        calls[place], calls[-1] = calls[-1], calls[place]
        return calls.pop()

    def calls(self) -> list[Call]:
        return list(self._calls)

    def sweep(self) -> None:
        self._calls = [call for call in self._calls if call.give_up is not None]

    def clear(self) -> None:
        self._calls = []

    def __len__(self) -> int:
        return len(self._calls)


class AdaptiveLine(Line):
    """The oldest call while few wait, the newest while many do.

    Args:
        threshold: most calls that may wait such that the oldest is next.
    """

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold
        self._calls: deque[Call] = deque()
        self._station: Station | None = None

    def stands_before(self, station: Component) -> None:
        assert isinstance(station, Station)
        self._station = station

    def put(self, call: Call) -> None:
        self._calls.append(call)

    def take(self) -> Call:
        if self._station is not None and self._station.queued > self._threshold:
            return self._calls.pop()
        return self._calls.popleft()

    def calls(self) -> list[Call]:
        return list(self._calls)

    def sweep(self) -> None:
        self._calls = deque(call for call in self._calls if call.give_up is not None)

    def clear(self) -> None:
        self._calls.clear()

    def __len__(self) -> int:
        return len(self._calls)


class FairLine(Line):
    """The first call of the class whose clock is behind.

    Args:
        weights: of the request classes, in their order, reads and writes of one together.
        places: index into ``weights`` for each class that a call may be of.
        need: index into ``Call.request`` of the service time.
    """

    def __init__(self, weights: Sequence[float], places: Sequence[int], need: int) -> None:
        self._weights = list(weights)
        self._places = list(places)
        self._need = need
        self._clocks = [0.0] * len(self._weights)
        self._waiting: list[deque[Call]] = [deque() for _ in self._weights]
        self._heads: list[tuple[float, int, int]] = []  # heap: clock, turn, class of those waiting
        self._turns = 0
        self._length = 0
        self._clock = 0.0  # start of the call begun last

    def put(self, call: Call) -> None:
        place = self._places[call.request_class]
        if not self._waiting[place]:
            self._clocks[place] = max(self._clocks[place], self._clock)
            self._put_head(place)
        self._waiting[place].append(call)
        self._length += 1

    def _put_head(self, place: int) -> None:
        self._turns += 1
        heappush(self._heads, (self._clocks[place], self._turns, place))

    def take(self) -> Call:
        clock, _, place = heappop(self._heads)
        call = self._waiting[place].popleft()
        self._length -= 1
        if call.give_up is not None:  # one that has left costs its class nothing
            self._clock = clock
            self._clocks[place] += call.request[self._need] / self._weights[place]
        if self._waiting[place]:
            self._put_head(place)
        return call

    def calls(self) -> list[Call]:
        return [call for waiting in self._waiting for call in waiting]

    def sweep(self) -> None:
        for place, waiting in enumerate(self._waiting):
            self._waiting[place] = deque(call for call in waiting if call.give_up is not None)
        self._heads = [head for head in self._heads if self._waiting[head[2]]]
        heapify(self._heads)
        self._length = sum(len(waiting) for waiting in self._waiting)

    def clear(self) -> None:
        for waiting in self._waiting:
            waiting.clear()
        self._heads = []
        self._length = 0

    def __len__(self) -> int:
        return self._length
