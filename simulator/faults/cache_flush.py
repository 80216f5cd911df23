"""Cache flush: a cache loses all its entries at once, as after a restart."""

from __future__ import annotations

from typing import Any, Literal

from simulator.faults.base import Fault, fault_kinds


@fault_kinds.register
class CacheFlush(Fault):
    """Every entry is gone; loads under way go on."""

    kind: Literal["cache_flush"] = "cache_flush"

    def begin(self, target: Any) -> None:
        target.flush()
