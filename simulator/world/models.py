"""Models: what somebody made of the world at some time, and goes by ever since.

The models of a world are a registry of versions, of which servers serve one each. Beside what it
has learned, a version is a program: it has bugs, it fails, it takes its time and its memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import exp, inf, log, sqrt
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from simulator.kernel.streams import Streams, Uniform
from simulator.registry import Spec
from simulator.units import TIME, Bytes, Ratio
from simulator.world.draws import Luck

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

    def weights_in(self, world: WorldSpec) -> np.ndarray:
        """How much it makes of each feature; the squares add up to 1."""
        weights = world.weights_at(self.trained_at)
        if self.reads is not None:
            weights = weights * [name in self.reads for name in world.features]
        length = sqrt(float(weights @ weights))
        return weights / length if length > 0 else weights

    def separation_in(self, world: WorldSpec) -> float:
        """How far its scores set positives apart when it was trained."""
        direction = world.weights_at(self.trained_at)
        return self.skill * world.separation * float(direction @ self.weights_in(world))

    def threshold_in(self, world: WorldSpec) -> float:
        """The threshold, in standard deviations of the score."""
        if self.threshold is not None:
            return self.threshold
        positives = world.positives_at(self.trained_at)
        alarms = positives if self.alarms is None else self.alarms
        if not 0 < alarms < 1:
            return inf if alarms <= 0 else -inf
        return _threshold(alarms, positives, self.separation_in(world))


@lru_cache(maxsize=1024)  # the same in every run
def _threshold(alarms: float, positives: float, separation: float) -> float:
    # Here, because it brings SciPy along, which most scenarios do without.
    from simulator.stats.theory import threshold_for_alarms

    return threshold_for_alarms(alarms, positives, separation)


class Model:
    """A version as it decides.

    Args:
        name: of the version.
        place: of it in the log's ``names``.
        spec: how it came to be.
        world: what it was trained on.
        streams: of the run; where its bugs are is a matter of the request.

    Attributes:
        threshold: it takes a request for positive that scores above it.
    """

    def __init__(
        self, name: str, place: int, spec: ModelSpec, world: WorldSpec, streams: Streams
    ) -> None:
        self.name = name
        self.place = place
        self.spec = spec
        weights = spec.skill * spec.weights_in(world)
        self._weights: list[float] = weights.tolist()
        self._clouded = sqrt(1 - spec.skill**2)
        # It was trained where features had these means, and takes them for granted.
        self._taken_for_granted = float(world.means_at(spec.trained_at) @ weights)
        self.threshold = spec.threshold_in(world)
        self._steepness = spec.separation_in(world)
        positives = world.positives_at(spec.trained_at)
        odds = positives / (1 - positives) if positives < 1 else inf
        self._log_odds = (log(odds) if odds else -inf) - self._steepness**2 / 2
        self._bugs = Luck(streams, f"world.models.{name}.bugs", Uniform())

    def score(self, sight: Sight) -> float:
        """How much a request looks like a positive; normal with variance 1 in either class.

        The mean of negatives is 0 in the world that it was trained in.
        """
        total = self._clouded * sight.noise - self._taken_for_granted
        for value, weight in zip(sight.features, self._weights, strict=True):
            total += value * weight
        return total

    def probability(self, score: float) -> float:
        """That a request of this score is positive, in the world that it was trained in."""
        log_odds = self._log_odds + self._steepness * score
        return 1 / (1 + exp(-log_odds)) if log_odds > -700 else 0.0

    def says_positive(self, number: int, score: float, is_positive: bool) -> bool:
        """What it answers: what the score tells, or the wrong thing where it has a bug."""
        if self.spec.bug_ratio and self._bugs.of(number) < self.spec.bug_ratio:
            return not is_positive
        return score > self.threshold
