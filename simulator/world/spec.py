"""What a world is like: how many requests are positive, what is seen of them, and what changes."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, exp, inf, radians, sin, sqrt
from typing import Annotated

import numpy as np
from pydantic import Field

from simulator.kernel.streams import Streams
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio
from simulator.world.drifts import BrokenFeature, Concept, Covariate, Drift, Label, drift_kinds
from simulator.world.labels import LabelsSpec
from simulator.world.models import ModelSpec
from simulator.world.outcomes import OutcomesSpec
from simulator.world.world import World

MOST_FEATURES = 64


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
    outcomes: OutcomesSpec = Field(
        OutcomesSpec(), description="what answers mean to users: dollars, and harm"
    )
    labels: LabelsSpec = Field(
        LabelsSpec(), description="when it becomes known what was true; at once if not given"
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
        for name, model in self.models.items():
            for feature in model.reads or ():
                if feature not in self.features:
                    known = ", ".join(self.features)
                    yield f"{name!r} reads {feature!r}, which is no feature; known: {known}"

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
