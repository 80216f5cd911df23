"""The world: what is true of each request, what is seen of it, and how that changes.

A request is *positive* (a fraud, a click, a failure to come) or not. It has *features*, each of
which is normal with variance 1. Those of positives lie apart from those of negatives, by a distance
of ``separation`` in all, to which each feature contributes by its weight. The best model there
could be adds up the features with these weights; what any other one is worth follows from how far
its weights are off (``simulator.stats.theory.classifiers``), so that nothing has to be assumed
about how a model decays.

Two variants meet the same requests, with the same truth and the same features, whatever model sees
them.

Left out: features that tell by how they go together (as in x * y).

Source: for the geometry, linear discriminant analysis, as in Hastie, Tibshirani and Friedman, *The
Elements of Statistical Learning*, 2nd ed., 2009, section 4.3.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.kernel.streams import Streams
from simulator.world.adversaries import Adversaries
from simulator.world.decisions import Decisions
from simulator.world.features import NORMAL, codings, values_of
from simulator.world.labels import Labels
from simulator.world.learning import Learned
from simulator.world.models import Model, ModelSpec
from simulator.world.outcomes import Outcomes
from simulator.world.predictions import HARMS, LABEL, POSITIVE, SAID, SHADOW, Predictions
from simulator.world.requests import Requests, stake_parts
from simulator.world.wandering import Wanderers

if TYPE_CHECKING:
    from simulator.world.spec import WorldSpec


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
        predictions: everything that models have said.
        outcomes: what that means to users.
    """

    def __init__(self, spec: WorldSpec, streams: Streams) -> None:
        self.spec = spec
        self._streams = streams
        self._requests = Requests(spec.features, spec.geometry(), spec.alike, streams)
        self._is_by_threshold = spec.alike is not None
        self._wanderers = Wanderers(spec.features, streams)
        self._codings = list(codings(spec.features))
        self._adversaries = None
        if spec.adversaries is not None:
            self._adversaries = Adversaries(spec.adversaries, spec)
        self.predictions = Predictions()
        self.outcomes = Outcomes(spec.outcomes, stake_parts(spec.alike), streams)
        self._labels = Labels(spec.labels, streams)
        self._decisions = None
        if spec.labels.of != "all":
            self._decisions = Decisions(self._labels, self.predictions)
        self.models: dict[str, Model] = {}
        for name, each in spec.models.items():
            rng = streams.generator(f"world.models.{name}.data")
            self.add(name, each, each.learn(spec, rng))
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

    def look(
        self, number: int, now_s: float, reading: Reading = WHOLE, key: int | None = None
    ) -> Sight:
        """What there is to a request now.

        Args:
            number: of the request, in order of arrival.
            now_s: when it is looked at; never earlier than at the look before.
            reading: how whoever looks reads the features.
            key: of the user.
        """
        if now_s >= self._steady_until_s:
            self._turn_to(now_s)
        truth, breakage, noise, *values = self._requests.row(number, key)
        is_positive = truth < self._positives
        if is_positive:
            shifts = self._shifts
            if reading.kept is not None:
                shifts = [shift * part for shift, part in zip(shifts, reading.kept, strict=True)]
            values = [value + shift for value, shift in zip(values, shifts, strict=True)]
        values = [value + mean for value, mean in zip(values, self._means, strict=True)]
        for coding in self._codings:
            values[coding.place] = coding.of(values[coding.place])
        for feature, part in self._broken:
            if breakage < part:
                values[feature] = self._defaults[feature]
        for feature in reading.missing:
            values[feature] = self._defaults[feature]
        return Sight(is_positive, values, noise)

    def add(self, name: str, spec: ModelSpec, learned: Learned) -> Model:
        """Register another version; a run may do so at any time.

        Args:
            name: of the version, not taken yet.
            spec: what kind of program it is; how it came to be is no longer asked.
            learned: what it goes by.

        Raises:
            ValueError: there is a version of this name.
        """
        if name in self.models:
            raise ValueError(f"there is a model {name!r} already")
        self.models[name] = Model(name, len(self.models), spec, learned, self._streams)
        self.predictions.names.append(name)
        return self.models[name]

    def keep_features(self) -> None:
        """Let the log keep what models see; to be asked for before the run begins."""
        self.predictions.keep_features(len(self.spec.features))

    def values(self, features: np.ndarray) -> np.ndarray:
        """What can be seen of features in the log, each in its form, ``(rows, features)``."""
        return values_of(self.spec.features, features)

    def predict(
        self,
        number: int,
        now_s: float,
        model: Model,
        reading: Reading,
        is_shadow: bool = False,
        key: int | None = None,
    ) -> int:
        """Have a model answer, and note it.

        Args:
            number: of the request, in order of arrival.
            now_s: when it answers; never earlier than what was looked at before.
            model: that answers.
            reading: how it gets the features.
            is_shadow: whether the answer will reach no user.
            key: of the user.

        Returns:
            The place of the answer in the log.
        """
        sight = self.look(number, now_s, reading, key)
        score = model.score(sight)
        is_positive = sight.is_positive
        said = model.says_positive(number, score, is_positive)
        flags = SAID * said + POSITIVE * is_positive
        flags += LABEL * self._labels.says(number, is_positive)
        usd = 0.0
        if is_shadow:
            flags += SHADOW
        else:
            usd, harms = self.outcomes.of_answer(number, key, said, is_positive)
            flags += HARMS * harms
            if said and is_positive and self._adversaries and self._adversaries.caught(model):
                self._steady_until_s = -inf
        return self.predictions.note(
            now_s,
            number,
            model.place,
            score,
            model.probability(score),
            self._known_s(number, now_s, said, is_positive, is_shadow),
            usd,
            flags,
            sight.features,
        )

    def _known_s(
        self, number: int, now_s: float, said: bool, is_positive: bool, is_shadow: bool
    ) -> float:
        """When the label of an answer is known that is about to be noted."""
        decisions = self._decisions
        if decisions is None:
            return self._labels.known_s(number, now_s, said, is_positive)
        if is_shadow:
            return decisions.of_shadow(len(self.predictions), number, now_s, is_positive)
        return decisions.decided(number, now_s, said, is_positive)

    def _turn_to(self, now_s: float) -> None:
        """Be as it is at an instant."""
        spec = self.spec
        turned = 0.0 if self._adversaries is None else self._adversaries.angle
        self._shifts = spec.shifts_at(now_s, turned).tolist()
        self._means = spec.means_at(now_s).tolist()
        self._broken = spec.broken_at(now_s)
        self._steady_until_s = min(
            spec.steady_until(now_s), self._wanderers.move(self._means, now_s)
        )
        positives = spec.positives_at(now_s)
        if self._is_by_threshold:
            positives = NORMAL.inv_cdf(positives) if 0 < positives < 1 else inf * (positives - 0.5)
        self._positives = positives
