"""Events of a run as marks on the time axis of its charts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from simulator.plots.axes import Mark
from simulator.units import clock

OF_REQUESTS = frozenset(
    {"objective_broken", "objective_met", "recovered", "not_recovered", "first_rejected"}
    | {"first_timed_out", "first_failed"}
)
OF_QUEUES = frozenset({"queue_full", "queue_peak", "recovered", "not_recovered"})
OF_UTILIZATION = frozenset({"saturated", "relieved"})
OF_REPLICAS = frozenset({"scaled_up", "scaled_down", "update_begins", "update_ends"})
OF_SHARES = frozenset({"release_begins", "promoted", "rolled_back", "switched", "step", "flag_set"})
OF_SIGNALS = frozenset({"fired", "cleared", "paged", "action", "version_served"})
GOOD = frozenset({"objective_met", "recovered", "relieved", "promoted", "cleared"})


def marks(events: Iterable[Mapping[str, Any]], kinds: Collection[str]) -> list[Mark]:
    """The events of some kinds.

    Args:
        events: from a document.
        kinds: those that a chart shows.
    """
    return [
        Mark(each["at_s"], clock(each["at_s"]), _words(each), each["kind"] in GOOD)
        for each in events
        if each["kind"] in kinds
    ]


def _words(event: Mapping[str, Any]) -> str:
    return f"{event['component']}: {event['words']}" if event["component"] else event["words"]
