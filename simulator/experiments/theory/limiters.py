"""Rate limiters that refuse whatever exceeds their limit."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.components.rate_limiter import RateLimiterSpec
from simulator.experiments.theory.formula import Formula
from simulator.experiments.theory.node import Node
from simulator.experiments.theory.queues import REFUSED
from simulator.policies.limiting import LeakyBucket, TokenBucket
from simulator.stats.theory import dead_time_loss


def formulas(node: Node) -> Iterator[Formula]:
    """A bucket without a burst, which is a counter with a dead time."""
    spec = node.spec
    if not isinstance(spec, RateLimiterSpec) or node.rates is None:
        return
    if spec.per != "all" or spec.max_wait or spec.replicas > 1:
        return
    policy = spec.policy
    if isinstance(policy, TokenBucket | LeakyBucket) and policy.burst == 1:
        refused = dead_time_loss(node.rate, 1 / policy.rate)
        rare = node.rare(refused, REFUSED)
        yield node.formula("counter with a dead time", "rejected_ratio", refused, *rare)
