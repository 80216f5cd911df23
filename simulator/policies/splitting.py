"""Who belongs to which arm of an experiment or a release, while the shares of the arms change.

Every user (or call) is a point between 0 and 1, and each arm owns parts of that line, as long
together as its share. When shares change, only what one arm loses and another one gains changes
hands: no way of splitting moves fewer users. An arm gives away first what it got last, so that who
was in a group of 5 % is in it at 20 % too, and at 5 % again it is the same group as before.

Of two arms the first one owns the lower end of the line and the second one the upper end, whatever
shares they have had.

Source: hashing users into buckets of which an experiment has a range is described in Kohavi, Tang
and Xu, *Trustworthy Online Controlled Experiments*, 2020, chapter 4.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence

ROUNDING = 1e-12  # of the line; shorter pieces are nobody's


class Split:
    """Arms and what each owns of the line from 0 to 1.

    Args:
        shares: of the arms, 0 or more, which add up to 1.
    """

    def __init__(self, shares: Sequence[float]) -> None:
        # Of each arm its pieces in the order in which it got them: from where to where it grew.
        self._pieces: list[list[tuple[float, float]]] = []
        self._thresholds: list[float] = []
        self._owners: list[int] = []
        above = 1.0
        for share in shares[:0:-1]:
            below = above - share
            self._pieces.insert(0, [(above, below)] if share > ROUNDING else [])
            above = below if share > ROUNDING else above
        self._pieces.insert(0, [(0.0, above)] if above > ROUNDING else [])
        self._lay_out()

    def arm_of(self, point: float) -> int:
        """The place of the arm that owns a point, from 0 up to and without 1."""
        return self._owners[bisect(self._thresholds, point)]

    def shares(self) -> list[float]:
        """What each arm owns."""
        return [sum(abs(end - start) for start, end in each) for each in self._pieces]

    def change(self, shares: Sequence[float]) -> None:
        """Let arms have other shares, which add up to 1."""
        gains = [new - old for new, old in zip(shares, self.shares(), strict=True)]
        free: list[tuple[float, float]] = []
        for arm, gain in enumerate(gains):
            if gain < -ROUNDING:
                free += self._give_up(arm, -gain)
        last = max(range(len(gains)), key=lambda arm: gains[arm])
        for arm, gain in enumerate(gains):
            if gain > ROUNDING and arm != last:
                free = self._take(arm, gain, free)
        for piece in free:  # all that is left, so that rounding loses nobody
            self._append(last, piece)
        self._lay_out()

    def _give_up(self, arm: int, length: float) -> list[tuple[float, float]]:
        """Take from an arm what it got last, in the order in which it goes."""
        pieces, gone = self._pieces[arm], []
        while pieces and length > ROUNDING:
            start, end = pieces.pop()
            size = abs(end - start)
            if size > length + ROUNDING:
                cut = end - length if end > start else end + length
                pieces.append((start, cut))
                start, size = cut, length
            gone.append((end, start))
            length -= size
        return gone

    def _take(
        self, arm: int, length: float, free: list[tuple[float, float]]
    ) -> list[tuple[float, float]]:
        """Give an arm the first of what is free; the rest."""
        left = list(free)
        while left and length > ROUNDING:
            start, end = left.pop(0)
            size = abs(end - start)
            if size > length + ROUNDING:
                cut = start + length if end > start else start - length
                left.insert(0, (cut, end))
                end, size = cut, length
            self._append(arm, (start, end))
            length -= size
        return left

    def _append(self, arm: int, piece: tuple[float, float]) -> None:
        pieces = self._pieces[arm]
        goes_on = bool(pieces) and pieces[-1][1] == piece[0]
        if goes_on and (pieces[-1][1] > pieces[-1][0]) == (piece[1] > piece[0]):
            pieces[-1] = (pieces[-1][0], piece[1])
        else:
            pieces.append(piece)

    def _lay_out(self) -> None:
        owned = sorted(
            (max(start, end), arm)
            for arm, pieces in enumerate(self._pieces)
            for start, end in pieces
        )
        self._thresholds = [end for end, _ in owned[:-1]]
        self._owners = [arm for _, arm in owned]
