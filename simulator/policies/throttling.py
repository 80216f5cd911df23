"""Which calls a client does not send, since they would be refused anyway.

A server that is overloaded spends work on refusing. A client that sees many of its calls refused
can save it that, without being told anything but the answers it gets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import Field

from simulator.policies.rolling import RollingSum
from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds

Uniforms = Callable[[], float]
Clock = Callable[[], float]

SLICES = 60  # of the window

throttles = Family("throttle")


class Throttle(Spec):
    """Decides for each try whether a client sends it."""

    kind: str

    def start(self, uniform: Uniforms, now: Clock) -> Refusals:
        """What one client remembers.

        Args:
            uniform: draws from [0, 1).
            now: the clock, in seconds.
        """
        raise NotImplementedError


class Refusals:
    """What one client remembers of its tries."""

    def refuses(self) -> bool:
        """Whether the client refuses a try that is to be made now."""
        raise NotImplementedError

    def accepted(self) -> None:
        """Learn that a try was answered ok."""


@throttles.register
class AdaptiveThrottle(Throttle):
    """Refuses a try with probability max(0, (requests - k accepts) / (requests + 1)).

    Requests are all tries of the last ``window``, those refused here included; accepts are those of
    them that were answered ok: whether others were refused, broke or never came back, there was no
    use in sending them. In the long run k times as much is sent as is accepted.

    Source: Beyer et al., *Site Reliability Engineering*, 2016, chapter "Handling Overload",
    section "Client-Side Throttling", for the formula, k and the two minutes.
    """

    kind: Literal["adaptive"] = "adaptive"
    k: float = Field(
        2.0, ge=1, le=1000, description="tries sent for each that is accepted, at most"
    )
    window: PositiveSeconds = Field(120.0, description="how far back it remembers tries")

    def start(self, uniform: Uniforms, now: Clock) -> Refusals:
        requests, accepts = (RollingSum(self.window, SLICES, now) for _ in range(2))
        return _Adaptive(self.k, requests, accepts, uniform)


class _Adaptive(Refusals):
    def __init__(
        self, k: float, requests: RollingSum, accepts: RollingSum, uniform: Uniforms
    ) -> None:
        self._k = k
        self._requests = requests
        self._accepts = accepts
        self._uniform = uniform

    def refuses(self) -> bool:
        requests = self._requests.total()
        probability = (requests - self._k * self._accepts.total()) / (requests + 1)
        self._requests.add(1)
        return probability > 0 and self._uniform() < probability

    def accepted(self) -> None:
        self._accepts.add(1)
