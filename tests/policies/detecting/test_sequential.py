"""What detectors that add up promise: run lengths of theory, and alarms where others raise them."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.policies.detecting import Adwin, Cusum, Ddm, Ewma, PageHinkley, Shewhart
from simulator.stats import theory

NO_REFERENCE = np.zeros(0)
ROUGHLY = 3.9  # standard errors
SPECS = [Shewhart(), Ewma(), Cusum(), PageHinkley(), Adwin(), Ddm()]


def started(spec):
    """Its watch, of numbers that are standard normal while nothing has changed."""
    return spec.start_at(0.0, 1.0) if hasattr(spec, "start_at") else spec.start(NO_REFERENCE)


def alarms(spec, stream):
    """The places in a stream at which it raises an alarm, looking at each number."""
    watch = spec.start(NO_REFERENCE)
    return [place for place, value in enumerate(stream) if watch.see(np.array([float(value)]))]


def run_lengths(spec, shift, runs):
    """Points up to each alarm: as the chart begins anew after each, all come from one stream."""
    chart, lengths, length = started(spec), [], 0
    rng = np.random.default_rng(11)
    while len(lengths) < runs:
        for point in (rng.standard_normal(4096) + shift).tolist():
            length += 1
            if chart.step(point):
                lengths.append(length)
                length = 0
    return np.array(lengths[:runs])


@pytest.mark.parametrize(
    ("spec", "shift", "expected"),
    [
        (Shewhart(), 0.0, theory.shewhart_run_length()),
        (Shewhart(), 1.0, theory.shewhart_run_length(1.0)),
        (Ewma(), 0.0, theory.ewma_run_length()),
        (Ewma(), -0.5, theory.ewma_run_length(-0.5)),
        (Cusum(), 0.0, theory.cusum_run_length()),
        (Cusum(threshold=4.0), 0.0, theory.cusum_run_length(threshold=4.0)),
        (Cusum(), 0.5, theory.cusum_run_length(0.5)),
        (Cusum(), -1.0, theory.cusum_run_length(1.0)),
        (Cusum(side="above"), 0.0, theory.cusum_run_length(sides=1)),
        (Cusum(side="below"), -0.25, theory.cusum_run_length(0.25, sides=1)),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_charts_run_as_long_as_theory_says(spec, shift, expected):
    lengths = run_lengths(spec, shift, runs=2000 if expected < 100 else 800)
    assert abs(lengths.mean() - expected) < ROUGHLY * lengths.std() / len(lengths) ** 0.5


def test_the_mean_of_a_subgroup_is_a_point_of_its_own():
    rng = np.random.default_rng(5)
    chart = Shewhart(subgroup=25).start_at(10.0, 2.0)
    # By 0.4 of its own deviations, each number is off; by two, the mean of 25.
    raised = sum(chart.see(10.8 + 2 * rng.standard_normal(25)) for _ in range(2000))
    expected = 2000 / theory.shewhart_run_length(2.0)
    assert raised == pytest.approx(expected, abs=ROUGHLY * expected**0.5)


def test_a_reference_gives_mean_and_deviation():
    reference = np.array([9.0, 11.0, 8.0, 12.0])  # mean 10, variance 10/3
    chart = Shewhart(sigmas=2.0).start(reference)
    assert not chart.see(np.array([10 + 1.9 * (10 / 3) ** 0.5]))
    assert chart.see(np.array([10 - 2.1 * (10 / 3) ** 0.5]))


def test_a_side_that_is_not_watched_raises_no_alarm():
    for spec in (Shewhart(side="above"), Ewma(side="above"), Cusum(side="above")):
        assert not spec.start_at(0.0, 1.0).see(np.full(100, -5.0))
        assert spec.start_at(0.0, 1.0).see(np.full(100, 5.0))


@pytest.mark.parametrize("spec", SPECS, ids=[each.kind for each in SPECS])
@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 600), max_size=6))
def test_it_does_not_matter_how_the_stream_is_cut_into_looks(spec, cuts):
    rng = np.random.default_rng(3)
    stream = (rng.random(600) < np.repeat([0.1, 0.8], 300)).astype(float)
    whole, parts = started(spec), started(spec)
    raised = whole.see(stream)
    assert raised == any([parts.see(each) for each in np.split(stream, sorted(cuts))])  # noqa: C419


def test_page_hinkley_finds_what_river_finds():
    rng = random.Random(12345)
    stream = rng.choices([0, 1], k=1000) + rng.choices(range(4, 8), k=1000)
    assert alarms(PageHinkley(), stream) == [1006]
    legacy = np.random.RandomState(12345)
    stream = np.concatenate((legacy.randint(2, size=1000), legacy.randint(8, size=1000)))
    assert alarms(PageHinkley(), stream) == [1020, 1991]


def test_page_hinkley_with_the_mean_long_known_is_a_cusum_of_one_side():
    rng = np.random.default_rng(1)
    before, after = rng.standard_normal(50_000), rng.standard_normal(200) + 1.0
    before -= before.mean()
    watch = PageHinkley(allowance=0.5, threshold=1e6, kept=1.0).start(NO_REFERENCE)
    chart = Cusum(threshold=1e6, side="above").start_at(0.0, 1.0)
    for watched in (watch, chart):
        watched.see(before)
        watched.see(after)
    assert watch.statistic == pytest.approx(chart.statistic, rel=0.01)


def test_page_hinkley_sees_falls_if_told_so():
    stream = [1.0] * 100 + [0.0] * 200
    assert alarms(PageHinkley(threshold=20.0), stream) == []
    assert alarms(PageHinkley(threshold=20.0, side="below"), stream)


def test_ddm_finds_what_river_finds():
    rng = random.Random(42)
    stream = rng.choices([0, 1], k=1000) + rng.choices([0, 1], k=1000, weights=[0.3, 0.7])
    assert alarms(Ddm(), stream) == [1334]
    assert alarms(Ddm(sigmas=2.0), stream)[0] == 1084  # what River calls a warning
    legacy = np.random.RandomState(12345)
    stream = [legacy.binomial(1, part) for part in (0.2, 0.8) for _ in range(1000)]
    assert alarms(Ddm(), stream) == [1049]


def test_adwin_finds_what_river_finds():
    rng = random.Random(12345)
    stream = rng.choices([0, 1], k=1000) + rng.choices(range(4, 8), k=1000)
    assert alarms(Adwin(), stream) == [1023]


def window_of(spec, stream):
    watch = spec.start(NO_REFERENCE)
    watch.see(np.asarray(stream, dtype=float))
    return watch


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=400),
    st.integers(1, 5),
)
def test_the_window_of_adwin_knows_count_sum_and_variance_of_its_numbers(numbers, buckets):
    watch = window_of(Adwin(buckets=buckets), numbers)
    kept = np.array(numbers[len(numbers) - watch.width :])
    assert watch.total == pytest.approx(kept.sum(), abs=1e-6)
    assert watch.squares == pytest.approx(kept.var() * len(kept), rel=1e-6, abs=1e-4)


def test_adwin_keeps_all_while_nothing_changes_and_the_new_after_a_change():
    stream = np.random.default_rng(2).random(4000) < 0.1
    assert window_of(Adwin(), stream).width == 4000
    after = np.random.default_rng(3).random(1000) < 0.5
    width = window_of(Adwin(), np.concatenate((stream, after))).width
    assert 900 <= width <= 1300


def test_adwin_raises_fewer_false_alarms_than_it_is_allowed():
    stream = (np.random.default_rng(4).random(100_000) < 0.1).astype(float)
    watch = Adwin(check=25).start(NO_REFERENCE)
    raised = sum(watch.see(each) for each in np.split(stream, 4000))
    assert raised <= 0.002 * 4000


@pytest.mark.parametrize(("part", "is_seen"), [(0.9, False), (1.2, True)])
def test_adwin_sees_what_exceeds_its_threshold(part, is_seen):
    older, newer = 512, 256
    jump = part * theory.adwin_threshold(older, newer, 0.09, cuts=np.log(older + newer))
    # As much variance as of one error in ten, without its noise; each number is a bucket.
    stream = np.tile([0.3, -0.3], (older + newer) // 2)
    stream[older:] += jump
    watch = Adwin(buckets=1000, check=older + newer).start(NO_REFERENCE)
    assert watch.see(stream) == is_seen
