"""A group of as many replicas as there are to be, whoever says how many that is.

New replicas take the first free places. Of those that have to go, the ones that are not ready go
first, then those that became ready last.

Source: Kubernetes, the ReplicaSet controller (``ActivePodsWithRanks``), for the order.
"""

from __future__ import annotations

from simulator.controllers.fleet import PENDING, STARTING, Fleet, Replica

ORDER = {PENDING: 0, STARTING: 1}  # in which replicas have to go, ready ones last


class ScaledFleet(Fleet):
    """A group that follows ``wanted``."""

    def act(self) -> None:
        """Begin what is missing, as far as there is room, and end what is too much."""
        alive = self.alive()
        lacking = self.wanted - len(alive)
        for place in self.free()[: max(0, lacking)]:
            self.begin(place)
        alive.reverse()
        alive.sort(key=_due)
        for place in alive[: max(0, -lacking)]:
            self.end(place)


def _due(place: Replica) -> tuple[int, float]:
    """In which order replicas have to go; of equals the last place."""
    return ORDER.get(place.state, 2), -place.since_s
