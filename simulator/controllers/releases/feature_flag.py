"""Feature flag: the new version is there for all, and a flag says who gets it.

At the instants of ``schedule`` the flag is given another share. Clients ask for it every
``poll_every``, each at its own times, so that a change reaches them evenly over that long: the
users of a share come in, or go, one after the other. Turning the flag off (*kill switch*) is the
same way: the last user loses the new version one poll later. With ``poll_every: 0s`` flags are
pushed.

A judge may look all the while; when it fails the new version, or a signal fires, the flag is turned
off. The release is promoted when the flag is on for all, ``settles_after`` the last change.

Left out: rules that name users; clients that cannot be reached and go by a default; what it costs
to keep both ways in the code.

Source: Hodgson, "Feature Toggles (aka Feature Flags)", martinfowler.com, 2017 (release and ops
toggles).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from simulator.controllers.base import Process, Site, controller_kinds
from simulator.controllers.releases.judged import JudgedRelease, LiveJudgedRelease
from simulator.kernel import Simulation
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio, Seconds, human

POLLS = 50  # equal parts in which clients come to know of a change


class Setting(Spec):
    """The flag from an instant on."""

    after: Seconds = Field(description="time after the new version can serve")
    share: Ratio = Field(description="part of the calls, or of the users, for which it is on")


class LiveFeatureFlag(LiveJudgedRelease):
    """A feature flag in one run."""

    def __init__(self, name: str, sim: Simulation, spec: FeatureFlag, site: Site) -> None:
        super().__init__(name, sim, spec, site)
        self._turns = 0

    def proceed(self) -> Process:
        spec = self.spec
        self.begin_trial()
        yield self.sim.timeout(spec.schedule[0].after)
        last = spec.schedule[-1]
        ends_s = [setting.after for setting in spec.schedule[1:]]
        for setting, end_s in zip(spec.schedule, [*ends_s, last.after + spec.settles_after]):
            if self.is_over:
                return
            self.note("flag_set", f"on for {human(setting.share, 'ratio')}")
            self.turn(setting.share)
            yield from self.watch(end_s - setting.after)
        if last.share == 1:
            self.promote("the flag is on for all")

    def turn(self, share: float) -> None:
        """Set the flag; clients come to know of it as they ask."""
        if self.spec.poll_every:
            self._turns += 1
            self.sim.process(self._spread(share, self._turns))
        else:
            self.give(share)

    def _spread(self, share: float, turn: int) -> Process:
        first = self.share
        for poll in range(1, POLLS + 1):
            yield self.sim.timeout(self.spec.poll_every / POLLS)
            if turn < self._turns:
                return
            self.give(share if poll == POLLS else first + (share - first) * poll / POLLS)

    def withdraw_all(self) -> None:
        self.turn(0.0)


@controller_kinds.register
class FeatureFlag(JudgedRelease):
    """Turns a new version on for some users, later for more, and off if it does harm."""

    kind: Literal["feature_flag"] = "feature_flag"
    stable: str = Field("off", description="the arm of those for whom the flag is off")
    candidate: str = Field("on", description="the arm of those for whom it is on")
    schedule: Annotated[tuple[Setting, ...], Field(min_length=1)] = Field(
        description="for whom the flag is on, and from when"
    )
    poll_every: Seconds = Field(
        30.0, description="time after which a client asks for the flag again; 0: it is pushed"
    )
    settles_after: PositiveSeconds = Field(
        60.0, description="time after the last change until the release counts as done"
    )

    measures = LiveFeatureFlag.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        instants = [setting.after for setting in self.schedule]
        if any(after <= before for before, after in pairwise(instants)):
            yield "each setting of the schedule must come after the one before"
        if self.rollback_waves > 1:
            yield "a flag is turned off as clients ask for it: rollback_waves does not go with it"

    def build(self, name: str, sim: Simulation, site: Site) -> LiveFeatureFlag:
        return LiveFeatureFlag(name, sim, self, site)
