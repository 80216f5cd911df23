"""What an answer means to whoever gets it: dollars, and harm."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Annotated

from pydantic import Field

from simulator.kernel.streams import Streams, Uniform
from simulator.registry import Spec
from simulator.units import PRICE, Ratio
from simulator.world.draws import Luck, Standard

SignedDollars = Annotated[float, Field(allow_inf_nan=False), PRICE]


class Outcome(Spec):
    """What one kind of answer means."""

    usd: SignedDollars = Field(
        0.0, description="dollars earned by it, on average; lost if negative"
    )
    harms: bool | Ratio = Field(
        False, description="whether it harms the user; or the part of users that it harms"
    )


class OutcomesSpec(Spec):
    """What answers mean to users, by what was true and what was said."""

    hit: Outcome = Field(Outcome(), description="a positive that was seen")
    miss: Outcome = Field(Outcome(), description="a positive that was not seen")
    false_alarm: Outcome = Field(Outcome(), description="a negative taken for positive")
    passed: Outcome = Field(Outcome(), alias="pass", description="a negative taken for what it is")
    unanswered: Outcome = Field(Outcome(), description="no answer, or one that no model gave")
    usd_cv: float = Field(
        0.0,
        ge=0,
        le=100,
        description="how far the dollars of requests lie apart: standard deviation over mean; what "
        "is at stake is lognormal, and alike for all outcomes of a request",
    )


class Outcomes:
    """What answers mean in one run.

    Args:
        spec: what they mean.
        streams: of the run: whom something harms, and what is at stake, is a matter of the request.
    """

    def __init__(self, spec: OutcomesSpec, streams: Streams) -> None:
        # By whether it was taken for positive, and whether it was (see `place`); last: no answer.
        each = (spec.passed, spec.miss, spec.false_alarm, spec.hit, spec.unanswered)
        self._usd = [outcome.usd for outcome in each]
        self._harms = [float(outcome.harms) for outcome in each]
        self._sigma = sqrt(log(1 + spec.usd_cv**2))
        self._stakes = Luck(streams, "world.stakes", Standard())
        self._harm_luck = Luck(streams, "world.harm", Uniform())

    def usd(self, number: int, said: bool, is_positive: bool) -> float:
        """Dollars that an answer brings."""
        return self._at_stake(number, self._usd[2 * said + is_positive])

    def harms(self, number: int, said: bool, is_positive: bool) -> bool:
        """Whether an answer harms the user."""
        return self._does_harm(number, self._harms[2 * said + is_positive])

    def of_nothing(self, number: int) -> tuple[float, bool]:
        """Dollars that it brings to be left without an answer, and whether it harms."""
        return self._at_stake(number, self._usd[-1]), self._does_harm(number, self._harms[-1])

    def _at_stake(self, number: int, usd: float) -> float:
        sigma = self._sigma
        if not sigma or not usd:
            return usd
        return usd * exp(sigma * self._stakes.of(number) - sigma * sigma / 2)

    def _does_harm(self, number: int, part: float) -> bool:
        if part in (0.0, 1.0):
            return part == 1.0
        return self._harm_luck.of(number) < part
