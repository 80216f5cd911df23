"""Models: what somebody made of the world at some time, and goes by ever since."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import inf, sqrt
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from simulator.registry import Spec
from simulator.units import TIME, Ratio

if TYPE_CHECKING:
    from simulator.world.world import Sight, WorldSpec

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

    def contradictions(self) -> Iterator[str]:
        if self.alarms is not None and self.threshold is not None:
            yield "give either alarms or threshold"

    def threshold_in(self, world: WorldSpec) -> float:
        """The threshold, in standard deviations of the score."""
        if self.threshold is not None:
            return self.threshold
        positives = world.positives_at(self.trained_at)
        alarms = positives if self.alarms is None else self.alarms
        if not 0 < alarms < 1:
            return inf if alarms <= 0 else -inf
        return _threshold(alarms, positives, self.skill * world.separation)


@lru_cache(maxsize=1024)  # the same in every run
def _threshold(alarms: float, positives: float, separation: float) -> float:
    # Here, because it brings SciPy along, which most scenarios do without.
    from simulator.stats.theory import threshold_for_alarms

    return threshold_for_alarms(alarms, positives, separation)


class Model:
    """A model as it decides.

    Args:
        spec: how it came to be.
        world: what it was trained on.
    """

    def __init__(self, spec: ModelSpec, world: WorldSpec) -> None:
        weights = spec.skill * world.weights_at(spec.trained_at)
        self._weights: list[float] = weights.tolist()
        self._clouded = sqrt(1 - spec.skill**2)
        # It was trained where features had these means, and takes them for granted.
        taken_for_granted = float(world.means_at(spec.trained_at) @ weights)
        self._threshold = spec.threshold_in(world) + taken_for_granted

    def score(self, sight: Sight) -> float:
        """How much a request looks like a positive; normal with variance 1 in either class."""
        total = self._clouded * sight.noise
        for value, weight in zip(sight.features, self._weights, strict=True):
            total += value * weight
        return total

    def says_positive(self, sight: Sight) -> bool:
        """What it answers."""
        return self.score(sight) > self._threshold
