"""Canary: a few users get the new version first, then more, if it does them no harm.

The new version gets the first share of ``steps``, and the next one each time it has passed a trial
of the length ``dwell``. What the judge fails is rolled back at once; what it cannot tell by the end
of a trial goes on, or not (``undecided``). After the last step the new version is promoted.

It is compared with the version that is there: with all of it (``stable``), which is warm and large,
or with an arm of its own that is as new and as small as the canary (``control``), brought up for
the release.

How many users pay for a bad version is the sum over steps of share, dwell and traffic, as far as
the version gets. Small steps protect users and learn slowly: it takes some hundred failures to tell
a small harm from chance.

Left out: steps that differ in length, or that wait for somebody's consent; who the first users are
(employees, a region), other than at random.

Source: Beyer et al., *The Site Reliability Workbook*, 2018, chapter 16, "Canarying Releases";
Spinnaker documentation, "Best practices for configuring canary" (the baseline arm).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from simulator.controllers.base import Process, Site, controller_kinds
from simulator.controllers.levels import show
from simulator.controllers.releases.judged import JudgedRelease, LiveJudgedRelease
from simulator.kernel import Simulation, level
from simulator.policies.judging import CONTINUE
from simulator.units import PositiveSeconds, Ratio, human


def _rising(steps: tuple[float, ...]) -> tuple[float, ...]:
    if any(after <= before for before, after in zip((0.0, *steps), steps, strict=False)):
        raise ValueError(f"found {list(steps)}; each must be above the one before, and above 0")
    return steps


class LiveCanary(LiveJudgedRelease):
    """A canary in one run."""

    step = level("the step that it has come to, counted from 1; 0 before and after")

    def proceed(self) -> Process:
        spec = self.spec
        for place, share in enumerate(spec.steps):
            self.give(share)
            show(self, "step", place + 1)
            self.note("step", f"{human(share, 'ratio')} get the new version")
            if spec.propagation:
                yield self.sim.timeout(spec.propagation)
            if spec.trial == "step" or not place:
                self.begin_trial()
            may_go_on = yield from self._try_step()
            if not may_go_on:
                show(self, "step", 0)
                return
        show(self, "step", 0)
        self.promote("it has passed all steps")

    def _try_step(self) -> Process:
        """One step; whether the next one may begin."""
        spec = self.spec
        verdict = yield from self.watch(spec.dwell)
        while verdict is not None and verdict.decision == CONTINUE and spec.undecided != "go_on":
            if spec.undecided == "roll_back":
                self.roll_back(f"undecided: {verdict.words}")
                break
            verdict = yield from self.watch(spec.look_every or spec.dwell)
        return not self.is_over

    def shares(self, share: float) -> dict[str, float]:
        if self.control is self.stable:
            return super().shares(share)
        compared = min(share, 1 - share)
        shares = {self.candidate.label: share, self.control.label: compared}
        return shares | {self.stable.label: 1 - share - compared}


@controller_kinds.register
class Canary(JudgedRelease):
    """Gives a new version to ever more users, as long as a judge lets it pass."""

    takes_versions: ClassVar[bool] = True

    kind: Literal["canary"] = "canary"
    steps: Annotated[tuple[Ratio, ...], Field(min_length=1), AfterValidator(_rising)] = Field(
        (0.01, 0.05, 0.25, 1.0), description="shares that the new version gets one after the other"
    )
    dwell: PositiveSeconds = Field(description="time that each step lasts")
    control: str | None = Field(
        None,
        description="an arm of the old version that gets as much as the canary, to be compared "
        "with it; stable if not given",
    )
    trial: Literal["step", "release"] = Field(
        "step", description="what the judge is shown: the calls of this step, or of all so far"
    )
    undecided: Literal["go_on", "wait", "roll_back"] = Field(
        "go_on", description="what happens if the judge cannot tell at the end of a step"
    )

    measures = LiveCanary.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.control in (self.stable, self.candidate):
            yield f"control must be a third arm, found {self.control!r}"

    def control_arm(self) -> str:
        return self.control or self.stable

    def arms(self) -> dict[str, str]:
        more = {"control": self.control} if self.control is not None else {}
        return super().arms() | more

    def build(self, name: str, sim: Simulation, site: Site) -> LiveCanary:
        return LiveCanary(name, sim, self, site)
