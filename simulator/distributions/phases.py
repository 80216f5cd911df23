"""Times made of exponential phases: passed one after the other, or one of several.

They reach every coefficient of variation, and a system of them is a Markov chain, so that theory
can follow: less variable than exponential by phases in a row, more variable by a choice of phases.
"""

from __future__ import annotations

from math import ceil, factorial, prod, sqrt
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from simulator.distributions.base import Distribution, distributions, refusal
from simulator.units import PositiveSeconds, Ratio

ROUNDING = 1e-6  # what probabilities may miss 1 by


@distributions.register
class Erlang(Distribution):
    """Equal exponential phases one after the other; the cv is 1 over the root of their number."""

    kind: Literal["erlang"] = "erlang"
    phases: int = Field(ge=1, le=1_000_000, description="phases in a row")
    mean: PositiveSeconds = Field(description="mean of them all together")

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.gamma(self.phases, self.mean / self.phases, size)

    def average(self) -> float:
        return self.mean

    def moment(self, order: int) -> float:
        return _gamma_moment(order, self.phases, self.mean / self.phases)


@distributions.register
class Hyperexponential(Distribution):
    """One of several exponential times: mostly short, now and then long (cv of 1 or more).

    By ``mean`` and ``cv`` there are two phases with balanced means: both contribute the same to the
    mean. Or give the ``probabilities`` of any number of phases, and their ``means``.

    Source: Tijms, *A First Course in Stochastic Models* (Wiley, 2003), appendix B.
    """

    kind: Literal["hyperexponential"] = "hyperexponential"
    mean: PositiveSeconds | None = Field(None, description="mean")
    cv: float | None = Field(None, ge=1, le=1e6, description="standard deviation over mean")
    probabilities: tuple[Ratio, ...] = Field((), description="how likely each phase is")
    means: tuple[PositiveSeconds, ...] = Field((), description="mean of each phase")

    @model_validator(mode="after")
    def _is_determined(self) -> Self:
        names = ("mean", "cv", "probabilities", "means")
        given = [name for name in names if getattr(self, name) not in (None, ())]
        if given not in (["mean", "cv"], ["probabilities", "means"]):
            found = ", ".join(given) or "nothing"
            raise refusal(f"found {found}; give mean and cv, or probabilities and means")
        if len(self.probabilities) != len(self.means):
            raise refusal(f"{len(self.probabilities)} probabilities for {len(self.means)} means")
        if self.probabilities and abs(sum(self.probabilities) - 1) > ROUNDING:
            total = sum(self.probabilities)
            raise refusal(f"the probabilities add up to {total:g}; must add up to 1")
        return self

    def phases(self) -> tuple[np.ndarray, np.ndarray]:
        """Probability of each phase, and its mean in seconds."""
        if self.mean is None or self.cv is None:
            weights = np.array(self.probabilities)
            return weights / weights.sum(), np.array(self.means)
        return _balanced(self.mean, self.cv)

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return _one_of(*self.phases(), rng, size)

    def average(self) -> float:
        probabilities, means = self.phases()
        return float(probabilities @ means)

    def moment(self, order: int) -> float:
        return _moment_of_one_of(order, *self.phases())


@distributions.register
class PhaseType(Distribution):
    """Exponential phases fitted to a mean and a cv.

    For a cv below 1 a mixture of two Erlang distributions that differ by one phase, with the same
    mean for each phase; at 1 exponential; above 1 hyperexponential with two phases and balanced
    means.

    Source: Tijms, *A First Course in Stochastic Models* (Wiley, 2003), appendix B.
    """

    kind: Literal["phase_type"] = "phase_type"
    mean: PositiveSeconds = Field(description="mean")
    cv: float = Field(
        ge=0.01, le=1e6, description="standard deviation over mean; 0.01 takes 10,000 phases"
    )

    def erlang_mixture(self) -> tuple[int, float, float]:
        """For a cv of at most 1: most phases in a row, how likely one less, mean of each phase."""
        squared = self.cv**2
        phases = ceil(1 / squared)
        root = sqrt(max(0.0, phases * (1 + squared) - phases**2 * squared))
        fewer = min(max((phases * squared - root) / (1 + squared), 0.0), 1.0)
        return phases, fewer, self.mean / (phases - fewer)

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        if self.cv > 1:
            return _one_of(*_balanced(self.mean, self.cv), rng, size)
        phases, fewer, each = self.erlang_mixture()
        return each * rng.standard_gamma(phases - (rng.random(size) < fewer))

    def average(self) -> float:
        return self.mean

    def moment(self, order: int) -> float:
        if self.cv > 1:
            return _moment_of_one_of(order, *_balanced(self.mean, self.cv))
        phases, fewer, each = self.erlang_mixture()
        less, all_ = _gamma_moment(order, phases - 1, each), _gamma_moment(order, phases, each)
        return fewer * less + (1 - fewer) * all_


def _gamma_moment(order: int, phases: int, each: float) -> float:
    """Of ``phases`` exponential ones in a row."""
    return prod(each * (phases + k) for k in range(order))


def _moment_of_one_of(order: int, probabilities: np.ndarray, means: np.ndarray) -> float:
    return float(factorial(order) * probabilities @ means**order)


def _balanced(mean: float, cv: float) -> tuple[np.ndarray, np.ndarray]:
    """Two phases that contribute the same to the mean: probabilities and means."""
    root = sqrt((cv**2 - 1) / (cv**2 + 1))
    rare = 1 / ((cv**2 + 1) * (1 + root))  # (1 - root) / 2, which would lose digits
    probabilities = np.array([1 - rare, rare])
    return probabilities, mean / 2 / probabilities


def _one_of(
    probabilities: np.ndarray, means: np.ndarray, rng: np.random.Generator, size: int
) -> np.ndarray:
    edges = probabilities.cumsum()[:-1]
    phase = np.searchsorted(edges, rng.random(size), side="right")
    return means[phase] * rng.standard_exponential(size)
