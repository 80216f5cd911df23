"""What experiments on a splitter have in common: arms, what is counted, and when to look."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from simulator.components.splitter import SplitterSpec
from simulator.controllers.base import Controller, LiveController, Plan, Process, Site
from simulator.controllers.releases.outcomes import ArmOutcomes, Counted
from simulator.errors import unknown_name
from simulator.kernel import Ref, Simulation
from simulator.units import PositiveSeconds, Seconds

Steps = tuple[str | int, ...]
"""To a place in a spec."""


class Experiment(Controller):
    """Looks at what becomes of the users of a splitter's arms, and changes their shares."""

    of: Ref = Field(description="the splitter whose arms are compared")
    at: Seconds = Field(0.0, description="when it begins; calls sent before do not count")
    every: PositiveSeconds = Field(description="time between two looks at what is known")
    counts: Counted = Field(
        description="what is counted of each call: failed (no answer, or an error), harmed users, "
        "conversions (positives that were seen), or usd; all but failed need a world"
    )

    def begins_s(self) -> float:
        return self.at

    def named_arms(self) -> list[tuple[Steps, str]]:
        """The arms that it names, and where."""
        raise NotImplementedError

    def changes_shares(self) -> bool:
        """Whether it ever does more than look."""
        return True

    def steers(self) -> frozenset[str]:
        return frozenset({self.of} if self.changes_shares() else ())

    def objections(self, plan: Plan) -> Iterator[tuple[Steps, str]]:
        yield from super().objections(plan)
        splitter = plan.components.get(self.of)
        if splitter is not None and not isinstance(splitter, SplitterSpec):
            yield ("of",), f"{self.of!r} is no splitter, but a {splitter.kind}"
        elif splitter is not None:
            for steps, arm in self.named_arms():
                if arm not in splitter.arms:
                    yield steps, unknown_name("arm", arm, splitter.arms)
        if self.counts != "failed" and not plan.has_world:
            yield ("counts",), f"{self.counts} are what the world says; must have a world"
        others = plan.steering(self.of)
        if self.steers() and others[0] is not self:
            yield ("of",), f"another controller changes the shares of {self.of!r} already"


class LiveExperiment(LiveController):
    """An experiment in one run.

    Args:
        name: of the controller.
        sim: the run.
        spec: what is to be done.
        site: the system.
        labels: of the arms that are compared, in order.

    Attributes:
        outcomes: of these arms, since it began to count.
    """

    def __init__(
        self, name: str, sim: Simulation, spec: Experiment, site: Site, labels: list[str]
    ) -> None:
        super().__init__(name, sim)
        (self.splitter,) = site.find(spec.of)
        self.labels = labels
        self._spec = spec
        self._note = site.note
        self._arms = [self.splitter.arms[label] for label in labels]
        self.began_s = spec.at
        self.outcomes: list[ArmOutcomes] = []

    def start(self) -> None:
        for arm in self._arms:
            arm.keep()
        self.sim.process(self._run())

    def _run(self) -> Process:
        spec = self._spec
        yield self.sim.timeout(spec.at)
        self.count_from_now()
        self.begin()
        while self.goes_on():
            yield self.sim.timeout(spec.every)
            self.look()

    def count_from_now(self) -> None:
        """Forget what was seen of the arms; only calls that are still to be sent count."""
        self.began_s = self.sim.now
        self.outcomes = [
            ArmOutcomes(arm, self._spec.counts, self.sim.world, self.sim.now) for arm in self._arms
        ]

    def begin(self) -> None:
        """Do what there is to do when it begins."""
        raise NotImplementedError

    def goes_on(self) -> bool:
        """Whether it will look again."""
        return True

    def look(self) -> None:
        """Look at what is known by now, and act on it."""
        raise NotImplementedError

    def split(self, shares: dict[str, float]) -> None:
        """Let arms have other shares, by label; the others have none."""
        self.splitter.split(shares)
