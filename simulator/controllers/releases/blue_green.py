"""Blue/green: a second group with the new version is brought up, and all users are sent there.

When the new group can serve, routers are switched, and everybody has the new version from one
instant to the next. The old group is kept for a while. If the judge fails the new version
meanwhile, a rollback is another switch, which takes no longer than the first. When the old group
goes the release is promoted, and there is no way back but another release.

The judge compares with what callers saw of the old version before the switch, for as long as the
old group is kept afterwards: then and now are not the same hours.

Left out: databases that both groups write to; sessions that are lost with the old group.

Source: Humble and Farley, *Continuous Delivery*, 2010, chapter 10.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.controllers.base import Process, Site, controller_kinds
from simulator.controllers.releases.judged import JudgedRelease, LiveJudgedRelease
from simulator.kernel import Simulation
from simulator.units import PositiveSeconds


class LiveBlueGreen(LiveJudgedRelease):
    """A blue/green release in one run."""

    def start(self) -> None:
        super().start()
        self.sim.process(self._begin_to_compare())

    def _begin_to_compare(self) -> Process:
        yield self.sim.timeout(max(0.0, self.spec.at - self.spec.kept_for))
        self.begin_trial()

    def gone_s(self) -> float:
        return self.ended_s if self.promoted else super().gone_s()

    def proceed(self) -> Process:
        spec = self.spec
        self.give(1.0)
        self.note("switched", "all get the new version")
        if spec.propagation:
            yield self.sim.timeout(spec.propagation)
        yield from self.watch(spec.kept_for)
        self.promote("the old version is not kept any longer")


@controller_kinds.register
class BlueGreen(JudgedRelease):
    """Sends all users to a new version at once, and keeps the old one for a while."""

    kind: Literal["blue_green"] = "blue_green"
    stable: str = Field("blue", description="the arm of the version that is there")
    candidate: str = Field("green", description="the arm of the new version")
    kept_for: PositiveSeconds = Field(
        description="time for which the old version stays after the switch, and the judge looks; "
        "the new one for as long after a rollback"
    )

    measures = LiveBlueGreen.measures

    def build(self, name: str, sim: Simulation, site: Site) -> LiveBlueGreen:
        return LiveBlueGreen(name, sim, self, site)
