"""What became of the users of an arm: what callers saw at once, and what labels say later."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from simulator.kernel import OK

Counted = Literal["failed", "harmed", "conversions", "usd"]

LESS_IS_BETTER = frozenset({"failed", "harmed"})


class Values(NamedTuple):
    """One value for each call of an arm, in the order in which callers saw them.

    Attributes:
        user: the key of whoever asked, -1 where requests have none.
        value: what is counted; 0 or 1, or dollars.
        known_s: when it is known; infinite if it never is.
    """

    user: np.ndarray
    value: np.ndarray
    known_s: np.ndarray

    def known(self, to_s: float, from_s: float = -np.inf) -> Values:
        """Those that became known after one instant, and not after another."""
        which = (self.known_s > from_s) & (self.known_s <= to_s)
        return Values(*(each[which] for each in self))


class ArmOutcomes:
    """One value for each call that an arm was sent from some time on.

    A call that came to nothing is known at once: nobody was converted, and it brings, or harms, as
    the world says of users who are left without an answer. What an answer brought is known with its
    label. Of several answers to a request, the last one that can have reached the caller counts.

    Args:
        arm: of a splitter, which keeps its calls.
        counted: what is counted.
        world: None if there is none; ``failed`` needs none.
        from_s: calls sent before do not count.
    """

    def __init__(self, arm: Any, counted: Counted, world: Any, from_s: float) -> None:
        self._arm = arm
        self._counted = counted
        self._world = world
        self._from_s = from_s
        self._row = self._first_row = arm.known
        none = np.empty(0)
        self._values = Values(np.empty(0, np.int64), none, none)

    def seen(self) -> int:
        """The most calls that there can be a value for."""
        return int(self._arm.known - self._first_row)

    def values(self) -> Values:
        """All there are by now."""
        new = self._arm.since(self._row)
        if len(new.number):
            self._row += len(new.number)
            new = type(new)(*(column[new.sent_s >= self._from_s] for column in new))
            columns = zip(self._values, self._new(new), strict=True)
            self._values = Values(*map(np.concatenate, columns))
        return self._values

    def _new(self, new: Any) -> Values:
        seen_s = new.sent_s + new.latency_s
        if self._counted == "failed":
            return Values(new.key, (new.outcome != OK).astype(float), seen_s)
        answered = new.row >= 0
        value = np.empty(len(seen_s))
        left = (new.number[~answered].tolist(), new.key[~answered].tolist())
        value[~answered] = [*map(self._of_nothing, *left)]
        known_s = seen_s
        if answered.any():
            first = int(new.row[answered].min())
            rows = self._world.predictions.since(first).chosen(new.row[answered] - first)
            value[answered] = self._of(rows)
            known_s[answered] = np.maximum(rows.known_s, seen_s[answered])
        return Values(new.key, value, known_s)

    def _of(self, rows: Any) -> np.ndarray:
        """What is counted of answers."""
        if self._counted == "conversions":
            return (rows.said & rows.label).astype(float)
        return np.asarray(rows.harms if self._counted == "harmed" else rows.usd, float)

    def _of_nothing(self, number: int, key: int) -> float:
        """What is counted of a request that was left without an answer."""
        if self._counted == "conversions":
            return 0.0
        usd, harms = self._world.outcomes.of_nothing(number, key if key >= 0 else None)
        return float(harms) if self._counted == "harmed" else float(usd)
