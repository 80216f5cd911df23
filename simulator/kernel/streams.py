"""Random numbers: a named stream for every purpose, and every request's own needs.

A stream depends on the seed, the replication and its name only, so that adding a component or
reordering a file leaves every other stream as it was. That is what makes variants comparable
under common random numbers.

Draws come in blocks: a scalar call of a numpy generator costs five times a draw from a block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, count, islice, repeat
from typing import Any, Protocol

import numpy as np

from simulator.kernel.call import FIRST_NEED

BLOCK = 4096  # draws at a time; part of the numbers, since a sampler may draw several per value


class Sampler(Protocol):
    """Anything that draws: in practice a distribution.

    One with an attribute ``stream`` that is not None has its draws from the stream of that name,
    wherever it stands.
    """

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray: ...


class Uniform:
    """Uniform on [0, 1)."""

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        return rng.random(size)


class Streams:
    """The random streams of one run, by name.

    Args:
        seed, replication: they fix every stream.
        prefix: of all names.
    """

    def __init__(self, seed: int, replication: int, prefix: str = "") -> None:
        self.seed = seed
        self.replication = replication
        self.prefix = prefix

    def of_part(self, part: str) -> Streams:
        """The streams of a part, to which the same names mean others."""
        return Streams(self.seed, self.replication, f"{self.prefix}{part}.")

    def generator(self, name: str, *part: int) -> np.random.Generator:
        """A fresh generator at the beginning of the stream called ``name``, or of a part of it."""
        digest = int.from_bytes(sha256(f"{self.prefix}{name}".encode()).digest()[:8], "little")
        key = np.random.SeedSequence(self.seed, spawn_key=(self.replication, digest, *part))
        return np.random.Generator(np.random.PCG64(key))

    def blocks(self, name: str, sampler: Sampler) -> Iterator[np.ndarray]:
        """The stream in blocks of shape ``(BLOCK,)``."""
        rng = self.generator(name)
        while True:
            yield sampler.sample(rng, BLOCK)

    def draws(self, name: str, sampler: Sampler) -> Callable[[], float]:
        """A function that returns the stream's next value."""
        return flatten(self.blocks(name, sampler)).__next__

    def uniforms(self, name: str) -> Callable[[], float]:
        """A function that returns the stream's next value, uniform on [0, 1)."""
        return self.draws(name, Uniform())


def flatten(blocks: Iterator[np.ndarray]) -> Iterator[Any]:
    """The values of successive blocks, as plain Python numbers."""
    return chain.from_iterable(map(np.ndarray.tolist, blocks))


@dataclass(frozen=True, slots=True)
class RequestClass:
    """A type of request: its part of all requests, whether it writes, and what it is due.

    Of two priorities the larger goes first; a class of twice the weight is due twice the work.
    Two that follow one another under the same name are one class to the user, of which a part
    writes: they differ in nothing else.
    """

    name: str
    share: float = 1.0
    writes: bool = False
    priority: int = 0
    weight: float = 1.0


class Needs:
    """What every request needs of every group of components, drawn by the request's number.

    A need is a column (the service time at ``api``, the luck at ``cache``) and a request is a row:
    request i takes the i-th draw of every column, whoever serves it and whenever. Two variants
    therefore give the same request the same need, which is what makes their difference sharp.
    A try that needs something new (a retry) takes the next row of columns of its own.
    """

    def __init__(self, streams: Streams, classes: Sequence[RequestClass]) -> None:
        self._streams = streams
        self.classes = classes
        self.names = list(dict.fromkeys(each.name for each in classes))
        self.name_indices = [self.names.index(each.name) for each in classes]
        self._thresholds = _thresholds([each.share for each in classes])
        self._sources: Callable[[], Iterator[int]] | None = None
        self._source_thresholds = np.empty((0, 0))
        self._columns: dict[str, list[Sampler]] = {}
        self._stream_names: dict[str, str] = {}  # of each column: its own name, unless shared

    def add(
        self,
        name: str,
        sampler: Sampler,
        by_class: Mapping[str, Sampler] | None = None,
        of_writes: Sampler | None = None,
    ) -> int:
        """Declare a need and return its place in ``Call.request``; the same name is the same need.

        Args:
            name: of the stream, by convention ``<group>.<what>``.
            sampler: where the draws come from.
            by_class: for classes whose draws come from elsewhere, by their names.
            of_writes: the same for requests that write.
        """
        if name not in self._columns:
            self._stream_names[name] = getattr(sampler, "stream", None) or name
            by_class = by_class or {}
            self._columns[name] = [
                of_writes
                if of_writes is not None and each.writes
                else by_class.get(each.name, sampler)
                for each in self.classes
            ]
        return FIRST_NEED + list(self._columns).index(name)

    def place(self, *names: str) -> int | None:
        """The place in ``Call.request`` of the first of these needs that there is; None if none."""
        known = list(self._columns)
        return next((FIRST_NEED + known.index(name) for name in names if name in known), None)

    def requests(self, keys: Iterator[Any]) -> Iterator[tuple[Any, ...]]:
        """One tuple a request, in order of arrival: number, class, key and every need."""
        columns = self._columns.items()
        needs = [self._by_number(self._stream_names[name], each) for name, each in columns]
        return zip(count(), self.class_indices(), keys, *needs, strict=False)

    def class_indices(self) -> Iterator[int]:
        """The class of each request, in order of arrival; the same every time."""
        return repeat(0) if len(self.classes) == 1 else flatten(self._class_blocks())

    def name_indices_in_order(self) -> Iterator[int]:
        """The index in ``names`` of each request's class, in order of arrival."""
        if len(self.names) == len(self.classes):
            return self.class_indices()
        return map(self.name_indices.__getitem__, self.class_indices())

    def by_class(self, choices: Sequence[Iterator[np.ndarray]]) -> Iterator[np.ndarray]:
        """Blocks in which each request has what there is for its class.

        Args:
            choices: blocks for each class.
        """
        for classes, *blocks in zip(self._class_blocks(), *choices, strict=False):
            yield np.stack(blocks)[classes, np.arange(BLOCK)]

    def of_class(self, class_index: int) -> list[tuple[str, Sampler]]:
        """Every need of a class by its stream, in the order in which they stand in a request."""
        return [
            (self._stream_names[name], samplers[class_index])
            for name, samplers in self._columns.items()
        ]

    def renewed(self, name: str) -> list[Callable[[], tuple[float, ...]]]:
        """For each class a function that returns new needs; ``name`` is whoever asks for them."""
        labels = [each.name for each in self.classes]
        for i in range(1, len(labels)):
            if labels[i] == labels[i - 1]:
                labels[i] += ".writes"
        return [self._renewed(f"{name}.{label}", i) for i, label in enumerate(labels)]

    def _renewed(self, name: str, class_index: int) -> Callable[[], tuple[float, ...]]:
        columns = [
            flatten(self._streams.blocks(f"{stream}.{name}", sampler))
            for stream, sampler in self.of_class(class_index)
        ]
        return zip(*columns, strict=False).__next__ if columns else tuple

    def choose_by_source(
        self, shares: Sequence[Sequence[float]], sources: Callable[[], Iterator[int]]
    ) -> None:
        """Let the shares of the classes depend on which of several sources a request is from.

        Args:
            shares: for each source the shares of all classes.
            sources: makes an iterator of the source of each request, in order of arrival.
        """
        self._sources = sources
        self._source_thresholds = np.array([_thresholds(each) for each in shares])

    def _class_blocks(self) -> Iterator[np.ndarray]:
        lucks = self._streams.blocks("workload.class", Uniform())
        if self._sources is None:
            for luck in lucks:
                yield np.searchsorted(self._thresholds, luck, side="right")
            return
        sources = chain(self._sources(), repeat(0))  # after the last request it does not matter
        for luck in lucks:
            source = np.fromiter(islice(sources, BLOCK), int, BLOCK)
            yield (self._source_thresholds[source] <= luck[:, np.newaxis]).sum(axis=1)

    def _by_number(self, name: str, samplers: list[Sampler]) -> Iterator[float]:
        if all(each is samplers[0] for each in samplers):
            return flatten(self._streams.blocks(name, samplers[0]))
        streams = [
            self._streams.blocks(f"{name}.{each.name}", sampler)
            for each, sampler in zip(self.classes, samplers, strict=True)
        ]
        return flatten(self.by_class(streams))


def _thresholds(shares: Sequence[float]) -> np.ndarray:
    """Where the luck of a request, uniform on [0, 1), passes from one class to the next."""
    return np.cumsum(shares)[:-1] / np.sum(shares)
