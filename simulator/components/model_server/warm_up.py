"""How much longer the first calls of a cold model server take."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from simulator.registry import Spec
from simulator.units import PositiveSeconds


class WarmUp(Spec):
    """The first calls take longer, by a factor that falls evenly to 1."""

    factor: float = Field(
        gt=1, le=1000, allow_inf_nan=False, description="how many times as long the first one takes"
    )
    calls: int | None = Field(
        None, ge=1, description="after how many calls of a replica it is warm"
    )
    time: PositiveSeconds | None = Field(
        None, description="in their place: after which time it is warm"
    )
    from_start: bool = Field(
        False, description="whether replicas of the beginning are cold when the run begins"
    )

    def contradictions(self) -> Iterator[str]:
        if (self.calls is None) == (self.time is None):
            yield "give either calls or time"


class Warmth:
    """How warm one replica is.

    Args:
        spec: how it becomes warm.
        now_s: when the run begins.
    """

    def __init__(self, spec: WarmUp, now_s: float) -> None:
        self._excess = spec.factor - 1
        self._by_calls = spec.calls is not None
        self._length = float(spec.time or spec.calls or 1)
        self._since_s = now_s
        self._begun = 0
        self._is_cold = spec.from_start

    def cool(self, now_s: float) -> None:
        """Be cold again."""
        self._is_cold, self._since_s, self._begun = True, now_s, 0

    def factor(self, now_s: float) -> float:
        """How many times as long as a warm one the call takes that is begun now."""
        if not self._is_cold:
            return 1.0
        done = float(self._begun) if self._by_calls else now_s - self._since_s
        self._begun += 1
        if done >= self._length:
            self._is_cold = False
            return 1.0
        return 1 + self._excess * (1 - done / self._length)
