"""How long an entry lives, and when it is loaded again before it is too old.

A refresh policy is a frozen spec whose ``start`` returns a function. It is asked at every hit and
answers whether that hit should start a load; what it is told is what a cache knows of an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log1p
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from simulator.registry import Family, Spec

RefreshIsDue = Callable[[float, float, float, float], bool]
"""Of the time left to live, the whole time to live, the time that the last load took (all in
seconds), and a draw from [0, 1): whether to load now."""

refresh_policies = Family("refresh policy")


class Jitter:
    """Times to live spread evenly around a mean, so that what was filled together does not expire
    together.

    Args:
        ttl_s: the mean, in seconds.
        width: how far they lie from it at most, as a part of it, 0 to 1.
    """

    def __init__(self, ttl_s: float, width: float) -> None:
        self.ttl_s = ttl_s
        self.width = width

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Independent times to live in seconds, shape ``(size,)``."""
        return self.ttl_s * (1 - self.width + 2 * self.width * rng.random(size))


class RefreshPolicy(Spec):
    """Decides which hit on an entry that is still good starts a new load of it."""

    kind: str
    waits: bool = Field(
        False,
        description="whether the request that starts the load waits for it (else it is answered "
        "at once, and the load goes on by itself)",
    )

    def start(self) -> RefreshIsDue:
        """The function to ask at every hit."""
        raise NotImplementedError


@refresh_policies.register
class XFetch(RefreshPolicy):
    """By chance, the likelier the nearer the end is: with u seconds left, exp(-u / (beta delta)).

    Delta is the time that the last load of the entry took. Requests agree on one early load without
    talking to one another; if loads are not coalesced there may still be several of them.

    Source: Vattani, Chierichetti and Lowenstein, "Optimal probabilistic cache stampede prevention",
    PVLDB 8(8), 2015, algorithm XFetch; there the request that starts the load waits for it
    (``waits: true``).
    """

    kind: Literal["xfetch"] = "xfetch"
    beta: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = Field(
        1.0, description="more than 1 loads earlier, less than 1 later"
    )

    def start(self) -> RefreshIsDue:
        beta = self.beta

        def is_due(left_s: float, ttl_s: float, load_s: float, luck: float) -> bool:
            return left_s <= -beta * load_s * log1p(-luck)

        return is_due


@refresh_policies.register
class Ahead(RefreshPolicy):
    """With the first hit after a part of the time to live.

    Every hit of that late part starts a load until one is back, or only the first of them if loads
    are coalesced. Known as refresh-ahead, or refresh after write.
    """

    kind: Literal["ahead"] = "ahead"
    after: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = Field(
        0.8, description="part of the time to live that an entry is left alone"
    )

    def start(self) -> RefreshIsDue:
        after = self.after

        def is_due(left_s: float, ttl_s: float, load_s: float, luck: float) -> bool:
            return ttl_s - left_s >= after * ttl_s

        return is_due
