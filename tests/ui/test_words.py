"""How results are worded."""

import pytest

from simulator.scenario import parse
from simulator.ui.part import parameters
from simulator.ui.words import difference_words, estimate_words, finding_words, measure_words
from simulator.units import human
from tests.small_case import TEXT


def difference(**changed):
    found = {"mean": -8.2, "half_width": 0.3, "n": 8, "better_in": 8, "unit": "s"}
    return {**found, "words": "better", **changed}


def test_a_difference_says_direction_size_and_in_how_many_runs():
    words = difference_words("latency_p99_s", difference())
    assert words == "p99 latency falls by 8.2 s ± 300 ms; better in 8 of 8 runs"


def test_a_rise_is_called_a_rise():
    found = difference(mean=0.1, half_width=0.01, unit="ratio", better_in=None, words="higher")
    assert (
        difference_words("api.utilization", found)
        == "api: utilization rises by 10 points ± 1 points"
    )


def test_what_cannot_be_told_is_not_told():
    nothing = difference(words="no detectable difference", mean=0.1)
    assert difference_words("ok", nothing) == "requests answered ok: no detectable difference"
    assert "cannot tell" in difference_words("ok", difference(half_width=None))


def test_a_missing_value_is_not_a_number():
    assert estimate_words({"mean": None, "half_width": None, "unit": "s"}) == "n/a"


def test_a_single_run_has_no_margin():
    assert estimate_words({"mean": 0.25, "half_width": None, "unit": "s"}) == "250 ms"


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (
            {"estimate": 0.1, "low": 0.09, "high": 0.11, "bound": 0.2, "unit": "times"}
            | {"measure": "latency_p99_s", "relative_to": "baseline", "in_runs": False},
            "p99 latency 0.1 times that of “as it is” (95 % interval 0.09 times to 0.11 times)",
        ),
        (
            {"estimate": 0.75, "low": 0.4, "high": 0.9, "bound": 0.8, "unit": "ratio"}
            | {"measure": "success_ratio", "relative_to": None, "in_runs": True},
            "runs in which it holds: 75 % (95 % interval 40 % to 90 %)",
        ),
    ],
)
def test_a_claim_is_shown_with_its_estimate_interval_and_bound(finding, words):
    found = finding_words({**finding, "n": 8, "claimed": "at_most"})
    bound = human(finding["bound"], finding["unit"])
    assert found == f"{words} over 8 runs; claimed: at most {bound}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("latency_p999_s", "p99.9 latency"),
        ("api[4].wait_mean_s", "api[4]: wait, average"),
        ("success_ratio", "success ratio"),
        ("cost_per_million_usd", "cost of a million ok answers"),
    ],
)
def test_measures_have_names_in_words(name, words):
    assert measure_words(name) == words


def testparameters_are_said_with_their_units_and_nothing_is_said_of_what_is_not_set():
    said = dict(parameters(parse(TEXT, "small.yaml", None).system.components["api"]))
    assert said["Service time"] == "exponential, mean 30 ms"
    assert said["Cost per hour"] == "$0.50"
    assert "Next" not in said
