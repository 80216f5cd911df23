"""What a scenario says about its own results: objectives, findings, and questions to a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from simulator.registry import Spec
from simulator.units import Quantity, Ratio, Seconds

BASELINE = "baseline"

Window = tuple[Seconds, Seconds]
Text = Annotated[str, Field(min_length=1)]


def _unless_one_bound(at_most: float | None, at_least: float | None) -> Iterator[str]:
    if (at_most is None) == (at_least is None):
        yield "give either at_most or at_least"


class Objective(Spec):
    """A bound that a service has to keep."""

    measure: Text = Field(description="what is bounded, such as latency_p99_s or api.utilization")
    at_most: Quantity | None = Field(None, description="largest value allowed")
    at_least: Quantity | None = Field(None, description="smallest value allowed")

    def contradictions(self) -> Iterator[str]:
        yield from _unless_one_bound(self.at_most, self.at_least)

    @property
    def bound(self) -> float:
        """The value allowed that is farthest from what is wanted."""
        bound = self.at_most if self.at_most is not None else self.at_least
        assert bound is not None  # validated
        return bound

    def excess(self, value: float) -> float:
        """By how much a value misses the bound, in its unit; 0 or less if it keeps it."""
        return value - self.bound if self.at_most is not None else self.bound - value


class InRuns(Spec):
    """A bound on the share of runs for which a comparison holds."""

    at_least: Ratio | None = Field(None, description="smallest share of runs")
    at_most: Ratio | None = Field(None, description="largest share of runs")

    def contradictions(self) -> Iterator[str]:
        yield from _unless_one_bound(self.at_most, self.at_least)


class Finding(Spec):
    """A claim that is checked by running it.

    It is confirmed when its whole confidence interval lies on the claim's side, refuted when it
    lies on the other, and undecided else.
    """

    claim: Text = Field(description="one sentence, without numbers that the run does not give")
    measure: Text = Field(description="what it is about, such as latency_p99_s or db.reads_per_s")
    of: Text = Field(BASELINE, description="the variant it is about")
    at_most: Quantity | None = Field(None, description="largest value that agrees with the claim")
    at_least: Quantity | None = Field(None, description="smallest value that agrees")
    about: Quantity | None = Field(None, description="the value claimed, give or take `within`")
    within: Quantity | None = Field(None, gt=0, description="tolerance of `about`, same unit")
    relative_to: Text | None = Field(
        None, description="a variant: the bound is then a multiple of the measure there, in pairs"
    )
    during: Window | None = Field(None, description="from and to: a part of the run only")
    in_runs: InRuns | None = Field(
        None, description="the claim is about the share of runs for which the comparison holds"
    )

    def contradictions(self) -> Iterator[str]:
        bounds = [self.at_most, self.at_least, self.about]
        if sum(bound is not None for bound in bounds) != 1:
            yield "give exactly one of at_most, at_least and about"
        if (self.about is None) != (self.within is None):
            yield "about and within go together"
        if self.during is not None and self.during[0] >= self.during[1]:
            yield "during must end after it begins"


class Choice(Spec):
    """One possible answer to the question before the run.

    The right one follows from a run: either the first whose ``at_most`` is not exceeded by the
    prediction's measure, or the one whose own ``measure`` is the largest.
    """

    say: Text = Field(description="the answer in words")
    at_most: Quantity | None = Field(None, description="largest value for which it is right")
    measure: Text | None = Field(None, description="the measure that this answer stands for")


class Prediction(Spec):
    """The question put before the run; its answer is computed from the run.

    With ``choices`` one picks an answer, without them one enters a number in the measure's unit.
    """

    ask: Text = Field(description="the question")
    measure: Text | None = Field(None, description="what is asked about")
    of: Text = Field(BASELINE, description="the variant that is asked about")
    relative_to: Text | None = Field(
        None, description="a variant: the question is then how many times its value"
    )
    choices: tuple[Choice, ...] = Field((), description="possible answers; none for a number")
    because: str = Field("", description="why the answer is what it is, shown afterwards")

    def contradictions(self) -> Iterator[str]:
        if len(self.choices) == 1:
            yield "choices must be none or several"
        if any(choice.measure is not None for choice in self.choices):
            yield from self._objections_to_measures()
        elif self.measure is None:
            yield "give a measure, or every choice a measure of its own"
        else:
            yield from self._objections_to_bounds()

    def _objections_to_measures(self) -> Iterator[str]:
        bounded = any(choice.at_most is not None for choice in self.choices)
        if self.measure or bounded or any(choice.measure is None for choice in self.choices):
            yield "give every choice a measure of its own, and nothing else"

    def _objections_to_bounds(self) -> Iterator[str]:
        bounds = [choice.at_most for choice in self.choices]
        if bounds and (bounds[-1] is not None or None in bounds[:-1]):
            yield "every choice but the last needs at_most, the last has none"
        elif sorted(set(bounds[:-1]), key=float) != bounds[:-1]:  # type: ignore[arg-type]
            yield "the bounds of the choices must increase"


class Question(Spec):
    """A question about the why, with one right answer."""

    ask: Text = Field(description="the question")
    choices: tuple[Text, ...] = Field(min_length=2, description="possible answers")
    answer: int = Field(ge=0, description="the right choice, counted from 0")
    because: Text = Field(description="why it is right")

    def contradictions(self) -> Iterator[str]:
        if self.answer >= len(self.choices):
            yield f"answer is {self.answer}; must be less than {len(self.choices)}"
