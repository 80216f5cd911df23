"""What is random about requests, before the world makes something of it."""

from __future__ import annotations

from math import sqrt

import numpy as np

from simulator.kernel.streams import BLOCK, Sampler, Streams, Uniform
from simulator.world.alike import AlikeSpec
from simulator.world.draws import MOST_BLOCKS, MOST_OF_USERS, Standard
from simulator.world.features import Feature
from simulator.world.geometry import Geometry

FIRST_FEATURE = 3  # of what is drawn: truth, breakage and noise stand before


class Requests:
    """A row for every request: its luck of being positive, of a breakage, noise, and features.

    It depends on the number of the request alone: not on who asks, nor how often. If users are
    alike, it also depends on the user, and the luck of being positive is normal, not uniform.

    Args:
        features: by name.
        geometry: how they depend on one another.
        alike: what requests of one user have in common; None if they have nothing.
        streams: of the run.
    """

    def __init__(
        self,
        features: dict[str, Feature],
        geometry: Geometry,
        alike: AlikeSpec | None,
        streams: Streams,
    ) -> None:
        self._streams = streams
        self._spread = None if geometry.is_plain else geometry.spread().T
        lucks: dict[str, Sampler] = {"truth": Uniform() if alike is None else Standard()}
        lucks |= {"breakage": Uniform(), "noise": Standard()}
        of_features: dict[str, Sampler] = {f"features.{name}": Standard() for name in features}
        self._columns = {f"world.{name}": each for name, each in (lucks | of_features).items()}
        wandering = [each.wander.part if each.wander else 0.0 for each in features.values()]
        parts = np.array([0.0, 0.0, 0.0, *wandering])
        self._of_users: dict[str, Sampler] = {}
        self._common: np.ndarray | None = None
        if alike is not None:
            common = np.array([alike.truth, 0.0, 0.0] + [alike.features] * len(features))
            self._common = np.sqrt(common * (1 - parts))
            parts = parts + common * (1 - parts)
            self._of_users = {f"world.users.{name}": Standard() for name in self._columns}
        self._own = np.sqrt(1 - parts) if parts.any() else None
        self._blocks: dict[int, list[list[float]]] = {}
        self._users: dict[int, list[list[float]]] = {}

    def row(self, number: int, key: int | None) -> list[float]:
        """What is random about a request of a user."""
        block, place = divmod(number, BLOCK)
        rows = self._blocks.get(block)
        if rows is None:
            rows = self._draw(self._blocks, block, self._columns, self._own)
        if self._common is None or key is None:
            return rows[place]
        block, place_of_key = divmod(key, BLOCK)
        users = self._users.get(block)
        if users is None:
            users = self._draw(self._users, block, self._of_users, self._common)
        return [own + common for own, common in zip(rows[place], users[place_of_key], strict=True)]

    def _draw(
        self,
        blocks: dict[int, list[list[float]]],
        block: int,
        columns: dict[str, Sampler],
        scales: np.ndarray | None,
    ) -> list[list[float]]:
        """A block of rows.

        One that was out of sight for long may be needed again when it has been forgotten.
        """
        most = MOST_BLOCKS if blocks is self._blocks else MOST_OF_USERS
        if len(blocks) >= most:
            del blocks[next(iter(blocks))]
        drawn = np.column_stack(
            [
                sampler.sample(self._streams.generator(name, block), BLOCK)
                for name, sampler in columns.items()
            ]
        )
        if self._spread is not None:
            drawn[:, FIRST_FEATURE:] = drawn[:, FIRST_FEATURE:] @ self._spread
        if scales is not None:
            drawn *= scales
        blocks[block] = rows = drawn.tolist()
        return rows


def stake_parts(alike: AlikeSpec | None) -> tuple[float, float]:
    """By how much a request's own luck, and its user's, make what is at stake."""
    part = 0.0 if alike is None else alike.stakes
    return sqrt(1 - part), sqrt(part)
