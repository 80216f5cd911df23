"""What the package offers is what it says it offers."""

import inspect
import json
import re
import subprocess
import sys
from types import ModuleType

import pytest

import simulator
from simulator import cli
from simulator.errors import ScenarioError, SimulationError
from simulator.results import Run
from simulator.scenario import load, parse
from simulator.version import __version__
from tests.small_case import TEXT

WORKERS = "system.components.api.workers"
SERVICE = "system.components.api.service_time.mean"
EXPERIMENTS = {
    "replicate": ("run", [], {}),
    "compare": ("compare", ["--against", "three_workers"], {"against": "three_workers"}),
    "sweep": ("sweep", ["--over", f"{WORKERS}=2,3"], {"over": {WORKERS: [2, 3]}}),
    "tornado": ("tornado", ["--over", f"{SERVICE}=20ms..30ms"], {"over": {SERVICE: "20ms..30ms"}}),
    "rank": ("rank", ["--worth", "20%"], {"worth": 0.2}),
    "search": (
        "search",
        ["--over", f"{WORKERS}=2..4", "--trials", "4"],
        {"over": {WORKERS: "2..4"}, "trials": 4},
    ),
    "stability": (
        "stability",
        ["--over", f"{WORKERS}=2,3", "--after", "5s", "--for", "10s"],
        {"over": {WORKERS: [2, 3]}, "after_s": 5.0, "for_s": 10.0},
    ),
    "explain": ("explain", [], {}),
}


def test_everything_imported_is_listed_and_nothing_else():
    public = {
        name
        for name in dir(simulator)
        if not name.startswith("_") and not isinstance(getattr(simulator, name), ModuleType)
    }
    assert public - {"TYPE_CHECKING", "Any", "annotations", "import_module"} == {*simulator.__all__}


@pytest.mark.parametrize("name", simulator.__all__)
def test_every_name_can_be_imported(name):
    assert getattr(simulator, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'swep'"):
        simulator.swep  # noqa: B018


def test_names_are_listed_once_and_are_about_ten():
    assert len(simulator.__all__) == len(set(simulator.__all__)) <= 12


def test_every_error_raised_on_purpose_is_a_simulator_error():
    assert issubclass(ScenarioError, simulator.SimulatorError)
    assert issubclass(SimulationError, simulator.SimulatorError)


def test_the_version_is_one_of_a_release():
    assert simulator.__version__ == __version__
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|[ab]\d+|rc\d+)?", __version__)


def test_the_package_does_what_its_docstring_says():
    """Runs of a shorter version of the example's scenario, through the exported names alone."""
    scenario = simulator.load("slow_replica").with_run(duration=80.0)
    before = simulator.run(scenario)
    after = simulator.run(simulator.apply(scenario, "two_choices"))
    assert isinstance(before, Run)
    assert after.latency(0.99) < before.latency(0.99)


def test_the_exported_functions_are_those_of_the_modules():
    assert simulator.load is load


def test_importing_it_imports_no_app_no_pictures_and_no_experiments():
    heavy = {"altair", "matplotlib", "pandas", "scipy", "streamlit", "simulator.experiments"}
    text = f"import simulator, sys; print(*({heavy} & {{*sys.modules}}))"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


# Experiments


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("case") / "small.yaml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def make(file):
    """Call a function with a small scenario, in this process."""

    def call(name, **arguments):
        settings = {"changes": {"run.duration": 40}, "seed": 3, "workers": 1}
        if name != "rank":
            settings["replications"] = 3
        return getattr(simulator, name)(file, **settings | arguments)

    return call


@pytest.fixture
def command(file, monkeypatch, capfd):
    """The document that a command prints for the same scenario."""

    def call(name, *arguments):
        settings = ["--set", "run.duration=40", "--seed", "3", "--workers", "1", "--json"]
        if name != "rank":
            settings += ["-n", "3"]
        monkeypatch.setattr(sys, "argv", ["simulator", name, str(file), *settings, *arguments])
        with pytest.raises(SystemExit):
            cli.main()
        return json.loads(capfd.readouterr().out)

    return call


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_has_the_document_and_the_table_of_its_command(name, make, command):
    if name == "search":
        pytest.importorskip("optuna", reason="needs the extra 'optimize'")
    of_command, arguments, same = EXPERIMENTS[name]
    found = make(name, **same)
    assert json.loads(json.dumps(found.as_json())) == command(of_command, *arguments)
    records = found.records()
    assert records
    assert [*found.frame().columns] == [*records[0]]
    assert len(found.frame()) == len(records)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_argument_of_an_experiment_is_documented(name):
    function = getattr(simulator, name)
    text = inspect.getdoc(function)
    for section in ("Args:", "Returns:", "Raises:", "The same as ``simulator "):
        assert section in text
    for parameter in inspect.signature(function).parameters:
        assert re.search(rf"^    {parameter}: ", text, re.MULTILINE), parameter


def test_a_scenario_in_memory_is_a_case_too(make, file):
    scenario = parse(TEXT, "small.yaml", None)
    settings = {"changes": {"run.duration": 40}, "seed": 3, "replications": 3, "workers": 1}
    assert simulator.replicate(scenario, **settings).as_json() == make("replicate").as_json()


def test_progress_is_told_in_runs(make):
    told = []
    make("replicate", tell=lambda done, of, words: told.append((done, of, words)))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1] == (3, 3, "baseline, run 3")


def test_whoever_is_told_may_end_it_and_gets_what_is_finished(make):
    def stop(done, of, words):
        if done >= 2:
            raise KeyboardInterrupt

    found = make("replicate", tell=stop)
    assert found.interrupted
    assert found.as_json()["complete"] is False
    assert [row.replication for row in found.rows] == [0, 1]


def test_an_experiment_that_is_ended_with_nothing_to_tell_is_an_interrupt(make):
    def stop(done, of, words):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make("compare", against="three_workers", tell=stop)


def test_what_is_doubtful_is_a_warning(make):
    heavy = {"run.duration": 40, "workload.arrivals.rate": "500/s"}
    with pytest.warns(UserWarning, match="offered"):
        make("replicate", changes=heavy)
    told = []
    make("replicate", changes=heavy, warn=told.append)
    assert len(told) == 1
