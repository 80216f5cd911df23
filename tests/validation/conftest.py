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
    rows = {row["id"]: row for row in json.loads(PUBLISHED.read_text(encoding="utf-8"))}
    return rows.__getitem__


@pytest.fixture
def note(record_property):
    """Note an estimate for the report, see ``report.py``; only plain types cross processes."""

    def write(estimate, full):
        line = {
            "row": estimate.row,
            "system": estimate.case,
            "number": estimate.key,
            "expected": float(estimate.expected),
            "simulated": float(estimate.mean),
            "reach": float(estimate.reach),
            "limit": float(estimate.limit),
            "agrees": bool(estimate.agrees),
            "full": full,
        }
        record_property("validation", line)

    return write
