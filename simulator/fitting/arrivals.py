"""Recorded arrivals: how fast, how bursty, and whether one process is behind all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from simulator.units import human

TENTHS = 10  # of the record, over which the rate is compared
FEWEST_ARRIVALS = 200  # that tell whether the rate is constant
FEWEST_WINDOWS = 30  # that tell an index of dispersion
ROUNDING = 1e-9  # of a gap: what differs by less is the same
SURE = 1e-3  # chance of a warning about a process that is as it should be
DEVIATIONS = 4  # that an estimate must be off to be called so


@dataclass(frozen=True)
class Dispersion:
    """Index of dispersion for counts: variance of the arrivals in a window over their mean.

    1 at any length if arrivals are Poisson; goes to the squared cv of the gaps if they are
    independent; grows with the window where the rate changes or arrivals come in bursts.
    """

    window_s: float
    index: float
    windows: int


@dataclass(frozen=True)
class Arrivals:
    """What is seen of recorded arrivals.

    Attributes:
        gaps_s: between one arrival and the next, shape ``(n - 1,)``; none is 0, see ``at_once``.
        rate_per_s: arrivals a second, from the first to the last.
        cv: of the gaps.
        correlation: of a gap with the next.
        dispersion: for windows of several lengths.
        at_once: gaps that were recorded as 0; counted as half of the shortest other gap, which the
            clock could not tell from it.
        unsteady: how likely a constant rate makes arrivals as uneven over the record as these; None
            if that cannot be told.
        tenth_s: a tenth of the record.
        tenths_per_s: the rate in each tenth, in order of time.
    """

    gaps_s: np.ndarray
    rate_per_s: float
    cv: float
    correlation: float
    dispersion: tuple[Dispersion, ...]
    at_once: int
    unsteady: float | None
    tenth_s: float
    tenths_per_s: tuple[float, ...]

    @property
    def is_steady(self) -> bool:
        """Whether all of the record may have the same rate, for all that is known."""
        return self.unsteady is None or self.unsteady >= SURE

    def warnings(self) -> Iterator[str]:
        """What a process of independent gaps at a constant rate would leave out."""
        if self.at_once:
            yield f"{self.at_once} of {self.gaps_s.size} gaps are 0: the clock was too coarse"
        if self.unsteady is None:
            yield (
                "whether the rate is constant cannot be told: there are too few arrivals, or "
                "gaps of more than a hundredth of the record"
            )
        elif not self.is_steady:
            slowest, fastest = min(self.tenths_per_s), max(self.tenths_per_s)
            yield (
                f"the rate is not constant: from {human(slowest, '/s')} in the quietest tenth "
                f"to {human(fastest, '/s')} in the busiest; a schedule or a trace keeps that"
            )
        if abs(self.correlation) * np.sqrt(self.gaps_s.size) > DEVIATIONS:
            yield (
                f"a gap tells of the next (correlation {self.correlation:.2f}), which a process "
                "of independent gaps leaves out"
            )
        if self.dispersion and self._is_bursty(self.dispersion[-1]):
            last = self.dispersion[-1]
            yield (
                f"counts over {human(last.window_s, 's')} vary {last.index:.3g} times as much as "
                f"Poisson ones, and {last.index / self.cv**2:.3g} times as much as independent "
                "gaps explain: arrivals come in bursts, or the rate changes; a trace keeps that"
            )

    def _is_bursty(self, last: Dispersion) -> bool:
        explained = max(1.0, self.cv**2)
        return last.index > explained * (1 + DEVIATIONS * np.sqrt(2 / (last.windows - 1)))


def observe(instants_s: np.ndarray) -> Arrivals:
    """Read off recorded arrivals what there is to see.

    Args:
        instants_s: shape ``(n,)``, in order, in seconds; not all the same.
    """
    gaps_s = np.diff(instants_s)
    at_once = int((gaps_s == 0).sum())
    filled_s = np.where(gaps_s > 0, gaps_s, gaps_s[gaps_s > 0].min() / 2)
    tenth_s = float(instants_s[-1] - instants_s[0]) / TENTHS
    return Arrivals(
        gaps_s=filled_s,
        rate_per_s=float(1 / gaps_s.mean()),
        cv=float(gaps_s.std() / gaps_s.mean()),
        correlation=_correlation(gaps_s),
        dispersion=tuple(_dispersions(instants_s)),
        at_once=at_once,
        unsteady=_unsteady(instants_s),
        tenth_s=tenth_s,
        tenths_per_s=tuple((_counts(instants_s, TENTHS) / tenth_s).tolist()),
    )


def _counts(instants_s: np.ndarray, windows: int) -> np.ndarray:
    return np.histogram(instants_s[1:], windows, (instants_s[0], instants_s[-1]))[0]


def _correlation(gaps_s: np.ndarray) -> float:
    if gaps_s.std() < ROUNDING * gaps_s.mean():
        return 0.0
    centered = gaps_s - gaps_s.mean()
    return float(centered[1:] @ centered[:-1] / (centered @ centered))


def _dispersions(instants_s: np.ndarray) -> Iterator[Dispersion]:
    """For windows of 10, 100, 1000 ... arrivals, as long as there are enough of them."""
    span_s = instants_s[-1] - instants_s[0]
    windows = instants_s.size // 10
    while windows >= FEWEST_WINDOWS:
        counts = _counts(instants_s, windows)
        yield Dispersion(span_s / windows, float(counts.var(ddof=1) / counts.mean()), windows)
        windows //= 10


def _unsteady(instants_s: np.ndarray) -> float | None:
    """P-value of a constant rate: one-way analysis of variance of the counts in equal windows.

    Tenths of the record are compared, each of ten windows: do the tenths differ by more than the
    windows within one tenth let expect? Bursts much shorter than a window are no reason to, but a
    gap that is longer would be: without it counts are nearly normal and independent.
    """
    window_s = (instants_s[-1] - instants_s[0]) / TENTHS**2
    if instants_s.size < FEWEST_ARRIVALS or np.diff(instants_s).max() > window_s:
        return None
    counts = _counts(instants_s, TENTHS**2).reshape(TENTHS, TENTHS)
    between = TENTHS * counts.mean(axis=1).var(ddof=1)
    within = counts.var(axis=1, ddof=1).mean()
    if within == 0:
        return 1.0 if between == 0 else 0.0
    return float(fdtrc(TENTHS - 1, TENTHS * (TENTHS - 1), between / within))
