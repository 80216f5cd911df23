"""What every fault can be told: whom it befalls, when, how often."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from simulator.kernel import Component, Reference, Simulation
from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds, Seconds

fault_kinds = Family("fault")

Target = Annotated[str, Reference(many=True)]


class Fault(Spec):
    """A disturbance that begins at an instant, and may come again."""

    kind: str
    of: Target = Field(description="a component, a group such as api, or one replica: api[4]")
    start: Seconds = Field(alias="from", description="when it begins")
    every: PositiveSeconds | None = Field(
        None, description="time from one beginning to the next; once only if not given"
    )

    def strikes(self) -> Iterator[float]:
        """The instants at which it begins, in seconds."""
        instant_s, times = self.start, 0
        yield instant_s
        while self.every is not None:
            times += 1
            yield self.start + times * self.every

    def takes_s(self, targets: int) -> float:
        """From the beginning at the first of several targets to that at the last, in seconds."""
        return 0.0

    def begin(self, target: Any) -> None:
        """Do it to one component."""
        raise NotImplementedError

    def process(self, sim: Simulation, targets: list[Component]) -> Generator[Any, Any, None]:
        """The SimPy process that makes it happen."""
        for instant_s in self.strikes():
            yield sim.timeout(instant_s - sim.now)
            for target in targets:
                self.begin(target)

    def spans(self, until_s: float) -> list[tuple[float, float]]:
        """Beginning and end of each time it strikes before ``until_s``, in seconds."""
        found = []
        for instant_s in self.strikes():
            if instant_s >= until_s:
                break
            found.append((instant_s, min(until_s, self.end_of(instant_s))))
        return found

    def end_of(self, start_s: float) -> float:
        """When a strike that begins at ``start_s`` is over."""
        return start_s


class LastingFault(Fault):
    """A disturbance that ends: at an instant, or after a time."""

    until: PositiveSeconds | None = Field(None, description="when it ends")
    length: PositiveSeconds | None = Field(None, alias="for", description="how long it lasts")

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if (self.until is None) == (self.length is None):
            raise ValueError("give either until or for")
        if self.until is not None and self.until <= self.start:
            raise ValueError(f"until ({self.until:g} s) must be after from ({self.start:g} s)")
        if self.every is not None and self.lasts_s >= self.every:
            raise ValueError(
                f"lasts {self.lasts_s:g} s; must be less than every ({self.every:g} s)"
            )
        return self

    @property
    def lasts_s(self) -> float:
        """How long each strike lasts, in seconds."""
        return self.length if self.length is not None else (self.until or 0.0) - self.start

    def end_of(self, start_s: float) -> float:
        return start_s + self.lasts_s

    def end(self, target: Any) -> None:
        """Undo it for one component."""
        raise NotImplementedError

    def process(self, sim: Simulation, targets: list[Component]) -> Generator[Any, Any, None]:
        for instant_s in self.strikes():
            yield sim.timeout(instant_s - sim.now)
            for target in targets:
                self.begin(target)
            yield sim.timeout(self.end_of(instant_s) - sim.now)
            for target in targets:
                self.end(target)
