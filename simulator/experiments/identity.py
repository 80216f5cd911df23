"""What a row depends on, as one short text: two runs with the same identity leave the same row.

Beside the scenario's own digest and the replication these are the windows that are measured, what
the log of events is told by, and the engine. The engine counts by its source and not by its version
alone, which a developer does not raise with every change; and with it the libraries and the
platform, which decide the last bits of a result.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simulator.experiments.row_format import FORMAT
from simulator.scenario import Scenario

PACKAGE = Path(__file__).resolve().parents[1]
ABOVE = frozenset({"cli", "exports", "plots", "ui"})
"""Parts of the package that only show results."""

LIBRARIES = ("numpy", "scipy", "simpy")


@cache
def engine() -> str:
    """A digest of what computes a row: source, compiled libraries, Python, platform."""
    surroundings = [platform.python_version(), platform.system(), platform.machine()]
    digest = sha256(json.dumps([*surroundings, *map(version, LIBRARIES)]).encode())
    for path in _files():
        content = sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(PACKAGE.parent)} {content}\n".encode())
    return digest.hexdigest()[:16]


def _files() -> list[Path]:
    """The sources and what was compiled of them, which has one library beside the package."""
    inside = [path for ending in ("py", "so", "pyd") for path in PACKAGE.rglob(f"*.{ending}")]
    decide = [path for path in inside if path.relative_to(PACKAGE).parts[0] not in ABOVE]
    return sorted([*decide, *PACKAGE.parent.glob(f"{PACKAGE.name}__mypyc.*")])


def identity(
    scenario: Scenario, replication: int, with_curves: bool, traced: Sequence[Any] = ()
) -> str:
    """What the row of a run is known by.

    The names of scenario and variant are not part of it, nor is how many replications are made: the
    same system under the same load is the same run, whatever it is called.

    Args:
        scenario: with its variant applied.
        replication: the run's number.
        with_curves: whether the row has curves and events, which are told by the objectives.
        traced: what its traces depend on, if it has any: how many examples, and which cohorts.
    """
    windows = sorted({each.during for each in scenario.findings if each.during is not None})
    objectives = [each.model_dump(mode="json") for each in scenario.slo] if with_curves else None
    deciding = [FORMAT, engine(), scenario.digest(), windows, objectives, with_curves, replication]
    deciding += traced
    return sha256(json.dumps(deciding).encode()).hexdigest()[:32]
