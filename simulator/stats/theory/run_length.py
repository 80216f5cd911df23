"""How long a run has to be: the noise of a mean over correlated waits, known beforehand."""

from __future__ import annotations

import math

from scipy.special import ndtri

from simulator.stats.theory.limits import require_positive, stable_load


def mm1_wait_asymptotic_variance(arrival_rate: float, service_rate: float) -> float:
    """Asymptotic variance of the mean wait in queue of an M/M/1 system, in seconds squared.

    The mean over n successive requests of one long run has a variance near this over n. Waits are
    correlated, the more the higher the load: at 80 % it is 82 times the variance of a single wait.

    Args:
        arrival_rate: requests a second (λ), above 0.
        service_rate: requests a second that the busy server completes (μ), above 0.

    Raises:
        ValueError: the utilization λ/μ is not below 1, or an argument is out of range.

    Source:
        Daley, "The serial correlation coefficients of waiting times in a stationary single server
        queue", *J. Australian Math. Society* 8, 1968; Whitt, "Planning queueing simulations",
        *Management Science* 35(11), 1989.

    >>> round(mm1_wait_asymptotic_variance(0.8, 1.0), 6)
    1976.0
    """
    load = stable_load(arrival_rate, service_rate)
    shape = load * (2 + 5 * load - 4 * load**2 + load**3)
    return shape / (service_rate**2 * (1 - load) ** 4)


def requests_needed(
    asymptotic_variance: float,
    mean: float,
    relative_error: float,
    confidence: float | None = None,
) -> float:
    """Requests that a run must have for a mean with a given error.

    Args:
        asymptotic_variance: of the mean over n requests, times n; squared unit of ``mean``.
        mean: what is estimated, above 0.
        relative_error: of the mean, above 0: the standard error, or the half-width of the
            confidence interval if ``confidence`` is given.
        confidence: of the interval, strictly between 0 and 1; None for one standard error.

    Raises:
        ValueError: an argument is out of range.

    >>> round(requests_needed(1976.0, mean=4.0, relative_error=0.01))
    1235000
    """
    require_positive(
        asymptotic_variance=asymptotic_variance, mean=mean, relative_error=relative_error
    )
    if confidence is not None and not 0 < confidence < 1:
        raise ValueError(f"confidence must lie strictly between 0 and 1, got {confidence:g}")
    reach = 1.0 if confidence is None else float(ndtri((1 + confidence) / 2))
    return asymptotic_variance * (reach / (relative_error * mean)) ** 2


def standard_error(asymptotic_variance: float, requests: float) -> float:
    """Standard error of the mean over one run of so many requests, in the unit of the mean.

    Raises:
        ValueError: an argument is not above 0.

    >>> round(standard_error(1976.0, requests=100_000), 6)
    0.14057
    """
    require_positive(asymptotic_variance=asymptotic_variance, requests=requests)
    return math.sqrt(asymptotic_variance / requests)
