"""How long to pause before a retry, and how many retries all calls together may make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds, Ratio, Seconds

Uniforms = Callable[[], float]

backoffs = Family("backoff")
budgets = Family("retry budget")


class Backoff(Spec):
    """The pause between a failed try and the next one."""

    kind: str

    def start(self, uniform: Uniforms) -> Callable[[int], float]:
        """A function from the number of tries made (1, 2, ...) to the pause, in seconds."""
        raise NotImplementedError


@backoffs.register
class Immediate(Backoff):
    """No pause. Every failure at once becomes another call, when it can least be borne."""

    kind: Literal["immediate"] = "immediate"

    def start(self, uniform: Uniforms) -> Callable[[int], float]:
        return lambda tries: 0.0


@backoffs.register
class Fixed(Backoff):
    """The same pause every time, spread by jitter."""

    kind: Literal["fixed"] = "fixed"
    pause: Seconds = Field(description="pause before each retry")
    jitter: Ratio = Field(
        0.0, description="spread: the pause is multiplied by a factor uniform on 1 ± jitter"
    )

    def start(self, uniform: Uniforms) -> Callable[[int], float]:
        return lambda tries: self.pause * (1 + self.jitter * (2 * uniform() - 1))


@backoffs.register
class Exponential(Backoff):
    """A pause that grows by a factor with every try, up to a cap, spread by jitter."""

    kind: Literal["exponential"] = "exponential"
    base: PositiveSeconds = Field(description="pause before the first retry")
    factor: float = Field(2.0, ge=1, description="growth from one retry to the next")
    cap: PositiveSeconds = Field(60.0, description="longest pause, before jitter")
    jitter: Ratio = Field(
        0.0, description="spread: the pause is multiplied by a factor uniform on 1 ± jitter"
    )

    def start(self, uniform: Uniforms) -> Callable[[int], float]:
        def pause_s(tries: int) -> float:
            grown_s = min(self.cap, self.base * self.factor ** (tries - 1))
            return grown_s * (1 + self.jitter * (2 * uniform() - 1))

        return pause_s


class RetryBudget(Spec):
    """A limit to the retries of all calls of a client together."""

    kind: str

    def start(self) -> TokenPurse:
        """A purse of its own for one client."""
        raise NotImplementedError


class TokenPurse:
    """Tokens that first tries earn and retries spend.

    Args:
        earns: tokens gained by a first try.
        most: tokens the purse can hold; it starts full.
    """

    __slots__ = ("_earns", "_most", "_tokens")

    def __init__(self, earns: float, most: float) -> None:
        self._earns = earns
        self._most = most
        self._tokens = most

    def earn(self) -> None:
        """Gain what a first try is worth."""
        self._tokens = min(self._most, self._tokens + self._earns)

    def spend(self) -> bool:
        """Take the token of one retry, if there is one."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@budgets.register
class RatioBudget(RetryBudget):
    """Retries are a fixed part of first tries: amplification stays below 1 + ratio.

    Source: Beyer et al., *Site Reliability Engineering*, 2016, chapter "Handling Overload" (a
    client's retry budget of 10 %).
    """

    kind: Literal["ratio"] = "ratio"
    ratio: Ratio = Field(0.1, description="retries allowed for each first try, in the long run")
    burst: float = Field(10.0, ge=1, description="retries saved up at most; the budget starts full")

    def start(self) -> TokenPurse:
        return TokenPurse(self.ratio, self.burst)
