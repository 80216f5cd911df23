"""Variants and single changes: what a path means, and what comes out."""

import pytest
from pydantic import ValidationError

from simulator.errors import ScenarioError
from simulator.experiments.design import design, designs
from simulator.scenario import apply
from simulator.scenario.source import parse_scalar
from simulator.scenario.variants import PathError, changed, steps, value_at
from tests.scenario.small import SMALL, small, valid

TREE = {"a": {"b": [1, {"c": 2}], "d.e": 3}, "f": None}


# Paths


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", ("a",)),
        ("a.b[1].c", ("a", "b", 1, "c")),
        ("a['d.e']", ("a", "d.e")),
        ("faults[0]", ("faults", 0)),
        ("components.api-2.x_y", ("components", "api-2", "x_y")),
    ],
)
def test_a_path_is_names_with_dots_and_numbers_in_brackets(path, found):
    assert steps(path) == found


@pytest.mark.parametrize("path", ["", ".", "a..b", "a[", "a[x]", "a]", "a.b[", "[-1]"])
def test_what_is_no_path_is_told(path):
    with pytest.raises(PathError, match="is not a path; write names with dots"):
        steps(path)


def test_a_path_leads_to_a_value():
    assert value_at(TREE, "a.b[1].c") == 2
    assert value_at(TREE, "a['d.e']") == 3


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a.x", "no 'x'; known: b, d.e"),
        ("a.b[2]", "there are 2 items, counted from 0"),
        ("a.b.c", "there is nothing beneath the step before 'c'"),
        ("f.g", "there is nothing beneath the step before 'g'"),
        ("a[0]", "there is nothing beneath the step before 0"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(path, message):
    with pytest.raises(PathError, match="does not exist") as caught:
        value_at(TREE, path)
    assert message in str(caught.value)


def test_a_change_leaves_the_original_alone():
    assert changed(TREE, {"a.b[1].c": 5})["a"]["b"] == [1, {"c": 5}]
    assert TREE["a"]["b"] == [1, {"c": 2}]


def test_a_change_may_name_no_path_that_is_not_there():
    with pytest.raises(PathError, match="does not exist: no 'z'"):
        changed(TREE, {"a.z": 1})


# Applying


def test_a_variant_sets_its_values_and_nothing_else():
    before, after = valid().plain(), apply(valid(), "fast").plain()
    assert after["system"]["components"]["api"]["service_time"]["mean"] == 0.05
    after["system"]["components"]["api"]["service_time"]["mean"] = 0.1
    assert after == before


def test_the_baseline_is_the_file_as_it_is():
    scenario = valid()
    assert apply(scenario) is scenario
    assert apply(scenario, "baseline") is scenario
    assert apply(scenario, []) is scenario


def test_several_variants_are_combined():
    api = apply(valid(), ["fast", "wide"]).system.components["api"]
    assert (api.service_time.mean, api.workers) == (0.05, 4)


def test_the_later_of_two_variants_wins():
    text = ("system.components.api.workers: 4", "system.components.api.service_time.mean: 70ms")
    scenario = valid(text)
    for names, mean in [(["fast", "wide"], 0.07), (["wide", "fast"], 0.05)]:
        assert apply(scenario, names).system.components["api"].service_time.mean == mean


def test_a_change_wins_over_the_variants():
    changes = {"system.components.api.service_time.mean": "60ms"}
    assert apply(valid(), "fast", changes).system.components["api"].service_time.mean == 0.06


def test_a_path_that_the_file_leaves_to_its_default_can_be_set():
    after = apply(valid(), changes={"system.components.balancer.policy.kind": "round_robin"})
    assert after.system.components["balancer"].policy.kind == "round_robin"
    assert "queue_limit" not in SMALL
    after = apply(valid(), changes={"system.components.api.queue_limit": 7})
    assert after.system.components["api"].queue_limit == 7


def test_a_default_of_another_kind_cannot_be_set():
    with pytest.raises(PathError, match="no 'choices'; known: kind"):
        apply(valid(), changes={"system.components.balancer.policy.choices": 3})


def test_an_applied_scenario_still_has_its_trace(tmp_path):
    (tmp_path / "t.csv").write_text("at\n1\n2\n")
    arrivals = {"kind": "trace", "path": str(tmp_path / "t.csv"), "column": "at"}
    traced = apply(valid(), changes={"workload.arrivals": arrivals})
    assert apply(traced, "wide").workload.arrivals.last_s() == 1.0


def test_a_value_that_does_not_fit_is_refused():
    with pytest.raises(ValidationError, match="workers"):
        apply(valid(), changes={"system.components.api.workers": 0})


def test_an_unknown_variant_is_answered_with_the_known_ones():
    with pytest.raises(PathError, match="known: baseline, fast, wide; did you mean 'fast'"):
        apply(valid(), "fasd")


# As after --set


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "cases"
    folder.mkdir()
    path = folder / "small.yaml"
    path.write_text(small())
    return str(path)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("workload.arrivals.rate=600/min", "workload.arrivals.rate", 10.0),
        ("workload.arrivals.rate = 7", "workload.arrivals.rate", 7.0),
        ("slo[0].at_most=250ms", "slo[0].at_most", 0.25),
        ("faults[0]={kind: crash, of: api, from: 2s, until: 3s}", "faults[0].until", 3.0),
        (
            "system.components.balancer.pool=['api[1]']",
            "system.components.balancer.pool[0]",
            "api[1]",
        ),
        ("system.components.api.queue_limit=null", "system.components.api.queue_limit", None),
        ("tags=[a, b]", "tags[1]", "b"),
        ("system.components.cache.coalesces=true", "system.components.cache.coalesces", True),
        ("title=a=b", "title", "a=b"),
    ],
)
def test_values_read_as_in_a_file_through_lists_and_mappings_and_units(case, text, path, value):
    (made,) = designs(case, [[]], [text])
    assert value_at(made.scenario.plain(), path) == value


def test_a_design_remembers_what_it_is(case):
    (made,) = designs(case, [["fast", "wide"]], ["run.warmup=2s"], seed=9, replications=3)
    assert (made.variant, made.changes) == ("fast+wide", {"run.warmup": "2s"})
    assert (made.scenario.run.seed, made.scenario.run.replications) == (9, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run.seed", "--set:1:1: found 'run.seed'; must be PATH=VALUE"),
        ("=3", "--set:1:1: found '=3'; must be PATH=VALUE"),
        ("run.sed=3", "--set:1:1: 'run.sed' does not exist: no 'sed'"),
        ("run.seed=x", "--set:1:1 run.seed: found 'x'; must be a whole number"),
        ("run.seed=[1", "--set:1:1"),
        ("run.warmup=20s", "--set:1:1 run.warmup: found 20 s; must be less than the duration"),
        ("system.entry=apis", "--set:1:1 system.entry: found 'apis'; must be a component"),
    ],
)
def test_a_change_that_does_not_work_is_a_problem_of_the_command_line(case, text, message):
    with pytest.raises(ScenarioError) as caught:
        designs(case, [[]], [text])
    assert str(caught.value).startswith(message)


def test_a_variant_that_does_not_exist_is_a_problem_of_its_option(case):
    with pytest.raises(ScenarioError, match=r"^--variant:1:1: unknown variant 'fasd'; known: "):
        designs(case, [["fasd"]])


def test_variants_that_do_not_go_together_are_told():
    with pytest.raises(ScenarioError, match=r"run\.warmup: found 30 s; must be less"):
        design(
            valid(("system.components.api.workers: 4", "system.components.api.workers: 3")),
            ["fast", "wide"],
            {"run.warmup": parse_scalar("30s")},
        )


def test_a_bad_row_of_a_trace_is_told_at_its_own_line(case, tmp_path):
    (tmp_path / "cases/bad.csv").write_text("at\n1\nx\n")
    with pytest.raises(ScenarioError, match=r"bad\.csv:3:1 workload\.arrivals: found 'x'"):
        designs(case, [[]], ["workload.arrivals={kind: trace, path: bad.csv, column: at}"])


def test_a_trace_that_is_not_there_is_told_at_the_change(case):
    with pytest.raises(ScenarioError, match=r"^--set:1:1 workload\.arrivals\.path: found no file"):
        designs(case, [[]], ["workload.arrivals={kind: trace, path: no.csv, column: at}"])
