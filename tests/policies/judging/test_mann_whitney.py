"""What a judge of many metrics says: the rules of Kayenta, and how often they are wrong."""

import numpy as np
import pytest

from simulator.policies.judging import CONTINUE, FAIL, PASS, Evidence, MannWhitney
from simulator.stats.trials import judging, series

STEADY = np.linspace(90, 110, 60)  # around 100


def spec(compares, **others):
    return MannWhitney(compares=compares, **others)


def judged(judge, control, candidate):
    return judge.start().judge(Evidence(series=control), Evidence(series=candidate))


def decision(judge, times, control=STEADY):
    """What becomes of a candidate whose only metric is so many times that of the control arm."""
    name = next(iter(judge.compares))
    return judged(judge, {name: control}, {name: control * times}).decision


def test_a_metric_that_is_the_same_passes_and_one_that_is_twice_as_high_fails():
    judge = spec({"latency": {}})
    assert decision(judge, 1.0) == PASS
    assert decision(judge, 2.0) == FAIL
    assert decision(judge, 0.5) == FAIL


@pytest.mark.parametrize(
    ("direction", "times", "expected"),
    [
        ("increase", 2.0, FAIL),
        ("increase", 0.5, PASS),
        ("decrease", 2.0, PASS),
        ("decrease", 0.5, FAIL),
    ],
)
def test_only_the_direction_that_does_harm_counts(direction, times, expected):
    assert decision(spec({"latency": {"direction": direction}}), times) == expected


def test_a_change_that_is_allowed_passes_however_clear_it_is():
    strict, lenient = spec({"latency": {}}), spec({"latency": {"allowed_increase": 1.25}})
    assert decision(strict, 1.2) == FAIL
    assert decision(lenient, 1.2) == PASS
    assert decision(lenient, 1.3) == FAIL
    assert decision(spec({"latency": {"allowed_decrease": 0.7}}), 0.8) == PASS


def test_a_shift_has_to_be_clear_of_the_tolerated_part_of_itself():
    """Just significant: the interval of the shift begins a little above 0."""
    shifted = STEADY + 3.3
    _, lower, _ = judging.shift(STEADY, shifted, 0.98)
    assert 0 < lower < 0.25 * 3.3
    metric = {"latency": {}}
    for tolerance, expected in ((0.0, FAIL), (0.25, PASS)):
        judge = spec(metric, tolerance=tolerance)
        assert judged(judge, {"latency": STEADY}, {"latency": shifted}).decision == expected


def arms(names, worse=()):
    """Series of both arms, of which some are twice as high in the candidate."""
    control = dict.fromkeys(names, STEADY)
    return control, {name: STEADY * (2 if name in worse else 1) for name in names}


TEN = {f"metric_{i}": {} for i in range(10)}


@pytest.mark.parametrize(
    ("failing", "expected", "score"), [(0, PASS, 100), (1, CONTINUE, 90), (3, FAIL, 70)]
)
def test_the_score_is_the_part_that_passes_and_lies_in_one_of_three_bands(failing, expected, score):
    control, candidate = arms(TEN, list(TEN)[:failing])
    verdict = judged(spec(TEN), control, candidate)
    assert (verdict.decision, verdict.score) == (expected, score)


def test_groups_weigh_what_they_are_given_and_the_others_share_the_rest():
    compares = {
        "errors": {"group": "errors"},
        "latency": {"group": "latency"},
        "p99": {"group": "latency"},
        "cost": {"group": "cost"},
    }
    judge = spec(compares, weights={"errors": 60})
    for worse, score in ((["errors"], 40), (["p99"], 90), (["latency", "p99"], 80)):
        assert judged(judge, *arms(compares, worse)).score == score


def test_a_critical_metric_fails_the_candidate_whatever_the_score():
    judge = spec(TEN | {"errors": {"critical": True, "critical_increase": 1.5}}, marginal_at=0)
    control, candidate = arms(judge.compares, ["errors"])
    verdict = judged(judge, control, candidate)
    assert (verdict.decision, verdict.score) == (FAIL, 0)
    assert "errors, which is critical, is high" in verdict.words
    candidate["errors"] = STEADY * 1.4
    assert judged(judge, control, candidate).decision == CONTINUE


@pytest.mark.parametrize(
    ("metric", "expected", "score"),
    [
        ({}, PASS, 100),
        ({"must_have_data": True}, CONTINUE, 90.91),
        ({"critical": True}, FAIL, 0),
        ({"missing": "zero"}, CONTINUE, 90.91),
    ],
)
def test_a_metric_without_data_counts_as_it_is_told_to(metric, expected, score):
    judge = spec(TEN | {"gone": metric})
    control, candidate = arms(judge.compares)
    candidate["gone"] = np.full(60, np.nan)
    verdict = judged(judge, control, candidate)
    assert (verdict.decision, verdict.score) == (expected, score)


def test_a_candidate_half_of_whose_metrics_have_no_data_fails():
    judge = spec({"errors": {}, "latency": {}})
    verdict = judged(judge, {"errors": STEADY, "latency": STEADY}, {"errors": STEADY})
    assert verdict.decision == FAIL


def test_a_group_without_data_counts_as_passed():
    judge = spec(TEN | {"cost": {"group": "cost"}}, weights={"cost": 50})
    control, candidate = arms(TEN)
    assert judged(judge, control, candidate).score == 100


def test_outliers_are_left_out_if_told_so():
    """The means differ by a spike alone: then they are equal, and nothing is high enough."""
    spiky = np.append(STEADY + 5, 1e6)
    for outliers, expected in (("keep", FAIL), ("remove", PASS)):
        judge = spec({"latency": {"outliers": outliers, "allowed_increase": 1.1}})
        verdict = judged(judge, {"latency": STEADY}, {"latency": spiky})
        assert verdict.decision == expected


def test_losses_have_no_ratio_and_are_judged_by_rank_alone():
    judge = spec({"usd": {"direction": "decrease", "allowed_decrease": 0.5}})
    assert judged(judge, {"usd": -STEADY}, {"usd": -STEADY * 1.5}).decision == FAIL


def test_a_mean_of_zero_has_no_ratio_and_is_judged_by_rank_alone():
    judge = spec({"errors": {"allowed_increase": 2.0}})
    verdict = judged(judge, {"errors": np.zeros(60)}, {"errors": STEADY})
    assert verdict.decision == FAIL


def test_nothing_is_said_before_there_are_intervals_enough():
    judge = spec({"latency": {}}, min_values=61)
    assert decision(judge, 2.0) == CONTINUE
    assert decision(spec({"latency": {}}, min_values=60), 2.0) == FAIL
    assert judged(judge, {}, {}).decision == CONTINUE


def false_alarms(compares, trials, noise, **others):
    """The parts of trials without a difference whose score is not 100, and is below 95."""
    judge = spec(compares, **others).start()
    scores = []
    for _ in range(trials):
        control, candidate = ({name: noise() for name in compares} for _ in range(2))
        scores.append(judge.judge(Evidence(series=control), Evidence(series=candidate)).score)
    return np.mean(np.array(scores) < 100), np.mean(np.array(scores) < 95)


@pytest.mark.parametrize(("metrics", "expected"), [(5, 0.096), (10, 0.183), (20, 0.332)])
def test_equal_arms_fail_by_some_metric_as_often_as_is_published(metrics, expected):
    """With twenty and a score of 95 that tolerates one of them, 6.0 % of trials fail."""
    rng, trials = np.random.default_rng(metrics), 1200
    compares = {f"metric_{i}": {} for i in range(metrics)}
    some, below = false_alarms(compares, trials, lambda: rng.normal(10, 1, 60), tolerance=0.0)
    error = 3 * np.sqrt(expected / trials)
    assert some == pytest.approx(expected, abs=error)
    if metrics == 20:
        assert below == pytest.approx(0.060, abs=3 * np.sqrt(0.06 / trials))


def test_the_tolerance_makes_them_as_rare_as_computed():
    """A tenth of what the confidence promises, and ten metrics as safe as one was meant to be."""
    rng, trials = np.random.default_rng(1), 1000
    compares = {f"metric_{i}": {} for i in range(10)}
    some, _ = false_alarms(compares, trials, lambda: rng.normal(10, 1, 60))
    each = judging.false_alarms_with_tolerance(0.02, 0.25)
    expected = judging.false_alarms_of_many(10, each)
    assert some == pytest.approx(expected, abs=3 * np.sqrt(expected / trials))


def test_series_that_remember_make_equal_arms_fail_as_often_as_computed():
    rng, trials, correlation = np.random.default_rng(1), 1500, 0.6

    def remembering():
        row, shocks = np.empty(60), rng.normal(size=60)
        row[0] = shocks[0]
        for i in range(1, 60):
            row[i] = correlation * row[i - 1] + np.sqrt(1 - correlation**2) * shocks[i]
        return 10 + row

    some, _ = false_alarms({"latency": {}}, trials, remembering, tolerance=0.0)
    expected = series.false_alarms_of_series(0.02, correlation, 60)
    assert expected > 10 * 0.02
    assert some == pytest.approx(expected, abs=3 * np.sqrt(expected / trials))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"passes_at": 50, "marginal_at": 60}, "must not exceed passes_at"),
        ({"weights": {"errors": 50}}, "no metric is of the group 'errors'"),
        ({"weights": {"metrics": 50}}, "must add up to 100"),
        ({"compares": {}}, "at least 1 item"),
    ],
)
def test_what_contradicts_itself_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        MannWhitney(**({"compares": {"latency": {}}} | wrong))


def test_it_names_the_metrics_that_it_reads():
    assert spec({"latency": {}, "errors": {}}).metrics() == ("latency", "errors")
