"""Whether a new version may go on, by what is known of the users that met it."""

from simulator.policies.judging.base import (
    CONTINUE,
    FAIL,
    PASS,
    Evidence,
    Judge,
    JudgeMemory,
    Verdict,
    judges,
)
from simulator.policies.judging.threshold import Threshold

__all__ = [
    "CONTINUE",
    "FAIL",
    "PASS",
    "Evidence",
    "Judge",
    "JudgeMemory",
    "Threshold",
    "Verdict",
    "judges",
]
