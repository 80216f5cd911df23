"""The reference pages say what there is."""

import re
import subprocess
import sys

import pytest

from simulator.reference import PAGES, write


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages as a user gets them: other tests may have registered kinds of their own here."""
    folder = tmp_path_factory.mktemp("reference")
    command = [sys.executable, "-m", "simulator", "docs", "--folder", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return {path.stem: path.read_text() for path in folder.iterdir()}


def test_every_kind_and_every_field_has_its_line(tmp_path):
    pages = {path.stem: path.read_text() for path in write(tmp_path)}
    for page, (_, families) in PAGES.items():
        for family in families:
            for kind, spec in family.kinds().items():
                assert f"`{kind}`" in pages[page]
                for name, info in spec.model_fields.items():
                    assert name == "kind" or f"| `{info.alias or name}` |" in pages[page]


def test_what_stands_in_lists_and_mappings_has_its_lines_too(pages):
    workload = pages["workload"]
    for owner, part in {"schedule": "spikes", "mmpp": "states"}.items():
        section = workload.partition(f"### `{owner}`")[2].partition("### ")[0]
        assert f"Each of `{part}`: " in section
    assert "| `stays` | mean time that it lasts" in workload
    assert "| `write_ratio` | " in workload.partition("## Request classes")[2]


def test_every_measure_of_a_component_is_listed(pages):
    assert "| `hit_ratio` | ratio | higher |" in pages["components"]
    assert "| `latency_p99_s` | s | lower |" in pages["measures"]


def test_the_committed_pages_are_those_that_the_code_writes(pages, pytestconfig):
    committed = pytestconfig.rootpath / "docs" / "reference"
    for name, text in pages.items():
        found = (committed / f"{name}.md").read_text()
        assert found == text, f"{name}.md is out of date: run `simulator docs`"


def test_every_component_page_says_what_is_left_out(pages):
    kinds = re.findall(r"^## `\w+`", pages["components"], re.MULTILINE)
    assert pages["components"].count("Left out:") == len(kinds) >= 5
