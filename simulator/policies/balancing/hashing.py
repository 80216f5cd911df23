"""A hash of keys and names that is the same on every platform, in every run and process.

Python's own hash of a text changes from process to process, and that of a number is the number
itself, which would put neighboring keys side by side on a ring.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from simulator.kernel.call import KEY

MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15  # from one number of the generator to the next: 2**64 / golden ratio


def mixed(number: int) -> int:
    """A number from 0 to 2**64 - 1 in which every bit depends on every bit of what was given.

    The output function of the generator SplitMix64; it maps the numbers of 64 bits one to one.
    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.

    >>> hex(mixed(0))  # the generator's first number from the seed 0
    '0xe220a8397b1dcdaf'
    """
    x = (number + STEP) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def hash_of_key(request: tuple[Any, ...]) -> int:
    """The hash of what a request asks for, 0 to 2**64 - 1."""
    key: int = request[KEY]
    return mixed(key)


def hash_of_name(name: str) -> int:
    """The hash of the name of a replica, 0 to 2**64 - 1."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
