"""Retraining: from time to time, or when something tells, a new version of the model is made.

It is asked for on a schedule (``every``), by signals (``on``: a monitor, an alert) and by hand (the
action ``retrain``), waits for machines (``queue_time``), takes its time (``takes``) and costs
money. It learns from the log of predictions what is known by the moment at which it begins
(``training``): what has drifted since the oldest of its data it has half learned, and what has no
label yet it has not learned at all.

A new version has to pass the ``gate``, if there is one: on the newest labeled requests, which it
was not trained on, it must be better than the answers that were given. A gate is a test with an
error of its own, and it goes by the labels that there are. What passes is served by all servers of
the group at once, after ``deploy_time``; with ``release`` it is handed to a release, which decides
about the rest.

While one version is in the making nothing else is asked for, nor for the ``cooldown`` after that.

Left out: other jobs that want the same machines, one by one; data that are older than the log;
models that carry on from the one before.

Source: Gama et al., "A survey on concept drift adaptation", *ACM Computing Surveys* 46(4), 2014
(blind and informed adaptation); Breck et al., "The ML test score", *IEEE Big Data* 2017 (gates).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from simulator.controllers.base import (
    Controller,
    ControllerRef,
    LiveController,
    Plan,
    Process,
    Site,
    controller_kinds,
)
from simulator.controllers.signals import Signal
from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.kernel import Reference, Simulation, count, level, samples
from simulator.registry import Spec
from simulator.units import Dollars, PositiveSeconds, Ratio, Seconds
from simulator.world.learning import Learned
from simulator.world.predictions import Rows
from simulator.world.training import TooFew, TrainingSpec

Steps = tuple[str | int, ...]


class Gate(Spec):
    """What a new version has to show before users meet it."""

    holdout: Annotated[Ratio, Field(gt=0, lt=1)] = Field(
        0.2, description="part of the labeled requests, the newest, that is kept for the test"
    )
    by: Literal["auc", "right"] = Field(
        "auc", description="area under the ROC curve, or part of the answers that are right"
    )
    gain: float = Field(
        0.0, ge=-1, le=1, description="by how much it must be better than what was served"
    )

    def quality(self, scores: np.ndarray, said: np.ndarray, label: np.ndarray) -> float:
        """How good some answers are; NaN where it cannot be told."""
        if self.by == "right":
            return float((said == label).mean()) if len(label) else np.nan
        return area(scores, label)


def area(scores: np.ndarray, label: np.ndarray) -> float:
    """The area under the ROC curve of a sample: how often a positive scores above a negative.

    Args:
        scores: any unit, shape ``(rows,)``.
        label: which are positive, ``(rows,)`` of type bool.

    Returns:
        From 0 to 1, ties counted by half; NaN if either class has nobody.

    >>> area(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    positives = int(label.sum())
    pairs = positives * (len(label) - positives)
    if not pairs:
        return float("nan")
    _, groups, ties = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[groups]
    return float((ranks[label].sum() - positives * (positives + 1) / 2) / pairs)


class Trainer(LiveController):
    """Makes new versions in one run."""

    busy = level("whether a version is in the making: 1, or 0")
    asked = count("times that it was asked for a new version")
    trained = count("versions made")
    too_few = count("times that there were too few labels to learn from", better="lower")
    refused = count("versions that did not pass the gate")
    served = count("versions that went on to users")
    replaced_after_s = samples("time for which a version had been served", better=None)
    spent_usd: float = count("cost of training", better="lower", unit="$")

    def __init__(self, name: str, sim: Simulation, spec: Retraining, site: Site) -> None:
        super().__init__(name, sim)
        self._spec = spec
        self._servers = site.find(spec.of)
        self._note = site.note
        self._world = sim.world
        self._queue_s = sim.draws(f"{name}.queue_time", spec.queue_time)
        self._takes_s = sim.draws(f"{name}.takes", spec.takes)
        self._release: Any = None
        self._version = ""
        self._since_s = 0.0
        self._free_s = 0.0  # from when on it may be asked again
        sim.world.keep_features()

    def meet(self, others: Mapping[str, LiveController]) -> None:
        for each in self._spec.on:
            signal = others[each]
            assert isinstance(signal, Signal)  # checked
            signal.on_fire(lambda signal: self.ask(f"{signal.name} fires"))
        if self._spec.release is not None:
            self._release = others[self._spec.release]

    def start(self) -> None:
        self._version = self._servers[0].version
        if self._spec.every is not None:
            self.sim.process(self._keep_time(self._spec.every))

    def _keep_time(self, every_s: float) -> Process:
        yield self.sim.timeout(every_s if self._spec.first is None else self._spec.first)
        while True:
            self.ask("it is time")
            yield self.sim.timeout(every_s)

    def ask(self, why: str) -> None:
        """Ask for a new version, unless one is in the making or has just been made."""
        self.asked += 1
        if not self.busy and self.sim.now >= self._free_s:
            self._become(1)
            self._note("training_begins", self._spec.of, f"a new version is asked for: {why}")
            self.sim.process(self._make())

    def _become(self, busy: int) -> None:
        self.busy_area += (self.busy - busy) * self.sim.now
        self.busy = busy

    def _make(self) -> Process:
        sim, spec = self.sim, self._spec
        yield sim.timeout(self._queue_s())
        learned = self._learn()
        takes_s = self._takes_s()
        yield sim.timeout(takes_s)
        self.spent_usd += spec.usd + spec.usd_per_hour * takes_s / 3600
        if learned is not None:
            yield sim.timeout(spec.deploy_time)
            self._hand_on(learned)
        self._become(0)
        self._free_s = sim.now + spec.cooldown

    def _learn(self) -> Learned | None:
        """What is to be learned from what is known now, if it is any good."""
        spec, now_s = self._spec, self.sim.now
        window_s = spec.training.window or now_s
        rows = self._world.predictions.between(now_s - window_s, now_s)
        rows = rows.chosen(~rows.is_shadow)
        try:
            if spec.gate is None:
                learned = spec.training.fit(rows, now_s)
                self.trained += 1
                return learned
            return self._pass(spec.gate, rows, now_s)
        except TooFew:
            self.too_few += 1
            self._note("training_fails", spec.of, "too few labels to train a version on")
            return None

    def _pass(self, gate: Gate, rows: Rows, now_s: float) -> Learned | None:
        """Train on the older part and test on the newer one."""
        labeled = np.flatnonzero(rows.known_s <= now_s)
        first = labeled[int(len(labeled) * (1 - gate.holdout))] if len(labeled) else 0
        learned = self._spec.training.fit(rows.chosen(slice(0, int(first))), now_s)
        self.trained += 1
        test = rows.chosen(labeled[labeled >= first])
        scores = test.features @ learned.weights - learned.mean
        new = gate.quality(scores, scores > learned.threshold, test.label)
        old = gate.quality(test.score, test.said, test.label)
        words = f"{gate.by} {new:.3f} against {old:.3f} on {len(test)} labeled requests"
        if not new >= old + gate.gain:  # as little where either cannot be told
            self.refused += 1
            self._note("version_refused", self._spec.of, f"a new version is refused: {words}")
            return None
        self._note("version_accepted", self._spec.of, f"a new version passes: {words}")
        return learned

    def _hand_on(self, learned: Learned) -> None:
        """Let users have a new version, at once or by and by."""
        world = self._world
        old = world.models[self._servers[0].version]
        name = f"{self.name}-{self.trained}"
        world.add(name, old.spec, learned)
        self.served += 1
        if self._release is not None:
            if not self._release.offer(name):
                self._note("version_dropped", self._spec.of, f"{name} comes amid another release")
            return
        for each in self._servers:
            each.serve(name)
        self.replaced_after_s.append(self.sim.now - self._since_s)
        self._since_s = self.sim.now
        self._note("version_served", self._spec.of, f"{name} is served in place of {old.name}")


@controller_kinds.register
class Retraining(Controller):
    """Makes new versions of a model, on a schedule or when something tells."""

    kind: Literal["retraining"] = "retraining"
    of: Annotated[str, Reference(many=True)] = Field(
        description="the model_server, or group of them, whose model it renews"
    )
    every: PositiveSeconds | None = Field(
        None, description="time between two versions by schedule; none by schedule if not given"
    )
    first: Seconds | None = Field(
        None, description="when the first one by schedule is asked for; after every if not given"
    )
    on: tuple[ControllerRef, ...] = Field((), description="signals that ask for a new version")
    cooldown: Seconds = Field(0.0, description="time after one during which none is asked for")
    training: TrainingSpec = Field(TrainingSpec(), description="what it learns from, and how")
    queue_time: Time = Field(
        Constant(value=0.0), description="time until machines are free; data are taken then"
    )
    takes: Time = Field(Constant(value=0.0), description="time that training takes")
    usd: Dollars = Field(0.0, description="dollars for each version: people, data, checks")
    usd_per_hour: Dollars = Field(0.0, description="dollars an hour for the machines it trains on")
    gate: Gate | None = Field(None, description="test before it is served; none if not given")
    deploy_time: Seconds = Field(0.0, description="time until a version that passed is served")
    release: ControllerRef | None = Field(
        None, description="the release that is handed a version; served at once if not given"
    )

    measures = Trainer.measures

    def contradictions(self) -> Iterator[str]:
        if self.first is not None and self.every is None:
            yield "first is when the schedule begins; give every, too"

    def begins_s(self) -> float:
        return self.first or self.every if self.every is not None and not self.on else 0.0

    def objections(self, plan: Plan) -> Iterator[tuple[Steps, str]]:
        spec = plan.components.get(self.of.partition("[")[0])
        if spec is not None and spec.kind != "model_server":
            yield ("of",), f"{self.of!r} is a {spec.kind}; must be a model_server"
        for place, name in enumerate(self.on):
            signal = plan.controllers.get(name)
            if signal is not None and "is_firing" not in signal.measures:
                yield ("on", place), f"{name!r} is of kind {signal.kind!r}, which never fires"
        release = plan.controllers.get(self.release or "")
        if release is not None and release.takes_versions and release.begins_s():
            words = f"{self.release!r} begins at an instant of its own; leave out its at"
            yield ("release",), words
        elif release is not None and not release.takes_versions:
            yield (
                ("release",),
                f"{self.release!r} is of kind {release.kind!r}, and takes no version",
            )

    def build(self, name: str, sim: Simulation, site: Site) -> Trainer:
        return Trainer(name, sim, self, site)
