"""Sliding windows: how many of the latest calls failed, and how many were slow."""

from __future__ import annotations

from collections import deque


class SlidingWindow:
    """The latest calls.

    Attributes:
        calls: in the window.
        failures, slow: how many of them failed, and were slow; a call may be both.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.failures = 0
        self.slow = 0

    def add(self, is_failure: bool, is_slow: bool, now_s: float) -> None:
        """Take in the result of a call, and drop what does not belong into the window any more."""
        raise NotImplementedError


class LastCalls(SlidingWindow):
    """The last so many calls.

    Args:
        size: how many, at least 1.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._results: deque[tuple[bool, bool]] = deque()

    def add(self, is_failure: bool, is_slow: bool, now_s: float) -> None:
        if self.calls == self._size:
            was_failure, was_slow = self._results.popleft()
            self.failures -= was_failure
            self.slow -= was_slow
            self.calls -= 1
        self._results.append((is_failure, is_slow))
        self.calls += 1
        self.failures += is_failure
        self.slow += is_slow


class Second:
    """The calls of one second of the clock."""

    __slots__ = ("calls", "failures", "number", "slow")

    def __init__(self, number: int) -> None:
        self.number = number
        self.calls = 0
        self.failures = 0
        self.slow = 0


class LastSeconds(SlidingWindow):
    """The calls of the present second of the clock and of those before it.

    Args:
        size: how many seconds, at least 1.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._seconds: deque[Second] = deque()

    def add(self, is_failure: bool, is_slow: bool, now_s: float) -> None:
        number = int(now_s)
        while self._seconds and self._seconds[0].number <= number - self._size:
            gone = self._seconds.popleft()
            self.calls -= gone.calls
            self.failures -= gone.failures
            self.slow -= gone.slow
        if not self._seconds or self._seconds[-1].number != number:
            self._seconds.append(Second(number))
        second = self._seconds[-1]
        second.calls += 1
        second.failures += is_failure
        second.slow += is_slow
        self.calls += 1
        self.failures += is_failure
        self.slow += is_slow
