"""How long to pause before a retry, and how many retries all calls together may make."""

from simulator.policies.retrying.backoff import (
    Backoff,
    Decorrelated,
    Exponential,
    Fixed,
    Immediate,
    backoffs,
)
from simulator.policies.retrying.budget import Budget, RetryBudget, budgets
from simulator.policies.retrying.finagle import FinagleBudget
from simulator.policies.retrying.grpc import GrpcThrottle
from simulator.policies.retrying.ratio import RatioBudget, TokenPurse
from simulator.policies.retrying.token_bucket import TokenBucketBudget

__all__ = [
    "Backoff",
    "Budget",
    "Decorrelated",
    "Exponential",
    "FinagleBudget",
    "Fixed",
    "GrpcThrottle",
    "Immediate",
    "RatioBudget",
    "RetryBudget",
    "TokenBucketBudget",
    "TokenPurse",
    "backoffs",
    "budgets",
]
