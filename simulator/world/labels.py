"""When it becomes known what was true of a request: late, not of all, and not always rightly.

A positive shows itself after a delay: a charge is disputed, a customer leaves, a machine fails. A
negative never shows itself. Where there is a ``window``, who has not shown up by its end is taken
for negative, and a positive that comes later is known only then; without one, whoever finds out
(a reviewer, say) takes as long for negatives.

What was decided may keep the truth from coming out: of a payment that was refused nobody will know
whether it was a fraud (``of: passes``), and where only alarms are looked into, nobody counts what
passed (``of: alarms``).

Source: Chapelle, "Modeling delayed feedback in display advertising", *KDD* 2014; for what decisions
hide, Lakkaraju et al., "The selective labels problem", *KDD* 2017.
"""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal

from pydantic import Field

from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.kernel.streams import Streams, Uniform
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio
from simulator.world.draws import Luck


class LabelsSpec(Spec):
    """When labels come, and of which requests."""

    delay: Time = Field(Constant(value=0.0), description="time until a positive shows itself")
    window: PositiveSeconds | None = Field(
        None,
        description="a request that has not shown itself positive for so long is taken for "
        "negative; if not given, negatives become known as positives do",
    )
    of: Literal["all", "alarms", "passes"] = Field(
        "all", description="whose truth comes out: that of all, or of those taken for one thing"
    )
    ratio: Annotated[Ratio, Field(gt=0)] = Field(
        1.0, description="part of these whose truth ever comes out"
    )
    wrong: Ratio = Field(0.0, description="part of the labels that say the opposite of the truth")


class Labels:
    """When labels come in one run.

    Args:
        spec: how they come.
        streams: of the run; the delay of a label is a matter of the request.
    """

    def __init__(self, spec: LabelsSpec, streams: Streams) -> None:
        self.spec = spec
        self._window_s = spec.window
        self._is_at_once = isinstance(spec.delay, Constant) and spec.delay.value == 0
        self._delay_s = Luck(streams, "world.labels.delay", spec.delay)
        self._luck = Luck(streams, "world.labels.luck", Uniform())
        self._mistakes = Luck(streams, "world.labels.wrong", Uniform())

    def known_s(self, number: int, at_s: float, said: bool, is_positive: bool) -> float:
        """When the label of an answer is known; infinite if it never is."""
        spec = self.spec
        if spec.of != "all" and said != (spec.of == "alarms"):
            return inf
        if spec.ratio < 1 and self._luck.of(number) >= spec.ratio:
            return inf
        if self._window_s is not None and not is_positive:
            return at_s + self._window_s
        return at_s if self._is_at_once else at_s + self._delay_s.of(number)

    def says(self, number: int, is_positive: bool) -> bool:
        """What the label says."""
        wrong = self.spec.wrong
        return is_positive != (wrong > 0 and self._mistakes.of(number) < wrong)
