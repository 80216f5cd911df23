"""Clock skew: a component's clock is wrong.

A wrong clock does no harm to what measures a time by itself: a time to live counted from the fill,
a timeout, an interval between probes. It breaks what one machine writes as a date and another reads
by its own clock. Here that is a cache with ``expires_by: date``, of which every replica has a clock
of its own. While its clock is ahead, entries expire early, or have expired when they come; while it
is behind, they are served when they are too old. A wrong clock of the origin is the same the other
way round, at all of its caches.

Left out: deadlines sent along as instants (the deadlines of this program are intervals, as those of
gRPC are on the wire), tokens that are not valid yet, the order of writes by their dates; clocks
that are set right slowly.

Source: for the header that carries a date, RFC 9111, sections 4.2.3 and 5.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.faults.base import LastingFault, TargetedFault, fault_kinds
from simulator.units import TIME


@fault_kinds.register
class ClockSkew(LastingFault, TargetedFault):
    """The clock is ahead (or behind, below zero), or gets so; at the end it is set right at once.

    Several at a time add up.
    """

    kind: Literal["clock_skew"] = "clock_skew"
    offset: Annotated[float, Field(allow_inf_nan=False), TIME] = Field(
        0.0, description="how far it is ahead from the beginning on; below zero it is behind"
    )
    drift: Annotated[float, Field(ge=-0.1, le=0.1, allow_inf_nan=False)] = Field(
        0.0, description="seconds gained in each second; 0.0001 is 100 parts per million"
    )

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if not self.offset and not self.drift:
            yield "give offset, drift or both: this clock is right"

    def begin(self, target: Any) -> None:
        target.skew_clock(self.offset, self.drift)

    def end(self, target: Any) -> None:
        target.mend_clock(self.offset, self.drift)
