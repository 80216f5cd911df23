"""What a judge is shown of the two arms of a release, and what it says.

A judge is a frozen spec. Its ``start`` returns a ``JudgeMemory``, that of one trial: a stage of a
canary, or the whole of a release. It is shown the evidence of both arms again and again while the
trial goes on, and says each time whether the candidate passes, fails, or cannot be told yet.

It reads what a real one could: what became of users, what is known of it by now, and what the
dashboards of the two arms show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Final, NamedTuple

import numpy as np

from simulator.registry import Family, Spec

PASS: Final = "pass"
FAIL: Final = "fail"
CONTINUE: Final = "continue"

NOTHING = np.zeros(0)

judges = Family("judge")


@dataclass(frozen=True)
class Evidence:
    """All that is known of one arm since its trial began.

    Users are whatever the trial counts by: requests, or people if an arm keeps them. A user who is
    not answered in time failed. Outcomes that are not known yet, or never, are not counted among
    ``labeled``: a candidate that fails most of its users has few labels, and these may be fine.

    Attributes:
        users: who got an answer or gave up, 0 or more.
        failed: those of them who got none or an error.
        labeled: users whose outcome is known by now.
        harmed: those of them to whom the answer did harm.
        latency_s: of users who were answered, in any order, shape ``(n,)``.
        usd: what each labeled user brought in, in dollars, shape ``(labeled,)``.
        series: of each metric one value an interval, the oldest first; NaN where there was
            nothing to measure. Both arms have the same metrics.
    """

    users: int = 0
    failed: int = 0
    labeled: int = 0
    harmed: int = 0
    latency_s: np.ndarray = field(default_factory=lambda: NOTHING)
    usd: np.ndarray = field(default_factory=lambda: NOTHING)
    series: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def failed_ratio(self) -> float:
        """Part of all users who failed, 0 to 1; NaN without users."""
        return self.failed / self.users if self.users else nan

    @property
    def harmed_ratio(self) -> float:
        """Part of labeled users who were harmed, 0 to 1; NaN without labels."""
        return self.harmed / self.labeled if self.labeled else nan

    def counted(self, of: str) -> tuple[int, int]:
        """How many met something bad, and of how many that is known.

        Args:
            of: ``failed`` or ``harmed``.
        """
        return (self.failed, self.users) if of == "failed" else (self.harmed, self.labeled)


class Verdict(NamedTuple):
    """What a judge says at one look.

    Attributes:
        decision: ``FAIL``, the candidate is worse, and is to be rolled back now; ``PASS``, it would
            do if the trial ended now; ``CONTINUE``, more has to be known.
        score: how well it does, 0 to 100; 50 where a judge has no score and cannot tell.
        words: why, for whoever reads the log of the release.
    """

    decision: str
    score: float
    words: str


class Judge(Spec):
    """Says whether a new version may go on."""

    kind: str

    def start(self) -> JudgeMemory:
        """The memory of one trial."""
        raise NotImplementedError

    def decides_early(self) -> bool:
        """Whether a PASS ends a trial before its time.

        Only of tests that are right whenever they are looked at. Of others a PASS says that nothing
        is wrong so far, which is little before the time is over.
        """
        return False

    def metrics(self) -> tuple[str, ...]:
        """The metrics whose series it reads; none if counts and samples are enough for it."""
        return ()


class JudgeMemory:
    """What a judge remembers of one trial from look to look."""

    def judge(self, control: Evidence, candidate: Evidence) -> Verdict:
        """What it says by now.

        Args:
            control, candidate: all that is known of each arm since the trial began: no less than at
                the look before.
        """
        raise NotImplementedError
