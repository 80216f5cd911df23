"""Training: what a model learns from the log of predictions, by the labels that are known by then.

The means of those labeled positive and of the others, and how far features spread within each, make
a linear discriminant. It is as good as its data: few labels leave it off by chance; labels that are
wrong pull the classes together; where only what another model let pass is ever known, it learns of
a world without the positives that were caught; and what has changed meanwhile it cannot know.

Labels that are late have three answers (``unlabeled``). To leave out what is not known yet keeps
few and, where positives are known sooner than negatives, the wrong ones. To take it for negative
teaches that fresh positives are none. To weigh makes good for it: a positive seen at some age
stands for all those of its age of which only a part has shown itself by now, and is taken out of
those thought negative as often as it stands for others.

Left out: other learners, and data that are older than the log.

Source: for the weights, Yasui et al., "A feedback shift correction in predicting conversion rates
under delayed feedback", *WWW* 2020.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.errors import SimulationError
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio
from simulator.world.learning import Learned, discriminant, threshold_for
from simulator.world.predictions import Rows

LEAST_OF_EACH = 2  # of a class, for a spread within it


class TooFew(SimulationError):
    """There are not enough labels to learn from."""


class TrainingSpec(Spec):
    """How a model is trained."""

    unlabeled: Literal["left_out", "negative", "weighted"] = Field(
        "left_out", description="what is made of requests whose label is not known yet"
    )
    window: PositiveSeconds | None = Field(
        None, description="how far back data reach; to the beginning if not given"
    )
    matures_after: PositiveSeconds | None = Field(
        None, description="age at which nearly all positives have shown themselves; to weigh by"
    )
    dependence: Literal["full", "none"] = Field(
        "full",
        description="whether features may depend on one another (full), which takes more data to "
        "learn, or are taken not to (none)",
    )
    alarms: Annotated[Ratio, Field(gt=0, lt=1)] | None = Field(
        None,
        description="part of requests that it is to take for positive; as many as are positive in "
        "its data if not given",
    )

    def contradictions(self) -> Iterator[str]:
        if self.unlabeled == "weighted" and self.matures_after is None:
            yield "weights need matures_after"

    def fit(self, rows: Rows, now_s: float) -> Learned:
        """Learn from predictions by what is known of them.

        Args:
            rows: with features, of models that meant what they said; without shadows, unless
                these are the only ones about their requests.
            now_s: what becomes known after is not known.

        Returns:
            What a model goes by that is given to ``World.add``.

        Raises:
            TooFew: fewer than two positives, or negatives, are known.
        """
        if self.window is not None:
            rows = rows.chosen(rows.at_s >= now_s - self.window)
        as_positive, as_negative = self._weights(rows, now_s)
        found, others = float(as_positive.sum()), float(as_negative.sum())
        if np.count_nonzero(as_positive) < LEAST_OF_EACH or others < LEAST_OF_EACH:
            raise TooFew(f"{now_s:g} s: too few labels to train a model on")
        features = rows.features
        high, low = as_positive @ features / found, as_negative @ features / others
        squares = _scatter(features - high, as_positive) + _scatter(features - low, as_negative)
        spread = squares / max(found + others - 2, 1.0)
        if self.dependence == "none":
            spread = np.diag(np.diag(spread))
        weights, separation = discriminant(low, high, spread)
        share = found / (found + others)
        mean = float(low @ weights)
        threshold = self._threshold(features @ weights - mean, share, separation)
        return Learned(weights, mean, separation, share, threshold)

    def _threshold(self, scores: np.ndarray, share: float, separation: float) -> float:
        """That above which as many requests lie as it is to take for positive."""
        if self.alarms is None:
            return threshold_for(share, share, separation)
        return float(np.quantile(scores, 1 - self.alarms))

    def _weights(self, rows: Rows, now_s: float) -> tuple[np.ndarray, np.ndarray]:
        """How often each row stands for a positive, and for a negative; ``(rows,)`` each."""
        is_known = rows.known_s <= now_s
        positive = (is_known & rows.label).astype(float)
        if self.unlabeled == "left_out":
            return positive, (is_known & ~rows.label).astype(float)
        if self.unlabeled == "negative":
            return positive, 1 - positive
        positive /= self._shown(rows, now_s)
        return positive, 1 - positive

    def _shown(self, rows: Rows, now_s: float) -> np.ndarray:
        """The part of positives that have shown themselves by the age of each row, ``(rows,)``.

        Of those old enough, all of which are known by now.
        """
        age_s = now_s - rows.at_s
        assert self.matures_after is not None
        is_old = (age_s >= self.matures_after) & rows.label & (rows.known_s <= now_s)
        delays_s = np.sort((rows.known_s - rows.at_s)[is_old])
        if not len(delays_s):
            return np.ones(len(rows))
        shown = np.searchsorted(delays_s, age_s, side="right") / len(delays_s)
        return np.where(shown > 0, shown, 1.0)


def _scatter(off: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum of the squares and products of deviations, ``(features, features)``."""
    return (off * weights[:, np.newaxis]).T @ off
