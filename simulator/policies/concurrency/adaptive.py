"""What limits that adapt have in common: bounds, and averages over windows of time.

A limit may learn from every call or, with a ``window``, from averages: over what came back in a
window of at least that time and ``FEWEST`` calls, it is told the mean time, the most calls that
were under way, and whether any was dropped. Where times vary from call to call by themselves,
single ones say little of overload, and a limit that goes by the shortest of them trusts an outlier.

Source: Netflix/concurrency-limits, ``WindowedLimit`` and ``ImmutableAverageSampleWindow``.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from simulator.policies.concurrency.base import ConcurrencyPolicy, Limit, Uniforms
from simulator.units import PositiveSeconds

FEWEST = 10  # calls that make a window


class AdaptivePolicy(ConcurrencyPolicy):
    """A limit that moves between two bounds."""

    initial: int = Field(20, ge=1, description="limit to begin with")
    least: int = Field(1, ge=1, description="smallest limit")
    most: int = Field(200, ge=1, description="largest limit")
    window: PositiveSeconds | None = Field(
        None, description="time over which calls are averaged; each counts by itself if not given"
    )

    def contradictions(self) -> Iterator[str]:
        if not self.least <= self.initial <= self.most:
            yield (
                f"initial ({self.initial}) must lie between least ({self.least}) and most "
                f"({self.most})"
            )

    def start(self, uniform: Uniforms) -> Limit:
        limit = self.adapting(uniform)
        return limit if self.window is None else WindowedLimit(limit, self.window)

    def adapting(self, uniform: Uniforms) -> Limit:
        """The memory of one limiter that learns from single calls, or from windows of them."""
        raise NotImplementedError


class WindowedLimit(Limit):
    """Tells another limit of averages.

    Args:
        of: which is told.
        length_s: of a window, at least.
    """

    def __init__(self, of: Limit, length_s: float) -> None:
        super().__init__(of.limit)
        self._of = of
        self._length_s = length_s
        self._ends_s = 0.0
        self._begin()

    def _begin(self) -> None:
        self._calls = 0
        self._took_s = 0.0
        self._outstanding = 0
        self._is_dropped = False

    def learn(self, took_s: float, outstanding: int, is_dropped: bool, now_s: float) -> None:
        self._calls += 1
        self._took_s += took_s
        self._outstanding = max(self._outstanding, outstanding)
        self._is_dropped = self._is_dropped or is_dropped
        if now_s <= self._ends_s:
            return
        self._ends_s = now_s + self._length_s
        if self._calls >= FEWEST:
            mean_s = self._took_s / self._calls
            self._of.learn(mean_s, self._outstanding, self._is_dropped, now_s)
            self.limit = self._of.limit
        self._begin()
