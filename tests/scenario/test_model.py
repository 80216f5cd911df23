"""The scenario as a value: what it equals, what it is the same as, what it hides."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from simulator.scenario import Scenario, apply, load, parse
from simulator.scenario.load import catalogue
from tests.scenario.small import FILE, small, valid

CASES = list(catalogue())


@pytest.mark.parametrize("case", CASES)
def test_plain_data_is_the_same_scenario_again(case):
    scenario = load(case)
    again = Scenario.model_validate(scenario.plain())
    again.read_files(scenario.folder)
    assert again == scenario
    assert again.plain() == scenario.plain()


@pytest.mark.parametrize("case", CASES)
def test_plain_data_written_as_yaml_is_the_same_scenario_again(case):
    scenario, path = load(case), catalogue()[case]
    again = parse(yaml.safe_dump(scenario.plain(), sort_keys=False), str(path), path.parent)
    assert again.plain() == scenario.plain()
    assert again.digest() == scenario.digest()


@pytest.mark.parametrize("case", CASES)
def test_every_variant_is_a_scenario_of_its_own(case):
    scenario = load(case)
    digests = {apply(scenario, name).digest() for name in ["baseline", *scenario.variants]}
    assert len(digests) == 1 + len(scenario.variants)


def test_a_scenario_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        valid().title = "Other"


# The digest: what decides a run, and nothing else


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("workers: 2", "workers: 2 # two"),
        ("mean: 100ms", "mean: 0.1"),
        ("rate: 10/s", "rate: 10"),
        ("rate: 10/s", "rate: 10.0"),
        ("rate: 10/s", "rate: 600/min"),
        ("duration: 20s", "duration: 20"),
        ("{kind: load_balancer, pool: api}", "{pool: [api], kind: load_balancer}"),
        ("pool: api}", "pool: api, policy: least_outstanding}"),
        ("title: Small", "title: Another\nstory: A new story."),
        ("at_most: 0.9", "at_most: 0.8"),
        ("because: Less work.", "because: No reason."),
        ("replications: 2", "replications: 9"),
    ],
)
def test_another_way_to_write_the_same_runs_is_the_same(old, new):
    assert valid((old, new)).digest() == valid().digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("workers: 2", "workers: 3"),
        ("rate: 10/s", "rate: 10.001/s"),
        ("count: 20", "count: 21"),
        ("from: 5s", "from: 6s"),
        ("warmup: 1s", "warmup: 2s"),
        ("replications: 2", "replications: 2, seed: 2"),
        ("pool: api}", "pool: api, policy: random}"),
    ],
)
def test_whatever_changes_a_run_changes_the_digest(old, new):
    assert valid((old, new)).digest() != valid().digest()


def test_a_trace_with_other_content_is_another_scenario(tmp_path):
    changes = [
        ("{kind: poisson, rate: 10/s}", "{kind: trace, path: t.csv, column: at}"),
        ("workload.arrivals.rate", "run.seed"),
    ]

    def digest(rows):
        (tmp_path / "t.csv").write_text(rows)
        return parse(small(*changes), FILE, tmp_path).digest()

    first = digest("at\n1\n2\n")
    assert digest("at,user\n1,a\n2,b\n") == first  # the same instants
    assert digest("at\n1\n3\n") != first


def test_a_scenario_read_from_elsewhere_is_the_same(tmp_path):
    folder = tmp_path / "cases"
    folder.mkdir()
    assert parse(small(), str(folder / "small.yaml"), folder).digest() == valid().digest()


def test_a_digest_is_the_same_in_another_process():
    import subprocess
    import sys

    text = "from tests.scenario.small import valid; print(valid().digest())"
    found = subprocess.run(
        [sys.executable, "-c", text],
        cwd=Path(__file__).parents[2],
        env={"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == valid().digest()


# What else it knows


def test_windows_of_findings_are_marked():
    assert set(valid().marks_s()) == {1.0, 5.0, 10.0}


def test_run_settings_are_replaced_one_by_one():
    run = valid().with_run(seed=5).run
    assert (run.seed, run.duration, run.replications) == (5, 20.0, 2)


@pytest.mark.parametrize("wrong", [{"duration": 0.0}, {"seed": -1}, {"sed": 1}])
def test_run_settings_are_replaced_by_valid_ones_only(wrong):
    with pytest.raises(ValidationError):
        valid().with_run(**wrong)


def test_members_of_every_group_are_known():
    assert valid().group_members()["api"] == ["api[1]", "api[2]"]
    assert valid().group_members()["db"] == ["db"]


@pytest.mark.parametrize("name", ["1st", "a b", "a.b", "a[1]", "", "-a"])
def test_names_that_no_path_could_hold_are_refused(name):
    tree = valid().plain()
    tree["system"]["components"][name] = tree["system"]["components"]["db"]
    with pytest.raises(ValidationError, match="pattern"):
        Scenario.model_validate(tree)
