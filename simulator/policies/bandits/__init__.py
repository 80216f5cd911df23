"""Which of several arms gets the next calls, while one still learns which is the best."""

from simulator.policies.bandits.base import Bandit, BanditPolicy, LearningPolicy, bandit_policies
from simulator.policies.bandits.epsilon_greedy import EpsilonGreedy
from simulator.policies.bandits.equal_split import EqualSplit
from simulator.policies.bandits.explore_then_commit import ExploreThenCommit
from simulator.policies.bandits.thompson import Thompson
from simulator.policies.bandits.ucb1 import Ucb1

__all__ = [
    "Bandit",
    "BanditPolicy",
    "EpsilonGreedy",
    "EqualSplit",
    "ExploreThenCommit",
    "LearningPolicy",
    "Thompson",
    "Ucb1",
    "bandit_policies",
]
