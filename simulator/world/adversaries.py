"""Adversaries: positives who learn from being caught.

Somebody who is caught tries it another way, and those who are not have no reason to. So positives
turn away from what the models that decide look at, in one plane: from the direction in which they
lie apart at first, towards one feature. They head for that end of their range which is further from
the direction that the model looks in; a model that is trained anew and follows them makes them turn
back, since the old way works again.

Models that only look on (shadows) teach them nothing.

Source: Dalvi et al., "Adversarial classification", *KDD* 2004, for classifiers that provoke what
they are then blind to.
"""

from __future__ import annotations

from math import atan2, pi, radians
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from simulator.registry import Spec

if TYPE_CHECKING:
    from simulator.world.models import Model
    from simulator.world.spec import WorldSpec

FINENESS = pi / 720  # a turn by less than a quarter of a degree is not followed


class AdversariesSpec(Spec):
    """How positives turn away from what is caught."""

    towards: str = Field(description="the feature by which they differ more when they turn")
    degrees: float = Field(gt=0, le=90, description="how far they can turn")
    after: float = Field(
        ge=1, le=1e9, description="times that one is caught until they have gone 63 % of the way"
    )


class Adversaries:
    """Where the positives of one run have turned.

    Args:
        spec: how they do.
        world: in which.

    Attributes:
        angle: by which they have turned, in radians.
    """

    def __init__(self, spec: AdversariesSpec, world: WorldSpec) -> None:
        self.angle = 0.0
        self._far = radians(spec.degrees)
        self._speed = 1 / spec.after
        self._shown = 0.0
        place = world.feature_names().index(spec.towards)
        straight = world.shifts_at(0.0)
        aside = world.geometry().turned(straight / world.separation, place, pi / 2)
        self._straight = straight / world.separation
        self._aside: np.ndarray = aside
        self._targets: dict[int, float] = {}  # where they head for, by the model that catches them

    def caught(self, model: Model) -> bool:
        """Learn from being caught by a model, and say whether they have turned far enough to tell.

        What has been told of is not told of again.
        """
        target = self._targets.get(model.place)
        if target is None:
            target = self._targets[model.place] = self._target(model.learned.weights)
        self.angle += (target - self.angle) * self._speed
        if abs(self.angle - self._shown) < FINENESS:
            return False
        self._shown = self.angle
        return True

    def _target(self, weights: np.ndarray) -> float:
        looks = atan2(float(weights @ self._aside), float(weights @ self._straight))
        return self._far if abs(self._far - looks) >= abs(looks) else 0.0
