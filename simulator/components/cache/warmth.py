"""How warm a cache begins."""

from __future__ import annotations

from math import ceil
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from simulator.errors import shown
from simulator.units import SHARE


def _read(value: Any) -> Any:
    """True, false, a number of keys from 1 on, or a share in text or as a number up to 1."""
    if isinstance(value, bool):
        return value  # by itself: compiled code would make the number 1 of true below
    number = value
    if isinstance(value, str) and value.rstrip().endswith("%"):
        number = SHARE.read(value)
    if isinstance(number, int) and number >= 1:
        return number
    if isinstance(number, float) and 0 < number <= 1:
        return number
    text = f"found {shown(value)}; must be true, a number of keys such as 300, or a share above 0%"
    raise PydanticCustomError("not_warm", "{text}", {"text": f"{text} and up to 100%"})


Warm = Annotated[
    bool | int | float, BeforeValidator(_read, json_schema_input_type=bool | int | float | str)
]


def warm_keys(warm: Any, capacity: int | None, known: int) -> int:
    """How many keys a cache begins with.

    Args:
        warm: as in the scenario: true or false, a number of keys, or a share.
        capacity: most entries; None for no limit.
        known: keys that requests may ask for.

    >>> warm_keys(True, 500, 10_000), warm_keys(0.5, 500, 10_000), warm_keys(20, 500, 10_000)
    (500, 250, 20)
    >>> warm_keys(True, None, 300), warm_keys(False, 500, 10_000)
    (300, 0)
    """
    most = known if capacity is None else min(capacity, known)
    if isinstance(warm, bool):
        return most if warm else 0
    if isinstance(warm, float):
        return min(most, ceil(warm * (known if capacity is None else capacity)))
    return min(most, warm)
