"""O'Brien and Fleming: hardly anything is enough at first, and nearly the usual at the end.

It takes hardly more users than a test with one look.

Source: O'Brien and Fleming, "A multiple testing procedure for clinical trials", *Biometrics* 35(3),
1979.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from simulator.policies.stopping.base import PlannedRule, stopping_rules


@stopping_rules.register
class OBrienFleming(PlannedRule):
    """Several looks with bounds that fall from look to look."""

    kind: Literal["obrien_fleming"] = "obrien_fleming"

    def bounds(self, alpha: float) -> np.ndarray:
        # Here, because it brings SciPy along, which most scenarios do without.
        from simulator.stats.trials.looks import obrien_fleming_bounds

        return obrien_fleming_bounds(self.looks, alpha)
