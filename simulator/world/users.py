"""Users: whoever asks, and what the answers mean to them.

They stand between the workload and the entry of a system that models decide in, and go by what
has reached them: an answer that was lost on its way, that came too late for whoever passed it on,
or that no model gave, leaves them unanswered.
"""

from __future__ import annotations

from simulator.kernel import OK, Call, Component, Find, Simulation, count, ratio
from simulator.kernel.call import NUMBER
from simulator.kernel.told import Told
from simulator.world.predictions import HARMS, POSITIVE, SAID
from simulator.world.world import World

USERS = "users"


class Users(Component):
    """Counts what becomes of users; stands before the entry."""

    answered = count("requests of which a model's answer reached the user", better="higher")
    unanswered = count("requests that ended without a model's answer", better="lower")
    right = count("answers that reached the user and were right", better="higher")
    harmed = count("users harmed by an answer, or by having none", better="lower")
    earned_usd = count("earned by answers, and by missing ones", better="higher", unit="$")
    harmed_ratio = ratio(
        "part of the users who were harmed", "harmed", "answered", "unanswered", better="lower"
    )
    right_ratio = ratio("part of the answers that was right", "right", "answered", better="higher")

    def __init__(self, sim: Simulation, world: World) -> None:
        super().__init__(USERS, sim)
        self._world = world

    def connect(self, find: Find) -> None:
        (self._entry,) = find("entry")

    def accept(self, call: Call) -> None:
        self._entry.accept(Told(call.request, self, call))

    def returned(self, call: Call, outcome: int, state: Call) -> None:
        world = self._world
        row = call.row if outcome == OK and isinstance(call, Told) else -1
        if row < 0:
            self.unanswered += 1
            usd, harms = world.outcomes.of_nothing(call.request[NUMBER], call.key)
        else:
            flags = world.predictions.flags(row)
            self.answered += 1
            self.right += bool(flags & SAID) == bool(flags & POSITIVE)
            usd, harms = world.predictions.usd[row], bool(flags & HARMS)
        self.earned_usd += usd
        self.harmed += harms
        state.attempts = call.attempts
        state.answer(outcome)
