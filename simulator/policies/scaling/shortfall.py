"""Scaling on demand and backlog: for the calls that come, and to work off those that wait.

What is needed is one replica for every ``per_replica`` calls a second, those counted that wait and
are to be worked off within ``drain``. With ``counts_coming: false`` it makes the mistake of many
home-made scripts: it looks at the replicas that are ready, and asks for all that are missing again
whenever it looks, although they are on their way.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.scaling.base import Advice, Scaler, ScalingPolicy, Sight, scaling_policies
from simulator.policies.scaling.demand import Headroom, replicas_for
from simulator.units import PerSecond, PositiveSeconds


@scaling_policies.register
class Shortfall(ScalingPolicy):
    """So many replicas that they bear what comes and work off what waits."""

    kind: Literal["shortfall"] = "shortfall"
    per_replica: PerSecond = Field(description="calls a second that one replica is to bear")
    drain: PositiveSeconds = Field(60.0, description="time in which waiting calls are to be done")
    headroom: Headroom = Field(1.0, description="how many times the need there is to be room")
    counts_coming: bool = Field(
        True, description="whether replicas that are on their way count, not only ready ones"
    )

    def start(self) -> Scaler:
        return _Shortfall(self)


class _Shortfall(Scaler):
    def __init__(self, spec: Shortfall) -> None:
        self._per_replica: float = spec.per_replica
        self._drain_s: float = spec.drain
        self._headroom: float = spec.headroom
        self._counts_coming: bool = spec.counts_coming

    def advise(self, sight: Sight) -> Advice | None:
        if sight.arrivals_per_s is None:
            return None
        rate, waiting = sight.arrivals_per_s, sight.queued
        needed = replicas_for(self._headroom * (rate + waiting / self._drain_s), self._per_replica)
        words = f"{rate:.4g}/s arrive, {waiting:.0f} wait: {needed} needed"
        if self._counts_coming or needed <= sight.ready:
            return Advice(needed, words)
        return Advice(sight.replicas + needed - sight.ready, f"{words}, {sight.ready} ready")
