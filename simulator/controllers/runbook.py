"""Runbook: somebody does what is written down, when it is written down.

Each step is decided on at its instant and done after a ``reaction``: typing, waiting for a build,
asking a colleague. It is written from outside, by a player or as a plan; ``on_call`` decides by
itself.

Left out: steps that depend on what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.controllers.actions import Action, Reach, Shift, action_kinds
from simulator.controllers.base import (
    Controller,
    LiveController,
    Plan,
    Process,
    Site,
    controller_kinds,
)
from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.kernel import Simulation, count
from simulator.registry import Spec
from simulator.units import Seconds


class Step(Spec):
    """Something to be done at an instant."""

    at: Seconds = Field(description="when it is decided on")
    do: Annotated[Action, action_kinds] = Field(description="what is done")


class Hands(LiveController):
    """Whoever does what is written down."""

    done = count("steps done")

    def __init__(self, name: str, sim: Simulation, spec: Runbook, site: Site) -> None:
        super().__init__(name, sim)
        self._spec = spec
        self._site = site
        self._reaction_s = sim.draws(f"{name}.reaction", spec.reaction)
        self._reach: Any = None  # of type Reach from `meet` on

    def meet(self, others: Any) -> None:
        self._reach = Reach(self.sim, self._site.find, others)

    def start(self) -> None:
        for step in self._spec.steps:
            self.sim.process(self._follow(step))

    def _follow(self, step: Step) -> Process:
        takes_s = self._reaction_s()
        yield self.sim.timeout(step.at + takes_s)
        step.do.do(self._reach)
        self.done += 1
        self._site.note("action", self.name, step.do.words())


@controller_kinds.register
class Runbook(Controller):
    """Does certain things at certain instants."""

    kind: Literal["runbook"] = "runbook"
    steps: tuple[Step, ...] = Field((), description="what is done, in any order")
    reaction: Time = Field(
        Constant(value=0.0), description="time from each decision until it is carried out"
    )

    measures = Hands.measures

    def build(self, name: str, sim: Simulation, site: Site) -> Hands:
        return Hands(name, sim, self, site)

    def steers(self) -> frozenset[str]:
        return frozenset(step.do.of for step in self.steps if isinstance(step.do, Shift))

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for place, step in enumerate(self.steps):
            for field, message in step.do.misfits(plan):
                yield ("steps", place, "do", field), message
