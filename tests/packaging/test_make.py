"""The commands of the repository are found by `make` alone, and are what CI runs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
MAKEFILE = (CHECKOUT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.MULTILINE)
COMMANDS = ["setup", "app", "test", "test-all", "check", "scenarios", "bench", "docs"]


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_alone_lists_the_commands_and_does_nothing_else():
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    found = subprocess.run(
        ["make"], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True
    )
    listed = [line.split()[1] for line in found.stdout.splitlines()]
    assert set(COMMANDS) <= set(listed)
    assert set(listed) <= set(TARGETS)
    assert all(len(line.split()) > 3 for line in found.stdout.splitlines()), (
        "each says what it does"
    )


def test_no_target_is_taken_for_a_file_of_its_name():
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()
    assert set(phony) == set(TARGETS)


def test_ci_runs_what_one_runs_at_home():
    script = CHECKOUT / ".ci" / "run"
    assert script.read_text().rstrip().endswith("exec make test")
    assert os.access(script, os.X_OK)
