"""What a scaling policy is asked, and what an autoscaler shows it.

A policy is a frozen spec. Its ``start`` returns a ``Scaler``, the memory of one autoscaler. It sees
what a monitoring system shows: values of the last scrape, which are old by then, and averages over
the time between two scrapes, never what is happening right now.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.registry import Family, Spec

scaling_policies = Family("scaling policy")


class Seen:
    """One replica, as an autoscaler sees it.

    Attributes:
        is_pending: it has no machine yet.
        is_ready: it passes its readiness probe.
        started_s: since when it has a machine, in seconds.
        since_s: since when it is, or is not, ready.
        busy: busy workers, on average over the last time between two scrapes; None if it was not
            there for both.
        in_flight: calls waiting or in service there at the last scrape; None if it was not there.
        queued: calls waiting there at the last scrape; None if it was not there.
    """

    __slots__ = ("busy", "in_flight", "is_pending", "is_ready", "queued", "since_s", "started_s")

    def __init__(
        self,
        is_pending: bool,
        is_ready: bool,
        started_s: float,
        since_s: float,
        busy: float | None = None,
        in_flight: float | None = None,
        queued: float | None = None,
    ) -> None:
        self.is_pending = is_pending
        self.is_ready = is_ready
        self.started_s = started_s
        self.since_s = since_s
        self.busy = busy
        self.in_flight = in_flight
        self.queued = queued


class Sight:
    """What an autoscaler sees when it decides.

    Attributes:
        now_s: the instant, in seconds.
        replicas: how many there are to be so far.
        seen: all that are there and not told to go.
        workers: of each replica.
        scraped_s: when the values were scraped; None if none were yet.
        window_s: time between that scrape and the one before.
        arrivals_per_s: calls a second sent to the group, on average over that time; None if it is
            not known yet.
    """

    __slots__ = (
        "arrivals_per_s",
        "now_s",
        "replicas",
        "scraped_s",
        "seen",
        "window_s",
        "workers",
    )

    def __init__(
        self,
        now_s: float,
        replicas: int,
        seen: Sequence[Seen],
        workers: int,
        scraped_s: float | None = None,
        window_s: float = 0.0,
        arrivals_per_s: float | None = None,
    ) -> None:
        self.now_s = now_s
        self.replicas = replicas
        self.seen = list(seen)
        self.workers = workers
        self.scraped_s = scraped_s
        self.window_s = window_s
        self.arrivals_per_s = arrivals_per_s

    @property
    def ready(self) -> int:
        """How many replicas are ready."""
        return sum(each.is_ready for each in self.seen)

    @property
    def queued(self) -> float:
        """Calls that wait at all replicas together."""
        return sum(each.queued for each in self.seen if each.queued is not None)

    @property
    def in_flight(self) -> float:
        """Calls that wait or are served at all replicas together."""
        return sum(each.in_flight for each in self.seen if each.in_flight is not None)


class Advice:
    """What a policy wants.

    Attributes:
        replicas: that there are to be.
        words: why, for the event log.
    """

    __slots__ = ("replicas", "words")

    def __init__(self, replicas: int, words: str) -> None:
        self.replicas = replicas
        self.words = words


class Scaler:
    """The memory of one autoscaler."""

    def advise(self, sight: Sight) -> Advice | None:
        """How many replicas there are to be, in the light of what is seen; None: no opinion."""
        raise NotImplementedError


class ScalingPolicy(Spec):
    """Says how many replicas there are to be."""

    kind: str

    def start(self) -> Scaler:
        """The memory of one autoscaler."""
        raise NotImplementedError

    def needs_workers(self) -> bool:
        """Whether it goes by how busy workers are, so that their number must be limited."""
        return False
