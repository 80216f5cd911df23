"""A play of a case study: the clock, what the player has done, and what that makes of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.experiments.job import Order, Wanted
from simulator.scenario import Scenario
from simulator.scenario.game import Game
from simulator.ui.shelf import Opened

Curves = Mapping[str, Any]


@dataclass
class Play:
    """One visitor's play.

    Attributes:
        now_s: simulated time that has passed.
        steps: instants and moves, by their place in the game.
    """

    now_s: float
    steps: list[tuple[float, int]] = field(default_factory=list)


def game_of(scenario: Scenario) -> Game:
    """The game of a case that has one."""
    assert scenario.game is not None
    return scenario.game


def left(game: Game, play: Play) -> int:
    """How many more things the player may do."""
    return game.most - len(play.steps)


def is_over(scenario: Scenario, play: Play) -> bool:
    """Whether the clock has reached the end."""
    return play.now_s >= (scenario.run.duration or 0.0)


def changes(game: Game, play: Play) -> dict[str, Any]:
    """The player's steps as values of the scenario."""
    steps = [
        {"at": at_s, "do": game.moves[place].do.model_dump(mode="json")}
        for at_s, place in play.steps
    ]
    return {f"controllers.{game.plays}.steps": steps}


def order(opened: Opened, play: Play, with_others: bool = False) -> Order:
    """The run as the player has made it so far.

    Args:
        opened: the case.
        play: so far.
        with_others: whether the case's variants are run beside it, for the score.
    """
    wanted = [Wanted(set=changes(game_of(opened.scenario), play))]
    if with_others:
        wanted += [Wanted(), *(Wanted(variant=name) for name in opened.scenario.variants)]
    return Order(
        text=opened.text,
        file=opened.file,
        folder=opened.folder,
        designs=tuple(wanted),
        replications=1,
        seed=opened.scenario.run.seed,
    )


def until(curves: Curves, now_s: float) -> dict[str, Any] | None:
    """What there was to be seen by an instant; None before the end of the first interval."""
    seen = sum(end_s <= now_s for end_s in curves["end_s"])
    if not seen:
        return None
    found = {name: curves[name][:seen] for name in ("start_s", "end_s")}
    for name in ("latency", "outcomes"):
        found[name] = {each: values[:seen] for each, values in curves[name].items()}
    found["components"] = {
        name: {curve: values[:seen] for curve, values in of.items()}
        for name, of in curves["components"].items()
    }
    return found
