"""How measures are declared, inherited and reported."""

import pytest

from simulator.kernel import Component, Simulation, count, level, ratio, samples
from simulator.results.measures import reported


class Parent(Component):
    hits = count("hits", better="higher")
    misses = count("misses")
    hit_ratio = ratio("hits over all", "hits", "hits", "misses")


class Child(Parent):
    inside = level("inside", peaks=True)
    took_s = samples("time taken")


def test_measures_are_inherited_and_come_first():
    assert [*Child.measures] == ["hits", "misses", "hit_ratio", "inside", "took_s"]
    assert "inside" not in Parent.measures


def test_a_component_finds_them_as_plain_numbers():
    child = Child("child", Simulation())
    assert (child.hits, child.inside, child.inside_area, child.inside_peak) == (0, 0, 0, 0)
    assert child.took_s.tolist() == []


def test_two_components_share_no_numbers():
    one, other = (Child(name, Simulation()) for name in ("one", "other"))
    one.hits += 1
    one.took_s.append(1.0)
    assert (other.hits, len(other.took_s)) == (0, 0)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("hits", ["hits", "hits_per_s"]),
        ("inside", ["inside_mean", "inside_max"]),
        ("hit_ratio", ["hit_ratio"]),
        (
            "took_s",
            [f"took_{k}_s" for k in ("mean", "max", "p50", "p90", "p95", "p99", "p999")],
        ),
    ],
)
def test_names_say_what_is_reported(name, names):
    assert [*reported(name, Child.measures[name])] == names


def test_what_is_counted_may_have_a_unit():
    found = reported("spent_usd", count("dollars spent", unit="$"))
    assert {name: each.unit for name, each in found.items()} == {
        "spent_usd": "$",
        "spent_usd_per_s": "$/s",
    }
