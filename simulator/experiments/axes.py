"""What a sweep turns, and the points that it tries.

An axis is a path of the scenario with values to try, or with a range to draw from. Points are a
grid of all combinations, or a sample that fills the ranges evenly with far fewer: a Latin hypercube
(each axis is cut into as many slices as there are points, and each slice has one), or the first
points of a scrambled Sobol' sequence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from simulator.errors import Problem, ScenarioError
from simulator.scenario.source import parse_scalar
from simulator.units import AMOUNT, PRICE, RATE, SHARE, TIME, human

Sampling = Literal["grid", "lhs", "sobol"]

MOST_POINTS = 10_000
STEPS = 5  # of a range on a grid, if it is not said how many
END = r"[^\[\]{},/]+(?:/[a-z]+)?"  # of a range: a number, maybe with a unit, maybe a rate
RANGE = re.compile(rf"({END})\.\.({END})(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class Axis:
    """A path and what to try there.

    Attributes:
        path: dotted path of the scenario.
        values: of a grid, in order; also those that a sample draws from if there is no range.
        span: smallest and largest value of a range; None if values are listed.
        whole: whether only whole numbers are meant.
        unit: of numbers of a range, as ``human`` takes it.
    """

    path: str
    values: tuple[Any, ...]
    span: tuple[float, float] | None = None
    whole: bool = False
    unit: str = ""

    @property
    def name(self) -> str:
        """The end of the path, which tells what it is: ``api.workers``."""
        return ".".join(self.path.split(".")[-2:])

    def label(self, value: Any) -> str:
        """A value of it in a word or two, for a table or a picture.

        >>> axis("api.timeout=10ms..80ms").label(0.01), axis("cache.eviction=lru,fifo").label("lru")
        ('10 ms', 'lru')
        """
        if isinstance(value, dict) and "kind" in value:
            rest = [f"{name} {self.label(each)}" for name, each in value.items() if name != "kind"]
            return ", ".join([str(value["kind"]), *rest])
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return human(value, self.unit) if is_number else str(value)

    def at(self, share: float) -> Any:
        """The value a share of the way from the first to the last, 0 up to but not 1."""
        if self.span is None:
            return self.values[int(share * len(self.values))]
        low, high = self.span
        if self.whole:
            return int(low + int(share * (high - low + 1)))
        return low + share * (high - low)


Over = Mapping[str, Sequence[Any] | str] | Sequence[str]
"""What to turn: path -> values or a range such as ``"10ms..80ms/8"``; or texts as for ``axis``."""


def axes_of(over: Over) -> list[Axis]:
    """Read several axes.

    Raises:
        ScenarioError: one of them is none.

    >>> [each.values for each in axes_of({"api.workers": "2..4", "cache.eviction": ["lru"]})]
    [(2, 3, 4), ('lru',)]
    """
    if not isinstance(over, Mapping):
        return [axis(text) for text in over]
    return [
        axis(f"{path}={values}") if isinstance(values, str) else Axis(path, tuple(values))
        for path, values in over.items()
    ]


def axis(text: str) -> Axis:
    """Read an axis, as after ``--over``.

    ``PATH=[2, 4, 8]`` or ``PATH=a,b`` lists values; ``PATH=10ms..80ms`` is a range, and
    ``PATH=10ms..80ms/8`` one of which a grid takes eight values. Whole numbers stay whole.

    Raises:
        ScenarioError: it is none of these.

    >>> axis("system.components.api.workers=2..5/4").values
    (2, 3, 4, 5)
    """
    path, equals, value = text.partition("=")
    path, value = path.strip(), value.strip()
    if not equals or not path or not value:
        example = "PATH=[2, 4, 8] or PATH=10ms..80ms"
        raise _wrong("", f"found {text!r}; must be {example}")
    if found := RANGE.fullmatch(value):
        low, high, steps = found.groups()
        return _range(path, low, high, int(steps or 0))
    listed = parse_scalar(value if value.startswith("[") else f"[{value}]", "--over")
    if not listed:
        raise _wrong(path, "found no value to try")
    return Axis(path, tuple(listed))


def _range(path: str, low_text: str, high_text: str, steps: int) -> Axis:
    ends = [parse_scalar(each.strip(), "--over") for each in (low_text, high_text)]
    whole = all(type(each) is int for each in ends)
    try:
        low, high = (float(AMOUNT.read(each)) for each in ends)
    except ValueError as error:
        raise _wrong(path, str(error)) from None
    units = {_unit(each) for each in ends}
    if len(units) > 1:
        raise _wrong(path, f"found {low_text}..{high_text}; both ends must be of one kind")
    if not low < high:
        raise _wrong(path, f"found {low_text}..{high_text}; the first must be less than the second")
    if steps == 1:
        raise _wrong(path, "found 1 step; a range has 2 or more, its ends included")
    if whole:
        steps = steps or min(STEPS, int(high - low) + 1)
        values: list[Any] = sorted({round(each) for each in np.linspace(low, high, steps)})
    else:
        values = np.linspace(low, high, steps or STEPS).tolist()
    return Axis(path, tuple(values), (low, high), whole, *units)


def _unit(value: Any) -> str:
    """In which unit a number or a text is read."""
    for unit in (TIME, RATE, SHARE, PRICE):
        if isinstance(value, str) and re.fullmatch(unit.pattern, value):
            return unit.symbol
    return ""


def points(
    axes: Sequence[Axis], sampling: Sampling = "grid", number: int = 32, seed: int = 1
) -> list[Mapping[str, Any]]:
    """The points to try: path -> value.

    Args:
        axes: what is turned; no path twice.
        sampling: all combinations, or a sample.
        number: of points of a sample.
        seed: fixes the sample.

    Raises:
        ScenarioError: a path twice, or too many points.
    """
    paths = [each.path for each in axes]
    is_grid = sampling == "grid"
    check_axes(axes, int(np.prod([len(each.values) for each in axes])) if is_grid else number)
    if is_grid:
        return [dict(zip(paths, each, strict=True)) for each in product(*(a.values for a in axes))]
    shares = _shares(sampling, len(axes), number, seed)
    return [{a.path: a.at(share) for a, share in zip(axes, row, strict=True)} for row in shares]


def _shares(sampling: Sampling, dimensions: int, number: int, seed: int) -> list[list[float]]:
    from scipy.stats import qmc  # takes a second to import

    if sampling == "lhs":
        return qmc.LatinHypercube(dimensions, rng=seed).random(number).tolist()
    order = max(0, int(number - 1).bit_length())  # Sobol' sequences are balanced at powers of two
    return qmc.Sobol(dimensions, rng=seed).random_base2(order)[:number].tolist()


def check_axes(axes: Sequence[Axis], points: int) -> None:
    """Refuse what is turned twice, or at too many points.

    Raises:
        ScenarioError: a path twice, or too many points.
    """
    paths = [each.path for each in axes]
    for path in paths:
        if paths.count(path) > 1:
            raise _wrong(path, "found twice; an axis is given once")
    if points > MOST_POINTS:
        raise _wrong("", f"found {points:,} points; must be at most {MOST_POINTS:,}")


def _wrong(path: str, message: str) -> ScenarioError:
    return ScenarioError([Problem("--over", 1, 1, path, message)])
