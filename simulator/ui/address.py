"""What an address says of a case study: what to compare, which knobs are turned, which numbers.

``/case?case=retry_storm&compare=budget&workload.arrivals.rate=80&seed=7`` names what differs from
the file and nothing else. A knob goes by its path, its value is written as after ``--set``. One's
own file travels along as ``text`` if it is short enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from simulator.errors import did_you_mean, shown
from simulator.experiments.knobs import default_of, reading, text_of, unit_of
from simulator.scenario import Scenario
from simulator.ui.packing import packed
from simulator.ui.shelf import OWN, Opened

CASE, COMPARE, SEED, REPLICATIONS, FILE, TEXT = (
    *("case", "compare", "seed", "replications"),
    *("file", "text"),
)
LARGEST_SEED = 2**53 - 1  # that a browser can hold exactly
MOST_REPLICATIONS = 100


@dataclass(frozen=True)
class Settings:
    """How the controls of a case study stand.

    Attributes:
        variant: what is compared with, if anything.
        changes: path -> value of the knobs that are not where the file has them.
        replications, seed: of the runs.
    """

    variant: str | None
    replications: int
    seed: int
    changes: Mapping[str, Any] = field(default_factory=dict)


def most_replications(scenario: Scenario) -> int:
    """The most runs of a design that may be asked for."""
    return max(MOST_REPLICATIONS, scenario.run.replications)


def query_of(opened: Opened, settings: Settings) -> str:
    """The part of the address after the question mark."""
    run = opened.scenario.run
    found = {CASE: opened.case}
    if opened.case == OWN and (text := packed(opened.text)) is not None:
        found |= {FILE: opened.file, TEXT: text}
    if settings.variant is not None:
        found[COMPARE] = settings.variant
    found |= {path: text_of(value) for path, value in settings.changes.items()}
    if settings.replications != run.replications:
        found[REPLICATIONS] = str(settings.replications)
    if settings.seed != run.seed:
        found[SEED] = str(settings.seed)
    return urlencode(found)


def settings_of(opened: Opened, query: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """The settings that an address asks for, and what in it could not be used.

    Args:
        opened: the case study.
        query: name -> text, from the address.

    Returns:
        The settings, the file's where the address says nothing that can be used, and a phrase for
        each part that was left out.
    """
    reader = _Reader(opened.scenario, query)
    run = opened.scenario.run
    settings = Settings(
        reader.variant(),
        reader.number(REPLICATIONS, run.replications, 1, most_replications(opened.scenario)),
        reader.number(SEED, run.seed, 0, LARGEST_SEED),
        reader.changes(),
    )
    return settings, reader.ignored


class _Reader:
    """Reads the parts of an address, and notes those that cannot be used."""

    def __init__(self, scenario: Scenario, query: Mapping[str, str]) -> None:
        self._scenario = scenario
        self._query = query
        self.ignored: list[str] = []

    def variant(self) -> str | None:
        name = self._query.get(COMPARE)
        if name is None or name in self._scenario.variants:
            return name
        hint = did_you_mean(name, self._scenario.variants)
        self.ignored.append(f"{COMPARE}: {shown(name)} is no variant of this case{hint}")
        return None

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self._query.get(name)
        if text is None:
            return default
        if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
            return int(text)
        self.ignored.append(f"{name}: {shown(text)} is not a whole number from {least} to {most:,}")
        return default

    def changes(self) -> dict[str, Any]:
        known = {CASE, COMPARE, SEED, REPLICATIONS, FILE, TEXT}
        knobs = {knob.path: knob for knob in self._scenario.knobs}
        found = {}
        for path, text in self._query.items():
            if path in known:
                continue
            if path not in knobs:
                self.ignored.append(f"{shown(path)} is no knob of this case")
                continue
            knob = knobs[path]
            default, unit = default_of(self._scenario, knob), unit_of(self._scenario, knob)
            try:
                value = reading(knob, default, unit, text)
            except ValueError as error:
                self.ignored.append(f"{path}: {error}")
            else:
                found |= {path: value} if value != default else {}
        return found
