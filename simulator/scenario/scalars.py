"""What a plain word in a scenario file is: nothing, a truth value, a number, or text.

The core schema of YAML 1.2, so ``yes``, ``on``, ``12:30``, ``1_000`` and ``2026-11-22`` are text.
Numbers have to be finite.

Source: YAML 1.2.2, section 10.3.2.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

WORDS: dict[str, bool | None] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
BASES = {"0o": 8, "0x": 16}
LONGEST_NUMBER = 100  # characters; Python refuses to read or write thousands of digits


def scalar(text: str) -> Scalar:
    """Resolve a word without quotes.

    Raises:
        ValueError: a number that is not finite or too long.

    >>> [scalar(text) for text in ("yes", "12:30", "0o17", "1e3", "~", "True", "80ms")]
    ['yes', '12:30', 15, 1000.0, None, True, '80ms']
    """
    if text in WORDS:
        return WORDS[text]
    if NOT_FINITE.fullmatch(text):
        raise ValueError(f"found {text}; must be a finite number")
    is_whole = WHOLE.fullmatch(text)
    if not is_whole and not FRACTION.fullmatch(text):
        return text
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"found a number of {len(text)} digits; must be {LONGEST_NUMBER} or fewer")
    if is_whole:
        return int(text, BASES.get(text[:2], 10))
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"found {text}, which is too large; must be a finite number")
    return value
