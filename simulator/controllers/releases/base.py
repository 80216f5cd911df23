"""Release: a new version of a service, and how its users come to have it.

Both versions stand behind a ``splitter``, each in an arm of its own. When a release begins, the new
version is brought up, which takes its ``start_time``; then it gets calls, as many and as soon as
the kind of release says. It ends with the new version for all (*promoted*) or for nobody (*rolled
back*). A rollback is decided on by the release itself, by a signal that it listens to, or by hand;
it begins after a ``reaction``, and every change of shares takes the ``propagation`` until routers
know it. What stands behind the arm of one version alone is paid for only while it is needed: the
new version from the beginning on, and the one that lost until ``kept_for`` after the end.

A canary without ``at`` begins when it is handed a version of a model, by a retraining: the model
servers of the new arm turn to that version. When it is promoted those of the stable arm take it
over and have all calls again, so that the new arm is free for the next one. Both are paid all the
time then.

To build on it: a spec derives from ``Release``, names its live class in ``build`` and takes over
its ``measures``; the live class derives from ``LiveRelease`` and says in ``proceed``, a SimPy
process, what happens once the new version can serve. It calls ``give`` to change the share of the
new version, ``promote`` or ``roll_back`` to end, and returns as soon as ``is_over`` says that
somebody else has ended it. What is recorded comes of that.

Left out: two releases of one splitter at a time; versions that change data so that the old one
cannot go on with it; the capacity that a share of the users takes (the file says how large the
groups are).

Source: Humble and Farley, *Continuous Delivery*, 2010, chapter 10; Beyer et al., *The Site
Reliability Workbook*, 2018, chapter 16.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Annotated, Any, ClassVar

from pydantic import Field

from simulator.components.model_server import ModelServer
from simulator.components.splitter import SplitterSpec
from simulator.controllers.base import (
    Controller,
    ControllerRef,
    LiveController,
    Plan,
    Process,
    Site,
)
from simulator.controllers.levels import show
from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.errors import unknown_name
from simulator.kernel import Ref, Simulation, count, level, samples
from simulator.units import Ratio, Seconds, human

MINUTE_S = 60.0
NOTHING = Constant(value=0.0)


class Release(Controller):
    """Brings a new version to the users of a splitter."""

    of: Ref = Field(description="the splitter that has an arm for each version")
    stable: str = Field("stable", description="the arm of the version that is there")
    candidate: str = Field("canary", description="the arm of the new version")
    at: Seconds | None = Field(
        None, description="when the release begins; a canary may do without, and wait for a version"
    )
    start_time: Time = Field(NOTHING, description="time until the new version can serve")
    reaction: Time = Field(
        NOTHING, description="time from the decision to roll back until somebody does it"
    )
    propagation: Seconds = Field(0.0, description="time until routers know of a change of shares")
    rollback_waves: Annotated[int, Field(ge=1, le=1000)] = Field(
        1, description="equal parts in which a rollback goes, as where replicas are replaced"
    )
    rollback_wave_time: Seconds = Field(0.0, description="time that each of these parts takes")
    kept_for: Seconds = Field(0.0, description="time for which the version that lost is kept up")
    rolls_back_on: tuple[ControllerRef, ...] = Field(
        (), description="signals (alerts, monitors) that make it roll back when they fire"
    )
    bad_above: Ratio = Field(
        0.01, description="harmed part of all callers above which a minute counts as bad"
    )

    can_roll_back: ClassVar[bool] = True

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.stable == self.candidate:
            yield f"stable and candidate must be two arms, found {self.stable!r} twice"
        if self.at is None and not self.takes_versions:
            yield "give at: when the release begins"
        if (self.rollback_waves > 1) != (self.rollback_wave_time > 0):
            yield "rollback_waves and rollback_wave_time go together"

    def begins_s(self) -> float:
        return self.at or 0.0

    def steers(self) -> frozenset[str]:
        return frozenset({self.of})

    def arms(self) -> dict[str, str]:
        """The arms that it names, by field."""
        return {"stable": self.stable, "candidate": self.candidate}

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().objections(plan)
        spec = plan.components.get(self.of)
        if spec is None:
            return
        if not isinstance(spec, SplitterSpec):
            yield ("of",), f"{self.of!r} is no splitter, but a {spec.kind}"
            return
        for field, arm in self.arms().items():
            if arm not in spec.arms:
                yield (field,), unknown_name("arm", arm, spec.arms)
        given = {label: arm.share for label, arm in spec.arms.items() if label != self.stable}
        for label, share in given.items():
            if share:
                words = f"arm {label!r} of {self.of} begins with a share of {share:g}"
                yield ("of",), f"{words}; must be 0, since a release begins with nobody there"
        for place, name in enumerate(self.rolls_back_on):
            signal = plan.controllers.get(name)
            if signal is not None and "is_firing" not in signal.measures:
                words = f"{name!r} is of kind {signal.kind!r}, which never fires"
                yield ("rolls_back_on", place), words
        rivals = plan.steering(self.of)
        if rivals[0] is not self:
            yield ("of",), f"another controller changes the shares of {self.of!r} already"


class LiveRelease(LiveController):
    """A release in one run.

    Args:
        name: of the controller.
        sim: the run.
        spec: how it goes.
        site: the system.

    Attributes:
        splitter: that it steers.
        candidate, stable: arms of the new version and of the one that is there.
        began_s, ended_s: when it began and ended; infinite before.
        is_over: whether it is not to go on: it has ended, or it is decided that it ends.
    """

    share: float = level("part of the calls, or of the users, that gets the new version")
    under_way = level("whether it is under way, not yet promoted or rolled back: 1, or 0")
    promoted = count("releases that ended with the new version for all")
    rolled_back = count("releases that were taken back")
    exposed = count("calls that were answered, or given up, by the new version")
    failed = count("calls of the new version that failed", better="lower")
    harmed = count("callers harmed by an answer of the new version, or by none", better="lower")
    bad_minutes = count("minutes in which too many callers were harmed", better="lower")
    to_full_s = samples("time from the beginning until all have the new version")
    to_rollback_s = samples("time from the beginning until nobody has it any more")

    def __init__(self, name: str, sim: Simulation, spec: Any, site: Site) -> None:
        super().__init__(name, sim)
        self.spec = spec
        (self.splitter,) = site.find(spec.of)
        self.candidate = self.splitter.arms[spec.candidate]
        self.stable = self.splitter.arms[spec.stable]
        self.began_s = inf
        self._site = site
        self.ended_s = inf
        self.is_over = False
        self._version = ""  # that it was handed last
        self._orders = 0  # changes of shares that were ordered; only the last one counts
        self._start_time_s = sim.draws(f"{name}.start_time", spec.start_time)
        self._reaction_s = sim.draws(f"{name}.reaction", spec.reaction)

    # What a kind of release says

    def proceed(self) -> Process:
        """What happens once the new version can serve."""
        raise NotImplementedError

    def shares(self, share: float) -> dict[str, float]:
        """The shares of all arms when the new version has one."""
        return {self.stable.label: 1 - share, self.candidate.label: share}

    # What it can do

    def note(self, kind: str, words: str) -> None:
        """Write down a decision."""
        self._site.note(kind, self.spec.of, f"{self.name}: {words}")

    def give(self, share: float) -> None:
        """Let the new version have this share, as soon as routers know of it."""
        self._orders += 1
        self._after(self.spec.propagation, self._split, self.shares(share), share, self._orders)

    def promote(self, words: str) -> None:
        """End with the new version for all."""
        if self.is_over:
            return
        self.is_over = True
        self.promoted += 1
        self.note("promoted", words)
        self._end()
        if self._version:
            self._take_over()
        elif self.share < 1:
            self.give(1.0)

    def offer(self, version: str) -> bool:
        """Begin with a version of a model; no effect, and false, while another is under way."""
        if self.under_way:
            return False
        self._version = version
        self.is_over = False
        show(self, "share", 0.0)
        for each in self._servers(self.candidate.label):
            each.serve(version)
        self.sim.process(self._bring_up())
        return True

    def roll_back(self, words: str) -> None:
        """Decide to end with the new version for nobody; done after the reaction."""
        if self.is_over or self.began_s == inf:
            return
        self.is_over = True
        self._after(self._reaction_s(), self._take_back, words)

    # How that is done

    def meet(self, others: Mapping[str, LiveController]) -> None:
        for name in self.spec.rolls_back_on:
            signal: Any = others[name]
            signal.on_fire(lambda fired: self.roll_back(f"{fired.name} fires: {fired.words}"))

    def start(self) -> None:
        if self.spec.at is not None:
            self._after(self.spec.at, self.sim.process, self._bring_up())
        self.sim.process(self._watch_minutes())

    def _bring_up(self) -> Process:
        self.began_s = self.sim.now
        show(self, "under_way", 1)
        takes_s = self._start_time_s()
        words = f", and can serve in {human(takes_s, 's')}" if takes_s else ""
        self.note("release_begins", f"the new version is brought up{words}")
        if takes_s:
            yield self.sim.timeout(takes_s)
        if not self.is_over:
            yield from self.proceed()

    def _take_over(self) -> None:
        """Let the stable arm serve the version that was promoted, and have all calls."""
        for each in self._servers(self.stable.label):
            each.serve(self._version)
        self._orders += 1
        self._split(self.shares(0.0), 1.0, self._orders)

    def _servers(self, label: str) -> list[Any]:
        """The model servers behind one arm and behind no other."""
        return [each for each in self._own(label) if isinstance(each, ModelServer)]

    def _take_back(self, words: str) -> None:
        self.rolled_back += 1
        self.note("rolled_back", words)
        self._end()
        self.withdraw_all()

    def withdraw_all(self) -> None:
        """Let nobody have the new version any more."""
        if self.spec.rollback_waves > 1:
            self.sim.process(self._in_waves(self.share, self.spec.rollback_waves))
        else:
            self.give(0.0)

    def _in_waves(self, share: float, waves: int) -> Process:
        for left in range(waves - 1, -1, -1):
            yield self.sim.timeout(self.spec.rollback_wave_time)
            self.give(share * left / waves)

    def _end(self) -> None:
        show(self, "under_way", 0)
        self.ended_s = self.sim.now

    def _split(self, shares: Mapping[str, float], share: float, order: int) -> None:
        if order < self._orders:
            return  # another order has come after it
        before = self.share
        self.splitter.split(shares)
        show(self, "share", share)
        took_s = self.sim.now - self.began_s
        if share == 1 and before < 1:
            self.to_full_s.append(took_s)
        if share == 0 and self.rolled_back:
            self.to_rollback_s.append(took_s)

    def _after(self, delay_s: float, act: Any, *arguments: Any) -> None:
        if delay_s:
            self.sim.process(self._later(delay_s, act, arguments))
        else:
            act(*arguments)

    def _later(self, delay_s: float, act: Any, arguments: Any) -> Process:
        yield self.sim.timeout(delay_s)
        act(*arguments)

    # What is recorded

    def settle(self) -> None:
        arm = self.candidate
        self.exposed = arm.ok + arm.failed
        self.failed = arm.failed
        self.harmed = arm.harmed

    def _watch_minutes(self) -> Process:
        arms = self.splitter.arms.values()
        callers = harmed = 0
        while True:
            yield self.sim.timeout(MINUTE_S)
            callers, new = sum(each.ok + each.failed for each in arms), callers
            harmed, before = sum(each.harmed for each in arms), harmed
            if harmed - before > self.spec.bad_above * (callers - new):
                self.bad_minutes += 1

    def gone_s(self) -> float:
        """Until when the version that lost is kept up; for ever while none has."""
        return self.ended_s + float(self.spec.kept_for)

    def bill(self, from_s: float, to_s: float) -> dict[str, float]:
        if self.spec.at is None:
            return {}
        kept_s = self.gone_s()
        stays = dict.fromkeys(self.splitter.arms, (self.began_s, kept_s))
        if self.promoted:
            stays[self.candidate.label] = (self.began_s, inf)
        stays[self.stable.label] = (0.0, kept_s if self.promoted else inf)
        found = {}
        for label, (first_s, last_s) in stays.items():
            paid_s = max(0.0, min(last_s, to_s) - max(first_s, from_s))
            for each in self._own(label):
                found[each.name] = paid_s / (to_s - from_s)
        return found

    def _own(self, label: str) -> list[Any]:
        """The components that stand behind one arm and behind no other."""
        wiring, arms = self.sim.wiring, self.splitter.spec.arms
        behind = {name: wiring.reached(arm.to) for name, arm in arms.items()}
        others = [reached for name, reached in behind.items() if name != label]
        own = behind[label].difference(*others)
        return [each for group in sorted(own) for each in self._site.find(group)]
