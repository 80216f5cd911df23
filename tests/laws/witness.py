"""Witnesses: wired in front of every component, they see each call come and its answer go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from simulator import runner
from simulator.faults.partition import Wire
from simulator.kernel import Call, Component


@dataclass(eq=False)
class Visit:
    """One call's time at one component.

    Attributes:
        came_s: when it was handed over.
        gone_s: when it was handed on or answered, whichever was first; inf until then.
        answers: how often it was answered.
    """

    call: Call
    came_s: float
    gone_s: float = inf
    answers: int = 0


class Witness(Component):
    """Stands in front of one component, answers questions in its place, and changes nothing."""

    def __init__(self, component: Component) -> None:
        super().__init__(component.name, component.sim)
        self.component = component
        self.visits: list[Visit] = []
        self._here: set[Visit] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.component, name)  # a report of its load, for instance

    def accept(self, call: Call) -> None:
        assert call.back is not None, f"{self.name} was handed a call that had been answered"
        sender, state, rest = call.back
        while isinstance(sender, Wire):  # over which the same call comes from somebody else
            sender, state, rest = rest
        if isinstance(sender, Witness):  # the same call goes on, from one component to the next
            state.gone_s = self.sim.now
            sender._here.discard(state)
        visit = Visit(call, self.sim.now)
        self.visits.append(visit)
        self._here.add(visit)
        call.return_to(self, visit)
        self.component.accept(call)

    def probe(self, call: Call) -> None:
        self.component.probe(call)

    def returned(self, call: Call, outcome: int, state: Visit) -> None:
        state.answers += 1
        state.gone_s = min(state.gone_s, self.sim.now)
        self._here.discard(state)
        assert state.answers == 1, f"{self.name} answered a call {state.answers} times"
        assert call is state.call
        call.answer(outcome)

    def open(self) -> list[Visit]:
        """The visits of calls that have not been answered."""
        return [visit for visit in self.visits if not visit.answers]

    def inside(self) -> set[Call]:
        """The calls that were neither answered nor handed on."""
        return {visit.call for visit in self._here}

    def areas(self, instants_s: Iterable[float]) -> list[float]:
        """Time spent here by all calls together until each of some instants."""
        came_s = np.array([visit.came_s for visit in self.visits])
        gone_s = np.array([visit.gone_s for visit in self.visits])
        spent = (np.minimum(gone_s, until_s) - came_s for until_s in instants_s)
        return [float(each.clip(min=0).sum()) for each in spent]


def witnessed(monkeypatch: Any, during: Any = None) -> dict[str, Witness]:
    """Wire witnesses into the next run; they are found in the dictionary once it has begun.

    ``during(witnesses, sim)`` may be a SimPy process that looks at them while the run goes on.
    """
    witnesses: dict[str, Witness] = {}

    def connect(self: Any, source: Any) -> None:
        witnesses.update({name: Witness(each) for name, each in self.components.items()})

        def find(name: str) -> list[Component]:
            return [witnesses[each.name] for each in self.find(name)]

        through = self.through_doors(self.seen(find))
        for component in self.components.values():
            component.connect(self.across(component.name, through))
        self._connect_users(source, lambda _: through(self._entry))
        for controller in self.controllers.values():
            controller.meet(self.controllers)
        if during is not None:
            source.sim.process(during(witnesses, source.sim))

    monkeypatch.setattr(runner._System, "connect", connect)
    return witnesses
