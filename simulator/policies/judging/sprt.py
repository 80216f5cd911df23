"""SPRT: decides as soon as it can, and may be looked at all the time.

Wald's sequential probability ratio test of the candidate's failures, or of users whom it harmed:
is their rate ``good``, or ``bad``? The evidence is kept from look to look, and the trial is over
once it leaves the interval between two bounds. Looks need not come after every user: what is
beyond a bound at a look only makes it surer.

If ``good`` is not given, it is what the control arm has by now, as if that were known exactly: the
control arm should have many times the users of the candidate.

Source: Wald, "Sequential tests of statistical hypotheses", *Annals of Mathematical Statistics*
16(2), 1945; ``simulator.stats.trials.sequential``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

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
from simulator.units import Ratio

if TYPE_CHECKING:
    from simulator.stats.trials import sequential

Rate = Annotated[Ratio, Field(gt=0, lt=1)]
MOST = 0.999  # a rate that a multiple of another is taken to be at most


@judges.register
class Sprt(Judge):
    """Decides between two rates of failure, or of harm, as early as it can."""

    kind: Literal["sprt"] = "sprt"
    of: Literal["failed", "harmed"] = Field("failed", description="what is counted")
    good: Rate | None = Field(
        None, description="rate that is fine; that of the control arm if not given"
    )
    bad: Rate | None = Field(None, description="rate that is not, greater than `good`")
    times: float | None = Field(
        None, gt=1, le=1000, description="in place of `bad`: how many times `good` is not fine"
    )
    alpha: Rate = Field(0.05, description="probability aimed at of failing a good candidate")
    beta: Rate = Field(0.1, description="probability aimed at of passing a bad one")
    min_users: int = Field(
        100, ge=1, description="users of the control arm before its rate is taken for `good`"
    )

    def contradictions(self) -> Iterator[str]:
        if (self.bad is None) == (self.times is None):
            yield "give either bad or times"
        if self.bad is not None and self.good is None:
            yield "bad needs good: next to the control arm's rate give times"
        if self.bad is not None and self.good is not None and self.bad <= self.good:
            yield f"bad ({self.bad:g}) must be greater than good ({self.good:g})"
        if self.alpha + self.beta >= 1:
            yield f"alpha + beta must be below 1, found {self.alpha + self.beta:g}"

    def decides_early(self) -> bool:
        return True

    def test(self, good: float) -> sequential.Sprt:
        """The test against a rate that is fine, strictly between 0 and 1."""
        # Here, because it brings SciPy along, which most scenarios do without.
        from simulator.stats.trials import sequential

        bad = self.bad
        if bad is None:
            assert self.times is not None  # validated
            good = min(good, MOST / self.times)
            bad = good * self.times
        return sequential.Sprt(good, bad, self.alpha, self.beta)

    def start(self) -> JudgeMemory:
        return SprtMemory(self)


class SprtMemory(JudgeMemory):
    """Keeps to what it once decided."""

    def __init__(self, spec: Sprt) -> None:
        self._spec = spec
        self._decided: Verdict | None = None

    def judge(self, control: Evidence, candidate: Evidence) -> Verdict:
        if self._decided is not None:
            return self._decided
        good = self._good(control)
        if good is None:
            words = f"{self._spec.min_users} users of the control arm needed"
            return Verdict(CONTINUE, 50.0, words)
        verdict = self._look(self._spec.test(good), *candidate.counted(self._spec.of))
        if verdict.decision != CONTINUE:
            self._decided = verdict
        return verdict

    def _good(self, control: Evidence) -> float | None:
        if self._spec.good is not None:
            return self._spec.good
        bad, users = control.counted(self._spec.of)
        # Half a failure more than there were: that there was none so far does not make it 0.
        return (bad + 0.5) / (users + 1) if users >= self._spec.min_users else None

    def _look(self, test: sequential.Sprt, bad: int, users: int) -> Verdict:
        evidence = test.evidence(bad, users)
        decision = CONTINUE
        if evidence >= test.upper:
            decision = FAIL
        elif evidence <= test.lower:
            decision = PASS
        left = (test.upper - evidence) / (test.upper - test.lower)
        bounds = f"{test.lower:.2f} and {test.upper:.2f}"
        words = f"{bad} of {users} {self._spec.of}: evidence {evidence:.2f}, bounds {bounds}"
        return Verdict(decision, 100 * min(1.0, max(0.0, left)), words)
