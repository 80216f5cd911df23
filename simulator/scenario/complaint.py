"""What checks say."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.scenario.nodes import Path


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong with the value at a path, or with its key."""

    path: Path
    message: str
    hint: str = ""
    at_key: bool = False
