"""Components to which a request means alike: what is long at one is long at the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.distributions import Distribution
from simulator.kernel import ComponentSpec
from simulator.registry import Spec


def sharing(specs: Mapping[str, ComponentSpec]) -> set[str]:
    """The components that draw something for a request together with another one."""
    drawn = {name: {*_streams(spec)} for name, spec in specs.items()}
    times = Counter(stream for streams in drawn.values() for stream in streams)
    return {name for name, streams in drawn.items() if any(times[each] > 1 for each in streams)}


def _streams(value: Any) -> Iterator[str]:
    """The names of the shared streams in a spec, however deep they stand."""
    if isinstance(value, Distribution) and value.stream is not None:
        yield value.stream
    parts: list[Any] = []
    if isinstance(value, Spec):
        parts = [each for _, each in value]
    elif isinstance(value, Mapping):
        parts = [*value.values()]
    elif isinstance(value, list | tuple):
        parts = [*value]
    for each in parts:
        yield from _streams(each)
