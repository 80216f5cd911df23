"""CoDel: drops while the shortest wait stays too long."""

from __future__ import annotations

from math import sqrt
from typing import Literal

from pydantic import Field

from simulator.kernel import Shedder
from simulator.policies.shedding.base import SheddingPolicy, shedding_policies
from simulator.units import PositiveSeconds

REMEMBERED = 16  # intervals after which it forgets how fast it had to drop
SPARED = 1  # calls left at which it drops nobody: in the RFC, one packet of the largest size


@shedding_policies.register
class Codel(SheddingPolicy):
    """Tells a standing queue from a burst by how long calls waited that are next.

    Once every call for a whole ``interval`` had waited for ``target`` or longer it drops the next
    one, and then others, ever faster (after interval/√1, interval/√2, ...), until one comes that
    waited for less. Made for senders that slow down when they lose something.

    Source: Nichols et al., RFC 8289, "Controlled Delay Active Queue Management", 2018, section 5.
    """

    kind: Literal["codel"] = "codel"
    target: PositiveSeconds = Field(0.005, description="wait that is acceptable (RFC 8289: 5 ms)")
    interval: PositiveSeconds = Field(
        0.1, description="time in which a burst should be over (RFC 8289: 100 ms)"
    )

    def start(self) -> CodelShedder:
        return CodelShedder(self.target, self.interval)


class CodelShedder(Shedder):
    """The state of the RFC's pseudocode.

    Args:
        target_s, interval_s: as of ``Codel``.
    """

    def __init__(self, target_s: float, interval_s: float) -> None:
        self._target_s = target_s
        self._interval_s = interval_s
        self._enough_s: float | None = None  # when waits will have been too long for an interval
        self._is_dropping = False
        self._next_s = 0.0
        self._count = 0
        self._last_count = 0
        self._has_dropped = False  # the last one that it saw

    def drops(self, now_s: float, waited_s: float, left: int) -> bool:
        is_too_long = self._is_too_long(now_s, waited_s, left)
        if not self._is_dropping:
            if is_too_long:
                self._begin(now_s)
            return is_too_long
        if not is_too_long:
            self._is_dropping = self._has_dropped = False
            return False
        if self._has_dropped:
            self._has_dropped = False
            self._next_s = self._after(self._next_s)
        if now_s < self._next_s:
            return False
        self._count += 1
        self._has_dropped = True
        return True

    def _is_too_long(self, now_s: float, waited_s: float, left: int) -> bool:
        """Whether waits have been too long for a whole interval."""
        if waited_s < self._target_s or left <= SPARED:
            self._enough_s = None
            return False
        if self._enough_s is None:
            self._enough_s = now_s + self._interval_s
            return False
        return now_s >= self._enough_s

    def _begin(self, now_s: float) -> None:
        """Drop the first call; soon after the last time, about as fast as then."""
        self._is_dropping = True
        dropped = self._count - self._last_count
        is_recent = now_s - self._next_s < REMEMBERED * self._interval_s
        self._count = dropped if dropped > 1 and is_recent else 1
        self._last_count = self._count
        self._next_s = self._after(now_s)

    def _after(self, since_s: float) -> float:
        return since_s + self._interval_s / sqrt(self._count)
