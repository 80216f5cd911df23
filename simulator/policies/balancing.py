"""Which replica gets the next call.

A policy is a frozen spec whose ``start`` returns a pick function, with whatever that function has
to remember held in its closure: two load balancers never share a policy's memory. It is shown what
a balancer can know, the calls it has sent to each replica that are not answered yet (in transit,
queued or in service), and returns an index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Literal

from pydantic import Field

from simulator.registry import Family, Spec

Pick = Callable[[Sequence[int]], int]
Uniforms = Callable[[], float]

balancing_policies = Family("balancing policy")


class BalancingPolicy(Spec):
    """Chooses among replicas by their outstanding calls."""

    kind: str

    def start(self, replicas: int, uniform: Uniforms) -> Pick:
        """A pick function with a memory of its own.

        Args:
            replicas: how many there are to choose from, 1 or more.
            uniform: draws from [0, 1).
        """
        raise NotImplementedError


@balancing_policies.register
class Random(BalancingPolicy):
    """Any replica, equally likely. Needs no state; parts of a Poisson stream are Poisson again."""

    kind: Literal["random"] = "random"

    def start(self, replicas: int, uniform: Uniforms) -> Pick:
        return lambda outstanding: int(uniform() * replicas)


@balancing_policies.register
class RoundRobin(BalancingPolicy):
    """Each replica in turn. Blind to load: a slow replica goes on getting its full share."""

    kind: Literal["round_robin"] = "round_robin"

    def start(self, replicas: int, uniform: Uniforms) -> Pick:
        turn = cycle(range(replicas)).__next__
        return lambda outstanding: turn()


@balancing_policies.register
class LeastOutstanding(BalancingPolicy):
    """The replica with the fewest unanswered calls; any of several, equally likely."""

    kind: Literal["least_outstanding"] = "least_outstanding"

    def start(self, replicas: int, uniform: Uniforms) -> Pick:
        def pick(outstanding: Sequence[int]) -> int:
            fewest = min(outstanding)
            ties = outstanding.count(fewest)
            place = outstanding.index(fewest)
            if ties > 1:
                for _ in range(int(uniform() * ties)):
                    place = outstanding.index(fewest, place + 1)
            return place

        return pick


@balancing_policies.register
class FewestOfSample(BalancingPolicy):
    """The least loaded of a few replicas drawn at random without replacement.

    Two choices remove most of the imbalance of one, without the herding of looking at all of them.
    Source: Mitzenmacher, "The power of two choices in randomized load balancing", IEEE TPDS 12(10),
    2001.
    """

    kind: Literal["fewest_of_sample"] = "fewest_of_sample"
    choices: int = Field(2, ge=1, description="replicas looked at for each call")

    def start(self, replicas: int, uniform: Uniforms) -> Pick:
        choices = min(self.choices, replicas)
        return _fewer_of_two(replicas, uniform) if choices == 2 else _fewest(choices, uniform)


def _fewer_of_two(replicas: int, uniform: Uniforms) -> Pick:
    def pick(outstanding: Sequence[int]) -> int:
        scaled = uniform() * replicas
        one = int(scaled)
        other = int((scaled - one) * (replicas - 1))  # the fraction is uniform again
        if other >= one:
            other += 1
        return other if outstanding[other] < outstanding[one] else one

    return pick


def _fewest(choices: int, uniform: Uniforms) -> Pick:
    def pick(outstanding: Sequence[int]) -> int:
        places = list(range(len(outstanding)))
        for i in range(choices):  # a shuffle of which only the beginning is needed
            j = i + int(uniform() * (len(places) - i))
            places[i], places[j] = places[j], places[i]
        return min(places[:choices], key=outstanding.__getitem__)

    return pick
