"""How many replicas a metric asks for, to the letter of Kubernetes' horizontal pod autoscaler.

desired = ceil(replicas * measured / target), and nothing changes while the ratio is within the
tolerance of 1. Replicas without a metric and those that are not ready are taken for whatever makes
the change smaller: in favor of more, they count as idle; in favor of fewer, those without a metric
count as fully used. If the change then turns its direction, there is none.

Values are whole numbers, as there: thousandths (of a core, of a call). An average utilization is
cut to whole percent, and an average value to whole thousandths.

Source: Kubernetes, ``pkg/controller/podautoscaler/replica_calculator.go`` and
``metrics/utilization.go``; documentation, "Horizontal Pod Autoscaling", algorithm details.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

TOLERANCE = 0.1

Measured = Callable[[Sequence[int], Sequence[int]], tuple[float, int]]
"""From values and requests to the ratio of measured to target, and what was measured."""


class Pod:
    """A replica and its metric.

    Attributes:
        value: the metric, in thousandths; None if it is missing.
        request: what 100 % of it is, in thousandths; for utilization only.
        is_unready: whether its metric is not to be trusted yet.
    """

    __slots__ = ("is_unready", "request", "value")

    def __init__(self, value: int | None, request: int = 1000, is_unready: bool = False) -> None:
        self.value = value
        self.request = request
        self.is_unready = is_unready


def by_utilization(
    pods: Sequence[Pod], replicas: int, target: int, tolerance: float = TOLERANCE
) -> tuple[int, int]:
    """How many replicas bring the average utilization to its target.

    Args:
        pods: all that are there and not told to go; one with a metric at least.
        replicas: how many there are to be so far.
        target: in percent of what pods request.
        tolerance: of the ratio of measured to target, either way.

    Returns:
        How many there are to be, and the average utilization found, in percent.

    >>> by_utilization([Pod(300), Pod(500), Pod(700)], replicas=3, target=30)
    (5, 50)
    """

    def ratio(values: Sequence[int], requests: Sequence[int]) -> tuple[float, int]:
        found = sum(values) * 100 // sum(requests)
        return found / target, found

    full = [pod.request * max(100, target) // 100 for pod in pods]
    return _replicas(pods, full, replicas, tolerance, ratio)


def by_average(
    pods: Sequence[Pod], replicas: int, target: int, tolerance: float = TOLERANCE
) -> tuple[int, int]:
    """How many replicas bring the average of a metric of theirs to its target.

    Returns:
        How many there are to be, and the average found, in thousandths.

    >>> by_average([Pod(20000), Pod(10000), Pod(30000)], replicas=3, target=15000)
    (4, 20000)
    """

    def ratio(values: Sequence[int], requests: Sequence[int]) -> tuple[float, int]:
        found = sum(values) // len(values)
        return found / target, found

    return _replicas(pods, [target] * len(pods), replicas, tolerance, ratio)


def _replicas(
    pods: Sequence[Pod],
    full: Sequence[int],
    replicas: int,
    tolerance: float,
    ratio: Measured,
) -> tuple[int, int]:
    """The rules that all metrics of pods have in common.

    Args:
        full: for each pod, what is taken for its metric if it is missing and there may be fewer.
    """
    known = [each for each in pods if each.value is not None and not each.is_unready]
    if not known:
        return replicas, 0
    missing = [i for i, each in enumerate(pods) if each.value is None and not each.is_unready]
    unready = [each for each in pods if each.is_unready]
    values = [each.value or 0 for each in known]
    requests = [each.request for each in known]
    measured, shown = ratio(values, requests)
    is_up = measured > 1
    if not missing and not (unready and is_up):
        return (replicas if _is_near(measured, tolerance) else ceil(measured * len(known))), shown
    if measured != 1:
        values += [0 if is_up else full[i] for i in missing]
        requests += [pods[i].request for i in missing]
    if is_up:
        values += [0] * len(unready)
        requests += [each.request for each in unready]
    corrected, _ = ratio(values, requests)
    wanted = ceil(corrected * len(values))
    turned = (measured - 1) * (corrected - 1) < 0
    against = (corrected - 1) * (wanted - replicas) < 0
    if _is_near(corrected, tolerance) or turned or against:
        return replicas, shown
    return wanted, shown


def by_value(
    value: int, target: int, replicas: int, ready: int, tolerance: float = TOLERANCE
) -> int:
    """How many replicas bring a metric of something else to its target, if it goes down with them.

    Args:
        value: of the metric, in thousandths: of an object, or external ones together.
        target: of it.
        replicas: how many there are to be so far, 1 or more.
        ready: how many are ready.
        tolerance: of the ratio of measured to target, either way.

    >>> by_value(20000, target=15000, replicas=3, ready=3)
    4
    """
    ratio = value / target
    return replicas if _is_near(ratio, tolerance) else ceil(ratio * ready)


def by_value_for_each(value: int, target: int, replicas: int, tolerance: float = TOLERANCE) -> int:
    """How many replicas it takes for each to have no more than its part of a metric.

    Args:
        value: of the metric, in thousandths.
        target: what one replica is to have of it.
        replicas: how many there are, 1 or more.
        tolerance: of the ratio of measured to target, either way.

    >>> by_value_for_each(8600, target=2150, replicas=3)
    4
    """
    return replicas if _is_near(value / (target * replicas), tolerance) else ceil(value / target)


def _is_near(ratio: float, tolerance: float) -> bool:
    """Within the tolerance, with the rounding of the original: 0.9 is, 1.1 is not."""
    return abs(1.0 - ratio) <= tolerance
