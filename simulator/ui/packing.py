"""A file of one's own as text that fits into an address."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from simulator.scenario.source import MAX_BYTES

MOST_CHARACTERS = 4096  # longer addresses are cut off by some mail and chat programs


def packed(text: str) -> str | None:
    """The text compressed, in letters, digits, ``-`` and ``_``; None if it does not fit."""
    found = urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return found if len(found) <= MOST_CHARACTERS else None


def unpacked(text: str) -> str:
    """The text that was packed.

    Raises:
        ValueError: it was not packed here, was cut off, or is longer than a scenario file may be.

    >>> unpacked(packed("format: 1"))
    'format: 1'
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError("it is too long")
    inflating = zlib.decompressobj()
    try:
        raw = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        # Bounded, because a few characters can stand for gigabytes.
        found = inflating.decompress(raw, MAX_BYTES).decode()
    except (NotBase64, UnicodeError, zlib.error):
        raise ValueError("it is damaged") from None
    if not inflating.eof:
        raise ValueError("it is cut off, or too long")
    return found
