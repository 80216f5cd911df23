"""What a judge that decides early says, and how often it is wrong."""

import numpy as np
import pytest

from simulator.policies.judging import CONTINUE, FAIL, PASS, Evidence, Sprt

SPEC = Sprt(good=0.01, bad=0.02)


def trial(spec, outcomes, every=1, control=None):
    """Show the outcomes of users one after another; the decision, and after how many users."""
    judge, failed = spec.start(), np.cumsum(outcomes).tolist()
    for users in range(every, len(failed) + 1, every):
        arm = Evidence(users=users, failed=failed[users - 1])
        decision = judge.judge(control or Evidence(), arm).decision
        if decision != CONTINUE:
            return decision, users
    return CONTINUE, len(failed)


def trials(spec, rate, every=1, count=120, control=None):
    rng = np.random.default_rng(1)
    return [trial(spec, rng.random(6000) < rate, every, control) for _ in range(count)]


def test_it_passes_and_fails_at_the_bounds_of_wald():
    """Failures are 0.693 of evidence each, others -0.0102; the bounds are -2.25 and 2.89."""
    judge = SPEC.start()
    assert judge.judge(Evidence(), Evidence(users=221)).decision == CONTINUE
    assert judge.judge(Evidence(), Evidence(users=222)).decision == PASS
    assert SPEC.start().judge(Evidence(), Evidence(users=5, failed=5)).decision == FAIL
    assert SPEC.start().judge(Evidence(), Evidence(users=4, failed=4)).decision == CONTINUE


@pytest.mark.parametrize("rate", [0.01, 0.02])
def test_it_fails_as_often_and_as_soon_as_is_computed(rate):
    found = trials(SPEC, rate)
    probability, users = SPEC.test(0.01).course(rate)
    failed = np.mean([each == FAIL for each, _ in found])
    took = np.array([n for _, n in found])
    error = np.sqrt(probability * (1 - probability) / len(found))
    assert failed == pytest.approx(probability, abs=3 * error)
    assert took.mean() == pytest.approx(users, abs=3 * took.std() / np.sqrt(len(found)))


def test_looks_that_are_few_make_it_later_and_no_worse():
    seldom = trials(SPEC, 0.01, every=300, count=400)
    assert np.mean([each == FAIL for each, _ in seldom]) <= 0.05
    assert np.mean([n for _, n in seldom]) > SPEC.test(0.01).course(0.01)[1]


def test_it_keeps_to_what_it_decided():
    judge = SPEC.start()
    assert judge.judge(Evidence(), Evidence(users=300)).decision == PASS
    assert judge.judge(Evidence(), Evidence(users=400, failed=90)).decision == PASS
    assert SPEC.decides_early()


def test_its_score_falls_from_bound_to_bound():
    scores = [
        SPEC.start().judge(Evidence(), Evidence(users=n, failed=f)).score
        for n, f in [(300, 0), (100, 0), (100, 2), (100, 9)]
    ]
    assert scores == sorted(scores, reverse=True)
    assert (scores[0], scores[-1]) == (100, 0)


def test_it_takes_the_rate_of_the_control_arm_if_told_none():
    spec = Sprt(times=2)
    control = Evidence(users=100_000, failed=1000)
    for arm in (Evidence(users=221), Evidence(users=222), Evidence(users=5, failed=5)):
        known, learned = SPEC.start(), spec.start()
        expected = known.judge(Evidence(), arm)
        found = learned.judge(control, arm)
        assert found.decision == expected.decision
        assert found.score == pytest.approx(expected.score, abs=0.5)
    few = Evidence(users=99, failed=1)
    assert spec.start().judge(few, Evidence(users=500, failed=400)).decision == CONTINUE


def test_a_control_arm_without_failures_does_not_spare_a_candidate_that_has_many():
    judge = Sprt(times=2).start()
    assert judge.judge(Evidence(users=10_000), Evidence(users=1000, failed=9)).decision == FAIL


def test_a_control_arm_that_fails_always_leaves_nothing_to_tell():
    judge = Sprt(times=2).start()
    broken = Evidence(users=1000, failed=1000)
    assert judge.judge(broken, Evidence(users=1000, failed=0)).decision == PASS


def test_it_counts_users_who_were_harmed_if_told_so():
    judge = Sprt(of="harmed", good=0.01, bad=0.02).start()
    arm = Evidence(users=1000, failed=500, labeled=5, harmed=5)
    assert judge.judge(Evidence(), arm).decision == FAIL


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"good": 0.01}, "either bad or times"),
        ({"good": 0.01, "bad": 0.02, "times": 2}, "either bad or times"),
        ({"bad": 0.02}, "bad needs good"),
        ({"good": 0.02, "bad": 0.01}, "must be greater than good"),
        ({"times": 2, "alpha": 0.6, "beta": 0.5}, "must be below 1"),
    ],
)
def test_what_contradicts_itself_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        Sprt(**wrong)
