"""Text with a unit to a plain number and back: ``"250ms"`` is 0.25, and 0.25 is ``"250 ms"``.

Inside the simulator every time is a float in seconds and every rate a float per second. A field
annotated with one of the types below takes such a number, or text that names another unit.
Nothing is guessed: ``400 rps``, ``"80"`` and ``true`` are refused, and so is what is not finite.

    rate: PerSecond = Field(description="sustained rate")
    max_wait: Seconds = Field(0.0, description="longest a request is held back")
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from simulator.errors import shown

PREFIXED = ("B", "bit/s")  # written with k, M or G before them
NUMBER = r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
TEXT = re.compile(rf"(\$?) *({NUMBER}) *([A-Za-z/%]*)")

# A number in this unit is multiplied by the first and divided by the second. Both are exact
# floats, which 1e-6 is not: 10 * 1e-6 differs from 1e-05, 10 / 1e6 does not.
Scale = tuple[float, float]

TIMES: Mapping[str, Scale] = {
    "ns": (1, 1e9),
    "us": (1, 1e6),
    "ms": (1, 1e3),
    "s": (1, 1),
    "min": (60, 1),
    "h": (3600, 1),
    "d": (86400, 1),
}
RATES: Mapping[str, Scale] = {"/s": (1, 1), "/min": (1, 60), "/h": (1, 3600)}
SHARES: Mapping[str, Scale] = {"%": (1, 100)}
MONEY: Mapping[str, Scale] = {"$": (1, 1)}
SIZES: Mapping[str, Scale] = {  # a thousand as KB, too: what is meant by 1024 has its own prefix
    "B": (1, 1),
    "kB": (1_000, 1),
    "KB": (1_000, 1),
    "MB": (1_000_000, 1),
    "GB": (1_000_000_000, 1),
    "KiB": (2**10, 1),
    "MiB": (2**20, 1),
    "GiB": (2**30, 1),
}
BANDWIDTHS: Mapping[str, Scale] = {
    "bit/s": (1, 1),
    "kbit/s": (1_000, 1),
    "Mbit/s": (1_000_000, 1),
    "Gbit/s": (1_000_000_000, 1),
    "B/s": (8, 1),
    "kB/s": (8_000, 1),
    "MB/s": (8_000_000, 1),
    "GB/s": (8_000_000_000, 1),
}


@dataclass(frozen=True, eq=False)  # compared by identity: typing hashes what stands in Annotated
class Unit:
    """How the text forms of one kind of quantity read; stands in a field's annotation.

    Attributes:
        symbol: unit of the number read, in the form ``human`` takes.
        noun: what an error calls the quantity, with its article.
        scales: unit as written -> how to get from there to ``symbol``.
        example: a text that reads well.
    """

    symbol: str
    noun: str
    scales: Mapping[str, Scale]
    example: str

    def read(self, value: Any) -> Any:
        """Turn text into a number in ``symbol``; a number passes as it is.

        Raises:
            ValueError: neither a number nor a text that names one of the units.

        >>> TIME.read("80 ms"), RATE.read("30/min"), AMOUNT.read("5%"), TIME.read(3)
        (0.08, 0.5, 0.05, 3)
        """
        if isinstance(value, str) and (match := TEXT.fullmatch(value)):
            sign, number, unit = match.groups()
            if scale := self.scales.get(sign + unit):
                times, per = scale
                return float(number) * times / per
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return value
        text = f"{shown(value)} is not {self.noun}; write {self._forms}, such as {self.example}"
        raise PydanticCustomError("not_a_quantity", "{text}", {"text": text})

    @property
    def _forms(self) -> str:
        units = ", ".join(unit for unit in self.scales if unit != "$")
        forms = [f"a number and one of {units}"] if units else []
        return " or ".join(forms + ["$ and a number"] * ("$" in self.scales))

    @property
    def pattern(self) -> str:
        """Regular expression of a whole text, in the dialect shared by Python and JSON Schema."""
        units = "|".join(unit for unit in self.scales if unit != "$")
        forms = [f"{NUMBER} *({units})"] if units else []
        return f"^({'|'.join(forms + [rf'[$] *{NUMBER}'] * ('$' in self.scales))})$"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "string", "pattern": self.pattern}]}


TIME = Unit("s", "a time", TIMES, "80ms")
RATE = Unit("/s", "a rate", RATES, "400/s")
SHARE = Unit("ratio", "a ratio", SHARES, "5%")
PRICE = Unit("$", "an amount of money", MONEY, "$0.40")
SIZE = Unit("B", "a size in bytes", SIZES, "4KB")
BANDWIDTH = Unit("bit/s", "a bandwidth", BANDWIDTHS, "100Mbit/s")
AMOUNT = Unit(
    "", "a quantity", {**TIMES, **RATES, **SHARES, **MONEY, **SIZES, **BANDWIDTHS}, "500ms"
)

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False), TIME]
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False), TIME]
PerSecond = Annotated[float, Field(gt=0, allow_inf_nan=False), RATE]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), SHARE]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False), PRICE]
Bytes = Annotated[float, Field(ge=0, allow_inf_nan=False), SIZE]
PositiveBytes = Annotated[float, Field(gt=0, allow_inf_nan=False), SIZE]
BitsPerSecond = Annotated[float, Field(gt=0, allow_inf_nan=False), BANDWIDTH]
Quantity = Annotated[float, Field(allow_inf_nan=False), AMOUNT]


def human(value: float, unit: str = "") -> str:
    """Write a number with its unit, short enough for a table or an axis.

    Three significant digits, or all digits before the point where there are more.

    Args:
        value: any number, in ``unit``.
        unit: ``s``, ``ratio``, ``points`` (of a difference of ratios), ``$``, ``B``, ``bit/s``, one
            that starts with a slash, any other word, or none.

    >>> [human(0.25, "s"), human(300, "/s"), human(0.892, "ratio"), human(0.4, "$")]
    ['250 ms', '300/s', '89.2 %', '$0.40']
    >>> [human(90, "s"), human(71234), human(0.012345), human(7, "replicas")]
    ['1.5 min', '71,234', '0.0123', '7 replicas']
    >>> human(1_500_000, "B"), human(100e6, "bit/s")
    ('1.5 MB', '100 Mbit/s')
    """
    if not math.isfinite(value):
        return "n/a" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if unit == "s":
        return _time(value)
    if unit == "ratio":
        return _percent(value)
    if unit == "$":
        return _dollars(value)
    if unit == "points":
        return f"{_digits(value * 100)} points"
    if unit in PREFIXED:
        return _prefixed(value, unit)
    return _digits(value) + (unit if unit.startswith("/") else f" {unit}".rstrip())


DAYS_FROM_S = 2 * 86_400  # from where on one counts days, and no seconds


def clock(at_s: float) -> str:
    """An instant of simulated time, finely enough to tell neighbors apart.

    >>> [clock(at_s) for at_s in (0, 7.25, 65.5, 3725, 1_015_511.7)]
    ['0 s', '7.25 s', '1 min 05.5 s', '1 h 02 min 05 s', '11 d 18 h 05 min']
    """
    at_s = round(at_s, 2)
    minutes, seconds = divmod(at_s, 60)
    hours, minutes = divmod(int(minutes), 60)
    if at_s >= DAYS_FROM_S:
        return f"{hours // 24} d {hours % 24:02} h {minutes:02} min"
    text = f"{seconds:.2f}".rstrip("0").rstrip(".")
    if at_s < 60:
        return f"{text} s"
    padded = text if seconds >= 10 else f"0{text}"
    return f"{hours} h {minutes:02} min {padded} s" if hours else f"{minutes} min {padded} s"


def of_difference(unit: str) -> str:
    """The unit of a difference: two ratios lie percentage points apart, and not per cent.

    >>> human(0.912 - 0.892, of_difference("ratio")), of_difference("s")
    ('2 points', 's')
    """
    return "points" if unit == "ratio" else unit


def _digits(value: float) -> str:
    value += 0.0  # minus zero becomes zero
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _time(value: float) -> str:
    rounded = abs(float(f"{value:.3g}"))  # first, so that 59.99 s is 1 min and not 60 s
    for unit in ("h", "min", "s", "ms", "us"):
        times, per = TIMES[unit]
        if rounded >= times / per:
            return f"{_digits(value * per / times)} {unit}"
    return f"{_digits(value * 1e9)} ns" if value else "0 s"


def _prefixed(value: float, unit: str) -> str:
    rounded = abs(float(f"{value:.3g}"))
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if rounded >= size:
            return f"{_digits(value / size)} {prefix}{unit}"
    return f"{_digits(value)} {unit}"


def _percent(value: float) -> str:
    """Per cent; what is just below 100 gets as many nines as it takes not to become 100."""
    percent = value * 100
    if 99 < percent < 100:
        digits = next((n for n in range(1, 12) if float(f"{percent:.{n}f}") < 100), 12)
        return f"{percent:.{digits}f} %"
    return f"{_digits(percent)} %"


def _dollars(value: float) -> str:
    sign, amount = "-" * (value < 0), abs(value)
    return f"{sign}${_digits(amount)}" if 0 < amount < 0.01 else f"{sign}${amount:,.2f}"
