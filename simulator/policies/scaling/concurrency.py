"""As Knative's autoscaler: calls in flight, averaged over a long window, and over a short one.

Usually the long window decides. If the short one asks for ``panic_threshold`` times as many
replicas as are ready, there is a panic: the short window decides, and no replica is taken away,
until the threshold has not been reached for a whole long window. Let metrics be scraped every
second or two; with fewer scrapes than windows need, both see the same.

Left out: scaling to zero, and calls that wait at an activator; limits of the rate of change (but
``behavior`` of the autoscaler can set some).

Source: Knative documentation, "Additional autoscaling configuration for Knative Pod Autoscaler",
also for the defaults; ``pkg/autoscaler/scaling/autoscaler.go``.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, inf
from typing import Annotated, Literal

from pydantic import Field

from simulator.policies.scaling.base import Advice, Scaler, ScalingPolicy, Sight, scaling_policies
from simulator.policies.scaling.demand import ROUNDING
from simulator.units import PositiveSeconds

Amount = Annotated[float, Field(ge=0.001, le=1e6, allow_inf_nan=False)]


@scaling_policies.register
class Concurrency(ScalingPolicy):
    """Keeps calls in flight at each replica near a target, and panics when they soar."""

    kind: Literal["concurrency"] = "concurrency"
    target: Amount = Field(description="calls in flight at each replica, on average")
    stable_window: PositiveSeconds = Field(60.0, description="time to average over")
    panic_window: PositiveSeconds = Field(
        6.0, description="time to average over in a panic, and to see whether there is one"
    )
    panic_threshold: Annotated[float, Field(ge=1.1, le=10, allow_inf_nan=False)] = Field(
        2.0, description="how many times the ready replicas the short window asks for in a panic"
    )

    def contradictions(self) -> Iterator[str]:
        if self.panic_window > self.stable_window:
            limit = f"stable_window ({self.stable_window:g} s)"
            yield f"panic_window ({self.panic_window:g} s) must be at most {limit}"

    def start(self) -> Scaler:
        return _Concurrency(self)


class _Concurrency(Scaler):
    def __init__(self, spec: Concurrency) -> None:
        self._target: float = spec.target
        self._stable_s: float = spec.stable_window
        self._panic_s: float = spec.panic_window
        self._threshold: float = spec.panic_threshold
        self._scraped: list[tuple[float, float]] = []  # instant, calls in flight
        self._panicked_s = -inf  # when the threshold was reached last

    def advise(self, sight: Sight) -> Advice | None:
        if sight.scraped_s is None:
            return None
        now_s = sight.now_s
        if not self._scraped or self._scraped[-1][0] < sight.scraped_s:
            self._scraped.append((sight.scraped_s, sight.in_flight))
        self._scraped = [each for each in self._scraped if each[0] > now_s - self._stable_s]
        if not self._scraped:
            return None
        calls, soon = self._average(-inf), self._average(now_s - self._panic_s)
        stable, panic = self._replicas(calls), self._replicas(soon)
        if panic >= self._threshold * max(1, sight.ready):
            self._panicked_s = now_s
        if now_s - self._panicked_s >= self._stable_s:
            return Advice(stable, f"{calls:.4g} in flight, target {self._target:g} a replica")
        wanted = max(panic, stable, sight.replicas)
        return Advice(wanted, f"panic: {soon:.4g} in flight, target {self._target:g} a replica")

    def _average(self, since_s: float) -> float:
        """Of the calls in flight since then; of the last scrape if there was none."""
        found = [calls for at_s, calls in self._scraped if at_s > since_s]
        return sum(found) / len(found) if found else self._scraped[-1][1]

    def _replicas(self, calls: float) -> int:
        return max(1, ceil(calls / self._target - ROUNDING))
