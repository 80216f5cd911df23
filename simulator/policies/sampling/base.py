"""What a sampling policy is asked.

A policy is a frozen spec. Its ``start`` returns a ``Sampler``, which is asked at the entry, before
anything is known of how a request will end, whether its spans are recorded. Policies that decide
once it has ended are asked again then.
"""

from __future__ import annotations

from typing import Final

from simulator.policies.balancing.hashing import mixed
from simulator.registry import Family, Spec

sampling_policies = Family("sampling policy")

SALT: Final = 0x5DEECE66D  # sets the samples apart from whatever else goes by the same numbers
WHOLE: Final = 2.0**64


def is_chosen(number: int, share: float) -> bool:
    """Whether a request is one of a share of all, by its number, as by a hash of its trace's id.

    Whoever asks gets the same answer, and a larger share has all that a smaller one has.

    Args:
        number: of the request, 0 or more.
        share: 0 to 1.

    >>> chosen = [is_chosen(number, 0.01) for number in range(100_000)]
    >>> 900 < sum(chosen) < 1100
    True
    """
    return mixed(number ^ SALT) < share * WHOLE


class SamplingPolicy(Spec):
    """Decides which traces are kept."""

    kind: str

    @property
    def wait_s(self) -> float | None:
        """How long after its beginning a trace is decided about; None if then."""
        return None

    @property
    def room(self) -> float:
        """Spans that may wait for a decision."""
        return 0.0

    def start(self) -> Sampler:
        """The memory of one entry."""
        raise NotImplementedError


class Sampler:
    """The memory of one policy."""

    def records(self, number: int, request_class: int, now_s: float) -> bool:
        """Whether the spans of a request that begins now are recorded."""
        raise NotImplementedError

    def keeps(self, number: int, is_failing: bool, is_slow: bool) -> bool:
        """Whether a recorded trace is kept, from what is known when that is decided.

        Without a wait nothing is known, and what is recorded is kept.
        """
        return True
