"""Errors a user can put right, worded so that they can.

A sentence says what was found, then what is allowed, then the likeliest intention:
``unknown field 'wokers'; known: queue_limit, workers; did you mean 'workers'?``
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec

HINT = "; did you mean "
CLOSE_ENOUGH = 0.55  # difflib's 0.6 misses 'least_conn' for 'least_outstanding'
LONGEST_NAME = 100  # nobody mistypes a longer one, and comparing takes quadratic time

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


class SimulatorError(Exception):
    """Base class of every error this package raises on purpose."""


class SimulationError(SimulatorError):
    """A run cannot go on, e.g. because simulated time stands still."""


class NotInstalled(SimulatorError):
    """What was asked for takes a package that is not there."""


def require(module: str, name: str, what: str, extra: str) -> None:
    """Refuse what takes an optional package if it is not there, and say how to get it.

    Raises:
        NotInstalled: it is not.

    >>> require("no_such_module", "Oracle", "a prophecy", "oracle")
    Traceback (most recent call last):
    simulator.errors.NotInstalled: a prophecy needs Oracle; install it with: pip install ...
    """
    if find_spec(module) is None:
        raise NotInstalled(
            f"{what} needs {name}; install it with: pip install 'simulator[{extra}]'"
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right in a scenario file, and where.

    Attributes:
        file: name of the file, as the user gave it.
        line: line of the wrong token, from 1.
        column: column of the token's first character, from 1.
        path: dotted path, ``system.components.api.workers``; empty for the file as a whole.
        message: what was found and what is allowed.
        hint: the likeliest intention, ``did you mean 'workers'?``, or nothing.

    >>> print(Problem("a.yaml", 3, 7, "run.seed", "found 'x'; must be a whole number"))
    a.yaml:3:7 run.seed: found 'x'; must be a whole number
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        where = f"{place} {self.path}" if self.path else place
        text = f"{where}: {self.message}" + (f"; {self.hint}" if self.hint else "")
        return " ".join(text.splitlines())


class ScenarioError(SimulatorError):
    """A scenario file says something that cannot be simulated.

    Attributes:
        problems: everything that was found wrong, one line each in the error's text.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def shown(value: object) -> str:
    """Name a value from a scenario file the way its author would, short enough for one line.

    >>> [shown(value) for value in ("80 m", 3, True, None, [1, 2], {"kind": "poisson"})]
    ["'80 m'", '3', 'true', 'nothing', 'a list', 'a mapping']
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    return _SHORT.repr(value)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that looks most like ``name``, in upper or lower case, or None.

    >>> nearest("Wokers", ["queue_limit", "workers"])
    'workers'
    """
    if len(name) > LONGEST_NAME:
        return None
    spelled = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), spelled, n=1, cutoff=CLOSE_ENOUGH)
    return spelled[close[0]] if close else None


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Word the hint at the end of a sentence, empty where no known name is near.

    >>> did_you_mean("wokers", ["queue_limit", "workers"])
    "; did you mean 'workers'?"
    """
    close = nearest(name, known) if isinstance(name, str) else None
    return f"{HINT}{close!r}?" if close else ""


def unknown_name(noun: str, name: object, known: Iterable[str]) -> str:
    """Word an unknown-name error: what was asked for, what exists, the likeliest meaning.

    >>> unknown_name("eviction policy", "lfru", ["fifo", "lru", "lfu"])
    "unknown eviction policy 'lfru'; known: fifo, lfu, lru; did you mean 'lru'?"
    """
    known = sorted(known)
    return (
        f"unknown {noun} {shown(name)}; known: {', '.join(known) or 'none'}"
        f"{did_you_mean(name, known)}"
    )


def split_hint(text: str) -> tuple[str, str]:
    """Take the hint, if there is one, off the end of a sentence worded in this module.

    >>> split_hint("unknown field 'wokers'; known: workers; did you mean 'workers'?")
    ("unknown field 'wokers'; known: workers", "did you mean 'workers'?")
    """
    sentence, separator, guess = text.rpartition(HINT)
    return (sentence, f"did you mean {guess}") if separator else (text, "")
