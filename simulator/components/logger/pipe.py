"""How fast bytes can be written."""

from __future__ import annotations


class Pipe:
    """Takes bytes at the peak rate while there is credit, else at the rate.

    Args:
        rate: bytes a second in the long run; what credit grows by.
        peak: bytes a second while there is credit.
        burst: most credit in bytes, of which there is all at first.
    """

    def __init__(self, rate: float, peak: float, burst: float) -> None:
        self._rate = rate
        self._peak = peak
        self._burst = burst
        self._credit = burst
        self._at_s = 0.0

    def takes_s(self, size: int, now_s: float) -> float:
        """Seconds for a write that begins now.

        Bytes for which there is no credit have to wait for it.

        >>> pipe = Pipe(rate=10.0, peak=100.0, burst=50.0)
        >>> pipe.takes_s(50, 0.0), pipe.takes_s(50, 0.5)
        (0.5, 4.5)
        """
        earned = (now_s - self._at_s) * self._rate
        self._credit = min(self._burst, self._credit + earned) - size
        self._at_s = now_s
        return max(size / self._peak, -self._credit / self._rate)
