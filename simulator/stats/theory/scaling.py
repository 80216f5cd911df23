"""How much N workers on one job get done together: Amdahl's law and the universal scalability law.

One worker alone does ``alone`` a second. Of its work a part ``contention`` has to be done by one at
a time, and each pair of workers costs ``coherency`` of it, both ways, to agree on what is true.
"""

from __future__ import annotations

from math import inf, sqrt

from simulator.stats.theory.limits import require_positive


def usl_throughput(
    workers: float, alone: float, contention: float, coherency: float = 0.0
) -> float:
    """Throughput of N workers, per second; with no coherency to pay for it is Amdahl's law.

    Args:
        workers: how many, 1 or more; a fraction lies between.
        alone: throughput of one worker, per second, above 0.
        contention: σ, from 0 to 1.
        coherency: κ, 0 or more.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Gunther, *Guerrilla Capacity Planning*, 2007, chapter 4; Amdahl, "Validity of the single
        processor approach", AFIPS 1967.

    >>> [round(usl_throughput(n, 1000.0, 0.05, 0.001), 4) for n in (1, 16, 64)]
    [1000.0, 8040.201, 7822.0484]
    """
    _require(alone, contention, coherency)
    if not workers >= 1:
        raise ValueError(f"workers must be at least 1, got {workers:g}")
    others = workers - 1
    return alone * workers / (1 + contention * others + coherency * workers * others)


def usl_best_workers(contention: float, coherency: float) -> float:
    """With how many workers throughput is highest; any more make it less. Seldom a whole number.

    Args:
        contention, coherency: as of ``usl_throughput``.

    Raises:
        ValueError: an argument is out of range.

    Source:
        Gunther (as above), the zero of the derivative.

    >>> round(usl_best_workers(0.05, 0.001), 5), usl_best_workers(0.05, 0.0)
    (30.82207, inf)
    """
    _require(1.0, contention, coherency)
    return max(1.0, sqrt((1 - contention) / coherency)) if coherency else inf


def amdahl_limit(alone: float, contention: float) -> float:
    """Throughput that no number of workers exceeds, per second, by Amdahl's law.

    Args:
        alone, contention: as of ``usl_throughput``.

    Raises:
        ValueError: an argument is out of range.

    >>> amdahl_limit(1000.0, 0.05)
    20000.0
    """
    _require(alone, contention, 0.0)
    return alone / contention if contention else inf


def _require(alone: float, contention: float, coherency: float) -> None:
    require_positive(alone=alone)
    if not 0 <= contention <= 1:
        raise ValueError(f"contention must be from 0 to 1, got {contention:g}")
    if not coherency >= 0:
        raise ValueError(f"coherency must not be negative, got {coherency:g}")
