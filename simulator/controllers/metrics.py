"""What a monitoring system knows of a group: values of the last scrape, as of some time ago."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.controllers.base import Process
from simulator.controllers.delayed import Delayed
from simulator.controllers.fleet import PENDING, READY, Fleet, Replica
from simulator.kernel import Simulation
from simulator.policies.scaling import Seen, Sight


class Scrape:
    """What was found at one instant.

    Attributes:
        at_s: the instant, in seconds.
        window_s: time since the scrape before.
        busy: place and life of a replica -> busy workers since then, on average.
        in_flight, queued: place and life of a replica -> calls there.
        arrivals_per_s: calls sent to the group since then; None at the first scrape.
    """

    def __init__(self, at_s: float, window_s: float) -> None:
        self.at_s = at_s
        self.window_s = window_s
        self.busy: dict[tuple[str, int], float] = {}
        self.in_flight: dict[tuple[str, int], int] = {}
        self.queued: dict[tuple[str, int], int] = {}
        self.arrivals_per_s: float | None = None


class Metrics:
    """Scrapes a group at regular intervals and shows what it found, with a delay.

    Args:
        sim: the run.
        fleet: the group.
        balancers: that send it calls.
        every_s: time between two scrapes.
        delay_s: until what was found is to be seen.
    """

    def __init__(
        self,
        sim: Simulation,
        fleet: Fleet,
        balancers: Sequence[Any],
        every_s: float,
        delay_s: float,
    ) -> None:
        self._sim = sim
        self._fleet = fleet
        self._balancers = balancers
        self._every_s = every_s
        self._scrapes = Delayed[Scrape](delay_s)
        self._worked_s: dict[tuple[str, int], float] = {}
        self._arrived = 0

    def run(self) -> Process:
        """Scrape, from now on."""
        while True:
            self._scrapes.take(self._sim.now, self._scrape())
            yield self._sim.timeout(self._every_s)

    def sight(self, workers: int) -> Sight:
        """What is to be seen now."""
        now_s = self._sim.now
        shown = self._scrapes.shown(now_s) or Scrape(0.0, 0.0)
        return Sight(
            now_s=now_s,
            replicas=self._fleet.wanted,
            seen=[_seen(each, shown) for each in self._fleet.alive()],
            workers=workers,
            scraped_s=shown.at_s if shown.window_s else None,
            window_s=shown.window_s,
            arrivals_per_s=shown.arrivals_per_s,
        )

    def _scrape(self) -> Scrape:
        now_s = self._sim.now
        found = Scrape(now_s, self._every_s if now_s else 0.0)
        worked_s, self._worked_s = self._worked_s, {}
        for each in self._fleet.alive():
            if each.state == PENDING:
                continue
            station, key = each.station, (each.name, each.life)
            self._worked_s[key] = station.in_service_area + station.in_service * now_s
            if key in worked_s:
                found.busy[key] = (self._worked_s[key] - worked_s[key]) / self._every_s
            found.in_flight[key] = station.in_service + station.queued
            found.queued[key] = station.queued
        arrived = sum(each.forwarded + each.rejected for each in self._balancers)
        if now_s:
            found.arrivals_per_s = (arrived - self._arrived) / self._every_s
        self._arrived = arrived
        return found


def _seen(place: Replica, shown: Scrape) -> Seen:
    key = (place.name, place.life)
    return Seen(
        is_pending=place.state == PENDING,
        is_ready=place.state == READY,
        started_s=place.started_s,
        since_s=place.since_s,
        busy=shown.busy.get(key),
        in_flight=shown.in_flight.get(key),
        queued=shown.queued.get(key),
    )
