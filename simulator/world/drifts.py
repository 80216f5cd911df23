"""What changes in the world behind a model.

Each kind of drift does another harm, and is seen elsewhere. Concept drift turns the world away from
what the model has learned and is hardly seen in the features, since positives are few. Covariate
drift is seen at once and may be harmless. Label drift makes right thresholds wrong.

Source: Moreno-Torres et al., "A unifying view on dataset shift in classification", *Pattern
Recognition* 45(1), 2012 (which names the kinds); Gama et al., "A survey on concept drift
adaptation", *ACM Computing Surveys* 46(4), 2014 (how they come about over time).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import Ratio
from simulator.world.courses import When

drift_kinds = Family("drift")


class Drift(Spec):
    """A change of the world."""

    kind: str
    when: When = Field(description="how it comes about over time")

    def features(self) -> list[str]:
        """The features that it names."""
        return []


@drift_kinds.register
class Concept(Drift):
    """What sets positives apart turns away from what it was, towards one of the features.

    At an angle of 90 degrees nothing is left of what a model had learned before.
    """

    kind: Literal["concept"] = "concept"
    towards: str = Field(description="the feature by which positives differ more from now on")
    degrees: float = Field(gt=0, le=90, description="how far it turns")

    def features(self) -> list[str]:
        return [self.towards]


@drift_kinds.register
class Covariate(Drift):
    """A feature moves, for positives and negatives alike: other users, another unit, a new app."""

    kind: Literal["covariate"] = "covariate"
    feature: str = Field(description="that moves")
    by: float = Field(
        allow_inf_nan=False, description="how far, in standard deviations of the feature"
    )

    def features(self) -> list[str]:
        return [self.feature]


@drift_kinds.register
class Label(Drift):
    """Positives become more or fewer, and look as before."""

    kind: Literal["label"] = "label"
    positives: Ratio = Field(description="part of all requests that are positive then")


@drift_kinds.register
class BrokenFeature(Drift):
    """Something upstream breaks: a feature is missing, and what stands there is its default."""

    kind: Literal["broken_feature"] = "broken_feature"
    feature: str = Field(description="that is missing")
    ratio: Annotated[Ratio, Field(gt=0)] = Field(1.0, description="for this part of requests")

    def features(self) -> list[str]:
        return [self.feature]
