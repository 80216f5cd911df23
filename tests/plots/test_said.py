"""What the words under charts promise: that they are made of the numbers above them."""

import pytest

from simulator.plots.axes import Span
from simulator.plots.marks import marks
from simulator.plots.said import (
    cost_words,
    course,
    latency_words,
    levels_words,
    outcomes_words,
    spans_words,
)

CURVES = {
    "start_s": [0.0, 10.0, 20.0, 30.0],
    "end_s": [10.0, 20.0, 30.0, 40.0],
    "latency": {
        "p50": [0.1, 0.1, 0.1, 0.1],
        "p95": [0.3, 0.4, 0.4, 0.3],
        "p99": [0.5, 4.0, None, 0.6],
    },
    "outcomes": {"ok": [10.0, 5.0, 0.0, 10.0], "timed_out": [0.0, 5.0, 0.0, 0.0]},
}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([None] * 4, "has no value"),
        ([2.0] * 4, "stays at 2"),
        ([2.0, 3.0, 2.5, 2.0], "stays between 2 and 3"),
        ([0, 0, 7, 0], "rises from 0 to 7 at 25 s, and ends at 0"),
        ([1, 1, 1, 9], "rises from 1 to 9 at 35 s, 9 times its lower quartile, and stays there"),
        ([9, 1, 1, 1], "starts at its highest, 9, 9 times its lower quartile, and ends at 1"),
    ],
)
def test_a_line_is_told_by_its_beginning_its_peak_and_its_end(values, words):
    assert course(CURVES, values, "") == words


def test_the_words_of_a_latency_chart_count_the_broken_intervals():
    words = latency_words(CURVES, "p99", 0.55)
    assert "p99 rises from 500 ms to 4 s at 15 s" in words
    assert words.endswith("p99 is above its objective of 550 ms in 2 of 3 intervals.")
    assert latency_words(CURVES, "p99", 5.0).endswith("objective of 5 s never.")
    assert "objective" not in latency_words(CURVES)


def test_the_words_of_an_outcome_chart_add_up_and_name_the_worst_interval():
    words = outcomes_words(CURVES)
    assert "83.3 % ok, 16.7 % timed out" in words
    assert "Fewest ok at 15 s: 50 %." in words


def test_the_words_of_levels_begin_with_the_highest_and_sum_up_the_others():
    values = {f"api[{i}]": [float(i)] * 4 for i in range(1, 7)}
    words = levels_words(CURVES, values, "")
    assert words.startswith("api[6] stays at 6; api[5]")
    assert words.endswith("; api[3], api[2], api[1]: at most 3.")


def test_a_line_that_lies_on_the_axis_is_not_told_by_itself():
    words = levels_words(CURVES, {"a": [0, 0.1, 0, 0], "b": [10.0] * 4}, "")
    assert words == "b stays at 10; a: at most 0.1."


def test_the_words_of_costs_name_the_dearest():
    assert cost_words({"a": 1.0, "b": 3.0}).startswith("$4.00 an hour in all; b is 75 %")


def test_shaded_stretches_are_told_and_those_without_a_name_are_not():
    found = [Span(0, 5, "warm-up", True), Span(7, 7, "cache flush: c"), Span(9, 10, "")]
    words = "Marked: warm-up from 0 s to 5 s; cache flush: c at 7 s."
    assert spans_words(found) == words
    assert spans_words([]) == ""


def test_only_events_of_the_wanted_kinds_are_pointed_out_and_the_good_ones_differ():
    events = [
        {"at_s": 61.5, "kind": "saturated", "component": "api", "words": "busy"},
        {"at_s": 70.0, "kind": "relieved", "component": "api", "words": "no longer busy"},
        {"at_s": 80.0, "kind": "run_ends", "component": "", "words": "the run ends"},
    ]
    first, second = marks(events, {"saturated", "relieved"})
    assert (first.time, first.words, first.is_good) == ("1 min 01.5 s", "api: busy", False)
    assert second.is_good
