"""Alerts on burn rates: how fast the error budget goes, over one window or several.

The burn rate is the ratio of bad events over the part that may be bad: at 1 the budget lasts
exactly its period. An alert on one window goes off when the rate over it exceeds a limit. A long
window is slow to forget: an outage of minutes keeps it up for the rest of the window. A second,
short one, of a twelfth, must agree; it forgets soon, so that the alert is cleared soon.

With few events every single one is a high rate (one of ten is a hundred times what 99.9 %
allows); below ``min_events`` in the long window a rate says nothing.

Source: Beyer et al. (eds.), *The Site Reliability Workbook*, 2018, chapter 5, "Alerting on SLOs":
table 5-8 for the windows, and "Low-traffic services".
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from simulator.policies.alerting.tally import Tally
from simulator.registry import Spec
from simulator.units import PositiveSeconds

ROUNDING = 1e-9  # relative: a rate that is at its limit but for rounding does not exceed it


class BurnWindow(Spec):
    """A rate that is too fast, over one window, or over a long one and a short one alike."""

    burn_rate: float = Field(gt=0, le=1e6, description="above it the budget goes too fast")
    long: PositiveSeconds = Field(description="window that the rate is taken over")
    short: PositiveSeconds | None = Field(
        None, description="window over which it must be exceeded, too; none if not given"
    )

    def contradictions(self) -> Iterator[str]:
        if self.short is not None and self.short >= self.long:
            yield f"short ({self.short:g} s) must be less than long ({self.long:g} s)"


HOUR_S = 3600.0

WORKBOOK = (
    BurnWindow(burn_rate=14.4, long=HOUR_S, short=HOUR_S / 12),
    BurnWindow(burn_rate=6.0, long=6 * HOUR_S, short=HOUR_S / 2),
)
"""Those windows of the workbook for which somebody is woken up."""


class BurnRates:
    """Whether the budget of an objective goes too fast.

    Args:
        windows: that it looks at; one that is exceeded is enough.
        objective: part that has to be good, below 1.
        min_events: in the long window, below which it says nothing.
    """

    def __init__(self, windows: tuple[BurnWindow, ...], objective: float, min_events: int) -> None:
        self._windows = windows
        self._allowed = 1 - objective
        self._min_events = min_events

    def longest_s(self) -> float:
        """How far back it looks, in seconds."""
        return max(each.long for each in self._windows)

    def exceeded(self, tally: Tally) -> tuple[BurnWindow, float] | None:
        """The first of the windows that is exceeded, and the rate over the long one; or None."""
        for each in self._windows:
            found = tally.over(each.long)
            if found.events < max(self._min_events, 1):
                continue
            rate = found.ratio / self._allowed
            if self._exceeds(rate, each) and self._agrees(tally, each):
                return each, rate
        return None

    def _agrees(self, tally: Tally, window: BurnWindow) -> bool:
        if window.short is None:
            return True
        return self._exceeds(tally.over(window.short).ratio / self._allowed, window)

    def _exceeds(self, rate: float, window: BurnWindow) -> bool:
        return rate > window.burn_rate * (1 + ROUNDING)
