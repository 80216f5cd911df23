"""W-TinyLFU: a window for what is new, and a contest of recent frequencies for the rest."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Literal

from pydantic import Field

from simulator.policies.eviction.base import EvictionPolicy, Order, Uniforms, eviction_policies
from simulator.policies.eviction.segmented import SlruOrder
from simulator.units import Ratio

ROWS = 4
MOST = 15  # a counter has four bits
SAMPLE = 10  # requests for each entry of the capacity, after which all counters are halved
WORD = 2**64 - 1
# Odd multipliers of 64 bits for multiplicative hashing, one a row: digits of pi.
MULTIPLIERS = (0x243F6A8885A308D3, 0x13198A2E03707345, 0xA4093822299F31D1, 0x082EFA98EC4E6C89)
HALVED = bytes([value // 2 for value in range(256)])


@eviction_policies.register
class TinyLfu(EvictionPolicy):
    """What comes in has to be asked for more often, of late, than what would leave for it.

    This is W-TinyLFU. A new entry goes to a small window ordered by last use. Whoever is pushed out
    of the window is a candidate for the main part, a segmented LRU: of the candidate and the entry
    that would leave the main part, the one that was asked for less often leaves; the candidate also
    if it is a draw. Frequencies are those of a count-min sketch with four rows of 4-bit counters,
    four times as many a row as there are entries at least, which are halved after ten requests for
    each entry of the capacity, so that old fame fades.

    Left out: the Bloom filter ("doorkeeper") in front of the sketch, and a window that adapts its
    size to the workload.

    Source: Einziger, Friedman and Manes, "TinyLFU: A highly efficient cache admission policy", ACM
    Transactions on Storage 13(4), 2017; 1 % of window and 80 % of protected entries as there.
    """

    kind: Literal["tinylfu"] = "tinylfu"
    window: Ratio = Field(0.01, description="part of the capacity that is the window")
    protected: Ratio = Field(0.8, description="part of the rest that is protected")

    def start(self, capacity: int, uniform: Uniforms) -> Order:
        window = max(1, int(self.window * capacity))
        return TinyLfuOrder(capacity, window, int(self.protected * (capacity - window)))


class TinyLfuOrder(Order):
    """The window from least to most recently used, the main part, and the sketch.

    Args:
        capacity: entries in window and main part together.
        window: most of them in the window.
        protected: most of them in the protected segment of the main part.
    """

    def __init__(self, capacity: int, window: int, protected: int) -> None:
        self._most = window
        self._window: OrderedDict[Any, None] = OrderedDict()
        self._main = SlruOrder(protected)
        self._sketch = Sketch(capacity)

    def used(self, key: Any) -> None:
        self._sketch.count(key)
        if key in self._window:
            self._window.move_to_end(key)
        else:
            self._main.used(key)

    def missed(self, key: Any) -> None:
        self._sketch.count(key)

    def added(self, key: Any) -> None:
        self._window[key] = None
        if len(self._window) > self._most:  # there is room in the main part: no contest
            self._main.added(self._window.popitem(last=False)[0])

    def removed(self, key: Any) -> None:
        if key in self._window:
            del self._window[key]
        else:
            self._main.removed(key)

    def victim(self) -> Any:
        if len(self._window) < self._most:
            return self._main.victim()
        candidate, _ = self._window.popitem(last=False)
        if not len(self._main):
            return candidate
        rival = self._main.next_victim()
        if self._sketch.estimate(candidate) <= self._sketch.estimate(rival):
            return candidate
        self._main.removed(rival)
        self._main.added(candidate)
        return rival


class Sketch:
    """About how often each key was asked for of late: never less than true, before halving.

    Args:
        capacity: of the cache; it sets the width of the rows and the length of memory.
    """

    def __init__(self, capacity: int) -> None:
        bits = max(4, (4 * capacity - 1).bit_length())  # each row a power of two
        self._shift = 64 - bits
        self._width = 1 << bits
        self._counters = bytearray(ROWS * self._width)
        self._left = self._sample = SAMPLE * capacity

    def count(self, key: int) -> None:
        """Note a request for a key."""
        offset = 0
        for multiplier in MULTIPLIERS:
            place = offset + ((key * multiplier & WORD) >> self._shift)
            if self._counters[place] < MOST:
                self._counters[place] += 1
            offset += self._width
        self._left -= 1
        if not self._left:
            self._left = self._sample
            self._counters = self._counters.translate(HALVED)

    def estimate(self, key: int) -> int:
        """How often a key was asked for of late, at most 15."""
        least = MOST
        offset = 0
        for multiplier in MULTIPLIERS:
            least = min(least, self._counters[offset + ((key * multiplier & WORD) >> self._shift)])
            offset += self._width
        return least
