"""What detectors of drift see by chance, what of a real change, and how late labels make them.

Numbers are normal with variance 1 where a *shift* is spoken of: of the mean, in standard
deviations.

Sources: Yurdakul and Naranjo, "Statistical properties of the population stability index", *Journal
of Risk Model Validation* 14(4), 2020; Smirnov, "Table for estimating the goodness of fit of
empirical distributions", *Annals of Mathematical Statistics* 19(2), 1948; Bifet and Gavaldà,
"Learning from time-changing data with adaptive windowing", *SIAM International Conference on Data
Mining*, 2007; Chapelle, "Modeling delayed feedback in display advertising", *KDD* 2014.
"""

from __future__ import annotations

from math import ceil, exp, log, sqrt

import numpy as np
from scipy.special import chdtrc, kolmogi, ndtr, ndtri

from simulator.stats.theory.limits import require_positive


def psi_noise_mean(reference_rows: int, window_rows: int, bins: int = 10) -> float:
    """Mean of the population stability index of two samples of the same distribution.

    The index is then 1/N + 1/M times a chi-square with one degree of freedom less than bins, as
    long as each bin has some rows.

    Args:
        reference_rows, window_rows: N and M, 1 or greater.
        bins: 2 or more.

    >>> round(psi_noise_mean(1000, 1000), 4), round(psi_noise_mean(1000, 100), 4)
    (0.018, 0.099)
    """
    require_positive(reference_rows=reference_rows, window_rows=window_rows, bins=bins - 1)
    return (bins - 1) * (1 / reference_rows + 1 / window_rows)


def psi_noise_exceeds(
    threshold: float, reference_rows: int, window_rows: int, bins: int = 10
) -> float:
    """How often the index of two samples of the same distribution is above a threshold.

    >>> round(psi_noise_exceeds(0.1, 1000, 100), 3)
    0.429
    """
    noise = psi_noise_mean(reference_rows, window_rows, bins) / (bins - 1)
    return float(chdtrc(bins - 1, threshold / noise))


def psi_of_shift(shift: float, bins: int = 10) -> float:
    """The index of a shift, over bins between quantiles, without noise.

    >>> round(psi_of_shift(0.5), 3)
    0.238
    """
    edges = np.concatenate(([-np.inf], ndtri(np.arange(1, bins) / bins), [np.inf]))
    parts = np.diff(ndtr(edges - shift))
    return float(((parts - 1 / bins) * np.log(parts * bins)).sum())


def ks_of_shift(shift: float) -> float:
    """The largest distance between the distribution functions, 0 to 1, of a shift.

    >>> round(ks_of_shift(0.5), 3)
    0.197
    """
    return float(2 * ndtr(abs(shift) / 2) - 1)


def ks_threshold(reference_rows: int, window_rows: int, alpha: float = 0.05) -> float:
    """The distance above which a Kolmogorov-Smirnov test of two samples finds a difference.

    Args:
        reference_rows, window_rows: 1 or greater; many of them.
        alpha: how often it finds one where there is none.

    >>> round(ks_threshold(1000, 1000), 4)
    0.0607
    """
    require_positive(reference_rows=reference_rows, window_rows=window_rows)
    return float(kolmogi(alpha)) * sqrt(1 / reference_rows + 1 / window_rows)


def ks_rows_for(distance: float, alpha: float = 0.05) -> float:
    """Rows of each of two samples from which on a distance is above the threshold.

    >>> round(ks_rows_for(ks_of_shift(0.1)))
    2320
    """
    require_positive(distance=distance)
    return 2 * (float(kolmogi(alpha)) / distance) ** 2


def any_alarm(alpha: float, tests: int) -> float:
    """How often at least one of several independent tests raises an alarm without a change.

    >>> [round(any_alarm(0.05, features), 3) for features in (10, 50, 100)]
    [0.401, 0.923, 0.994]
    """
    return 1 - (1 - alpha) ** tests


def adwin_threshold(
    older: int, newer: int, variance: float, delta: float = 0.002, cuts: float | None = None
) -> float:
    """By how much the means of two parts of a window may differ before ADWIN cuts it.

    Args:
        older, newer: rows in either part, 1 or greater.
        variance: of the rows.
        delta: how probable a false alarm is, at most.
        cuts: that are tried, among which delta is shared out; each place in the window if not
            given, as the proof has it. Implementations take the logarithm of the rows, since they
            cut between buckets only.

    >>> [round(adwin_threshold(*rows, variance=0.09), 3) for rows in ((1000, 100), (1000, 500))]
    [0.268, 0.116]
    """
    require_positive(older=older, newer=newer)
    inverse = 1 / older + 1 / newer
    logarithm = log(2 * (older + newer if cuts is None else cuts) / delta)
    return sqrt(2 * inverse * variance * logarithm) + 2 / 3 * inverse * logarithm


def labels_needed(before: float, after: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Labels from which a fall or rise of a part is seen that was known well before.

    Args:
        before, after: the part, such as the accuracy, strictly between 0 and 1, not the same.
        alpha: how often one is seen where there is none, looked at once, on one side.
        power: how often it is seen.

    >>> labels_needed(0.90, 0.88)
    1471
    """
    spreads = [sqrt(part * (1 - part)) for part in (before, after)]
    reach = float(ndtri(1 - alpha)) * spreads[0] + float(ndtri(power)) * spreads[1]
    return ceil((reach / (before - after)) ** 2)


def labels_seen(window: float, mean_delay: float) -> float:
    """The part of positives that is known within a window, of delays that are exponential.

    >>> round(labels_seen(1.0, mean_delay=1.0), 3), round(labels_seen(3.0, mean_delay=1.0), 3)
    (0.632, 0.95)
    """
    require_positive(mean_delay=mean_delay)
    return 1 - exp(-window / mean_delay)


def detection_time(label_delay: float, run_length: float, labels_per_s: float) -> float:
    """Time from a change to its alarm, where each label comes after the same delay.

    Until the first label of after the change nothing is different; from then on the detector
    takes as long as it always does.

    Args:
        label_delay: in seconds.
        run_length: of the detector after the change, in labels.
        labels_per_s: above 0.

    >>> detection_time(label_delay=3600.0, run_length=10.0, labels_per_s=0.1)
    3700.0
    """
    require_positive(labels_per_s=labels_per_s)
    return label_delay + run_length / labels_per_s
