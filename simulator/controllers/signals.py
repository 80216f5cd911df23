"""Signals: what raises an alarm, and lets others hear of it.

A drift monitor or an alert is a signal: it fires or it does not. Whoever acts on it (somebody on
call, a retraining, a release that is to be rolled back) listens. A listener is called at the
instant, in the order in which listeners came, after the signal itself has changed.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.controllers.base import LiveController, Note
from simulator.kernel import Simulation, count, level


class Signal(LiveController):
    """Fires, and is cleared again.

    Args:
        name: of the controller.
        sim: the run.
        note: writes down when it fires and when it is cleared.
        of: what it is about, a component or a group; itself if not given.

    Attributes:
        words: why it fired last, or was cleared.
        since_s: since when it is in its present state, in seconds.
    """

    is_firing = level("whether it fires: 1, or 0 while it does not", better="lower")
    fired = count("times that it began to fire")
    cleared = count("times that it was cleared")

    def __init__(self, name: str, sim: Simulation, note: Note, of: str = "") -> None:
        super().__init__(name, sim)
        self.of = of or name
        self.words = ""
        self.since_s = sim.now
        self._note_decision = note
        self._fire_listeners: list[Listener] = []
        self._clear_listeners: list[Listener] = []

    def on_fire(self, listener: Listener) -> None:
        """Have ``listener(signal)`` called whenever it begins to fire."""
        self._fire_listeners.append(listener)

    def on_clear(self, listener: Listener) -> None:
        """Have ``listener(signal)`` called whenever it is cleared."""
        self._clear_listeners.append(listener)

    def still_fires(self) -> bool:
        """Whether whoever was told would find it firing now."""
        return bool(self.is_firing)

    def raise_(self, words: str) -> None:
        """Begin to fire, if it does not yet."""
        if not self.is_firing:
            self.fired += 1
            self._become(1, "fired", words, self._fire_listeners)

    def clear(self, words: str = "over") -> None:
        """Stop firing, if it does."""
        if self.is_firing:
            self.cleared += 1
            self._become(0, "cleared", words, self._clear_listeners)

    def _become(self, is_firing: int, kind: str, words: str, listeners: list[Listener]) -> None:
        now_s = self.sim.now
        self.is_firing_area += (self.is_firing - is_firing) * now_s
        self.is_firing = is_firing
        self.words, self.since_s = words, now_s
        self._note_decision(kind, self.of, f"{self.name}: {words}")
        for listener in tuple(listeners):
            listener(self)


Listener = Callable[[Signal], None]
