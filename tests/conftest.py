"""What every pytest process needs, also the one of pytest-xdist that collects no tests."""

import os
import signal
from pathlib import Path

import pytest

from simulator.kernel import IS_COMPILED
from tests.together import pytest_xdist_make_scheduler
from tests.validation.report import pytest_configure

__all__ = ["pytest_configure", "pytest_xdist_make_scheduler"]

# Whoever starts a program in the background may have it ignore interrupts, and what it starts as
# well; the tests of interrupts need them.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests make their runs themselves, whatever a developer has stored.
os.environ.pop("SIMULATOR_STORE", None)

PACKAGE = Path(__file__).resolve().parents[1] / "simulator"


def pytest_report_header(config):
    """Say which engine is tested; a compiled one that is out of date must not be."""
    for library in PACKAGE.rglob("*.so"):
        source = library.with_name(library.name.partition(".")[0] + ".py")
        if not source.exists() or source.stat().st_mtime > library.stat().st_mtime:
            raise pytest.UsageError(
                f"{library.name} is older than its source: run make compile again, or make clean"
            )
    return f"engine: {'compiled' if IS_COMPILED else 'plain Python'}"
