"""A threshold that does not flap: how far and for how long a value must be off.

Three ways to keep noise from raising alarms. Two levels: above the one it fires, and only below
another, lower one it is cleared. A wait before (``for``): the value must have been beyond the level
at every look for so long; one look that finds it well begins the wait anew. A wait after
(``keep_firing_for``): it goes on firing until the value has been well for so long.

Source: Prometheus documentation, "Alerting rules", for the two waits.
"""

from __future__ import annotations

from math import inf


class Hysteresis:
    """What one alert remembers of a value.

    Args:
        fire_above: the level above which the value is bad.
        clear_below: at or below this level it is well again; at most ``fire_above``.
        for_s: how long it must have been bad before it fires, in seconds.
        keep_s: how long it must have been well before it is cleared, in seconds.
    """

    def __init__(
        self, fire_above: float, clear_below: float, for_s: float = 0.0, keep_s: float = 0.0
    ) -> None:
        self.is_firing = False
        self._fire_above = fire_above
        self._clear_below = clear_below
        self._for_s = for_s
        self._keep_s = keep_s
        self._turned_s = inf  # since when each look has spoken against the present state

    def look(self, now_s: float, value: float) -> bool:
        """Whether it fires, in the light of the value now; nan, no value, is not a bad one."""
        if self.is_firing:
            is_against, wait_s = not value > self._clear_below, self._keep_s
        else:
            is_against, wait_s = value > self._fire_above, self._for_s
        if not is_against:
            self._turned_s = inf
        elif self._turned_s == inf:
            self._turned_s = now_s
        if now_s - self._turned_s >= wait_s:
            self.is_firing = not self.is_firing
            self._turned_s = inf
        return self.is_firing
