"""A case study as a game: somebody is on call, sees a dashboard, and may do a few things.

The clock stands still while the player thinks. What the player does is written into the runbook
that the game names, and the run is made anew with the same random numbers: until the first thing
that is different it is the same to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from simulator.controllers import Plan
from simulator.controllers.actions import Action, action_kinds
from simulator.registry import Spec
from simulator.scenario.claims import Text
from simulator.units import PositiveSeconds, Seconds


class Move(Spec):
    """Something that the player may do."""

    say: Text = Field(description="what it is called, a few words")
    do: Annotated[Action, action_kinds] = Field(description="what it does")


class Gauge(Spec):
    """A component's curve that the player sees."""

    of: Text = Field(description="a component, a replica or a controller")
    curve: Text = Field(description="which of its curves, such as queued or utilization")


class Game(Spec):
    """How a case study is played."""

    plays: Text = Field(description="the runbook into which the player's steps are written")
    start: Seconds = Field(alias="from", description="when the player is called")
    tick: PositiveSeconds = Field(60.0, description="how far the clock moves when one waits")
    most: int = Field(3, ge=1, le=20, description="how many things the player may do")
    moves: tuple[Move, ...] = Field(min_length=1, max_length=12, description="what can be done")
    shows: tuple[Gauge, ...] = Field((), max_length=6, description="curves beside the users' own")
    score: tuple[Text, ...] = Field(
        min_length=1, max_length=6, description="measures by which plays are compared, in order"
    )

    def objections(self, plan: Plan) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What is wrong in the light of the rest of the file: steps to a field, and a message."""
        hands = plan.controllers.get(self.plays)
        if message := plan.unknown(self.plays, "controller"):
            yield ("plays",), message
        elif hands is not None and hands.kind != "runbook":
            yield ("plays",), f"{self.plays!r} is of kind {hands.kind!r}; must be a runbook"
        for place, move in enumerate(self.moves):
            for field, message in move.do.misfits(plan):
                yield ("moves", place, "do", field), message
