"""Sequential tests: looked at after every user, and right all the same."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, floor, log, sqrt

import numpy as np
from scipy.special import ndtri

from simulator.stats.trials.checks import check_probability

LONGEST = 10_000_000  # users after which the exact computation gives up


@dataclass(frozen=True)
class Sprt:
    """Wald's sequential probability ratio test of a failure rate: is it ``good`` or ``bad``?

    After every user the evidence changes by the log of how much likelier the outcome is if the rate
    is ``bad``. The test ends when the evidence leaves the interval between its bounds.

    Args:
        good, bad: rates to be told apart, 0 < good < bad < 1.
        alpha: probability aimed at of deciding for ``bad`` if the rate is ``good``.
        beta: probability aimed at of deciding for ``good`` if the rate is ``bad``. Both are kept
            but for the last step beyond a bound; their sum is never exceeded.

    Raises:
        ValueError: a parameter is out of range, or alpha + beta is 1 or more.

    Source:
        Wald, "Sequential tests of statistical hypotheses", *Annals of Mathematical Statistics*
        16(2), 1945.
    """

    good: float
    bad: float
    alpha: float = 0.05
    beta: float = 0.1

    def __post_init__(self) -> None:
        check_probability(good=self.good, bad=self.bad, alpha=self.alpha, beta=self.beta)
        if not self.good < self.bad:
            raise ValueError(f"bad ({self.bad:g}) must be greater than good ({self.good:g})")
        if self.alpha + self.beta >= 1:
            raise ValueError(f"alpha + beta must be below 1, got {self.alpha + self.beta:g}")

    @property
    def lower(self) -> float:
        """Evidence at which the rate is taken to be good."""
        return log(self.beta / (1 - self.alpha))

    @property
    def upper(self) -> float:
        """Evidence at which the rate is taken to be bad."""
        return log((1 - self.beta) / self.alpha)

    @property
    def failure(self) -> float:
        """How much evidence a failure adds."""
        return log(self.bad / self.good)

    @property
    def success(self) -> float:
        """How much evidence a success adds: less than nothing."""
        return log((1 - self.bad) / (1 - self.good))

    def evidence(self, failures: int, users: int) -> float:
        """The log of the likelihood ratio after so many users, of whom so many failed."""
        return failures * self.failure + (users - failures) * self.success

    def expected_users(self, is_bad: bool) -> float:
        """Users until it decides if the rate is one of the two: Wald's approximation.

        It neglects by how much the last user carries the evidence beyond the bound, and is a few
        per cent too low.

        >>> test = Sprt(good=0.01, bad=0.02)
        >>> round(test.expected_users(is_bad=False)), round(test.expected_users(is_bad=True))
        (639, 607)
        """
        rate = self.bad if is_bad else self.good
        bad = 1 - self.beta if is_bad else self.alpha  # probability of deciding so
        drift = rate * self.failure + (1 - rate) * self.success
        return (bad * self.upper + (1 - bad) * self.lower) / drift

    def course(self, rate: float) -> tuple[float, float]:
        """What it does if the rate is this, exactly.

        The evidence follows from the number of failures, so that the users after whom it is still
        open are a short row of probabilities, carried on from user to user until nothing is left.

        Args:
            rate: true failure rate, strictly between 0 and 1.

        Returns:
            Probability of deciding for ``bad``, and mean number of users until it decides.

        Raises:
            ValueError: the rate is out of range.

        >>> alpha, users = Sprt(good=0.01, bad=0.02).course(0.01)
        >>> round(alpha, 4), round(users)
        (0.0396, 655)
        """
        check_probability(rate=rate)
        open_ones = np.array([1.0])  # probabilities of `least`, `least` + 1, ... failures
        least, users, decided_bad, mean = 0, 0, 0.0, 0.0
        while open_ones.size and open_ones.sum() > 1e-12 and users < LONGEST:
            mean += float(open_ones.sum())
            users += 1
            open_ones = np.convolve(open_ones, [1 - rate, rate])
            first, end = self._still_open(users)
            decided_bad += float(open_ones[max(0, end - least) :].sum())
            open_ones = open_ones[max(0, first - least) : max(0, end - least)]
            least = max(least, first)
        return decided_bad, mean

    def _still_open(self, users: int) -> tuple[int, int]:
        """The numbers of failures with which it is open: from the first to before the second."""
        step = self.failure - self.success
        first = floor((self.lower - users * self.success) / step) + 1
        end = -floor(-(self.upper - users * self.success) / step)
        return max(0, first), end


def users_of_fixed_test(good: float, bad: float, alpha: float = 0.05, beta: float = 0.1) -> float:
    """Users of a one-sided test with a fixed number of them and the same errors as an ``Sprt``.

    Raises:
        ValueError: a parameter is out of range.

    Source:
        Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions*, 3rd ed., 2003,
        chapter 2.

    >>> round(users_of_fixed_test(0.01, 0.02))
    1177
    """
    Sprt(good, bad, alpha, beta)  # checks
    spread = [sqrt(rate * (1 - rate)) for rate in (good, bad)]
    reach = float(ndtri(1 - alpha)) * spread[0] + float(ndtri(1 - beta)) * spread[1]
    return (reach / (bad - good)) ** 2


class AlwaysValid:
    """A p-value for the difference of two arms that may be looked at all the time.

    The mixture sequential probability ratio test: the likelihood of the difference seen, averaged
    over differences that are normal about 0, against that of none. However often one looks, the
    probability that the p-value ever falls to ``alpha`` without a difference is at most ``alpha``.

    Args:
        expected: typical size of a difference worth finding, above 0, in the unit of the values:
            the standard deviation that differences are averaged over. It decides how soon the test
            ends, not whether it is right.

    Attributes:
        p: the least p-value so far.

    Raises:
        ValueError: the size is not above 0.

    Source:
        Johari, Koomen, Pekelis and Walsh, "Always valid inference: continuous monitoring of A/B
        tests", *Operations Research* 70(3), 2022.
    """

    def __init__(self, expected: float) -> None:
        if not expected > 0:
            raise ValueError(f"a difference worth finding is above 0, got {expected:g}")
        self._mixing = expected**2
        self.p = 1.0

    def look(self, difference: float, error: float) -> float:
        """The p-value after another look.

        Args:
            difference: of the means of the two arms so far.
            error: standard error of the difference, 0 or greater; 0 while nothing is known.

        >>> test = AlwaysValid(expected=0.01)
        >>> test.look(0.002, error=0.01), round(test.look(0.04, error=0.01), 3)
        (1.0, 0.026)
        """
        variance = error**2
        if variance > 0:
            shrinkage = variance / (variance + self._mixing)
            exponent = difference**2 * (1 - shrinkage) / (2 * variance)
            ratio = sqrt(shrinkage) * exp(min(exponent, 700.0))
            self.p = min(self.p, 1 / ratio)
        return self.p
