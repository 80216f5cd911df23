"""Any system of exponential times with few states: write down its moves, get its steady state."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

import numpy as np

MOST_STATES = 5000  # the solution takes time of the third power

State = TypeVar("State", bound=Hashable)


def stationary(
    start: State, moves: Callable[[State], Iterable[tuple[State, float]]]
) -> dict[State, float]:
    """Long-run probabilities of a continuous-time Markov chain.

    Args:
        start: a state that the chain is in again and again.
        moves: for a state the states that can come next and their rates per second; one that is
            given several times has the sum.

    Returns:
        The probability of every state that can be come to from ``start``.

    Raises:
        ValueError: there are more than 5,000 states, or the chain falls into parts.

    Source:
        Kleinrock, *Queueing Systems*, vol. 1, section 2.4: the flows into and out of each state
        are equal.

    >>> both = stationary(0, lambda n: [(n + 1, 1.0)] * (n < 2) + [(n - 1, 2.0)] * (n > 0))
    >>> [round(both[n], 4) for n in range(3)]  # in the proportions 1 : 1/2 : 1/4
    [0.5714, 0.2857, 0.1429]
    """
    index, rates = _explored(start, moves)
    generator = np.zeros((len(index), len(index)))
    for (before, after), rate in rates.items():
        generator[before, after] = rate
    generator -= np.diag(generator.sum(axis=1))
    generator[:, 0] = 1.0  # one equation follows from the others: put the sum of all there
    try:
        shares = np.linalg.solve(generator.T, np.eye(len(index))[0])
    except np.linalg.LinAlgError:
        raise ValueError("the chain has several parts that it does not leave") from None
    return dict(zip(index, shares.tolist()))


def _explored(
    start: State, moves: Callable[[State], Iterable[tuple[State, float]]]
) -> tuple[dict[State, int], dict[tuple[int, int], float]]:
    """All states with their places, and the rates between them."""
    index, ahead = {start: 0}, [start]
    rates: dict[tuple[int, int], float] = {}
    while ahead:
        state = ahead.pop()
        for after, rate in moves(state):
            if after not in index:
                if len(index) == MOST_STATES:
                    raise ValueError(f"more than {MOST_STATES:,} states; make the system smaller")
                index[after] = len(index)
                ahead.append(after)
            move = index[state], index[after]
            rates[move] = rates.get(move, 0.0) + rate
    return index, rates
