"""Which tests one worker of pytest-xdist runs together, because they look at the same things.

A fixture that is expensive, such as an installed wheel, exists once a worker, and so does a run
that several laws are held against. Tests that are sent to workers one by one would make it again on
each of them. The marks that pytest-xdist has for this change the id of a test, which pytest no
longer allows since 9.2; so the places of the tests decide.
"""

from pathlib import PurePosixPath

import pytest

FOLDERS = {"tests/browser"}
SAMPLES = {"tests/laws/test_every_kind.py", "tests/laws/test_traces.py"}  # samples of components
FILES = {"tests/packaging/test_wheel.py", "tests/scenarios/test_case_studies.py"}


def unit_of(test: str) -> str:
    """What is sent to a worker as a whole: the test itself, or all those it belongs to.

    Args:
        test: its id.

    >>> unit_of("tests/browser/test_visit.py::test_ctrl_enter_runs")
    'tests/browser'
    >>> unit_of("tests/packaging/test_wheel.py::test_the_wheel_carries_nothing_else")
    'tests/packaging/test_wheel.py'
    >>> unit_of("tests/laws/test_traces.py::test_traces_change_no_number[calm-server-fifo]")
    'sample server-fifo'
    >>> unit_of("tests/test_api.py::test_version")
    'tests/test_api.py::test_version'
    """
    file, _, name = test.partition("::")
    if file in SAMPLES and name.count("-") > 0:
        kind, sample = name.rstrip("]").replace("[", "-").split("-")[-2:]
        return f"sample {kind}-{sample}"
    folder = PurePosixPath(file).parent.as_posix()
    if folder in FOLDERS:
        return folder
    return file if file in FILES else test


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Have pytest-xdist send out units."""
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return unit_of(nodeid)

    return Units(config, log)
