"""Pocock: the same bound at every look, so high that it holds for all of them together.

It takes more users than a test with one look if there is no difference, and fewer on average if
there is one; those it may take at most are as many as its power asks for.

Source: Pocock, "Group sequential methods in the design and analysis of clinical trials",
*Biometrika* 64(2), 1977.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from simulator.policies.stopping.base import PlannedRule, stopping_rules


@stopping_rules.register
class Pocock(PlannedRule):
    """Several looks with one bound for all."""

    kind: Literal["pocock"] = "pocock"

    def bounds(self, alpha: float) -> np.ndarray:
        # Here, because it brings SciPy along, which most scenarios do without.
        from simulator.stats.trials.looks import pocock_bounds

        return pocock_bounds(self.looks, alpha)
