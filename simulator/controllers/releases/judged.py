"""Releases that somebody looks at: how a judge gets its evidence, and what becomes of a verdict.

The judge is shown what is known of both arms since its trial began. What it reads is a choice.
``callers``: what those saw who called, the failed and the patient ones included, as a load balancer
or a client has it. ``servers``: what a version says of the calls that it has answered, as many
dashboards have it. Of calls that it refused, lost or never got to, a server knows nothing; a
version that drops most of its calls and serves a few well looks fine to itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.components.splitter import Answers, SplitterSpec
from simulator.controllers.base import Plan, Process, Site
from simulator.controllers.releases.base import LiveRelease, Release
from simulator.controllers.releases.evidence import METRICS, OF_LABELS, ArmWatch
from simulator.controllers.releases.gauges import Gauge, measurable
from simulator.kernel import FAILED, OK, Component, ComponentSpec, Simulation, count
from simulator.policies.judging import FAIL, Judge, Verdict, judges
from simulator.units import PositiveSeconds

BRIEF = 1e-9  # relative; of a time to wait, what is rounding


class JudgedRelease(Release):
    """A release that goes by what a judge says."""

    judge: Annotated[Judge, judges] | None = Field(
        None, description="says whether the new version may go on; nobody does if not given"
    )
    look_every: PositiveSeconds | None = Field(
        None, description="time between two looks of the judge; one at the end if not given"
    )
    reads: Literal["callers", "servers"] = Field(
        "callers", description="what the judge reads: what callers saw, or what servers answered"
    )
    interval: PositiveSeconds = Field(
        60.0, description="time for which each value of the series stands that the judge reads"
    )

    def control_arm(self) -> str:
        """The arm that the new version is compared with."""
        return self.stable

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        splitter = plan.components.get(self.of)
        if self.judge is None or not isinstance(splitter, SplitterSpec):
            return
        if getattr(self.judge, "of", "") == "harmed" and not plan.has_world:
            yield ("judge", "of"), "who is harmed is what the world says; must have a world"
        for label in (self.control_arm(), self.candidate):
            behind = splitter.arms[label].to if label in splitter.arms else ""
            known = _measures_of(plan.components.get(behind.partition("[")[0]))
            for metric in self.judge.metrics():
                if metric in OF_LABELS and not plan.has_world:
                    yield ("judge",), f"{metric} is what the world says; must have a world"
                elif metric not in METRICS and metric not in known:
                    words = f"arm {label!r} has no metric {metric!r}; every arm has"
                    yield ("judge",), f"{words} {', '.join(METRICS)}, and measures of {behind}"


def _measures_of(spec: ComponentSpec | None) -> frozenset[str]:
    """What gauges can show of a component, as it is reported."""
    if spec is None:
        return frozenset()
    component: Component = spec.build("any", Simulation())
    return frozenset(measurable(component.measures))


class ServersWatch(ArmWatch):
    """Follows an arm by what its servers know: calls that they have answered."""

    def counts(self, answers: Answers) -> Any:
        return super().counts(answers) & ((answers.outcome == OK) | (answers.outcome == FAILED))


class LiveJudgedRelease(LiveRelease):
    """A judged release in one run.

    Attributes:
        control: the arm that the new version is compared with.
    """

    looks = count("looks of the judge")

    def __init__(self, name: str, sim: Simulation, spec: Any, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self.control = self.splitter.arms[spec.control_arm()]
        self._memory: Any = None
        self._watches: list[ArmWatch] = []
        if spec.judge is not None:
            log = sim.world.predictions if sim.world is not None else None
            kind = ArmWatch if spec.reads == "callers" else ServersWatch
            arms = (self.control, self.candidate)
            self._watches = [kind(arm, log, self._gauges(arm)) for arm in arms]

    def _gauges(self, arm: Any) -> dict[str, Gauge]:
        members = self._site.find(self.splitter.spec.arms[arm.label].to)
        names = [each for each in self.spec.judge.metrics() if each not in METRICS]
        return {name: Gauge(members, name) for name in names}

    def start(self) -> None:
        super().start()
        if self.spec.judge is not None and self.spec.judge.metrics():
            self.sim.process(self._close_intervals())

    def _close_intervals(self) -> Process:
        while True:
            yield self.sim.timeout(self.spec.interval)
            for watch in self._watches:
                watch.close(self.sim.now)

    def begin_trial(self) -> None:
        """Forget what was known; calls that are sent from now on count."""
        if self.spec.judge is not None:
            self._memory = self.spec.judge.start()
            for watch in self._watches:
                watch.begin(self.sim.now)

    def look(self) -> Verdict:
        """Let the judge look at what is known now."""
        self.looks += 1
        control, candidate = (watch.look(self.sim.now) for watch in self._watches)
        found: Verdict = self._memory.judge(control, candidate)
        return found

    def watch(self, for_s: float) -> Process:
        """Let the judge look for a time, and have what fails rolled back.

        Returns:
            The last verdict, at once if it ends the trial; None without a judge, or if the release
            is over.
        """
        every_s = self.spec.look_every or for_s
        verdict, left_s = None, for_s
        while left_s > for_s * BRIEF:
            step_s = min(every_s, left_s)
            yield self.sim.timeout(step_s)
            left_s -= step_s
            if self.is_over:
                return None
            if self.spec.judge is None:
                continue
            verdict = self.look()
            if verdict.decision == FAIL:
                self.roll_back(verdict.words)
                return None
            if verdict.decision == "pass" and self.spec.judge.decides_early():
                break
        return verdict
