"""How the question before a run is answered by it."""

import pytest

from simulator.experiments.predictions import truth, variants_asked
from simulator.experiments.rows import Task, make
from simulator.experiments.summary import summarize
from simulator.scenario import apply, parse
from simulator.scenario.claims import Choice, Prediction
from tests.small_case import TEXT


@pytest.fixture(scope="module")
def summaries():
    scenario = parse(TEXT, "small.yaml", None)
    variants = ("baseline", "three_workers")
    applied = {variant: apply(scenario, variant) for variant in variants}
    return {
        variant: summarize(each, variant, [make(Task(each, variant, 0))])
        for variant, each in applied.items()
    }


def mean(summaries, variant, measure):
    return summaries[variant].measures[measure].interval.mean


def test_a_number_is_the_mean_of_its_measure(summaries):
    found = truth(Prediction(ask="?", measure="latency_p99_s"), summaries)
    assert (found.choice, found.unit) == (None, "s")
    assert found.value == mean(summaries, "baseline", "latency_p99_s")


def test_how_many_times_is_a_ratio_without_a_unit(summaries):
    asked = Prediction(
        ask="?", measure="latency_mean_s", of="three_workers", relative_to="baseline"
    )
    found = truth(asked, summaries)
    means = [mean(summaries, each, "latency_mean_s") for each in ("three_workers", "baseline")]
    assert found.value == pytest.approx(means[0] / means[1])
    assert found.unit == ""
    assert variants_asked(asked) == ["three_workers", "baseline"]


def test_the_right_choice_is_the_first_whose_bound_holds(summaries):
    choices = [Choice(say=str(n), at_most=n / 10) for n in range(1, 10)] + [Choice(say="most")]
    asked = Prediction(ask="?", measure="success_ratio", choices=tuple(choices))
    found = truth(asked, summaries)
    assert found.choice == next(n for n in range(10) if n == 9 or found.value <= (n + 1) / 10)


def test_of_choices_with_measures_of_their_own_the_largest_is_right(summaries):
    choices = (Choice(say="few", measure="failed"), Choice(say="many", measure="ok"))
    found = truth(Prediction(ask="?", choices=choices), summaries)
    assert (found.choice, found.value) == (1, mean(summaries, "baseline", "ok"))


def test_where_no_run_has_a_value_no_choice_is_right(summaries):
    choices = (Choice(say="few", at_most=1), Choice(say="many"))
    asked = Prediction(
        ask="?", measure="failed", relative_to="baseline", of="baseline", choices=choices
    )
    assert truth(asked, summaries).choice is None
