"""Published results to compare with, where they are at hand."""

import json
from pathlib import Path

import pytest

PUBLISHED = Path(__file__).parents[3] / "shared" / "reference" / "open.json"


@pytest.fixture(scope="session")
def published():
    """Parameters and expected results of a published row, by its id."""
    if not PUBLISHED.exists():
        pytest.skip("needs the table of published results, ../shared/reference/open.json")
    rows = {row["id"]: row for row in json.loads(PUBLISHED.read_text())}
    return lambda row: (rows[row]["parameters"], rows[row]["expected"])
