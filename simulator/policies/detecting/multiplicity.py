"""Which of several tests still tell something, since there are several of them.

Of twenty tests at 5 % one raises an alarm without any change. Bonferroni and Holm keep the
probability of any false alarm at what one test has; Benjamini and Hochberg keep the part of false
ones among the alarms there, and find more.

Source: Holm, "A simple sequentially rejective multiple test procedure", *Scandinavian J. of
Statistics* 6(2), 1979; Benjamini and Hochberg, "Controlling the false discovery rate", *J. Royal
Statistical Society B* 57(1), 1995.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Correction = Literal["none", "bonferroni", "holm", "benjamini_hochberg"]


def significant(p_values: np.ndarray, alpha: float, correction: Correction) -> np.ndarray:
    """Which of several tests raise an alarm.

    Args:
        p_values: of each, shape ``(tests,)``; NaN where there is nothing to test.
        alpha: of one test, 0 to 1.
        correction: for how many there are.

    Returns:
        Whether, of each, shape ``(tests,)``.

    >>> p_values = np.array([0.012, 0.02, 0.03, 0.6])
    >>> significant(p_values, 0.05, "holm").tolist()
    [True, False, False, False]
    >>> significant(p_values, 0.05, "benjamini_hochberg").tolist()
    [True, True, True, False]
    """
    tests = int(np.count_nonzero(~np.isnan(p_values)))
    if correction == "none":
        return np.less(p_values, alpha)
    if correction == "bonferroni":
        return np.less(p_values, alpha / max(tests, 1))
    order = np.argsort(p_values)[:tests]  # NaN comes last
    rank = np.arange(tests)
    limits = alpha / (tests - rank) if correction == "holm" else alpha * (rank + 1) / max(tests, 1)
    passed = p_values[order] < limits
    if correction == "holm":
        count = int(np.argmin(passed)) if not passed.all() else tests
    else:
        count = int(np.flatnonzero(passed)[-1]) + 1 if passed.any() else 0
    found = np.zeros(len(p_values), dtype=bool)
    found[order[:count]] = True
    return found
