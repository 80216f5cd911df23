"""Passive health checks: who is ejected, when and for how long."""

import pytest
from pydantic import ValidationError

from simulator.policies.ejection import OutlierDetection, ejection_threshold


def erring(ejections, place, errors, now_s=0.0):
    """Let calls to a replica fail; whether each made it be ejected."""
    return [ejections.note(place, False, now_s) for _ in range(errors)]


def test_errors_in_a_row_eject():
    ejections = OutlierDetection(consecutive_errors=5).start(10)
    assert erring(ejections, 3, 5) == [False] * 4 + [True]
    assert ejections.is_out == [False] * 3 + [True] + [False] * 6


def test_a_good_answer_begins_the_count_anew():
    ejections = OutlierDetection(consecutive_errors=5).start(10)
    erring(ejections, 0, 4)
    ejections.note(0, True, 0.0)
    assert not any(erring(ejections, 0, 4))


def test_an_ejection_ends_at_the_first_sweep_after_its_time():
    ejections = OutlierDetection(base_ejection_time=30, interval=10).start(10)
    erring(ejections, 0, 5, now_s=5.0)
    ends = [now_s for now_s in range(10, 60, 10) if ejections.sweep(float(now_s)) == ([0], [])]
    assert ends == [40]


def test_each_ejection_is_longer_by_the_base_time_up_to_the_longest():
    spec = OutlierDetection(base_ejection_time=30, max_ejection_time=100, interval=10)
    ejections, now_s, lengths = spec.start(10), 0.0, []
    for _ in range(6):
        erring(ejections, 0, 5, now_s)
        began_s = now_s
        while ejections.is_out[0]:
            now_s += 10
            ejections.sweep(now_s)
        lengths.append(now_s - began_s)
    assert lengths == [30, 60, 90, 100, 100, 100]


def test_good_behavior_makes_the_next_ejection_shorter_again():
    ejections = OutlierDetection(base_ejection_time=30, interval=10).start(10)
    now_s = 0.0
    for _ in range(3):
        erring(ejections, 0, 5, now_s)
        while ejections.is_out[0]:
            now_s += 10
            ejections.sweep(now_s)
    for _ in range(2):  # two sweeps in peace: the multiple of 3 becomes 1
        now_s += 10
        ejections.sweep(now_s)
    erring(ejections, 0, 5, now_s)
    began_s = now_s
    while ejections.is_out[0]:
        now_s += 10
        ejections.sweep(now_s)
    assert now_s - began_s == 60


@pytest.mark.parametrize(
    ("replicas", "share", "out"),
    [(10, 0.1, 1), (10, 0.35, 3), (4, 0.5, 2), (3, 0.1, 1), (100, 0.29, 29)],
)
def test_no_more_than_a_part_is_ejected_but_one_always(replicas, share, out):
    ejections = OutlierDetection(max_ejected=share).start(replicas)
    for place in range(replicas):
        erring(ejections, place, 50)
    assert sum(ejections.is_out) == out


def test_not_even_one_is_ejected_where_the_share_says_so():
    ejections = OutlierDetection(max_ejected=0.1, always_eject_one=False).start(3)
    assert not any(erring(ejections, 0, 50))


def test_the_threshold_is_that_of_the_published_example():
    assert ejection_threshold([50, 100, 100, 100, 100], 1.9) == pytest.approx(90 - 1.9 * 20)


def answered(ejections, good):
    """Let each replica give a hundred answers, of which so many are good, but not in a row."""
    for place, count in enumerate(good):
        for i in range(100):
            ejections.note(place, (i * count) % 100 < count, 0.0)


def test_a_replica_far_below_the_others_is_an_outlier():
    ejections = OutlierDetection(consecutive_errors=None).start(5)
    answered(ejections, [50, 100, 100, 100, 100])
    assert ejections.sweep(10.0) == ([], [0])


def test_replicas_that_err_alike_are_no_outliers():
    ejections = OutlierDetection(consecutive_errors=None).start(5)
    answered(ejections, [50, 50, 50, 50, 50])
    assert ejections.sweep(10.0) == ([], [])


def test_too_few_replicas_or_calls_allow_no_comparison():
    ejections = OutlierDetection(consecutive_errors=None).start(4)
    answered(ejections, [0, 100, 100, 100])
    assert ejections.sweep(10.0) == ([], [])
    ejections = OutlierDetection(consecutive_errors=None, min_calls=101).start(5)
    answered(ejections, [0, 100, 100, 100, 100])
    assert ejections.sweep(10.0) == ([], [])


def test_each_sweep_judges_the_calls_since_the_last_one():
    ejections = OutlierDetection(consecutive_errors=None).start(5)
    answered(ejections, [100] * 5)
    ejections.sweep(10.0)
    answered(ejections, [50, 100, 100, 100, 100])
    assert ejections.sweep(20.0) == ([], [0])


def test_rules_that_contradict_one_another_are_refused():
    with pytest.raises(ValidationError, match="must not be shorter than base_ejection_time"):
        OutlierDetection(base_ejection_time=400.0)
    with pytest.raises(ValidationError, match="nothing would be ejected"):
        OutlierDetection(consecutive_errors=None, success_rate=False)
