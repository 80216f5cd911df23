"""The world: what is true of each request, what is seen of it, and how that changes.

A request is *positive* (a fraud, a click, a failure to come) or not. It has *features*, each of
which is normal with variance 1. Those of positives lie apart from those of negatives, by a distance
of ``separation`` in all, to which each feature contributes by its weight. The best model there
could be adds up the features with these weights; what any other one is worth follows from how far
its weights are off (``simulator.stats.theory.classifiers``), so that nothing has to be assumed
about how a model decays.

Two variants meet the same requests, with the same truth and the same features, whatever model sees
them.

Left out: features that depend on one another, that are no numbers, or that follow from what a
model decided before.

Source: for the geometry, linear discriminant analysis, as in Hastie, Tibshirani and Friedman, *The
Elements of Statistical Learning*, 2nd ed., 2009, section 4.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import cos, exp, inf, radians, sin, sqrt
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from simulator.kernel.streams import BLOCK, Sampler, Streams, Uniform
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio
from simulator.world.drifts import BrokenFeature, Concept, Covariate, Drift, Label, drift_kinds
from simulator.world.models import Model, ModelSpec

MOST_FEATURES = 64
MOST_BLOCKS = 64  # of draws that are kept


class Sight(NamedTuple):
    """A request as it is looked at.

    Attributes:
        is_positive: the truth, which no model sees.
        features: in order of the file; of variance 1, and of mean 0 among negatives at first.
        noise: what clouds the judgment of imperfect models, alike for all of them; standard normal.
    """

    is_positive: bool
    features: list[float]
    noise: float


class Standard:
    """Normal with mean 0 and variance 1."""

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.standard_normal(size)


class Feature(Spec):
    """Something that is known of a request."""

    weight: float = Field(
        1.0, ge=0, le=1e6, description="how much it tells positives, compared with other features"
    )
    correlation_time: PositiveSeconds | None = Field(
        None,
        description="age at which a value still tells 37 % of what a fresh one does; if not given "
        "it never grows old",
    )
    default: float = Field(
        0.0,
        allow_inf_nan=False,
        description="what stands in for a missing value, in standard deviations from the mean",
    )

    def kept(self, age_s: float) -> float:
        """The part of its signal that is left at an age, 0 to 1."""
        return exp(-age_s / self.correlation_time) if self.correlation_time else 1.0


class WorldSpec(Spec):
    """What is behind the requests that models decide about."""

    positives: Ratio = Field(description="part of all requests that are positive")
    separation: float = Field(
        gt=0,
        le=20,
        description="distance of positives from negatives, in standard deviations of the score of "
        "the best model (d'); 2 is an area of 0.92 under its ROC curve",
    )
    features: dict[str, Feature] = Field(
        min_length=1, max_length=MOST_FEATURES, description="what is known of each request, by name"
    )
    drifts: tuple[Annotated[Drift, drift_kinds], ...] = Field(
        (), description="what changes, and when"
    )
    models: dict[str, ModelSpec] = Field(
        {}, description="models that were made of it, by name; model servers name them"
    )

    def contradictions(self) -> Iterator[str]:
        if not any(each.weight for each in self.features.values()):
            yield "at least one feature needs a weight above 0"
            return
        for drift in self.drifts:
            for name in drift.features():
                if name not in self.features:
                    yield f"no feature {name!r}; known: {', '.join(self.features)}"
                elif isinstance(drift, Concept) and self._is_alone(name):
                    yield f"positives cannot turn towards {name!r}: they differ by nothing else"

    def _is_alone(self, name: str) -> bool:
        return [each for each, spec in self.features.items() if spec.weight] == [name]

    def start(self, streams: Streams) -> World:
        """The world of one run."""
        return World(self, streams)

    def feature_names(self) -> list[str]:
        """Of the features, in order of the file."""
        return list(self.features)

    def weights_at(self, at_s: float) -> np.ndarray:
        """By how much each feature sets positives apart at an instant; the squares add up to 1."""
        weights = np.array([each.weight for each in self.features.values()])
        direction = weights / sqrt(float(weights @ weights))
        for drift in self.drifts:
            if isinstance(drift, Concept):
                angle = radians(drift.degrees) * drift.when.part(at_s)
                aside = self._aside(direction, self.feature_names().index(drift.towards))
                direction = cos(angle) * direction + sin(angle) * aside
        return direction

    @staticmethod
    def _aside(direction: np.ndarray, place: int) -> np.ndarray:
        """The direction nearest to a feature's own that is at a right angle to another."""
        axis = np.zeros(len(direction))
        axis[place] = 1.0
        aside = axis - float(axis @ direction) * direction
        length = sqrt(float(aside @ aside))
        return aside / length if length > 0 else aside

    def means_at(self, at_s: float) -> np.ndarray:
        """The mean of each feature of negatives at an instant."""
        means = np.zeros(len(self.features))
        for drift in self.drifts:
            if isinstance(drift, Covariate):
                means[self.feature_names().index(drift.feature)] += drift.by * drift.when.part(at_s)
        return means

    def positives_at(self, at_s: float) -> float:
        """The part of requests that are positive at an instant."""
        part = self.positives
        for drift in self.drifts:
            if isinstance(drift, Label):
                part += (drift.positives - part) * drift.when.part(at_s)
        return part

    def broken_at(self, at_s: float) -> list[tuple[int, float]]:
        """The features that are missing at an instant, by place, and for which part of requests."""
        found: dict[int, float] = {}
        for drift in self.drifts:
            if isinstance(drift, BrokenFeature):
                place, part = (
                    self.feature_names().index(drift.feature),
                    drift.ratio * drift.when.part(at_s),
                )
                found[place] = found.get(place, 0.0) + (1 - found.get(place, 0.0)) * part
        return [(place, part) for place, part in found.items() if part > 0]

    def steady_until(self, at_s: float) -> float:
        """An instant until which the world may be taken for the same."""
        return min((drift.when.steady_until(at_s) for drift in self.drifts), default=inf)


class Reading(NamedTuple):
    """How somebody reads the features of requests.

    Attributes:
        kept: the part of its signal that is left of each, 0 to 1; None if all are fresh.
        missing: places of those that are not read.
    """

    kept: tuple[float, ...] | None = None
    missing: tuple[int, ...] = ()


WHOLE = Reading()


class World:
    """The world of one run.

    What is random about a request depends on its number alone: not on who asks, nor how often, so
    that a second try and a second model are about the same request.

    Args:
        spec: what it is like.
        streams: of the run.

    Attributes:
        models: that were made of it, by name.
    """

    def __init__(self, spec: WorldSpec, streams: Streams) -> None:
        self.spec = spec
        self._streams = streams
        self._columns: dict[str, Sampler] = {"truth": Uniform(), "breakage": Uniform()}
        self._columns |= {"noise": Standard()}
        self._columns |= {f"features.{name}": Standard() for name in spec.features}
        self._blocks: dict[int, list[list[float]]] = {}
        self.models = {name: Model(each, spec) for name, each in spec.models.items()}
        self._defaults = [each.default for each in spec.features.values()]
        self._steady_until_s = -inf
        self._positives = 0.0
        self._shifts: list[float] = []  # by which positives lie apart, feature by feature
        self._means: list[float] = []
        self._broken: list[tuple[int, float]] = []

    def reading(
        self, age_s: float, age_by_name: Mapping[str, float], missing: Collection[str]
    ) -> Reading:
        """How somebody reads features of some age, of which some are missing."""
        features = self.spec.features
        kept = tuple(each.kept(age_by_name.get(name, age_s)) for name, each in features.items())
        places = tuple(place for place, name in enumerate(features) if name in missing)
        return Reading(None if min(kept) == 1 else kept, places)

    def look(self, number: int, now_s: float, reading: Reading = WHOLE) -> Sight:
        """What there is to a request now.

        Args:
            number: of the request, in order of arrival.
            now_s: when it is looked at; never earlier than at the look before.
            reading: how whoever looks reads the features.
        """
        if now_s >= self._steady_until_s:
            self._turn_to(now_s)
        block, place = divmod(number, BLOCK)
        rows = self._blocks.get(block)
        if rows is None:
            rows = self._draw(block)
        truth, breakage, noise, *values = rows[place]
        is_positive = truth < self._positives
        if is_positive:
            shifts = self._shifts
            if reading.kept is not None:
                shifts = [shift * part for shift, part in zip(shifts, reading.kept, strict=True)]
            values = [value + shift for value, shift in zip(values, shifts, strict=True)]
        values = [value + mean for value, mean in zip(values, self._means, strict=True)]
        for feature, part in self._broken:
            if breakage < part:
                values[feature] = self._defaults[feature]
        for feature in reading.missing:
            values[feature] = self._defaults[feature]
        return Sight(is_positive, values, noise)

    def _turn_to(self, now_s: float) -> None:
        """Be as it is at an instant."""
        spec = self.spec
        self._steady_until_s = spec.steady_until(now_s)
        self._positives = spec.positives_at(now_s)
        self._shifts = (spec.separation * spec.weights_at(now_s)).tolist()
        self._means = spec.means_at(now_s).tolist()
        self._broken = spec.broken_at(now_s)

    def _draw(self, block: int) -> list[list[float]]:
        """What is random about a block of requests, a row each.

        A request that was out of sight for long may need a block again that has been forgotten.
        """
        if len(self._blocks) >= MOST_BLOCKS:
            del self._blocks[next(iter(self._blocks))]
        columns = [
            sampler.sample(self._streams.generator(f"world.{name}", block), BLOCK)
            for name, sampler in self._columns.items()
        ]
        self._blocks[block] = rows = np.column_stack(columns).tolist()
        return rows
