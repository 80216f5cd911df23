"""What an answer means to whoever gets it: dollars, and harm."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Annotated

from pydantic import Field

from simulator.kernel.streams import Streams, Uniform
from simulator.registry import Spec
from simulator.units import PRICE, Ratio
from simulator.world.draws import MOST_OF_USERS, Luck, Standard

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
        parts: by how much a request's own luck, and its user's, make what is at stake.
        streams: of the run: whom something harms, and what is at stake, is a matter of the request.
    """

    def __init__(self, spec: OutcomesSpec, parts: tuple[float, float], streams: Streams) -> None:
        # By whether it was taken for positive, and by whether it was; last: no answer.
        each = (spec.passed, spec.miss, spec.false_alarm, spec.hit, spec.unanswered)
        self._usd = [outcome.usd for outcome in each]
        self._harms = [float(outcome.harms) for outcome in each]
        self._sigma = sqrt(log(1 + spec.usd_cv**2))
        self._own, self._common = parts
        self._stakes = Luck(streams, "world.stakes", Standard())
        self._stakes_of_users = Luck(streams, "world.users.stakes", Standard(), MOST_OF_USERS)
        self._harm_luck = Luck(streams, "world.harm", Uniform())

    def of_answer(
        self, number: int, key: int | None, said: bool, is_positive: bool
    ) -> tuple[float, bool]:
        """Dollars that an answer to a request of a user brings, and whether it harms."""
        return self._of(number, key, 2 * said + is_positive)

    def of_nothing(self, number: int, key: int | None) -> tuple[float, bool]:
        """Dollars that it brings to be left without an answer, and whether it harms."""
        return self._of(number, key, -1)

    def _of(self, number: int, key: int | None, place: int) -> tuple[float, bool]:
        usd, part = self._usd[place], self._harms[place]
        if usd and self._sigma:
            luck = self._own * self._stakes.of(number)
            if self._common and key is not None:
                luck += self._common * self._stakes_of_users.of(key)
            usd *= exp(self._sigma * luck - self._sigma * self._sigma / 2)
        if 0 < part < 1:
            return usd, self._harm_luck.of(number) < part
        return usd, part == 1
