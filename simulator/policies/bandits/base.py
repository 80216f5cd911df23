"""What a bandit is asked, and what it is told.

A policy is a frozen spec. Its ``start`` returns a ``Bandit``, the memory of one experiment. It is
told of rewards when they become known, and asked which share of the next calls each arm is to get.
Asked after every reward it is the algorithm of the books; asked from time to time it is what is
run where many servers have to agree.

A policy may keep what it has learned for good, or forget it, for a world that changes: everything
older than a window, or more and more of it as it ages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from pydantic import Field

from simulator.registry import Family, Spec
from simulator.units import PositiveSeconds

bandit_policies = Family("bandit policy")


class BanditPolicy(Spec):
    """Decides how many of the next calls each arm gets."""

    kind: str

    def start(self, arms: int) -> Bandit:
        """The memory of one experiment.

        Args:
            arms: how many there are, 1 or more; each is known by its place.
        """
        raise NotImplementedError


class LearningPolicy(BanditPolicy):
    """Goes by what was learned, all of it or the latest."""

    half_life: PositiveSeconds | None = Field(
        None,
        description="time in which what was learned loses half of its weight; it keeps all of it "
        "if not given",
    )
    window: PositiveSeconds | None = Field(
        None, description="how long something learned counts; for good if not given"
    )

    def contradictions(self) -> Iterator[str]:
        if self.half_life is not None and self.window is not None:
            yield "give either half_life or window"


class Bandit:
    """The memory of one experiment.

    Args:
        arms: how many there are.
        half_life_s: of what was learned; None if it does not age.
        window_s: how long it counts; None if for good.

    Attributes:
        calls: with a known reward, of each arm, as far as they still count; need not be whole.
        rewards: of those, in all.
    """

    def __init__(
        self, arms: int, half_life_s: float | None = None, window_s: float | None = None
    ) -> None:
        self.calls: list[float] = [0.0] * arms
        self.rewards: list[float] = [0.0] * arms
        self._half_life_s = half_life_s
        self._window_s = window_s
        self._learned: deque[tuple[float, int, float, float]] = deque()  # what a window holds
        self._aged_s = 0.0

    def learn(self, arm: int, calls: float, rewards: float, now_s: float) -> None:
        """Be told what calls to an arm have brought.

        Args:
            arm: its place.
            calls: whose rewards have become known.
            rewards: of these calls together; each of them is from 0 to 1.
            now_s: not before that of any call before.
        """
        self._forget(now_s)
        self.calls[arm] += calls
        self.rewards[arm] += rewards
        if self._window_s is not None:
            self._learned.append((now_s, arm, calls, rewards))

    def shares(self, now_s: float) -> list[float]:
        """The share of the next calls that each arm is to get; they add up to 1."""
        self._forget(now_s)
        return self.preferred()

    def preferred(self) -> list[float]:
        """The same, going by ``calls`` and ``rewards`` as they are."""
        raise NotImplementedError

    def means(self) -> list[float]:
        """The mean reward of each arm, 0 where nothing is known."""
        return [
            rewards / calls if calls > 0 else 0.0
            for calls, rewards in zip(self.calls, self.rewards, strict=True)
        ]

    def _forget(self, now_s: float) -> None:
        if self._half_life_s is not None and now_s > self._aged_s:
            kept = 0.5 ** ((now_s - self._aged_s) / self._half_life_s)
            self.calls = [calls * kept for calls in self.calls]
            self.rewards = [rewards * kept for rewards in self.rewards]
        self._aged_s = now_s
        if self._window_s is None:
            return
        while self._learned and self._learned[0][0] < now_s - self._window_s:
            _, arm, calls, rewards = self._learned.popleft()
            self.calls[arm] -= calls
            self.rewards[arm] -= rewards


def all_to_the_greatest(values: Sequence[float]) -> list[float]:
    """Shares that go to the arm with the greatest value; those that are equal share evenly.

    >>> all_to_the_greatest([1.0, 3.0, 3.0])
    [0.0, 0.5, 0.5]
    """
    greatest = max(values)
    winners = sum(value == greatest for value in values)
    return [(value == greatest) / winners for value in values]
