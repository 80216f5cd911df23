"""What an error tells the person who has to put it right."""

import pickle

import pytest

from simulator.errors import (
    Problem,
    ScenarioError,
    SimulationError,
    SimulatorError,
    nearest,
    shown,
    split_hint,
    unknown_name,
)

TYPO = Problem("a.yaml", 11, 5, "api.wokers", "unknown field 'wokers'", "did you mean 'workers'?")


def test_problem_is_one_line_with_place_path_finding_and_hint():
    assert str(TYPO) == "a.yaml:11:5 api.wokers: unknown field 'wokers'; did you mean 'workers'?"


def test_problem_of_the_whole_file_has_no_path():
    assert str(Problem("a.yaml", 1, 1, "", "found no content")) == "a.yaml:1:1: found no content"


def test_problem_stays_one_line_whatever_the_message():
    assert str(Problem("a.yaml", 1, 1, "x", "first\nsecond\u2028third")).count("\n") == 0
    assert len(str(Problem("a.yaml", 1, 1, "x", "first\nsecond\u2028third")).splitlines()) == 1


def test_scenario_error_lists_all_its_problems():
    error = ScenarioError([TYPO, Problem("a.yaml", 12, 1, "run", "found 3; must be a mapping")])
    assert str(error).splitlines() == [str(problem) for problem in error.problems]


def test_scenario_error_survives_the_way_to_another_process():
    assert pickle.loads(pickle.dumps(ScenarioError([TYPO]))).problems == [TYPO]


@pytest.mark.parametrize("error", [ScenarioError, SimulationError])
def test_every_error_can_be_caught_as_one_kind(error):
    assert issubclass(error, SimulatorError)


def test_nearest_ignores_case():
    assert nearest("LRU", ["fifo", "lru"]) == "lru"
    assert nearest("lru", ["FIFO", "LRU"]) == "LRU"


def test_nearest_finds_what_an_abbreviation_stands_for():
    known = ["fewest_of_sample", "least_outstanding", "round_robin"]
    assert nearest("least_conn", known) == "least_outstanding"


def test_nearest_does_not_guess_wildly():
    assert nearest("database", ["fifo", "lru"]) is None


def test_nearest_does_not_compare_a_whole_page():
    assert nearest("workers" * 100_000, ["workers" * 100_000]) is None


def test_unknown_name_says_what_exists_in_alphabetical_order():
    text = unknown_name("eviction policy", "lfru", ["lru", "fifo", "lfu"])
    assert text == ("unknown eviction policy 'lfru'; known: fifo, lfu, lru; did you mean 'lru'?")


def test_unknown_name_without_any_known_says_none():
    assert unknown_name("component", "api", []) == "unknown component 'api'; known: none"


def test_unknown_name_takes_what_is_no_name_at_all():
    assert unknown_name("kind", None, ["a"]) == "unknown kind nothing; known: a"


def test_values_are_shown_the_way_a_file_writes_them():
    assert [shown(value) for value in (True, None, (1, 2), {"a": 1}, 1.5)] == [
        "true",
        "nothing",
        "a list",
        "a mapping",
        "1.5",
    ]


def test_long_values_are_shortened():
    assert len(shown("x" * 10_000)) < 80


def test_hint_is_split_off_only_where_there_is_one():
    assert split_hint("found 3; must be text") == ("found 3; must be text", "")
    assert split_hint(unknown_name("field", "rat", ["rate"])) == (
        "unknown field 'rat'; known: rate",
        "did you mean 'rate'?",
    )
