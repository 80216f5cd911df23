"""Head sampling: a share of all traces, chosen when they begin."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.policies.sampling.base import Sampler, SamplingPolicy, is_chosen, sampling_policies
from simulator.units import Ratio


@sampling_policies.register
class Head(SamplingPolicy):
    """A share of all requests, by a hash of the trace's number, known to every service at once.

    What is not chosen costs nothing. Nobody can know yet which requests will fail.

    Source: OpenTelemetry specification, sampler ``TraceIdRatioBased``.
    """

    kind: Literal["head"] = "head"
    share: Ratio = Field(description="part of the requests whose traces are kept")

    def start(self) -> Sampler:
        return HeadSampler(self.share)


class HeadSampler(Sampler):
    """Remembers nothing."""

    def __init__(self, share: float) -> None:
        self._share = share

    def records(self, number: int, request_class: int, now_s: float) -> bool:
        return is_chosen(number, self._share)
