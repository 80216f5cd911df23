"""Published results to compare with, where they are at hand."""

import json
from pathlib import Path

import pytest

PUBLISHED = Path(__file__).parents[3] / "shared" / "reference" / "open.json"


@pytest.fixture(scope="session")
def row():
    """A published row by its id."""
    if not PUBLISHED.exists():
        pytest.skip("needs the table of published results, ../shared/reference/open.json")
    rows = {each["id"]: each for each in json.loads(PUBLISHED.read_text(encoding="utf-8"))}
    return rows.__getitem__
