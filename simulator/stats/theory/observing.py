"""What a system that is watched keeps, what that takes, and how often a model should be renewed."""

from __future__ import annotations

from math import sqrt

from simulator.stats.theory.limits import require_positive, require_share


def trace_captured(share: float, failures: int) -> float:
    """Probability that head sampling keeps at least one of several failing traces.

    Each is kept with the same probability, whatever became of it: 1 - (1 - s)^k.

    >>> [round(trace_captured(0.01, k), 3) for k in (10, 100, 300)]
    [0.096, 0.634, 0.951]
    """
    require_share(share=share)
    return 1 - (1 - share) ** failures


def tail_buffer(rate: float, wait: float, spans: float) -> float:
    """Mean number of spans that wait for the decision of a tail sampler: Little's law.

    Args:
        rate: traces a second.
        wait: time from the beginning of a trace to the decision about it.
        spans: of each trace.

    >>> tail_buffer(1000.0, 30.0, 20.0)
    600000.0
    """
    return rate * wait * spans


def retraining_interval(cost: float, decay: float) -> float:
    """How often to retrain a model that loses evenly as it ages: sqrt(2 C / d).

    A model of age t loses d t in each unit of time, so that an interval T costs C + d T^2 / 2, and
    C / T + d T / 2 for each unit of time. Whatever makes models old from the beginning (labels that
    come late, training that takes long) adds to the loss and leaves the interval as it is.

    Args:
        cost: of one retraining.
        decay: loss for each unit of time, gained with each unit of age.

    >>> retraining_interval(100, 50), round(retraining_interval(500, 20), 2)
    (2.0, 7.07)
    """
    require_positive(cost=cost, decay=decay)
    return sqrt(2 * cost / decay)


def retraining_cost(interval: float, cost: float, decay: float, lag: float = 0.0) -> float:
    """What retraining and aging cost for each unit of time: C / T + d (T / 2 + l).

    Args:
        interval: time between two retrainings.
        cost: of one.
        decay: loss for each unit of time, gained with each unit of age.
        lag: age of what a model knows when it is released.

    >>> retraining_cost(2.0, 100, 50), retraining_cost(4.0, 100, 50, lag=1.0)
    (100.0, 175.0)
    """
    return cost / interval + decay * (interval / 2 + lag)
