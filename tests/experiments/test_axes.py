"""Axes and points of a sweep: what can be said, and what is tried then."""

import pytest

from simulator.errors import ScenarioError
from simulator.experiments.axes import Axis, axis, points

A, B = Axis("a", (1, 2, 3), (1.0, 3.0), whole=True), Axis("b", ("x", "y"))
WIDE = Axis("w", (), (10.0, 20.0))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("api.workers=2,4,8", (2, 4, 8)),
        ("api.workers=[2, 4, 8]", (2, 4, 8)),
        ("api.policy=random", ("random",)),
        (
            "b.policy=[random, {kind: fewest_of_sample, choices: 3}]",
            ("random", {"kind": "fewest_of_sample", "choices": 3}),
        ),
        ("api.workers=2..5", (2, 3, 4, 5)),
        ("api.workers=2..6/3", (2, 4, 6)),
        ("api.workers=1..100/3", (1, 50, 100)),
        ("api.service_time=10ms..30ms/3", (0.01, 0.02, 0.03)),
        ("workload.arrivals.rate=100/s..400/s/4", (100.0, 200.0, 300.0, 400.0)),
        ("cache.hit_ratio=0.2..0.8/4", (0.2, 0.4, 0.6, 0.8)),
        ("cache.hit_ratio=20%..80%/3", (0.2, 0.5, 0.8)),
        ("x.offset=-2..2/3", (-2, 0, 2)),
    ],
)
def test_an_axis_is_a_list_or_a_range(text, values):
    found = axis(text)
    assert found.path == text.partition("=")[0]
    if all(isinstance(each, float) for each in values):
        assert found.values == pytest.approx(values)
    else:
        assert found.values == values
        assert list(map(type, found.values)) == list(map(type, values))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("api.workers", "must be PATH="),
        ("=3", "must be PATH="),
        ("api.workers=", "must be PATH="),
        ("api.workers=[]", "no value to try"),
        ("api.workers=5..2", "must be less than"),
        ("api.workers=2..2", "must be less than"),
        ("api.workers=2..9/1", "1 step"),
        ("api.timeout=10ms..4 apples", "not a quantity"),
        ("api.timeout=10ms..50%", "both ends must be of one kind"),
        ("api.workers=[2, 4", "'['"),
    ],
)
def test_what_is_neither_is_refused_with_a_sentence(text, complaint):
    with pytest.raises(ScenarioError) as caught:
        axis(text)
    assert complaint in str(caught.value)


def test_a_grid_has_every_combination_once():
    found = points([A, B])
    assert len(found) == 6
    assert {(each["a"], each["b"]) for each in found} == {(i, j) for i in (1, 2, 3) for j in "xy"}


@pytest.mark.parametrize("number", [1, 7, 32])
def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_axis(number):
    found = points([WIDE, Axis("v", (), (0.0, 1.0))], "lhs", number)
    for path, low, width in (("w", 10.0, 10.0), ("v", 0.0, 1.0)):
        slices = [int((each[path] - low) / width * number) for each in found]
        assert sorted(slices) == list(range(number))


def test_sobol_points_balance_over_every_quarter_of_a_square():
    found = points([WIDE, Axis("v", (), (0.0, 1.0))], "sobol", 64)
    halves = [(each["w"] >= 15, each["v"] >= 0.5) for each in found]
    assert {halves.count(each) for each in set(halves)} == {16}


@pytest.mark.parametrize("sampling", ["lhs", "sobol"])
def test_samples_stay_in_their_ranges_whole_where_the_range_is(sampling):
    found = points([A, B, WIDE], sampling, 60)
    assert len(found) == 60
    assert {each["a"] for each in found} == {1, 2, 3}
    assert {type(each["a"]) for each in found} == {int}
    assert {each["b"] for each in found} == {"x", "y"}
    assert all(10 <= each["w"] < 20 for each in found)


@pytest.mark.parametrize("sampling", ["lhs", "sobol"])
def test_a_seed_fixes_a_sample(sampling):
    same, other = (points([WIDE], sampling, 8, seed) for seed in (1, 2))
    assert points([WIDE], sampling, 8, 1) == same
    assert same != other


def test_an_axis_is_given_once():
    with pytest.raises(ScenarioError, match="twice"):
        points([A, A])


def test_a_grid_may_not_be_endless():
    many = Axis("a", tuple(range(101)))
    with pytest.raises(ScenarioError, match="10,201 points; must be at most 10,000"):
        points([many, Axis("b", tuple(range(101)))])


def test_values_are_told_with_their_unit():
    times = axis("api.service_time=10ms..30ms")
    assert times.label(times.values[0]) == "10 ms"
    assert B.label({"kind": "fewest_of_sample", "choices": 3}) == "fewest_of_sample, choices 3"
