"""What a world is like: how many requests are positive, what is seen of them, and what changes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import inf, radians
from typing import Annotated

import numpy as np
from pydantic import Field

from simulator.kernel.streams import Streams
from simulator.registry import Spec
from simulator.units import Ratio
from simulator.world.adversaries import AdversariesSpec
from simulator.world.alike import AlikeSpec
from simulator.world.drifts import BrokenFeature, Concept, Covariate, Drift, Label, drift_kinds
from simulator.world.features import Feature
from simulator.world.geometry import Geometry
from simulator.world.labels import LabelsSpec
from simulator.world.models import ModelSpec
from simulator.world.outcomes import OutcomesSpec
from simulator.world.world import World

MOST_FEATURES = 64


class Correlated(Spec):
    """Features that depend on one another, in positives and negatives alike."""

    features: tuple[str, ...] = Field(min_length=2, description="any two of which depend")
    by: float = Field(gt=-1, lt=1, description="correlation of any two of them")


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
    correlated: tuple[Correlated, ...] = Field(
        (), description="which features depend on one another; none if not given"
    )
    alike: AlikeSpec | None = Field(
        None, description="what requests of one user (key) have in common; nothing if not given"
    )
    drifts: tuple[Annotated[Drift, drift_kinds], ...] = Field(
        (), description="what changes, and when"
    )
    adversaries: AdversariesSpec | None = Field(
        None, description="how positives turn away from what is caught; they do not if not given"
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
        wrong = [*self._odd_features(), *self._odd_correlations()]
        for name, model in self.models.items():
            wrong += [f"{name!r} {each}" for each in model.unknown(self)]
        if not wrong:
            for name, model in self.models.items():
                wrong += [f"{name!r} {each}" for each in model.impossible(self)]
        yield from wrong

    def _odd_features(self) -> Iterator[str]:
        if not any(each.weight for each in self.features.values()):
            yield "at least one feature needs a weight above 0"
            return
        named = [
            (name, isinstance(drift, Concept)) for drift in self.drifts for name in drift.features()
        ]
        if self.adversaries is not None:
            named.append((self.adversaries.towards, True))
        for name, turns in named:
            if name not in self.features:
                yield f"no feature {name!r}; known: {', '.join(self.features)}"
            elif turns and self._is_alone(name):
                yield f"positives cannot turn towards {name!r}: they differ by nothing else"

    def _odd_correlations(self) -> Iterator[str]:
        names = [name for each in self.correlated for name in each.features]
        for name in dict.fromkeys(names):
            if name not in self.features:
                yield f"no feature {name!r} to depend on others; known: {', '.join(self.features)}"
            elif names.count(name) > 1:
                yield f"{name!r} stands twice among those that depend on others"
        for each in self.correlated:
            least = -1 / (len(each.features) - 1)
            if each.by <= least:
                yield f"{len(each.features)} features cannot all be correlated by {each.by:g}"

    def _is_alone(self, name: str) -> bool:
        return [each for each, spec in self.features.items() if spec.weight] == [name]

    def start(self, streams: Streams) -> World:
        """The world of one run."""
        return World(self, streams)

    def feature_names(self) -> list[str]:
        """Of the features, in order of the file."""
        return list(self.features)

    def correlations(self) -> np.ndarray:
        """Of the features, ``(features, features)``."""
        return self.geometry().correlations

    def geometry(self) -> Geometry:
        """Lengths and angles among its features."""
        groups = tuple((each.features, each.by) for each in self.correlated)
        return _geometry(tuple(self.features), groups)

    def shifts_at(self, at_s: float, turned: float = 0.0) -> np.ndarray:
        """By how much positives lie apart in each feature at an instant, ``(features,)``.

        Args:
            at_s: the instant.
            turned: angle by which adversaries have turned away beside all drifts, in radians.
        """
        geometry = self.geometry()
        direction = geometry.unit(np.array([each.weight for each in self.features.values()]))
        for drift in self.drifts:
            if isinstance(drift, Concept):
                angle = radians(drift.degrees) * drift.when.part(at_s)
                direction = geometry.turned(direction, self._place(drift.towards), angle)
        if turned and self.adversaries is not None:
            direction = geometry.turned(direction, self._place(self.adversaries.towards), turned)
        return self.separation * direction

    def _place(self, feature: str) -> int:
        return self.feature_names().index(feature)

    def means_at(self, at_s: float) -> np.ndarray:
        """The mean of each feature of negatives at an instant."""
        means = np.zeros(len(self.features))
        for drift in self.drifts:
            if isinstance(drift, Covariate):
                means[self._place(drift.feature)] += drift.by * drift.when.part(at_s)
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
                    self._place(drift.feature),
                    drift.ratio * drift.when.part(at_s),
                )
                found[place] = found.get(place, 0.0) + (1 - found.get(place, 0.0)) * part
        return [(place, part) for place, part in found.items() if part > 0]

    def steady_until(self, at_s: float) -> float:
        """An instant until which the world may be taken for the same."""
        return min((drift.when.steady_until(at_s) for drift in self.drifts), default=inf)


@lru_cache(maxsize=256)  # asked again and again while a world drifts
def _geometry(
    names: tuple[str, ...], groups: tuple[tuple[tuple[str, ...], float], ...]
) -> Geometry:
    correlations = np.eye(len(names))
    for features, by in groups:
        places = [names.index(each) for each in features if each in names]
        correlations[np.ix_(places, places)] = by
    np.fill_diagonal(correlations, 1.0)
    return Geometry(correlations)
