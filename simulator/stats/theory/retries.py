"""A client that gives up on an attempt and tries again."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import exprel

from simulator.stats.theory.limits import require_positive


def mean_attempts(failure_probability: float, attempts: int) -> float:
    """Mean number of attempts a request makes when each fails independently.

    Args:
        failure_probability: of one attempt (p), 0 to 1.
        attempts: most attempts a request makes, the first included (n), 1 or more.

    Returns:
        1 + p + ... + p^(n-1), from 1 to n: how many times its own rate a client sends.

    Raises:
        ValueError: an argument is out of range.

    Source:
        The n-th attempt is made if all n - 1 before it have failed.

    >>> mean_attempts(0.5, attempts=3)  # 1 + 1/2 + 1/4
    1.75
    """
    require_positive(attempts=attempts)
    if not 0 <= failure_probability <= 1:
        raise ValueError(f"failure_probability must lie in 0 to 1, got {failure_probability:g}")
    return math.fsum(failure_probability**k for k in range(attempts))


@dataclass(frozen=True, slots=True)
class TimeoutRetry:
    """What a client sees that times out and retries at once."""

    attempt_timeout_probability: float
    mean_attempts: float
    failure_probability: float  # that every attempt timed out
    mean_latency_ok_s: float  # first attempt to answer, over requests that got one
    mean_latency_all_s: float  # the same over all, those that gave up included


def timeout_retry(mean_latency_s: float, timeout_s: float, attempts: int) -> TimeoutRetry:
    """Timeout and immediate retry against an exponential latency that knows no load.

    Each attempt draws its latency anew. That makes retrying harmless and useless: by lack of
    memory the answer comes when a single attempt's would have, only that nobody waits longer
    than for n timeouts. Where latency comes from queues, retries make it worse.

    Args:
        mean_latency_s: mean latency of one attempt if waited for, in seconds, above 0.
        timeout_s: longest a client waits for one attempt, in seconds, above 0.
        attempts: most attempts a request makes, the first included (n), 1 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Exponential distribution cut off at n timeouts.

    >>> round(timeout_retry(0.1, timeout_s=0.2, attempts=3).failure_probability, 6)  # exp(-6)
    0.002479
    """
    require_positive(mean_latency_s=mean_latency_s, timeout_s=timeout_s, attempts=attempts)
    timeout_probability = math.exp(-timeout_s / mean_latency_s)
    patience = attempts * timeout_s / mean_latency_s  # in mean latencies
    return TimeoutRetry(
        attempt_timeout_probability=timeout_probability,
        mean_attempts=mean_attempts(timeout_probability, attempts),
        failure_probability=math.exp(-patience),
        mean_latency_ok_s=mean_latency_s * (1 - 1 / float(exprel(patience))),
        mean_latency_all_s=-mean_latency_s * math.expm1(-patience),
    )


def grpc_failure_threshold(token_ratio: float) -> float:
    """Part of tries that may fail before gRPC's retry throttle runs out of tokens.

    A failure takes a token and an ok answer gives back ``token_ratio`` of one, so that tokens fall
    in the long run if failures are more than r / (1 + r) of all tries.

    Args:
        token_ratio: tokens that an ok answer gives back (r), above 0.

    Raises:
        ValueError: the ratio is not positive.

    Source:
        Mean drift of the tokens of gRPC proposal A6.

    >>> round(grpc_failure_threshold(0.1), 6)
    0.090909
    """
    require_positive(token_ratio=token_ratio)
    return token_ratio / (1 + token_ratio)


@dataclass(frozen=True, slots=True)
class AdaptiveThrottling:
    """What becomes of the calls of a client that throttles itself, each second."""

    sent_per_s: float
    refused_per_s: float  # by the client
    rejected_per_s: float  # by the server
    refusal_probability: float


def adaptive_throttling(rate_per_s: float, cap_per_s: float, k: float) -> AdaptiveThrottling:
    """Client-side adaptive throttling in front of a server that accepts so many calls a second.

    The client refuses with probability (requests - k accepts) / requests, so that it sends k times
    what is accepted; nothing is refused while less than that comes.

    Args:
        rate_per_s: calls a second that come to the client, above 0.
        cap_per_s: calls a second that the server accepts, above 0.
        k: calls sent for each that is accepted, 1 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Steady state of the formula in Beyer et al., *Site Reliability Engineering*, 2016, chapter
        "Handling Overload".

    >>> adaptive_throttling(1000.0, cap_per_s=300.0, k=2.0).sent_per_s
    600.0
    """
    require_positive(rate_per_s=rate_per_s, cap_per_s=cap_per_s, k=k)
    sent = min(rate_per_s, max(1.0, k) * cap_per_s)
    return AdaptiveThrottling(
        sent_per_s=sent,
        refused_per_s=rate_per_s - sent,
        rejected_per_s=max(0.0, sent - cap_per_s),
        refusal_probability=1 - sent / rate_per_s,
    )


def layered_attempts(attempts: int, layers: int) -> int:
    """Calls that reach the bottom for one at the top if all fail and every layer retries.

    Args:
        attempts: most attempts that one layer makes of a call, the first included, 1 or more.
        layers: that retry, one behind the other, 0 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Beyer et al., *Site Reliability Engineering*, 2016, chapter "Addressing Cascading Failures".

    >>> layered_attempts(4, layers=3)
    64
    """
    require_positive(attempts=attempts)
    if layers < 0:
        raise ValueError(f"layers must not be negative, got {layers}")
    return attempts**layers
