"""The log of predictions: a row for every answer that a model gave, in order of time.

Whoever judges a model, watches it or trains the next one looks at the log now and then, and takes
out slices as arrays; nothing happens in the run when a label comes in. To be no oracle, a reader
goes by ``label``, ``usd`` and ``harms`` of a row from ``known_s`` on only, and by ``is_positive``
never: that is the truth, for those who count afterwards.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

# What is told by bits of a row's flags.
SAID = 1
POSITIVE = 2
LABEL = 4
HARMS = 8
SHADOW = 16


@dataclass(frozen=True, eq=False)
class Rows:
    """Some predictions, in order of time; every array but the last has the shape ``(rows,)``.

    Attributes:
        at_s: when it was answered.
        number: of the request it is about.
        version: of the model that answered, a place in ``names`` of the log.
        score: in standard deviations, above the mean that the model takes negatives to have.
        probability: that the request is positive, as far as the model knows.
        said: whether it was taken for positive.
        is_positive: whether it is; the truth.
        label: what the label says, which may be wrong.
        known_s: when the label is known; infinite if it never is.
        usd: dollars that the answer brings, once it has reached the user.
        harms: whether it then harms the user.
        is_shadow: whether it was not meant to reach the user.
        features: that the model saw, ``(rows, features)``; no columns if they were not kept.
    """

    at_s: np.ndarray
    number: np.ndarray
    version: np.ndarray
    score: np.ndarray
    probability: np.ndarray
    said: np.ndarray
    is_positive: np.ndarray
    label: np.ndarray
    known_s: np.ndarray
    usd: np.ndarray
    harms: np.ndarray
    is_shadow: np.ndarray
    features: np.ndarray

    def __len__(self) -> int:
        return len(self.at_s)

    def chosen(self, which: Any) -> Rows:
        """Those of a mask, of places or of a slice."""
        return Rows(*(getattr(self, field.name)[which] for field in fields(self)))

    def about(self, numbers: Any) -> Rows:
        """Those about some requests."""
        return self.chosen(np.isin(self.number, np.asarray(numbers)))

    def known_by(self, now_s: float) -> Rows:
        """Those of which the label is known at an instant."""
        return self.chosen(self.known_s <= now_s)


class Predictions:
    """All answers of the models of a run: about 60 bytes each, and 8 for every feature kept.

    Attributes:
        names: of the versions that have answered or may.
        usd: of each row, for whoever knows its place.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.usd = array("d")
        self._at_s = array("d")
        self._number = array("q")
        self._version = array("i")
        self._score = array("d")
        self._probability = array("d")
        self._known_s = array("d")
        self._flags = bytearray()
        self._features = array("d")
        self._width = 0  # features that are kept of each

    def __len__(self) -> int:
        return len(self._at_s)

    def keep_features(self, count: int) -> None:
        """Keep so many features of every row from the first one on.

        Raises:
            RuntimeError: there are rows already.
        """
        if len(self):
            raise RuntimeError("features are kept of all predictions or of none: ask before")
        self._width = count

    def note(
        self,
        at_s: float,
        number: int,
        version: int,
        score: float,
        probability: float,
        known_s: float,
        usd: float,
        flags: int,
        features: Iterable[float],
    ) -> int:
        """Add a row, and return its place."""
        self._at_s.append(at_s)
        self._number.append(number)
        self._version.append(version)
        self._score.append(score)
        self._probability.append(probability)
        self._known_s.append(known_s)
        self.usd.append(usd)
        self._flags.append(flags)
        if self._width:
            self._features.extend(features)
        return len(self._flags) - 1

    def set_known(self, row: int, known_s: float) -> None:
        """Have the label of one row be known at another time, not earlier than now."""
        self._known_s[row] = known_s

    def flags(self, row: int) -> int:
        """The flags of one row."""
        return self._flags[row]

    def since(self, row: int, until: int | None = None) -> Rows:
        """The rows from a place on, up to another, or all."""
        return self._rows(slice(row, len(self) if until is None else until))

    def row_at(self, at_s: float) -> int:
        """The place of the first row that is not earlier than an instant."""
        return int(np.searchsorted(np.frombuffer(self._at_s), at_s)) if len(self) else 0

    def between(self, from_s: float, to_s: float) -> Rows:
        """The rows of answers from one instant to before another."""
        return self._rows(slice(self.row_at(from_s), self.row_at(to_s)))

    def known_between(self, from_s: float, to_s: float, since_s: float = 0.0) -> Rows:
        """The rows whose label came in from one instant to before another.

        Args:
            from_s, to_s: when the label came.
            since_s: rows of answers before are left out.
        """
        first, last = self.row_at(since_s), self.row_at(to_s)
        known_s = np.frombuffer(self._known_s)[first:last] if last else np.empty(0)
        places = first + np.flatnonzero((known_s >= from_s) & (known_s < to_s))
        return self._rows(places)

    def _rows(self, which: Any) -> Rows:
        """Copies of rows, since an array cannot grow while somebody looks at it."""
        flags = self._column(self._flags, which, np.uint8)
        features = np.empty((len(flags), 0))
        if self._width and len(self):
            features = np.frombuffer(self._features).reshape(-1, self._width)[which].copy()
        return Rows(
            at_s=self._column(self._at_s, which),
            number=self._column(self._number, which, np.int64),
            version=self._column(self._version, which, np.intc),
            score=self._column(self._score, which),
            probability=self._column(self._probability, which),
            said=flags & SAID > 0,
            is_positive=flags & POSITIVE > 0,
            label=flags & LABEL > 0,
            known_s=self._column(self._known_s, which),
            usd=self._column(self.usd, which),
            harms=flags & HARMS > 0,
            is_shadow=flags & SHADOW > 0,
            features=features,
        )

    @staticmethod
    def _column(values: Any, which: Any, dtype: Any = float) -> np.ndarray:
        return np.frombuffer(values, dtype)[which].copy() if len(values) else np.empty(0, dtype)
