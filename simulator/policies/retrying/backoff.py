"""How long to pause before a retry.

Clients that fail together would try again together: jitter spreads them. Of a pause v, a ratio j
makes any time from (1 - j) v to (1 + j) v, ``equal`` from v/2 to v, and ``full`` from nothing to v,
each equally likely. Decorrelated jitter draws from a range that grows with the last pause instead
of with the number of tries.

Source: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015, and the simulator
that goes with it (aws-samples/aws-arch-backoff-simulator). That counts tries from 1 and doubles
before the first pause: its base is half of what is called so here, except for decorrelated jitter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simulator.errors import shown
from simulator.registry import Family, Spec
from simulator.units import SHARE, PositiveSeconds, Ratio, Seconds

Uniforms = Callable[[], float]

Pause = Callable[[int, float], float]
"""From the number of tries made (1, 2, ...) and the pause before the last of them (0 before the
first retry) to the pause that comes now, both in seconds."""

NAMED = ("equal", "full")


def _ratio_or_name(value: Any) -> Any:
    if isinstance(value, str) and value in NAMED:
        return value
    if not (isinstance(value, str) and value.isidentifier()):
        ratio = SHARE.read(value)
        if 0 <= ratio <= 1:
            return float(ratio)
    raise ValueError(f"found {shown(value)}; must be a ratio from 0 to 1, or equal, or full")


Jitter = Annotated[
    float | Literal["equal", "full"],
    BeforeValidator(_ratio_or_name, json_schema_input_type=Ratio | Literal["equal", "full"]),
]

JITTER = (
    "spread of the pause v: a ratio j for (1 - j) v to (1 + j) v; equal for v/2 to v; full for 0 "
    "to v"
)

backoffs = Family("backoff")


class Backoff(Spec):
    """The pause between a failed try and the next one."""

    kind: str

    def start(self, uniform: Uniforms) -> Pause:
        """The pauses of one client.

        Args:
            uniform: draws from [0, 1).
        """
        raise NotImplementedError


@backoffs.register
class Immediate(Backoff):
    """No pause. Every failure at once becomes another call, when it can least be borne."""

    kind: Literal["immediate"] = "immediate"

    def start(self, uniform: Uniforms) -> Pause:
        return lambda tries, last_s: 0.0


@backoffs.register
class Fixed(Backoff):
    """The same pause every time, spread by jitter."""

    kind: Literal["fixed"] = "fixed"
    pause: Seconds = Field(description="pause before each retry")
    jitter: Jitter = Field(0.0, description=JITTER)

    def start(self, uniform: Uniforms) -> Pause:
        spread = _spread(self.jitter, uniform)
        return lambda tries, last_s: spread(self.pause)


@backoffs.register
class Exponential(Backoff):
    """A pause that grows by a factor with every try, up to a cap, spread by jitter."""

    kind: Literal["exponential"] = "exponential"
    base: PositiveSeconds = Field(description="pause before the first retry")
    factor: float = Field(2.0, ge=1, description="growth from one retry to the next")
    cap: PositiveSeconds = Field(60.0, description="longest pause, before jitter")
    jitter: Jitter = Field(0.0, description=JITTER)

    def start(self, uniform: Uniforms) -> Pause:
        spread = _spread(self.jitter, uniform)

        def pause_s(tries: int, last_s: float) -> float:
            return spread(min(self.cap, self.base * self.factor ** (tries - 1)))

        return pause_s


@backoffs.register
class Decorrelated(Backoff):
    """A pause between a base and some times the last one, equally likely, up to a cap.

    The first one is drawn as if one of ``base`` had gone before it.
    """

    kind: Literal["decorrelated"] = "decorrelated"
    base: PositiveSeconds = Field(description="shortest pause")
    factor: float = Field(3.0, ge=1, description="longest pause, as a multiple of the last one")
    cap: PositiveSeconds = Field(60.0, description="longest pause of all")

    def start(self, uniform: Uniforms) -> Pause:
        def pause_s(tries: int, last_s: float) -> float:
            widest_s = self.factor * max(self.base, last_s)
            return min(self.cap, self.base + (widest_s - self.base) * uniform())

        return pause_s


def _spread(jitter: float | str, uniform: Uniforms) -> Callable[[float], float]:
    """A function that spreads a pause as the jitter says."""
    if jitter == "full":
        return lambda pause_s: pause_s * uniform()
    if jitter == "equal":
        return lambda pause_s: pause_s / 2 * (1 + uniform())
    assert isinstance(jitter, float)
    return lambda pause_s: pause_s * (1 + jitter * (2 * uniform() - 1))
