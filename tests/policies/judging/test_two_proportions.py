"""What a judge of two proportions says, and how often it is wrong."""

import numpy as np
import pytest
from scipy.stats import binom

from simulator.policies.judging import CONTINUE, FAIL, PASS, Evidence, TwoProportions
from simulator.stats.trials import looks, sizes


def failing(failed, users=1000):
    return Evidence(users=users, failed=failed)


def probability_of_failing(spec, control, candidate, users):
    """Exactly: over all numbers of failures of both arms."""
    judge, some = spec.start(), np.arange(users + 1)
    chances = binom.pmf(some, users, control), binom.pmf(some, users, candidate)
    likely = [np.flatnonzero(each > 1e-5) for each in chances]
    return sum(
        chances[0][x] * chances[1][y]
        for x in likely[0]
        for y in likely[1]
        if judge.judge(failing(x, users), failing(y, users)).decision == FAIL
    )


def test_a_candidate_that_fails_far_more_often_fails_and_one_that_does_not_passes():
    spec = TwoProportions()
    assert spec.start().judge(failing(10), failing(30)).decision == FAIL
    assert spec.start().judge(failing(10), failing(12)).decision == PASS
    assert spec.start().judge(failing(30), failing(10)).decision == PASS


def test_it_counts_users_who_were_harmed_if_told_so():
    spec = TwoProportions(of="harmed")
    control = Evidence(users=2000, failed=0, labeled=1000, harmed=10)
    candidate = Evidence(users=2000, failed=0, labeled=1000, harmed=30)
    assert spec.start().judge(control, candidate).decision == FAIL
    assert TwoProportions().start().judge(control, candidate).decision == PASS


def test_nothing_is_said_before_both_arms_have_users_enough():
    spec = TwoProportions(min_users=500)
    assert spec.start().judge(failing(0, 499), failing(400)).decision == CONTINUE
    assert spec.start().judge(failing(0), failing(400, 499)).decision == CONTINUE
    assert spec.start().judge(failing(0, 500), failing(400, 500)).decision == FAIL


@pytest.mark.parametrize(("sides", "expected"), [("one", 0.05), ("two", 0.025)])
def test_equal_arms_fail_at_the_rate_that_was_asked_for(sides, expected):
    """Of two sides one half lies where the candidate is better, which does no harm."""
    spec = TwoProportions(sides=sides, min_users=1)
    assert probability_of_failing(spec, 0.3, 0.3, users=300) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("users", [150, 300])
def test_its_power_is_the_computed_one(users):
    spec = TwoProportions(sides="two", min_users=1)
    expected = sizes.power_of_trial(0.2, 0.3, 2 * users)
    assert probability_of_failing(spec, 0.2, 0.3, users) == pytest.approx(expected, abs=0.01)


def alarms_of_looks(spec, trials=3000, rate=0.3, users=200):
    """The part of trials without a difference that fail at one of the looks."""
    rng = np.random.default_rng(1)
    counts = rng.binomial(users, rate, (trials, spec.looks, 2)).cumsum(axis=1).tolist()
    failed = 0
    for trial in counts:
        judge, n = spec.start(), 0
        for control, candidate in trial:
            n += users
            if judge.judge(failing(control, n), failing(candidate, n)).decision == FAIL:
                failed += 1
                break
    return failed / trials


def test_peeking_fails_equal_arms_as_often_as_computed():
    """With two sides at both of them; the candidate fails at one."""
    alarms = alarms_of_looks(TwoProportions(sides="two", looks=5))
    both = looks.false_alarms_of_looks(5)
    assert alarms == pytest.approx(both / 2, abs=3 * np.sqrt(both / 2 / 3000))


@pytest.mark.parametrize("correction", ["pocock", "obrien_fleming"])
def test_a_correction_keeps_the_rate_over_all_looks(correction):
    alarms = alarms_of_looks(TwoProportions(looks=5, correction=correction))
    assert alarms == pytest.approx(0.05, abs=3 * np.sqrt(0.05 / 3000))


def test_the_correction_of_bonferroni_keeps_the_rate_with_room_to_spare():
    assert alarms_of_looks(TwoProportions(looks=5, correction="bonferroni")) < 0.045


def test_after_the_looks_that_were_planned_it_says_nothing_new():
    judge = TwoProportions(looks=2, correction="pocock").start()
    assert judge.judge(failing(10), failing(12)).decision == PASS
    assert judge.judge(failing(20, 2000), failing(24, 2000)).decision == PASS
    assert judge.judge(failing(30, 3000), failing(300, 3000)).decision == PASS


def test_its_score_is_the_p_value_of_being_no_worse():
    judge = TwoProportions().start()
    assert judge.judge(failing(10), failing(10)).score == pytest.approx(50)
    assert judge.judge(failing(10), failing(30)).score == pytest.approx(0.14 / 2, abs=0.01)


def test_a_correction_for_one_look_is_refused():
    with pytest.raises(ValueError, match="looks must be 2 or more"):
        TwoProportions(correction="pocock")
