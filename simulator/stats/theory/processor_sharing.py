"""How long requests stay at a server that they share, beyond the mean.

Service times are a choice of exponential phases. A request then sees a Markov chain: how many
others of each phase are with it. It finds them as in the steady state, which depends on the load
alone, and leaves at the rate of its phase divided by how many share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, log

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import gammaln, pdtrik, xlogy

from simulator.stats.theory.limits import require_positive, require_quantile, stable_load
from simulator.stats.theory.roots import quantile_of

LEFT_OUT = 1e-10  # probability of so many others that the chain has no state for them

Others = tuple[int, ...]  # how many of each phase share the server


def mh1_ps_latency_quantile(
    q: float, arrival_rate: float, probabilities: Sequence[float], means_s: Sequence[float]
) -> float:
    """Quantile of the latency of an M/G/1 system with processor sharing, in seconds.

    Args:
        q: share of requests that take at most as long, at least 0 and below 1.
        arrival_rate: requests a second (λ), above 0.
        probabilities: of each phase of a hyperexponential service time, above 0; they add up to 1.
        means_s: mean of each phase in seconds, above 0.

    Raises:
        ValueError: the load is not below 1, or an argument is out of range.

    Source:
        The chain of Coffman, Muntz and Trotter, "Waiting time distributions for processor-sharing
        systems", *J. ACM* 17(1), 1970, with a phase for each request; solved by uniformization.

    >>> round(mh1_ps_latency_quantile(0.9, 1e-9, [1.0], [1.0]), 6)  # alone: ln 10
    2.302585
    """
    require_quantile(q)
    tail = SharedLatency(arrival_rate, probabilities, means_s)
    return quantile_of(tail, q, tail.mean_s)


class SharedLatency:
    """Probability that a request is still there after a time, as a function of that time.

    Args:
        arrival_rate, probabilities, means_s: as of ``mh1_ps_latency_quantile``.

    Attributes:
        mean_s: mean latency, E[S] / (1 - ρ).
    """

    def __init__(
        self, arrival_rate: float, probabilities: Sequence[float], means_s: Sequence[float]
    ) -> None:
        for probability, mean_s in zip(probabilities, means_s, strict=True):
            require_positive(probability=probability, mean_s=mean_s)
        self._arrivals = arrival_rate * np.array(probabilities)
        self._rates = 1 / np.array(means_s)
        loads = self._arrivals / self._rates
        mean_s = float(np.dot(probabilities, means_s))
        load = stable_load(arrival_rate, 1 / mean_s)
        self.mean_s = mean_s / (1 - load)
        self._states = list(_up_to(ceil(log(LEFT_OUT) / log(load)), len(means_s)))
        counts = np.array(self._states).sum(axis=1)
        seen = (1 - load) * load**counts * _multinomial(np.array(self._states), loads / load)
        self._pace = float(arrival_rate + self._rates.max())
        self._chains = [self._chain(phase) for phase in range(len(means_s))]
        self._left = [np.ones(len(self._states))] * len(means_s)
        self._weights = [share * seen for share in probabilities]
        self._survivors: list[float] = []  # after each step of the uniformized chain

    def __call__(self, t: float) -> float:
        """P(latency > t), to nine digits after the point."""
        mean = self._pace * t
        most = ceil(float(pdtrik(1 - 1e-12, mean))) + 1 if mean > 0 else 0
        while len(self._survivors) <= most:
            self._survivors.append(
                sum(float(w @ v) for w, v in zip(self._weights, self._left, strict=True))
            )
            self._left = [c @ v for c, v in zip(self._chains, self._left, strict=True)]
        steps = np.arange(most + 1)
        chances = np.exp(xlogy(steps, mean) - gammaln(steps + 1) - mean)
        return float(chances @ self._survivors[: most + 1])

    def _chain(self, phase: int) -> csr_matrix:
        """Steps while a request of a phase stays; what a row lacks to 1 is that it leaves."""
        index = {state: place for place, state in enumerate(self._states)}
        rows, columns, rates = [], [], []
        for place, state in enumerate(self._states):
            moves = [*self._moves(state)]
            leaving = self._rates[phase] / (sum(state) + 1)
            known = [(index[after], rate) for after, rate in moves if after in index]
            stay = self._pace - leaving - sum(rate for _, rate in known)
            for column, rate in [*known, (place, stay)]:
                rows.append(place)
                columns.append(column)
                rates.append(rate / self._pace)
        return csr_matrix((rates, (rows, columns)), shape=(len(index), len(index)))

    def _moves(self, state: Others) -> Iterator[tuple[Others, float]]:
        """What can happen to the others, and at which rate."""
        sharing = sum(state) + 1
        for phase, count in enumerate(state):
            before, after = state[:phase], state[phase + 1 :]
            yield (*before, count + 1, *after), self._arrivals[phase]
            if count:
                yield (*before, count - 1, *after), self._rates[phase] * count / sharing


def _up_to(most: int, phases: int) -> Iterator[Others]:
    """All ways in which at most so many can be spread over the phases."""
    if phases == 0:
        yield ()
        return
    for count in range(most + 1):
        for rest in _up_to(most - count, phases - 1):
            yield (count, *rest)


def _multinomial(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The probability of each row of counts, among as many as it adds up to."""
    ways = gammaln(counts.sum(axis=1) + 1) - gammaln(counts + 1).sum(axis=1)
    return np.exp(ways + xlogy(counts, shares).sum(axis=1))
