"""Tail sampling: decide about a trace when it is over."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.sampling.base import Sampler, SamplingPolicy, is_chosen, sampling_policies
from simulator.units import PositiveSeconds, Ratio


@sampling_policies.register
class Tail(SamplingPolicy):
    """All that fail or are slow, and a share of the others.

    Spans of all requests are recorded and wait in a buffer until ``wait`` after their trace began.
    What a request that takes longer will come to is not known then. When the buffer is full the
    oldest traces leave it undecided, and are lost. With ``head`` only a part gets so far.

    Source: OpenTelemetry collector, processor ``tail_sampling`` (``decision_wait`` 30 s).
    """

    kind: Literal["tail"] = "tail"
    wait: PositiveSeconds = Field(
        30.0, description="time from the beginning of a trace to the decision about it"
    )
    buffer: int = Field(1_000_000, ge=1, description="spans that may wait for a decision")
    share: Ratio = Field(0.0, description="part of the others that is kept")
    head: Ratio = Field(1.0, description="part of the requests that is recorded at all")

    @property
    def wait_s(self) -> float:
        return self.wait

    @property
    def room(self) -> float:
        return float(self.buffer)

    def start(self) -> Sampler:
        return TailSampler(self.share, self.head)


class TailSampler(Sampler):
    """Remembers nothing; the buffer is the collector's."""

    def __init__(self, share: float, head: float) -> None:
        self._share = share
        self._head = head

    def records(self, number: int, request_class: int, now_s: float) -> bool:
        return is_chosen(number, self._head)

    def keeps(self, number: int, is_failing: bool, is_slow: bool) -> bool:
        # Of the share of those that got here, since both go by the same hash.
        return is_failing or is_slow or is_chosen(number, self._share * self._head)
