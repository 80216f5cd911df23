"""What was decided about requests that shadows have been asked about, too.

Where only a part of the truth comes out, it is a matter of what was decided and not of what a
shadow would have said: a challenger that refuses what the champion lets pass is found out, and one
that lets pass what the champion refuses never is.
"""

from __future__ import annotations

from math import inf

from simulator.world.labels import Labels
from simulator.world.predictions import Predictions

MOST_RECENT = 100_000  # requests that are remembered


class Decisions:
    """Says when the labels of decisions and of shadows are known.

    Args:
        labels: when they are known, given what was decided.
        predictions: the log, in which the label of a shadow that was first has to wait.
    """

    def __init__(self, labels: Labels, predictions: Predictions) -> None:
        self._labels = labels
        self._predictions = predictions
        self._said: dict[int, bool] = {}
        self._waiting: dict[int, list[int]] = {}  # rows of shadows, by request

    def decided(self, number: int, at_s: float, said: bool, is_positive: bool) -> float:
        """Note a decision; when its label is known."""
        self._remember(number, said)
        known_s = self._labels.known_s(number, at_s, said, is_positive)
        for row in self._waiting.pop(number, ()):
            self._predictions.set_known(row, known_s)
        return known_s

    def of_shadow(self, row: int, number: int, at_s: float, is_positive: bool) -> float:
        """When the label of a shadow's answer is known, which is to have this row in the log."""
        said = self._said.get(number)
        if said is None:
            self._waiting.setdefault(number, []).append(row)
            self._forget(self._waiting)
            return inf
        return self._labels.known_s(number, at_s, said, is_positive)

    def _remember(self, number: int, said: bool) -> None:
        self._said[number] = said
        self._forget(self._said)

    @staticmethod
    def _forget(recent: dict[int, bool] | dict[int, list[int]]) -> None:
        if len(recent) > MOST_RECENT:
            del recent[next(iter(recent))]
