"""What a name stands for: which of its targets an authority answers with.

An answer policy is a frozen spec. Given the targets that are well, in order of preference, it says
which of them the record names; its ``start`` returns a function that makes one answer of a record,
the targets that a resolver then hands out in turn.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import Field

from simulator.registry import Family, Spec

Places = tuple[int, ...]
"""Targets, as indices in order of preference."""

Answer = Callable[[Places], Places]

answer_policies = Family("answer policy")


class AnswerPolicy(Spec):
    """Chooses among targets that are well."""

    kind: str

    def record(self, well: Places) -> Places:
        """The targets that answers may name.

        Args:
            well: the targets that pass their health checks, at least one.
        """
        return well

    def start(self, uniform: Callable[[], float]) -> Answer:
        """A function that makes an answer of a record.

        Args:
            uniform: draws from [0, 1).
        """
        raise NotImplementedError

    def shares(self, targets: int) -> list[float]:
        """The part of the calls that each target gets while all are well."""
        return [1 / targets] * targets

    def objection_to(self, targets: int) -> str:
        """What is wrong with so many targets; empty if nothing is."""
        return ""


@answer_policies.register
class Failover(AnswerPolicy):
    """The first target that is well: a primary, and standbys that take over in this order."""

    kind: Literal["failover"] = "failover"

    def record(self, well: Places) -> Places:
        return well[:1]

    def start(self, uniform: Callable[[], float]) -> Answer:
        return lambda record: record

    def shares(self, targets: int) -> list[float]:
        return [1.0] + [0.0] * (targets - 1)


@answer_policies.register
class AllInTurn(AnswerPolicy):
    """All targets that are well; a resolver hands them out in turn (round-robin DNS)."""

    kind: Literal["round_robin"] = "round_robin"

    def start(self, uniform: Callable[[], float]) -> Answer:
        return lambda record: record


@answer_policies.register
class Weighted(AnswerPolicy):
    """One target for each answer, drawn by weight among those that are well.

    A resolver gives what it got to all who ask it, so that shares are coarse where few resolvers
    have many users.
    """

    kind: Literal["weighted"] = "weighted"
    weights: tuple[Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)], ...] = Field(
        min_length=1, description="weight of each target, relative to the others"
    )

    def start(self, uniform: Callable[[], float]) -> Answer:
        weights = self.weights

        def answer(record: Places) -> Places:
            edges = [*accumulate(weights[place] for place in record)]
            return (record[bisect(edges, uniform() * edges[-1], hi=len(record) - 1)],)

        return answer

    def shares(self, targets: int) -> list[float]:
        return [weight / sum(self.weights) for weight in self.weights]

    def objection_to(self, targets: int) -> str:
        if len(self.weights) == targets:
            return ""
        return f"{len(self.weights)} weights for {targets} targets; must be one each"
