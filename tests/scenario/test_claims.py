"""What a file may say about its own results."""

import pytest
from pydantic import ValidationError

from simulator.scenario.claims import Finding, Objective, Prediction, Question

CLAIM = {"claim": "It holds.", "measure": "latency_p99_s"}
SAID = [{"say": "a", "at_most": 1}, {"say": "b", "at_most": 2}, {"say": "c"}]
OWN = [{"say": "a", "measure": "x"}, {"say": "b", "measure": "y"}]
ASK = {"ask": "What?", "measure": "latency_p99_s"}


def refused(cls, tree, match):
    with pytest.raises(ValidationError, match=match):
        cls.model_validate(tree)


# Objectives


@pytest.mark.parametrize("bounds", [{}, {"at_most": 1, "at_least": 0}])
def test_an_objective_has_one_bound(bounds):
    refused(Objective, {"measure": "x"} | bounds, "give either at_most or at_least")


@pytest.mark.parametrize(
    ("text", "value"), [("500ms", 0.5), ("30/min", 0.5), ("5%", 0.05), ("$0.40", 0.4), (3, 3.0)]
)
def test_a_bound_is_a_quantity_of_any_kind(text, value):
    assert Objective(measure="x", at_most=text).at_most == value


# Findings


@pytest.mark.parametrize(
    "bounds", [{}, {"at_most": 1, "at_least": 0}, {"about": 1, "within": 1, "at_most": 3}]
)
def test_a_finding_has_exactly_one_bound(bounds):
    refused(Finding, CLAIM | bounds, "give exactly one of at_most, at_least and about")


@pytest.mark.parametrize("bounds", [{"about": 1}, {"at_most": 1, "within": 1}])
def test_about_and_within_go_together(bounds):
    refused(Finding, CLAIM | bounds, "about and within go together")


@pytest.mark.parametrize("within", [0, -1])
def test_a_tolerance_is_more_than_nothing(within):
    refused(Finding, CLAIM | {"about": 1, "within": within}, "greater than 0")


@pytest.mark.parametrize("during", [["5s", "5s"], ["5s", "2s"]])
def test_a_window_ends_after_it_begins(during):
    refused(Finding, CLAIM | {"at_most": 1, "during": during}, "must end after it begins")


@pytest.mark.parametrize("in_runs", [{}, {"at_least": 0.1, "at_most": 0.9}])
def test_a_share_of_runs_has_one_bound(in_runs):
    refused(Finding, CLAIM | {"at_most": 1, "in_runs": in_runs}, "give either at_most or at_least")


@pytest.mark.parametrize("share", [1.5, -0.1, "110%"])
def test_a_share_of_runs_is_a_ratio(share):
    refused(Finding, CLAIM | {"at_most": 1, "in_runs": {"at_least": share}}, "1|0")


def test_a_finding_is_about_the_baseline_unless_it_says_otherwise():
    assert Finding.model_validate(CLAIM | {"at_most": 1}).of == "baseline"


# Predictions


def test_a_prediction_without_choices_asks_for_a_number():
    assert Prediction.model_validate(ASK).choices == ()


@pytest.mark.parametrize("choices", [SAID, OWN])
def test_choices_have_rising_bounds_or_measures_of_their_own(choices):
    asked = ASK if choices is SAID else {"ask": "What?"}
    assert len(Prediction.model_validate(asked | {"choices": choices}).choices) == len(choices)


@pytest.mark.parametrize(
    ("tree", "match"),
    [
        ({"ask": "What?"}, "give a measure"),
        (ASK | {"choices": SAID[:1]}, "none or several"),
        (ASK | {"choices": SAID[:2]}, "the last has none"),
        (ASK | {"choices": [SAID[2], SAID[2]]}, "every choice but the last needs at_most"),
        (ASK | {"choices": [SAID[1], SAID[0], SAID[2]]}, "must increase"),
        (ASK | {"choices": [SAID[0], SAID[0], SAID[2]]}, "must increase"),
        (ASK | {"choices": OWN}, "a measure of its own, and nothing else"),
        ({"ask": "What?", "choices": [OWN[0], SAID[2]]}, "a measure of its own, and nothing else"),
        ({"ask": "What?", "choices": [OWN[0], OWN[1] | {"at_most": 1}]}, "and nothing else"),
    ],
)
def test_a_prediction_that_has_no_one_answer_is_refused(tree, match):
    refused(Prediction, tree, match)


# Questions


@pytest.mark.parametrize("answer", [2, -1])
def test_the_answer_to_a_question_is_one_of_its_choices(answer):
    tree = {"ask": "Why?", "choices": ["a", "b"], "answer": answer, "because": "So."}
    refused(Question, tree, "must be less than 2|greater than or equal to 0")


def test_a_question_has_at_least_two_choices():
    tree = {"ask": "Why?", "choices": ["a"], "answer": 0, "because": "So."}
    refused(Question, tree, "at least 2")
