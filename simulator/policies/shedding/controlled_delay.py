"""Controlled delay for requests: short patience while a queue stands, long patience for bursts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from simulator.kernel import Shedder
from simulator.policies.shedding.base import SheddingPolicy, shedding_policies
from simulator.units import PositiveSeconds


@shedding_policies.register
class ControlledDelay(SheddingPolicy):
    """Lets a call wait for ``interval``; for ``target`` only, if the queue is never empty.

    A queue that was empty within the last interval is a burst that will be over; one that was not
    is standing, and whoever comes then either is served nearly at once or turned away. What works
    for one service works for most, since nothing in it depends on how much the service can do.

    Source: Maurer, "Fail at Scale", ACM Queue 13(8), 2015 (adaptation of CoDel to requests, and
    the defaults).
    """

    kind: Literal["controlled_delay"] = "controlled_delay"
    target: PositiveSeconds = Field(0.005, description="longest wait while the queue stands")
    interval: PositiveSeconds = Field(
        0.1, description="longest wait otherwise, and how lately the queue must have been empty"
    )

    def contradictions(self) -> Iterator[str]:
        if self.target > self.interval:
            yield f"target ({self.target:g} s) must not exceed interval ({self.interval:g} s)"

    def start(self) -> DelayShedder:
        return DelayShedder(self.target, self.interval)


class DelayShedder(Shedder):
    """When the queue was empty last.

    Args:
        target_s, interval_s: as of ``ControlledDelay``.
    """

    def __init__(self, target_s: float, interval_s: float) -> None:
        self._target_s = target_s
        self._interval_s = interval_s
        self._empty_s = 0.0

    def joins(self, now_s: float, queued: int) -> float:
        if not queued:
            self._empty_s = now_s
        stands = self._empty_s < now_s - self._interval_s
        return self._target_s if stands else self._interval_s

    def drops(self, now_s: float, waited_s: float, left: int) -> bool:
        if not left:
            self._empty_s = now_s
        return False
