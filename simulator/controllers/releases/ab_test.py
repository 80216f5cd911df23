"""A/B test: two versions at the same time, until it can be told whether the new one is better.

Users are split between the arms ``control`` and ``treatment`` of a splitter. What is counted of
each call becomes known at once (``failed``) or with its label. At regular times the test looks at
what is known; its ``rule`` decides when it wants to look, when it ends and what it has found.

How many users it takes follows from what is expected of the control (``base``, or the ``spread`` of
dollars) and from the smallest ``effect`` worth finding, as it does in the field: the size that a
test of one look needs for its ``power``. Rules that look more often may take more.

A user who makes several requests resembles oneself. With ``unit: request`` every call counts as
independent, which is wrong for such users and often done; with ``unit: user`` users do. Either way
the difference is that of all calls, and only its error is another one.

If the treatment is better it gets all users when the test has ended, and in any other case the
control does, unless ``ships`` says otherwise. A run that ends before the test finds nothing.

Left out: tests of more than two arms, or of several metrics at once; variance reduction by what
was known of users before (CUPED); a check whether the arms have as many users as they should.

Source: Kohavi, Tang and Xu, *Trustworthy Online Controlled Experiments*, 2020, chapters 14, 17, 18.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from simulator.components.splitter import SplitterSpec
from simulator.controllers.base import Plan, Site, controller_kinds
from simulator.controllers.levels import show
from simulator.controllers.releases.experiment import Experiment, LiveExperiment, Steps
from simulator.controllers.releases.outcomes import LESS_IS_BETTER, Values
from simulator.kernel import Simulation, count, level, samples
from simulator.policies.stopping import (
    FixedHorizon,
    Ruling,
    StoppingRule,
    TrialPlan,
    stopping_rules,
)
from simulator.units import Ratio


class LiveAbTest(LiveExperiment):
    """A test in one run."""

    share: float = level("part of the users that the treatment gets")
    running = level("whether the test is under way: 1, or 0")
    looks = count("times that it was looked at what is known")
    better = count("tests that found the treatment better", better="higher")
    worse = count("tests that found the treatment worse")
    no_difference = count("tests that ended without a difference")
    differences = count("tests that found a difference, whatever its sign")
    promoted = count("times that the treatment got all users")
    rolled_back = count("times that the control got all users")
    harmed = count("callers harmed by an answer of the treatment, or by none", better="lower")
    took_s = samples("time that a test took to its end")
    units = samples("users, or requests, of both arms that a test has counted", unit="")
    found = samples("difference that a test found at its end, treatment less control", unit="")

    def __init__(self, name: str, sim: Simulation, spec: AbTest, site: Site) -> None:
        super().__init__(name, sim, spec, site, [spec.control, spec.treatment])
        self.spec = spec
        self._plan = spec.plan(self._share_of_treatment())
        self._trial = spec.rule.start(self._plan)

    def _share_of_treatment(self) -> float:
        """The treatment's part of the users of the test."""
        if self.spec.share is not None:
            return self.spec.share
        control, treatment = (arm.share for arm in self._arms)
        return float(treatment / (control + treatment))

    def begin(self) -> None:
        share = self.spec.share
        if share is not None:
            self.split({self.spec.control: 1 - share, self.spec.treatment: share})
        show(self, "share", self._arms[1].share)
        show(self, "running", 1)

    def goes_on(self) -> bool:
        return self.running == 1

    def look(self) -> None:
        now_s = self.sim.now
        if sum(each.seen() for each in self.outcomes) < self._trial.next_units:
            return  # there are no more users than calls
        control, treatment = (each.values().known(now_s) for each in self.outcomes)
        units = self._units(control) + self._units(treatment)
        if units < self._trial.next_units:
            return
        self.looks += 1
        difference, error = self._difference(control, treatment)
        ruling = self._trial.look(units, difference, error)
        if ruling is not None:
            self._end(ruling, units, difference)

    def settle(self) -> None:
        self.harmed = self._arms[1].harmed

    def _units(self, values: Values) -> int:
        if self.spec.unit == "request":
            return len(values.value)
        return len(set(values.user.tolist()))

    def _difference(self, control: Values, treatment: Values) -> tuple[float, float]:
        # Here, because it brings SciPy along, which most scenarios do without.
        from simulator.stats.trials.differences import difference_of_means

        whose = (control.user, treatment.user) if self.spec.unit == "user" else None
        return difference_of_means(control.value, treatment.value, whose)

    def _end(self, ruling: Ruling, units: int, difference: float) -> None:
        spec = self.spec
        show(self, "running", 0)
        self.took_s.append(self.sim.now - self.began_s)
        self.units.append(units)
        self.found.append(difference)
        wanted = "less" if spec.counts in LESS_IS_BETTER else "greater"
        verdict = "no difference" if ruling == "no_difference" else "worse"
        if ruling == wanted:
            verdict = "better"
        self.better += verdict == "better"
        self.worse += verdict == "worse"
        self.no_difference += verdict == "no difference"
        self.differences += verdict != "no difference"
        words = f"{verdict}: {spec.counts} {difference:+.3g} in {units} {spec.unit}s"
        self._note("test_ends", spec.of, f"{self.name}: {words}")
        if spec.ships:
            self._ship(verdict == "better")
        if spec.again:
            self._trial = spec.rule.start(self._plan)
            self.count_from_now()
            show(self, "running", 1)

    def _ship(self, is_better: bool) -> None:
        self.split({self.labels[is_better]: 1.0})
        show(self, "share", float(is_better))
        self.promoted += is_better
        self.rolled_back += not is_better


@controller_kinds.register
class AbTest(Experiment):
    """Compares two arms until it can be told whether the treatment is better."""

    kind: Literal["ab_test"] = "ab_test"
    control: str = Field(description="the arm that is there already")
    treatment: str = Field(description="the arm that is new")
    share: Annotated[Ratio, Field(gt=0, lt=1)] | None = Field(
        None,
        description="part of the users in the treatment, the rest in the control; the arms keep "
        "the shares that they have if not given",
    )
    effect: Annotated[float, Field(gt=0)] = Field(
        description="the smallest difference worth finding, in what is counted for each call"
    )
    base: Annotated[Ratio, Field(gt=0, lt=1)] | None = Field(
        None, description="what is expected of the control; not of usd"
    )
    spread: Annotated[float, Field(gt=0)] | None = Field(
        None, description="standard deviation of the dollars of calls; of usd only"
    )
    alpha: Annotated[Ratio, Field(gt=0, lt=1)] = Field(
        0.05, description="probability of finding a difference where there is none"
    )
    power: Annotated[Ratio, Field(gt=0, lt=1)] = Field(
        0.8, description="probability of finding the smallest effect"
    )
    units: float | None = Field(
        None,
        ge=2,
        description="users, or requests, of a test with one look, in place of what follows",
    )
    unit: Literal["request", "user"] = Field("user", description="what is taken for independent")
    rule: Annotated[StoppingRule, stopping_rules] = Field(
        FixedHorizon(), description="when it looks, and when it ends"
    )
    ships: bool = Field(
        True, description="whether the better one gets all users in the end; else it only says so"
    )

    again: bool = Field(
        False,
        description="whether another test begins when one has ended, as where a platform is tested "
        "with two equal arms; not of one that ships",
    )

    measures = LiveAbTest.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.control == self.treatment:
            yield "control and treatment must be two arms"
        if self.again and self.ships:
            yield "after a test that ships there is nothing left to test: again goes without ships"
        if self.power <= self.alpha:
            yield f"power must be above alpha ({self.alpha:g}), found {self.power:g}"
        if self.units is not None and (self.base is not None or self.spread is not None):
            yield "give either units or what they follow from, base or spread"
        elif self.units is None and self.counts == "usd" and self.spread is None:
            yield "how many users it takes follows from the spread of dollars, which is missing"
        elif self.units is None and self.counts != "usd" and self.base is None:
            yield "how many users it takes follows from the base, which is missing"
        if (self.spread is not None and self.counts != "usd") or (
            self.base is not None and self.counts == "usd"
        ):
            yield "base is of what happens or not, and spread of usd"
        if self.base is not None and self.base + self.effect >= 1:
            yield f"base and effect must be less than 1 together, found {self.base + self.effect:g}"

    def named_arms(self) -> list[tuple[Steps, str]]:
        return [(("control",), self.control), (("treatment",), self.treatment)]

    def changes_shares(self) -> bool:
        return self.ships or self.share is not None

    def objections(self, plan: Plan) -> Iterator[tuple[Steps, str]]:
        yield from super().objections(plan)
        splitter = plan.components.get(self.of)
        if not isinstance(splitter, SplitterSpec):
            return
        if self.unit == "user" and splitter.sticky != "key":
            yield ("unit",), f"{self.of!r} splits requests, not users; must be request"
        arms = [splitter.arms[arm] for _, arm in self.named_arms() if arm in splitter.arms]
        if self.share is None and not all(arm.share > 0 for arm in arms):
            yield ("share",), "an arm that is compared has no share; must be given"

    def plan(self, share: float) -> TrialPlan:
        """What a test with one look takes.

        Args:
            share: part of its users in the treatment.
        """
        # Here, because it brings SciPy along, which most scenarios do without.
        from simulator.stats.trials.sizes import users_of_trial

        units = self.units
        if units is None:
            variances = self._variances()
            units = users_of_trial(variances, self.effect, self.alpha, self.power, share)
        return TrialPlan(units, self.effect, self.alpha, self.power)

    def _variances(self) -> tuple[float, float]:
        if self.spread is not None:
            return self.spread**2, self.spread**2
        control = self.base or 0.0
        treatment = control + self.effect
        return control * (1 - control), treatment * (1 - treatment)

    def build(self, name: str, sim: Simulation, site: Site) -> LiveAbTest:
        return LiveAbTest(name, sim, self, site)
