"""What a wrong clock does to a cache that reads dates, and to one that counts ages."""

import pytest

from simulator.components.cache import CacheSpec
from simulator.faults.clock_skew import ClockSkew
from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import Scene, scenario


def loads(at_s, *faults, ttl=10.0, **parameters):
    """When requests for one key reach the origin of a cache whose clock these faults befall."""
    spec = CacheSpec(origin="downstream", ttl=ttl, expires_by="date", **parameters)
    scene = Scene(spec, at_s, keys=[0] * len(at_s))
    for place, fault in enumerate(faults):
        for process in fault.processes(scene.sim, [scene.it], _unnoted, f"fault {place}"):
            scene.sim.process(process)
    return scene.run(until=1000).downstream.arrived_s


def _unnoted(of, start_s, end_s):
    """Takes note of a strike, and forgets it."""


def skew(start=0.5, length=500.0, **how):
    return ClockSkew(of="it", start=start, length=length, **how)


EVERY_SECOND = [float(second) for second in range(1, 31)]


def test_a_clock_that_is_right_reads_dates_as_ages():
    assert loads(EVERY_SECOND) == [1, 11, 21]


def test_entries_expire_early_while_the_clock_is_ahead():
    assert loads(EVERY_SECOND, skew(offset=4.0)) == [1, 7, 13, 19, 25]


def test_entries_are_served_too_old_while_it_is_behind():
    assert loads(EVERY_SECOND, skew(offset=-10.0)) == [1, 21]


def test_entries_have_expired_when_they_come_if_it_is_ahead_by_a_whole_time_to_live():
    assert loads(EVERY_SECOND, skew(offset=10.0)) == EVERY_SECOND


def test_a_clock_that_jumps_ages_what_is_held():
    assert loads(EVERY_SECOND, skew(start=3.5, offset=4.0))[:3] == [1, 7, 13]


def test_a_clock_that_is_set_right_brings_back_what_had_expired_too_early():
    # loaded at 1 s, good until 11 s; too old by the clock from 3 s on, but nobody asks until 6 s
    assert loads([1, 7], skew(start=2, length=3, offset=9.0)) == [1]
    assert loads([1, 4, 7], skew(start=2, length=3, offset=9.0)) == [1, 4]


def test_drift_adds_up():
    # 100 s to live by a clock that gains a tenth: 90.9 s
    at_s = [float(second) for second in range(1, 301)]
    assert loads(at_s, skew(start=1.0, drift=0.1), ttl=100.0)[:2] == [1, 92]


def test_skews_add_up():
    assert loads(EVERY_SECOND, skew(offset=6.0), skew(offset=-2.0)) == [1, 7, 13, 19, 25]


@pytest.mark.parametrize("offset_s", [-5.0, 5.0])
def test_hit_ratio_is_that_of_a_time_to_live_without_what_the_clock_is_ahead(offset_s):
    components = {
        "cache": {"kind": "cache", "origin": "api", "ttl": 10.0, "expires_by": "date"},
        "api": {"kind": "server", "workers": "unlimited", "service_time": 1e-6},
    }
    fault = {"kind": "clock_skew", "of": "cache", "from": 0.0, "for": 1e6, "offset": offset_s}
    found = run(
        scenario(
            components,
            {"kind": "poisson", "rate": 1.0},
            40_000.0,
            keys={"kind": "uniform", "count": 1},
            faults=[fault],
        )
    )
    expected = theory.ttl_hit_ratio(1.0, 10.0 - offset_s)
    assert found.component_measures("cache")["hit_ratio"] == pytest.approx(expected, abs=0.006)


def test_a_cache_that_counts_ages_has_no_such_trouble():
    components = {
        "cache": {"kind": "cache", "origin": "api", "ttl": 10.0},
        "api": {"kind": "server", "service_time": 0.01},
    }
    fault = {"kind": "clock_skew", "of": "cache", "from": 1.0, "for": 1.0, "offset": 5.0}
    with pytest.raises(AssertionError, match="cannot have a clock_skew"):
        scenario(components, keys={"kind": "uniform", "count": 1}, faults=[fault])


def test_a_date_needs_a_time_to_live_that_counts_from_the_fill():
    for wrong in ({"capacity": 5}, {"ttl": 5.0, "ttl_from": "last_use"}):
        with pytest.raises(ValueError, match="expires_by: date needs ttl, and ttl_from: fill"):
            CacheSpec(origin="x", expires_by="date", **wrong)


def test_a_skew_is_a_skew():
    with pytest.raises(ValueError, match="this clock is right"):
        skew()
