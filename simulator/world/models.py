"""Models: what somebody made of the world at some time, and goes by ever since.

The models of a world are a registry of versions, of which servers serve one each. Beside what it
has learned, a version is a program: it has bugs, it fails, it takes its time and its memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, sqrt
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from simulator.kernel.streams import Streams, Uniform
from simulator.registry import Spec
from simulator.units import TIME, Bytes, Ratio
from simulator.world.draws import Luck
from simulator.world.learning import (
    Learned,
    discriminant,
    estimated,
    separation_for,
    threshold_for,
)

if TYPE_CHECKING:
    from simulator.world.spec import WorldSpec
    from simulator.world.world import Sight

Instant = Annotated[float, Field(allow_inf_nan=False), TIME]


class ModelSpec(Spec):
    """A trained model, which adds up features with the weights that were right at the time.

    A request that scores above its threshold is taken to be positive.
    """

    trained_at: Instant = Field(
        0.0, description="when the world was as it takes it to be; before the run if negative"
    )
    skill: Annotated[Ratio, Field(gt=0)] = Field(
        1.0, description="correlation of its score with that of the best model when it was trained"
    )
    auc: Annotated[float, Field(gt=0.5, lt=1)] | None = Field(
        None, description="in place of skill: area under its ROC curve when it was trained"
    )
    data: int | None = Field(
        None,
        ge=4,
        description="requests with labels that it was trained on: the fewer, the further it is "
        "off; as many as it takes if not given",
    )
    alarms: Annotated[Ratio, Field(gt=0, lt=1)] | None = Field(
        None,
        description="part of all requests that it was meant to take for positive, which fixes the "
        "threshold; as many as were positive if not given",
    )
    threshold: float | None = Field(
        None,
        allow_inf_nan=False,
        description="in its place, in standard deviations of the score above its mean among "
        "negatives",
    )
    reads: tuple[str, ...] | None = Field(
        None, min_length=1, description="features that it reads; all if not given"
    )
    bug_ratio: Ratio = Field(
        0.0, description="part of the requests that it answers wrongly whatever it sees"
    )
    error_ratio: Ratio = Field(0.0, description="part of its calls that fail")
    service_time_factor: float = Field(
        1.0, gt=0, le=1e6, description="how long its calls take, compared with the service time"
    )
    memory: Bytes = Field(0.0, description="what it takes on a server that is short of it")

    def contradictions(self) -> Iterator[str]:
        if self.alarms is not None and self.threshold is not None:
            yield "give either alarms or threshold"
        if self.auc is not None and self.skill != 1:
            yield "give either auc or skill"

    def unknown(self, world: WorldSpec) -> Iterator[str]:
        """What it reads that is not there."""
        for name in self.reads or ():
            if name not in world.features:
                known = ", ".join(world.features)
                yield f"reads {name!r}, which is no feature; known: {known}"

    def impossible(self, world: WorldSpec) -> Iterator[str]:
        """What it cannot have been in a world that is right by itself."""
        weights, best = self._best_in(world)
        if not weights.any():
            yield "reads nothing that tells positives when it is trained"
        elif self.auc is not None and separation_for(self.auc) > best * (1 + 1e-9):
            yield f"cannot have an auc of {self.auc:g}: what it reads does not tell so much"

    def learn(self, world: WorldSpec, rng: np.random.Generator) -> Learned:
        """What it has learned of a world.

        Args:
            world: as it was when the model was trained.
            rng: what it was trained on comes from, if it had to make do with little.
        """
        weights, separation = self._best_in(world)
        mean = world.means_at(self.trained_at)
        skill = self.skill if self.auc is None else separation_for(self.auc) / separation
        positives = world.positives_at(self.trained_at)
        if self.data is not None:
            read = self._reads_of(world)
            found = max(1, min(self.data - 1, round(self.data * positives)))
            apart, spread = world.shifts_at(self.trained_at)[read], world.correlations()
            off, other, seen = estimated(
                rng, self.data - found, found, apart, spread[np.ix_(read, read)]
            )
            weights = np.zeros(len(read))
            weights[read], separation = discriminant(off, other, seen)
            mean[read] += off
            positives = found / self.data
        separation *= skill
        alarms = positives if self.alarms is None else self.alarms
        threshold = self.threshold
        if threshold is None:
            threshold = threshold_for(alarms, positives, separation)
        return Learned(
            skill * weights, skill * float(mean @ weights), separation, positives, threshold, skill
        )

    def _reads_of(self, world: WorldSpec) -> np.ndarray:
        """Which features it reads, ``(features,)`` of type bool."""
        return np.array([self.reads is None or name in self.reads for name in world.features])

    def _best_in(self, world: WorldSpec) -> tuple[np.ndarray, float]:
        """The best weights for what it reads, and how far they set positives apart."""
        shifts = world.shifts_at(self.trained_at)
        weights = world.geometry().weights(shifts, self._reads_of(world))
        return weights, float(weights @ shifts)


class Model:
    """A version as it decides.

    Args:
        name: of the version.
        place: of it in the log's ``names``.
        spec: how it came to be, and what kind of program it is.
        learned: what it goes by.
        streams: of the run; where its bugs are is a matter of the request.

    Attributes:
        threshold: it takes a request for positive that scores above it.
    """

    def __init__(
        self, name: str, place: int, spec: ModelSpec, learned: Learned, streams: Streams
    ) -> None:
        self.name = name
        self.place = place
        self.spec = spec
        self.learned = learned
        self.threshold = learned.threshold
        self._weights: list[float] = learned.weights.tolist()
        self._clouded = sqrt(1 - learned.skill**2)
        self._mean = learned.mean
        self._separation = learned.separation
        self._log_odds = learned.log_odds()
        self._bug_ratio = spec.bug_ratio
        self._bugs = Luck(streams, f"world.models.{name}.bugs", Uniform())

    def score(self, sight: Sight) -> float:
        """How much a request looks like a positive; normal with variance 1 in either class.

        The mean of negatives is 0 in the world that it was trained in. All of this holds as far as
        what it has learned is right.
        """
        total = self._clouded * sight.noise - self._mean
        for value, weight in zip(sight.features, self._weights, strict=True):
            total += value * weight
        return total

    def probability(self, score: float) -> float:
        """That a request of this score is positive, in the world that it was trained in."""
        log_odds = self._log_odds + self._separation * score
        return 1 / (1 + exp(-log_odds)) if log_odds > -700 else 0.0

    def says_positive(self, number: int, score: float, is_positive: bool) -> bool:
        """What it answers: what the score tells, or the wrong thing where it has a bug."""
        if self._bug_ratio and self._bugs.of(number) < self._bug_ratio:
            return not is_positive
        return score > self.threshold
