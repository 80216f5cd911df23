"""A closed form beside the simulation: what theory says of each part of a system, and how far.

Families of formulas look at a validated scenario, not at its results: what comes to a component
(``arrivals``), how it serves (``station``), how long the run is and what befalls it. A family that
knows the component gives values, each with its doubts. The light follows from the doubts alone:
it must never depend on whether the numbers agree. Where in doubt, it is the worse one.

A family is a module with ``formulas(node)``, listed in ``FAMILIES``; of several that know a
component the first one speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from math import nan

import numpy as np

from simulator.controllers import controlled
from simulator.experiments.theory import (
    balancing,
    caches,
    disciplines,
    impatience,
    laws,
    limiters,
    networks,
    queues,
)
from simulator.experiments.theory.arrivals import Flows
from simulator.experiments.theory.formula import Beside, Formula, Light, Measures, compared
from simulator.experiments.theory.node import Node
from simulator.scenario import Scenario

__all__ = ["Beside", "Light", "beside", "telling"]

FAMILIES: Sequence[Callable[[Node], Iterator[Formula]]] = (
    balancing.formulas,
    queues.formulas,
    disciplines.formulas,
    impatience.formulas,
    caches.formulas,
    limiters.formulas,
)


def beside(scenario: Scenario, runs: Sequence[Measures]) -> list[Beside]:
    """All that theory says of a scenario, beside what its runs have come to.

    Args:
        scenario: with its variant applied.
        runs: the measures of each run, one at least.

    Returns:
        Of the system as a whole; then component by component what one family says of it, and the
        laws that hold for any.
    """
    seen = {name: _mean([run[name] for run in runs]) for name in runs[0]}
    flows = Flows(scenario, seen, len(runs))
    parts = {name: _of_node(Node(name, flows)) for name in flows.reached}
    found = [*networks.formulas(flows, parts), *chain.from_iterable(parts.values())]
    return [compared(each, runs) for each in found]


def telling(found: Sequence[Beside]) -> list[Beside]:
    """Those for a short table: of what is broken one number a component, laws where nothing else.

    Operational laws say little of a component that a formula foretells.
    """
    kept: dict[str, list[Beside]] = {}
    for each in found:
        own = kept.setdefault(each.formula.component, [])
        if not own or (each.light != "broken" and each.formula.name == own[0].formula.name):
            own.append(each)
    return [each for own in kept.values() for each in own]


def _of_node(node: Node) -> list[Formula]:
    """What the first family says that knows the component, and the laws."""
    if node.name in controlled(node.flows.scenario.controllers):
        return []  # how many workers there are is up to the run
    known = next((found for family in FAMILIES if (found := [*family(node)])), [])
    return [*known, *laws.formulas(node)]


def _mean(values: Sequence[float]) -> float:
    """Over the runs that have a value."""
    present = np.array(values)[np.isfinite(values)]
    return float(present.mean()) if present.size else nan
