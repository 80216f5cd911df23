"""From calls a second to replicas."""

from __future__ import annotations

from math import ceil
from typing import Annotated

from pydantic import Field

ROUNDING = 1e-9  # 3.0000000001 replicas are 3

Headroom = Annotated[float, Field(ge=1, le=100, allow_inf_nan=False)]


def replicas_for(rate: float, per_replica: float) -> int:
    """How many replicas bear a rate of calls; one at least.

    >>> replicas_for(150.0, 10.0), replicas_for(151.0, 10.0), replicas_for(0.0, 10.0)
    (15, 16, 1)
    """
    return max(1, ceil(rate / per_replica - ROUNDING))
