"""Thompson sampling: every arm gets calls in proportion to how likely it is to be the best.

What is believed of an arm is a beta distribution, uniform before anything is known. To draw a value
for each arm and to take the greatest, call by call, is the same as giving each arm the share of
calls that is its probability of being the best; that probability is computed here, so that it can
be asked for at any time.

Source: Thompson, "On the likelihood that one unknown probability exceeds another", *Biometrika*
25, 1933; Scott, "A modern Bayesian look at the multi-armed bandit", *Applied Stochastic Models in
Business and Industry* 26(6), 2010, for shares.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from simulator.policies.bandits.base import Bandit, LearningPolicy, bandit_policies

NODES = 64  # of the integration


@bandit_policies.register
class Thompson(LearningPolicy):
    """Every arm gets the share of calls that is its probability of being the best."""

    kind: Literal["thompson"] = "thompson"

    def start(self, arms: int) -> Bandit:
        return _Thompson(arms, self)


class _Thompson(Bandit):
    def __init__(self, arms: int, spec: Thompson) -> None:
        super().__init__(arms, spec.half_life, spec.window)
        # Here, because it brings SciPy along, which most scenarios do without.
        from scipy.special import betainc, betaincinv

        self._cdf: Any = betainc
        self._quantile: Any = betaincinv
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        self._levels: Any = (nodes + 1) / 2
        self._weights: Any = weights / 2

    def preferred(self) -> list[float]:
        won = np.maximum(self.rewards, 0.0) + 1
        lost = np.maximum(np.subtract(self.calls, self.rewards), 0.0) + 1
        chances = [self._chance_of_best(arm, won, lost) for arm in range(len(self.calls))]
        total = sum(chances)
        return [chance / total for chance in chances]

    def _chance_of_best(self, arm: int, won: Any, lost: Any) -> float:
        """The probability that the other arms are all below it, over what it may be itself."""
        values = self._quantile(won[arm], lost[arm], self._levels)
        below = self._cdf(won[:, np.newaxis], lost[:, np.newaxis], values)
        below[arm] = 1.0
        return float(self._weights @ below.prod(axis=0))
