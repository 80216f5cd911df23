"""A Poisson process whose rate is chosen by a state that changes at random."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal

import numpy as np
from pydantic import Field

from simulator.kernel.streams import BLOCK, Streams, flatten
from simulator.registry import Spec
from simulator.units import PerSecond, PositiveSeconds
from simulator.workload.arrivals import OpenArrivals, arrival_processes, unit_arrivals
from simulator.workload.schedule import RateOrZero
from simulator.workload.varying import in_order


class State(Spec):
    """How requests come while it lasts, how long that is, and what follows."""

    rate: RateOrZero = Field(description="requests a second while it lasts")
    stays: PositiveSeconds | None = Field(
        None, description="mean time that it lasts; then each other state is as likely"
    )
    to: dict[str, PerSecond] = Field(
        {}, description="instead of stays: changes a second to each state that may follow"
    )

    def contradictions(self) -> Iterator[str]:
        if (self.stays is None) == (not self.to):
            yield "give either stays or to"


@arrival_processes.register
class Mmpp(OpenArrivals):
    """A Markov-modulated Poisson process: calm and busy times that follow one another at random.

    Two states with ``rate`` and ``stays`` are the usual bursts (one of rate 0: an on-off source).
    With more states, ``to`` says how often each is followed by which. Times in a state are
    exponential, and a run begins in a state chosen by the part of the time that each takes in the
    long run (stationary).

    Source: Fischer and Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook",
    *Performance Evaluation* 18, 1993.
    """

    kind: Literal["mmpp"] = "mmpp"
    states: dict[str, State] = Field(min_length=2, max_length=1000, description="states, by name")

    def contradictions(self) -> Iterator[str]:
        for name, state in self.states.items():
            if wrong := [each for each in state.to if each == name or each not in self.states]:
                known = ", ".join(each for each in self.states if each != name)
                yield f"{name!r} cannot change to {wrong[0]!r}; can to {known}"
        if not any(state.rate for state in self.states.values()):
            yield "at least one state must have a rate above 0"
        if not _reaches_all(self.switching() > 0):
            yield "from every state there must be a way to every other one"

    def switching(self) -> np.ndarray:
        """Changes a second from each state (row) to each other one (column)."""
        found = np.zeros((len(self.states), len(self.states)))
        for row, state in zip(found, self.states.values(), strict=True):
            if state.stays is None:
                row[:] = [state.to.get(other, 0.0) for other in self.states]
            else:
                row[:] = 1 / state.stays / (len(row) - 1)
        np.fill_diagonal(found, 0.0)
        return found

    def stationary(self) -> np.ndarray:
        """The part of the time that each state takes in the long run."""
        switching = self.switching()
        balance = switching.T - np.diag(switching.sum(axis=1))
        balance[-1] = 1.0  # in place of an equation that follows from the others
        return np.linalg.solve(balance, np.eye(len(balance))[-1])

    def rates(self) -> np.ndarray:
        """Requests a second in each state."""
        return np.array([state.rate for state in self.states.values()])

    def instants(self, streams: Streams) -> Iterator[float]:
        return flatten(in_order(through(self._pieces(streams), unit_arrivals(streams))))

    def _pieces(self, streams: Streams) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """How long each successive state lasts, and its rate, in blocks."""
        rng = streams.generator("workload.arrivals.states")
        switching, rates = self.switching(), self.rates()
        leaving = switching.sum(axis=1)
        edges = (switching / leaving[:, np.newaxis]).cumsum(axis=1)[:, :-1].tolist()
        state = int(np.searchsorted(self.stationary().cumsum()[:-1], rng.random(), side="right"))
        while True:
            lasting, luck = rng.standard_exponential(BLOCK), rng.random(BLOCK)
            path = []
            for draw in luck.tolist():
                path.append(state)
                state = bisect_right(edges[state], draw)
            yield lasting / leaving[path], rates[path]

    def mean_rate(self, until_s: float) -> float:
        return float(self.stationary() @ self.rates())


def through(
    pieces: Iterator[tuple[np.ndarray, np.ndarray]], unit: Iterator[np.ndarray]
) -> Iterator[np.ndarray]:
    """Arrivals at a rate that is constant in pieces, from arrivals at a rate of 1.

    They are mapped through the inverse of the expected number of arrivals.

    Args:
        pieces: blocks of lengths in seconds and of rates.
        unit: arrivals of a Poisson process of rate 1, in blocks.
    """
    begin_s = begin = 0.0
    waiting = next(unit)
    for seconds, rates in pieces:
        points = begin_s + np.concatenate([[0.0], seconds.cumsum()])
        expected = begin + np.concatenate([[0.0], (seconds * rates).cumsum()])
        while True:
            count = int(np.searchsorted(waiting, expected[-1]))
            due, waiting = waiting[:count], waiting[count:]
            piece = np.searchsorted(expected, due, side="right") - 1
            yield points[piece] + (due - expected[piece]) / rates[piece]
            if waiting.size:
                break
            waiting = next(unit)
        begin_s, begin = points[-1], expected[-1]


def _reaches_all(follows: np.ndarray) -> bool:
    """Whether there is a way from every state to every other one.

    Args:
        follows: whether a state (row) may be followed by another (column).
    """
    return all(_within_reach(each) == len(follows) for each in (follows, follows.T))


def _within_reach(follows: np.ndarray) -> int:
    """How many states can be reached from the first."""
    reached = np.zeros(len(follows), bool)
    reached[0] = True
    while True:
        more = reached | follows[reached].any(axis=0)
        if (more == reached).all():
            return int(reached.sum())
        reached = more
