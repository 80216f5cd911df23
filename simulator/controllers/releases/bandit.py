"""Multi-armed bandit: versions compete, and whoever does better gets more of the users at once.

At regular times the bandit is told of the rewards that have become known since, and its ``policy``
says which share of the next calls each arm of the splitter is to get. It so decides for a batch of
calls at a time, as systems of many servers do, not anew for every call. A reward counts for the arm
that gave the answer, when its label is known; what is under way is not waited for, so that late
labels mean decisions on old news.

Rewards lie from 0 to 1: a conversion, a user who was not harmed, a call that did not fail, or
dollars on a scale from the one end of ``usd_range`` to the other, cut off there.

Where the splitter is sticky by user, a user stays in an arm until its share shrinks.

Left out: bandits that look at who asks (contextual ones).

Source: Scott, "A modern Bayesian look at the multi-armed bandit", *Applied Stochastic Models in
Business and Industry* 26(6), 2010; Chapelle and Li, "An empirical evaluation of Thompson sampling",
*NIPS* 2011, section 4, for batches and delays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.components.splitter import SplitterSpec
from simulator.controllers.base import Plan, Site, controller_kinds
from simulator.controllers.levels import show
from simulator.controllers.releases.experiment import Experiment, LiveExperiment, Steps
from simulator.controllers.releases.outcomes import LESS_IS_BETTER
from simulator.kernel import Simulation, count, level
from simulator.policies.bandits import BanditPolicy, bandit_policies
from simulator.units import Ratio


class LiveBandit(LiveExperiment):
    """A bandit in one run."""

    share: float = level("part of the users of the arm that has most")
    decisions = count("times that the shares were decided anew")
    changes = count("times that they came out otherwise than before")
    known = count("calls whose reward has become known")
    rewarded = count("rewards of these calls", better="higher")

    def __init__(self, name: str, sim: Simulation, spec: Bandit, site: Site) -> None:
        (splitter,) = site.find(spec.of)
        super().__init__(name, sim, spec, site, list(spec.arms or splitter.arms))
        self.spec = spec
        self._bandit = spec.policy.start(len(self.labels))
        self._looked_s = -np.inf
        self._shares: list[float] = []

    def begin(self) -> None:
        self._decide()

    def look(self) -> None:
        now_s = self.sim.now
        for place, outcomes in enumerate(self.outcomes):
            rewards = self.spec.rewards(outcomes.values().known(now_s, self._looked_s).value)
            if rewards.size:
                total = float(rewards.sum())
                self._bandit.learn(place, rewards.size, total, now_s)
                self.known += rewards.size
                self.rewarded += total
        self._looked_s = now_s
        self._decide()

    def _decide(self) -> None:
        """Give every arm the share that the policy wants for it, but no less than the least."""
        least = self.spec.least_share
        rest = 1 - least * len(self.labels)
        shares = [least + rest * each for each in self._bandit.shares(self.sim.now)]
        self.decisions += 1
        if shares != self._shares:
            self.changes += 1
            self._shares = shares
            self.split(dict(zip(self.labels, shares, strict=True)))
            show(self, "share", max(shares))


@controller_kinds.register
class Bandit(Experiment):
    """Gives arms of a splitter the more users, the better they do."""

    kind: Literal["bandit"] = "bandit"
    arms: tuple[str, ...] = Field((), description="arms that compete; all if not given")
    policy: Annotated[BanditPolicy, bandit_policies] = Field(
        description="decides which share of the next calls each arm gets"
    )
    least_share: Annotated[Ratio, Field(lt=1)] = Field(
        0.0, description="part of the users that every arm gets at least"
    )
    usd_range: tuple[float, float] | None = Field(
        None, description="dollars of a call that are a reward of 0 and of 1; of usd only"
    )

    measures = LiveBandit.measures

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if len(set(self.arms)) < len(self.arms) or len(self.arms) == 1:
            yield "arms must be several, each once"
        if self.least_share * max(1, len(self.arms)) > 1:
            yield f"{len(self.arms)} arms cannot all have {self.least_share:g} of the users"
        if (self.usd_range is not None) != (self.counts == "usd"):
            yield "usd_range goes with usd"
        if self.usd_range is not None and not self.usd_range[0] < self.usd_range[1]:
            yield "usd_range must go from less to more"

    def named_arms(self) -> list[tuple[Steps, str]]:
        return [(("arms", place), arm) for place, arm in enumerate(self.arms)]

    def objections(self, plan: Plan) -> Iterator[tuple[Steps, str]]:
        yield from super().objections(plan)
        splitter = plan.components.get(self.of)
        if isinstance(splitter, SplitterSpec) and not self.arms:
            arms = len(splitter.arms)
            if arms == 1:
                yield ("of",), "one arm alone competes with nobody"
            if self.least_share * arms > 1:
                yield ("least_share",), f"{arms} arms cannot all have so much; at most {1 / arms:g}"

    def rewards(self, values: np.ndarray) -> np.ndarray:
        """Rewards from 0 to 1 of what is counted."""
        if self.usd_range is not None:
            low, high = self.usd_range
            return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0))
        return 1 - values if self.counts in LESS_IS_BETTER else values

    def build(self, name: str, sim: Simulation, site: Site) -> LiveBandit:
        return LiveBandit(name, sim, self, site)
