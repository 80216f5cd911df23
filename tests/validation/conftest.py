"""Published results to compare with, where they are at hand, and notes for the report."""

import json
from pathlib import Path

import pytest

PUBLISHED = Path(__file__).parents[3] / "shared" / "reference" / "open.json"


@pytest.fixture(scope="session")
def published():
    """A published row by its id."""
    if not PUBLISHED.exists():
        pytest.skip("needs the table of published results, ../shared/reference/open.json")
    rows = {row["id"]: row for row in json.loads(PUBLISHED.read_text())}
    return rows.__getitem__


@pytest.fixture
def note(record_property):
    """Note one number for the report, see ``report.py``."""

    def write(row, case, key, expected, mean, reach, agrees):
        line = {
            "row": row,
            "case": case,
            "key": key,
            "expected": float(expected),
            "mean": float(mean),
            "reach": None if reach is None else float(reach),
            "agrees": bool(agrees),
        }
        record_property("validation", line)

    return write
