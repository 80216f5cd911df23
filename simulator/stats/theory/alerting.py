"""Error budgets and the alerts that guard them, noise that crosses a threshold, and false alarms.

An *objective* of 99.9 % leaves an error budget of 0.1 % of all requests in a period. The *burn
rate* is how many times faster than evenly over the period the budget is spent: the ratio of errors
over 0.1 %. Traffic is taken to be even, so that a part of the time is as large a part of the
requests.

Sources: Beyer et al. (eds.), *The Site Reliability Workbook*, 2018, chapter 5, for alerts on burn
rates. Rice, "Mathematical analysis of random noise", *Bell System Technical Journal* 23-24,
1944-45, for crossings of smooth noise.
"""

from __future__ import annotations

from math import exp, inf, pi, sqrt

from scipy.special import erfi, owens_t


def error_budget(objective: float, period: float) -> float:
    """How long everything may fail in a period, in the unit of the period.

    Args:
        objective: part that has to be good, above 0 and below 1.
        period: that the objective is for.

    Raises:
        ValueError: the objective is not strictly between 0 and 1.

    >>> round(error_budget(0.999, period=30 * 24 * 60), 6)  # minutes
    43.2
    """
    if not 0 < objective < 1:
        raise ValueError(f"an objective lies strictly between 0 and 1, got {objective:g}")
    return (1 - objective) * period


def budget_lasts(objective: float, period: float, error_ratio: float) -> float:
    """Time until the whole budget is spent at a constant ratio of errors above 0.

    >>> round(budget_lasts(0.999, period=30.0, error_ratio=0.002), 6)  # twice as fast: half as long
    15.0
    """
    return error_budget(objective, period) / error_ratio


def burn_rate_for(budget_ratio: float, window: float, period: float) -> float:
    """The burn rate that spends a part of the budget within a window.

    >>> round(burn_rate_for(0.02, window=1.0, period=30 * 24.0), 6)  # 2 % in an hour
    14.4
    """
    return budget_ratio * period / window


def budget_spent_at_alert(burn_rate: float, window: float, period: float) -> float:
    """The part of the budget that is gone when an alert goes off, however bad it is.

    >>> round(budget_spent_at_alert(6.0, window=6.0, period=30 * 24.0), 6)
    0.05
    """
    return burn_rate * window / period


def burn_detection_time(
    objective: float, burn_rate: float, window: float, error_ratio: float
) -> float:
    """Time from the first error until the mean over a window is above a burn rate.

    Before it all was well, and the ratio of errors is constant from then on.

    Args:
        objective: strictly between 0 and 1.
        burn_rate: that must be exceeded.
        window: that the ratio is taken over.
        error_ratio: above 0, at most 1.

    Returns:
        In the unit of the window; infinite if it is never exceeded, reached included.

    >>> round(burn_detection_time(0.999, 14.4, window=60.0, error_ratio=1.0), 3)  # minutes
    0.864
    """
    threshold = error_budget(objective, burn_rate)
    return inf if error_ratio <= threshold * (1 + 1e-12) else threshold * window / error_ratio


def burn_reset_time(objective: float, burn_rate: float, window: float, error_ratio: float) -> float:
    """Time from the last error until the mean over a window is no more above a burn rate.

    The same however long errors lasted, as long as they lasted long enough to be noticed and no
    longer than the window and what it takes to notice them; nan if they never are noticed.

    >>> round(burn_reset_time(0.999, 36.0, window=60.0, error_ratio=1.0), 2)  # minutes
    57.84
    """
    noticed = burn_detection_time(objective, burn_rate, window, error_ratio)
    return window - noticed if noticed < inf else float("nan")


def alarm_precision(prevalence: float, sensitivity: float, false_positive_ratio: float) -> float:
    """The part of the alarms for which there is a reason: their precision, or predictive value.

    Args:
        prevalence: part of the cases in which something is wrong.
        sensitivity: part of those that raise an alarm.
        false_positive_ratio: part of the others that raise one.

    Returns:
        0 to 1; nan if no alarm is ever raised.

    >>> round(alarm_precision(0.001, sensitivity=0.99, false_positive_ratio=0.01), 4)
    0.0902
    """
    true = prevalence * sensitivity
    alarms = true + (1 - prevalence) * false_positive_ratio
    return true / alarms if alarms else float("nan")


def scrape_sees(lasts: float, interval: float) -> float:
    """Probability that something that lasts so long is there at a scrape.

    >>> scrape_sees(3.0, interval=15.0)
    0.2
    """
    return min(1.0, lasts / interval)


def apdex(satisfied: int, tolerating: int, frustrated: int) -> float:
    """Apdex: one for each satisfied user, half for each that tolerates, nothing for the others.

    Satisfied is whoever waits at most T, tolerating whoever waits at most 4 T.

    Raises:
        ValueError: a count is negative, or there is nobody.

    Source:
        Apdex Alliance, *Application Performance Index: Technical Specification*, version 1.1, 2007.

    >>> apdex(60, 30, 10)
    0.75
    """
    counts = (satisfied, tolerating, frustrated)
    if min(counts) < 0 or not sum(counts):
        raise ValueError(f"counts of users must be 0 or more, and not all 0; got {counts}")
    return (satisfied + tolerating / 2) / sum(counts)


def apdex_of_exponential(mean: float, target: float) -> float:
    """Apdex of latencies that are exponential.

    Args:
        mean: of the latencies, above 0.
        target: T, in the same unit.

    >>> round(apdex_of_exponential(0.25, target=0.5), 8)
    0.93216463
    """
    return 1 - (exp(-target / mean) + exp(-4 * target / mean)) / 2


# -- noise and a threshold ---------------------------------------------------------------------


def rice_crossings(level: float, speed_sd: float) -> float:
    """How often a smooth stationary normal process rises above a level, per unit of time.

    Args:
        level: in standard deviations above the mean.
        speed_sd: standard deviation of its rate of change, in standard deviations of the process
            per unit of time.

    >>> round(rice_crossings(0.0, speed_sd=1.0), 4)  # a wave of one radian per unit of time
    0.1592
    """
    return speed_sd / (2 * pi) * exp(-(level**2) / 2)


def sampled_crossings(level: float, correlation: float) -> float:
    """Probability that a normal process is below a level at one look and above it at the next.

    Of noise that is not smooth, such as a first-order autoregression, Rice's formula says nothing:
    looked at more and more often it crosses more and more often.

    Args:
        level: in standard deviations above the mean.
        correlation: of two looks in a row, -1 < correlation < 1.

    Source:
        The joint tail of two normal variables by Owen's T function: Owen, *Annals of Mathematical
        Statistics* 27(4), 1956.

    >>> round(sampled_crossings(0.0, correlation=0.0), 4)  # every fourth look
    0.25
    """
    return float(2 * owens_t(level, sqrt((1 - correlation) / (1 + correlation))))


def hysteresis_cycle(fire_above: float, clear_below: float, correlation_time: float) -> float:
    """Mean time from one firing to the next: from above the one level to below the other and back.

    Of an Ornstein-Uhlenbeck process that is watched without a pause. The two first passages
    together; with equal levels it is 0, since such noise crosses a level at once again and again.

    Args:
        fire_above, clear_below: in standard deviations above the mean, the first one larger.
        correlation_time: after which 37 % of a deviation is left on average.

    Returns:
        In the unit of the correlation time.

    Source:
        Mean first passage times of a diffusion, as in Gardiner, *Handbook of Stochastic Methods*,
        section 5.2.7; their sum has no term left but this.

    >>> round(hysteresis_cycle(2.0, 1.0, correlation_time=1.0), 3)
    8.858
    """
    return correlation_time * pi * float(erfi(fire_above / sqrt(2)) - erfi(clear_below / sqrt(2)))
