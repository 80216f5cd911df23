"""How fast an autoscaler may follow what its policies want, as in Kubernetes' ``behavior``.

First, stabilization: of what was wanted within a window, going down takes the largest and going up
the smallest, so that a short dip takes no replicas away. Then, rates: so many replicas, or so many
percent of those at the beginning of a period, may be added or taken away in that period, counting
what was done in it already.

Source: Kubernetes, ``pkg/controller/podautoscaler/horizontal.go``
(``stabilizeRecommendationWithBehaviors``, ``convertDesiredReplicasWithBehaviorRate``); API
reference, HorizontalPodAutoscalerBehavior v2, for the defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Literal

from pydantic import Field

from simulator.registry import Spec
from simulator.units import PositiveSeconds, Seconds

Change = tuple[float, int]
"""When, in seconds, and by how many replicas, above 0; or how many were wanted then."""


class Rate(Spec):
    """How much may change in a period."""

    of: Literal["replicas", "percent"] = Field(description="what the value counts")
    value: int = Field(ge=1, le=1_000_000, description="replicas, or percent of those there were")
    period: PositiveSeconds = Field(description="time in which no more than that may change")


class ScalingRules(Spec):
    """How fast the number of replicas may change in one direction."""

    stabilization: Seconds = Field(
        0.0, description="time for which the most careful of all that was wanted counts"
    )
    select: Literal["max", "min", "disabled"] = Field(
        "max", description="which of several rates counts; disabled: it never goes this way"
    )
    rates: tuple[Rate, ...] = Field((), description="how much may change; anything if not given")


DEFAULT_UP = ScalingRules(
    rates=(
        Rate(of="replicas", value=4, period=15.0),
        Rate(of="percent", value=100, period=15.0),
    )
)
DEFAULT_DOWN = ScalingRules(
    stabilization=300.0, rates=(Rate(of="percent", value=100, period=15.0),)
)


class Behavior(Spec):
    """How fast the number of replicas may change; the defaults are those of Kubernetes."""

    scale_up: ScalingRules = Field(
        DEFAULT_UP,
        description="towards more; by default 4 replicas or 100 % in 15 s, whichever is more",
    )
    scale_down: ScalingRules = Field(
        DEFAULT_DOWN, description="towards fewer; by default 100 % in 15 s, stabilized over 300 s"
    )


def stabilized(
    replicas: int,
    wanted: int,
    earlier: Sequence[Change],
    now_s: float,
    up_s: float,
    down_s: float,
) -> int:
    """What is wanted, tempered by what was wanted a short time ago.

    Args:
        replicas: how many there are to be so far.
        wanted: now.
        earlier: what was wanted before, and when.
        now_s: the instant, in seconds.
        up_s, down_s: the windows for more and for fewer.

    >>> stabilized(10, 3, [(-120.0, 4), (-60.0, 5)], now_s=0.0, up_s=0.0, down_s=300.0)
    5
    """
    least = min([wanted, *(each for at_s, each in earlier if at_s > now_s - up_s)])
    most = max([wanted, *(each for at_s, each in earlier if at_s > now_s - down_s)])
    return min(max(replicas, least), most)


def limited(
    replicas: int,
    wanted: int,
    least: int,
    most: int,
    behavior: Behavior,
    ups: Sequence[Change],
    downs: Sequence[Change],
    now_s: float,
) -> int:
    """What is wanted, as far as rates and limits let it come true now.

    Args:
        replicas: how many there are to be so far.
        wanted: now.
        least, most: limits.
        behavior: the rates.
        ups, downs: replicas added and taken away before, and when.
        now_s: the instant, in seconds.

    >>> limited(10, 50, 1, 1000, Behavior(), [], [], 0.0)
    20
    """
    if wanted > replicas:
        allowed = _up_to(replicas, behavior.scale_up, ups, downs, now_s)
        return min(wanted, most, max(allowed, replicas))
    if wanted < replicas:
        allowed = _down_to(replicas, behavior.scale_down, ups, downs, now_s)
        return max(wanted, least, min(allowed, replicas))
    return wanted


def _up_to(
    replicas: int,
    rules: ScalingRules,
    ups: Sequence[Change],
    downs: Sequence[Change],
    now_s: float,
) -> int:
    if rules.select == "disabled":
        return replicas
    allowed = []
    for rate in rules.rates:
        at_start = _at_start(replicas, rate.period, ups, downs, now_s)
        if rate.of == "replicas":
            allowed.append(at_start + rate.value)
        else:
            allowed.append(ceil(at_start * (1 + rate.value / 100)))
    if not allowed:
        return 2**31 - 1
    return max(allowed) if rules.select == "max" else min(allowed)


def _down_to(
    replicas: int,
    rules: ScalingRules,
    ups: Sequence[Change],
    downs: Sequence[Change],
    now_s: float,
) -> int:
    if rules.select == "disabled":
        return replicas
    allowed = []
    for rate in rules.rates:
        at_start = _at_start(replicas, rate.period, ups, downs, now_s)
        if rate.of == "replicas":
            allowed.append(at_start - rate.value)
        else:
            allowed.append(int(at_start * (1 - rate.value / 100)))
    if not allowed:
        return 0
    return min(allowed) if rules.select == "max" else max(allowed)


def _at_start(
    replicas: int, period_s: float, ups: Sequence[Change], downs: Sequence[Change], now_s: float
) -> int:
    """How many there were at the beginning of the period that ends now."""
    added = sum(each for at_s, each in ups if at_s > now_s - period_s)
    removed = sum(each for at_s, each in downs if at_s > now_s - period_s)
    return replicas - added + removed
