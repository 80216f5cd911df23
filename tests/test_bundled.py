"""Where the program finds its scenarios, benchmarks and app."""

from pathlib import Path

import pytest

from simulator import bundled as module
from simulator.bundled import NAMES, bundled

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_checkout_uses_its_own_files(name):
    assert bundled(name) == CHECKOUT / name


def test_an_installed_package_looks_inside_itself(installed):
    (installed / "_bundled" / "scenarios").mkdir(parents=True)
    assert bundled("scenarios") == installed / "_bundled" / "scenarios"


def test_a_namesake_beside_the_installed_package_is_not_ours(installed):
    (installed.parent / "app.py").touch()
    (installed / "_bundled").mkdir()
    (installed / "_bundled" / "app.py").touch()
    assert bundled("app.py") == installed / "_bundled" / "app.py"


def test_a_missing_folder_is_reported_with_its_place_and_a_remedy(installed):
    with pytest.raises(FileNotFoundError, match=r"scenarios is missing.*Install the package again"):
        bundled("scenarios")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'data' does not travel.*app.py, benchmarks, scenarios"):
        bundled("data")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package's folder in a site-packages without a checkout around it."""
    package = tmp_path / "simulator"
    package.mkdir()
    monkeypatch.setattr(module, "_PACKAGE", package)
    return package
