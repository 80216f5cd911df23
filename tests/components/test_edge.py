"""What an edge promises: the nearest point for most, and caches that know their region only."""

import pytest

from simulator.components.client import ClientSpec
from simulator.components.edge import EdgeSpec
from simulator.components.server import ServerSpec
from simulator.kernel import OK, TIMED_OUT
from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import Scene, scenario

# What a call needs, in the order in which the parts say so.
EDGE = ("region", "astray", "there", "back", "far_there", "far_back")
NEAR = {"astray": 0.9, "there": 1.0, "back": 2.0, "far_there": 10.0, "far_back": 20.0}


def needing(region, service=0.5, **more):
    values = {"region": region} | NEAR | more
    return (*(values[each] for each in EDGE), service)


def scene(at_s, needs, client=None, replicas=4, **parameters):
    front = {"client": client} if client else {}
    specs = front | {
        "edge": EdgeSpec(points=("pop",), **parameters),
        "pop": ServerSpec(service_time=1.0, replicas=replicas),
    }
    return Scene(specs, at_s, needs=needs)


def served(found):
    return [point.served for point in found.groups["pop"]]


def test_a_call_goes_to_the_point_of_its_region_and_comes_back():
    found = scene([0, 0], [needing(0.1), needing(0.6)]).run()
    assert served(found) == [1, 0, 1, 0]
    assert found.answered_s == pytest.approx([3.5, 3.5])
    assert found["edge"].network_s.tolist() == pytest.approx([3.0, 3.0])
    assert found["edge"].strays == 0


def test_regions_have_their_shares_of_the_users():
    shares = {"pop[1]": 6.0, "pop[3]": 2.0}  # of ten
    at_s = [0, 0, 0, 0, 0]
    needs = [needing(region) for region in (0.05, 0.59, 0.65, 0.75, 0.95)]
    assert served(scene(at_s, needs, shares=shares).run()) == [2, 1, 1, 1]


def test_those_who_go_astray_go_farther_and_never_to_their_own_point():
    # of the luck below 30 % each third is another of the three other points
    lucks = (0.05, 0.15, 0.25)
    needs = [needing(0.3, astray=luck) for luck in lucks]
    found = scene([0, 0, 0], needs, astray=0.3).run()
    assert served(found) == [1, 0, 1, 1]
    assert found.answered_s == pytest.approx([30.5] * 3)
    assert found["edge"].strays == 3


@pytest.mark.parametrize("at_s", [0.5, 1.2, 2.5], ids=["on the way", "there", "on the way back"])
def test_a_call_that_is_taken_back_leaves_nothing_behind(at_s):
    client = ClientSpec(next="edge", timeout=at_s, cancels=True)
    found = scene([0], [needing(0.1)], client).run()
    assert found.outcomes == [TIMED_OUT]
    assert found["edge"].in_transit == 0
    assert found["edge"].in_transit_area == pytest.approx(min(at_s, 1.0) + max(at_s - 1.5, 0))


def test_what_goes_astray_does_not_change_who_is_where():
    both = [scene([0.0] * 200, None, astray=ratio).run() for ratio in (0.0, 1e-9)]
    assert served(both[0]) == served(both[1])
    assert both[0].outcomes == [OK] * 200


def test_shares_are_of_points():
    spec = EdgeSpec(points=("pop",), shares={"other": 1.0})
    members = {"pop": ["pop[1]", "pop[2]"], "other": ["other"]}
    assert list(spec.objections(members)) == [("shares", "'other' is no point: pop")]


def test_with_one_point_nobody_goes_astray():
    spec = EdgeSpec(points=("pop",), astray=0.1)
    (complaint,) = spec.objections({"pop": ["pop"]})
    assert complaint[0] == "astray"


# -- caches at the edge ------------------------------------------------------------------------

KEYS, POINTS = 2000, 10


def tiers(capacity, points=POINTS, shield=None):
    """Caches of a capacity at each of several points, and perhaps a common one behind them."""
    behind = "shield" if shield else "origin"
    common = {"kind": "cache", "origin": "origin", "capacity": shield}
    return {
        "edge": {"kind": "edge", "points": ["pop"]},
        "pop": {"kind": "cache", "origin": behind, "capacity": capacity, "replicas": points},
        **({"shield": common} if shield else {}),
        "origin": {"kind": "server", "workers": "unlimited", "service_time": 1e-6},
    }


def hit_ratios(components, names):
    """Measured once the caches are full."""
    found = run(
        scenario(
            components,
            {"kind": "constant", "rate": 1000.0},
            130.0,
            keys={"kind": "zipf", "count": KEYS, "exponent": 0.9},
            run={"warmup": 40.0},
        )
    )
    return [found.component_measures(name)["hit_ratio"] for name in names]


def test_each_point_and_the_shield_have_the_hit_ratios_of_theory():
    popularity = theory.zipf_probabilities(KEYS, 0.9)
    expected = theory.lru_tiers_hit_ratios(popularity, [50, 500])
    found = hit_ratios(tiers(50, shield=500), ["pop", "shield", "pop[1]", "pop[10]"])
    assert found[:2] == pytest.approx(expected, abs=0.01)
    assert found[2:] == pytest.approx([expected[0]] * 2, abs=0.02)


def test_as_much_room_in_ten_places_holds_less_than_in_one():
    popularity = theory.zipf_probabilities(KEYS, 0.9)
    (apart,) = hit_ratios(tiers(50), ["pop"])
    (together,) = hit_ratios(tiers(500, points=1), ["pop"])
    assert apart == pytest.approx(theory.lru_hit_ratio(popularity, 50), abs=0.01)
    assert together == pytest.approx(theory.lru_hit_ratio(popularity, 500), abs=0.01)
    assert together - apart > 0.3
