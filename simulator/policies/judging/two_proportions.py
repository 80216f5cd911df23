"""Two proportions: whether more of the candidate's users fail than of the control arm's, or are
harmed, than chance accounts for.

Without a difference it fails the candidate at the rate of ``alpha`` (half of it with two sides,
since a candidate that is better passes) if it is looked at once. Every further look is another
chance to be wrong, unless ``correction`` makes up for the ``looks`` that are planned.

That it passes means that no harm was found, which is little where there are few users: how many it
takes is told by ``simulator.stats.trials.sizes``. It takes users for independent. Requests of one
user are not, nor are those that fail together while something is down.

Source: Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions*, 3rd ed., 2003,
chapter 3; for the corrections see ``simulator.stats.trials.looks``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import erfc, sqrt
from statistics import NormalDist
from typing import Annotated, Literal

from pydantic import Field

from simulator.policies.judging.base import (
    CONTINUE,
    FAIL,
    PASS,
    Evidence,
    Judge,
    JudgeMemory,
    Verdict,
    judges,
)
from simulator.units import Ratio, human

Correction = Literal["none", "bonferroni", "pocock", "obrien_fleming"]


@judges.register
class TwoProportions(Judge):
    """Fails a candidate of whose users more fail, or are harmed, than chance accounts for."""

    kind: Literal["two_proportions"] = "two_proportions"
    of: Literal["failed", "harmed"] = Field("failed", description="what is counted")
    sides: Literal["one", "two"] = Field(
        "one", description="whether alpha is all for being worse, or half of it for being better"
    )
    alpha: Annotated[Ratio, Field(gt=0, lt=0.5)] = Field(
        0.05, description="probability aimed at of a false alarm"
    )
    min_users: int = Field(
        100, ge=1, description="users that each arm must have before anything is said"
    )
    looks: int = Field(1, ge=1, le=1000, description="looks that are planned")
    correction: Correction = Field(
        "none", description="what makes alpha true for all looks together"
    )

    def contradictions(self) -> Iterator[str]:
        if self.correction != "none" and self.looks == 1:
            yield f"looks must be 2 or more for the correction of {self.correction} to do anything"

    def bounds(self) -> list[float]:
        """Of z, at each of the looks that are planned: above it the candidate fails."""
        two_sided = self.alpha if self.sides == "two" else 2 * self.alpha
        return _bounds(self.correction, self.looks, two_sided)

    def start(self) -> JudgeMemory:
        return TwoProportionsMemory(self)


@lru_cache(maxsize=256)
def _bounds(correction: str, planned: int, alpha: float) -> list[float]:
    """Bounds of |z|, crossed on either side with probability alpha.

    One side is crossed with half of it, but for trials that cross both, of which there are next to
    none.
    """
    # Here, because it brings SciPy along, which most scenarios do without.
    from simulator.stats.trials import looks

    if correction == "pocock":
        return list(map(float, looks.pocock_bounds(planned, alpha)))
    if correction == "obrien_fleming":
        return list(map(float, looks.obrien_fleming_bounds(planned, alpha)))
    each = alpha / planned if correction == "bonferroni" else alpha
    return [NormalDist().inv_cdf(1 - each / 2)] * planned


class TwoProportionsMemory(JudgeMemory):
    """Counts the looks, of which each may have a bound of its own."""

    def __init__(self, spec: TwoProportions) -> None:
        self._spec = spec
        self._bounds: list[float] = spec.bounds()
        self._looks: int = 0
        self._last: Verdict = Verdict(CONTINUE, 50.0, "no look so far")

    def judge(self, control: Evidence, candidate: Evidence) -> Verdict:
        from simulator.stats.trials.judging import two_proportions

        spec = self._spec
        bad, users = zip(control.counted(spec.of), candidate.counted(spec.of), strict=True)
        if min(users) < spec.min_users:
            return Verdict(CONTINUE, 50.0, f"{min(users)} of {spec.min_users} users so far")
        if spec.correction != "none" and self._looks == len(self._bounds):
            return self._last  # the looks that were planned are over: another would not be right
        bound = self._bounds[min(self._looks, len(self._bounds) - 1)]
        self._looks += 1
        z, _ = two_proportions(bad, users)
        ratios = [human(some / of_all, "ratio") for some, of_all in zip(bad, users, strict=True)]
        words = f"{ratios[1]} {spec.of} instead of {ratios[0]} (z {z:.2f}, bound {bound:.2f})"
        score = 50 * erfc(z / sqrt(2))  # the one-sided p-value, in per cent
        self._last = Verdict(FAIL if z > bound else PASS, score, words)
        return self._last
