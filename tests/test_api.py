"""What the package offers is what it says it offers."""

import re
import subprocess
import sys
from types import ModuleType

import pytest

import simulator
from simulator.scenario import load, parse
from simulator.version import __version__


def test_everything_imported_is_listed_and_nothing_else():
    public = {
        name
        for name, value in vars(simulator).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public | {"__version__"} == set(simulator.__all__)


@pytest.mark.parametrize("name", simulator.__all__)
def test_every_name_can_be_imported(name):
    assert getattr(simulator, name) is not None


def test_names_are_listed_once_and_are_about_ten():
    assert len(simulator.__all__) == len(set(simulator.__all__)) <= 12


def test_every_error_raised_on_purpose_is_a_simulator_error():
    assert issubclass(simulator.ScenarioError, simulator.SimulatorError)
    assert issubclass(simulator.SimulationError, simulator.SimulatorError)


def test_the_version_is_one_of_a_release():
    assert simulator.__version__ == __version__
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|[ab]\d+|rc\d+)?", __version__)


def test_the_package_does_what_its_docstring_says():
    """Runs of a shorter version of the example's scenario, through the exported names alone."""
    scenario = simulator.load("slow_replica").with_run(duration=80.0)
    before = simulator.run(scenario)
    after = simulator.run(simulator.apply(scenario, "two_choices"))
    assert isinstance(before, simulator.Run)
    assert after.latency(0.99) < before.latency(0.99)


def test_the_exported_functions_are_those_of_the_modules():
    assert (simulator.load, simulator.parse) == (load, parse)


def test_importing_it_imports_no_app_and_no_pictures():
    heavy = {"altair", "matplotlib", "pandas", "streamlit"}
    text = f"import simulator, sys; print(*({heavy} & {{*sys.modules}}))"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
