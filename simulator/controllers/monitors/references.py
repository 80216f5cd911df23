"""What a monitor compares with: what the model was trained on, or how things were at some time."""

from __future__ import annotations

from math import inf, sqrt
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds, Seconds
from simulator.world.predictions import Rows

if TYPE_CHECKING:
    from simulator.world.models import Model

references = Family("reference")


class Reference(Spec):
    """What a monitor compares with."""

    kind: str


@references.register
class TrainingData(Reference):
    """Rows like those that the model was trained on, with their labels, known from the beginning.

    Left out: features that were missing then.
    """

    kind: Literal["training"] = "training"
    rows: int = Field(5000, ge=2, le=1_000_000, description="rows of it that are compared with")


@references.register
class FirstWindow(Reference):
    """What came in a stretch of time; the monitor waits for it."""

    kind: Literal["window"] = "window"
    start: Seconds = Field(0.0, alias="from", description="when it begins")
    length: PositiveSeconds = Field(alias="for", description="how long it lasts")

    @property
    def until_s(self) -> float:
        """When it ends, in seconds."""
        return self.start + self.length


AnyReference = Annotated[Reference, references]


def training_rows(world: Any, model: Model, rows: int, rng: np.random.Generator) -> Rows:
    """Answers of a model to requests as they were when it was trained.

    Args:
        world: of type World.
        model: that answers.
        rows: how many.
        rng: where they come from.
    """
    spec, at_s, learned = world.spec, model.spec.trained_at, model.learned
    positive = rng.random(rows) < spec.positives_at(at_s)
    root = np.linalg.cholesky(spec.correlations())
    features = rng.standard_normal((rows, len(spec.features))) @ root.T + spec.means_at(at_s)
    features += positive[:, np.newaxis] * spec.shifts_at(at_s)
    clouded = sqrt(1 - learned.skill**2) * rng.standard_normal(rows)
    score = features @ learned.weights - learned.mean + clouded
    wrong = rng.random(rows) < model.spec.bug_ratio
    none = np.zeros(rows)
    return Rows(
        at_s=none - inf,
        number=none.astype(np.int64) - 1,
        version=np.full(rows, model.place, dtype=np.intc),
        score=score,
        probability=1 / (1 + np.exp(-(learned.log_odds() + learned.separation * score).clip(-700))),
        said=np.where(wrong, ~positive, score > model.threshold),
        is_positive=positive,
        label=positive,
        known_s=none - inf,
        usd=none,
        harms=none > 0,
        is_shadow=none > 0,
        features=features,
    )
