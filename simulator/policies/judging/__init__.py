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
from simulator.policies.judging.mann_whitney import MannWhitney
from simulator.policies.judging.sprt import Sprt
from simulator.policies.judging.threshold import Threshold
from simulator.policies.judging.two_proportions import TwoProportions

__all__ = [
    "CONTINUE",
    "FAIL",
    "PASS",
    "Evidence",
    "Judge",
    "JudgeMemory",
    "MannWhitney",
    "Sprt",
    "Threshold",
    "TwoProportions",
    "Verdict",
    "judges",
]
