"""Which tests one worker of pytest-xdist runs together, because they look at the same things.

A fixture that is expensive, an installed wheel or a server with a browser, exists once a worker.
Tests that are sent to workers one by one would make it again on each of them. The marks that
pytest-xdist has for this change the id of a test, which pytest no longer allows since 9.2; so the
places of the tests decide.
"""

from pathlib import PurePosixPath

import pytest

FOLDERS = {"tests/browser"}
FILES = {"tests/packaging/test_wheel.py", "tests/scenarios/test_case_studies.py"}


def unit_of(test: str) -> str:
    """What is sent to a worker as a whole: the test itself, or all those it belongs to.

    Args:
        test: its id.

    >>> unit_of("tests/browser/test_visit.py::test_ctrl_enter_runs")
    'tests/browser'
    >>> unit_of("tests/packaging/test_wheel.py::test_the_wheel_carries_nothing_else")
    'tests/packaging/test_wheel.py'
    >>> unit_of("tests/test_api.py::test_version")
    'tests/test_api.py::test_version'
    """
    file, _, _ = test.partition("::")
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
