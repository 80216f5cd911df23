"""What a dashboard makes of the truth: too late, too seldom, in buckets, and one host at a time."""

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import scenario

API = {"kind": "server", "workers": 1, "service_time": 0.1}


def scraped(api, arrivals, duration, of="api", beside=None, faults=(), **told):
    """A run of one group, and what its scraper recorded."""
    parts = {"api": api} if beside is None else beside | {"api": api}
    told = {"kind": "scraper", "of": of} | told
    return scenario(parts, arrivals, duration, faults=list(faults), controllers={"dashboard": told})


def seen(found, replication=0):
    return run(found, replication).component_measures("dashboard")


def test_a_spike_is_seen_as_often_as_it_lasts_part_of_the_interval():
    """A call of 3 s every 40.37 s, so that readings every 15 s come at all moments of it."""
    api = API | {"service_time": 3.0}
    measures = seen(scraped(api, {"kind": "constant", "rate": 1 / 40.37}, 40_370.0))
    shown = measures["in_flight_seen_mean"] * 40.37 / 15  # a reading is shown until the next one
    assert shown == pytest.approx(theory.scrape_sees(3.0, interval=15.0), rel=0.02)
    assert measures["in_flight_max"] == 1


def test_one_slow_host_of_ten_is_the_p99_of_all_and_hardly_moves_the_average_of_p99s():
    """Nine hosts take 10 ms and one takes 1 s: a tenth of the calls, so that it is the p99."""
    api = API | {"replicas": 10, "workers": "unlimited", "service_time": 0.01}
    slow = {"kind": "slowdown", "of": "api[1]", "factor": 100.0, "from": 0.0, "for": 999.0}
    balancer = {"lb": {"kind": "load_balancer", "pool": "api", "policy": "round_robin"}}
    found = scraped(
        api,
        {"kind": "constant", "rate": 50.0},
        400.0,
        beside=balancer,
        faults=[slow],
        buckets={"kind": "native", "schema": 5},
        spread=False,
    )
    measures = seen(found)
    bucket = 2 ** (1 / 32)
    assert measures["latency_p99_s"] == pytest.approx(1.0)
    assert 1 / bucket <= measures["summed_quantile_max"] <= bucket
    average = (9 * 0.01 + 1.0) / 10
    assert average / bucket <= measures["averaged_quantile_max"] <= average * bucket
    assert 1 / bucket <= measures["worst_quantile_max"] <= bucket


@pytest.mark.parametrize(
    ("buckets", "factor"), [("classic", 2.5), ({"kind": "native", "schema": 3}, 2 ** (1 / 8))]
)
def test_a_quantile_by_buckets_is_off_by_no_more_than_its_bucket(buckets, factor):
    api = API | {"workers": "unlimited", "service_time": {"kind": "exponential", "mean": 0.05}}
    found = scraped(api, {"kind": "poisson", "rate": 50.0}, 200.0, window=1000.0, buckets=buckets)
    finished = run(found)
    scraper = finished.components["dashboard"]
    true_s = np.quantile(scraper.samples["latency_s"], 0.99)
    shown = finished.component_measures("dashboard")["summed_quantile_max"]
    assert true_s / factor <= shown <= true_s * factor
    assert shown != pytest.approx(true_s, rel=1e-6)


def test_a_crash_takes_along_what_nobody_had_scraped():
    """Read at 0, 10, 20 ...; one call a second; down from 25 s to 32 s, so that 30 s is missed."""
    crash = {"kind": "crash", "of": "api", "from": 25.05, "for": 7.0}
    found = scraped(
        API | {"service_time": 0.01},
        {"kind": "constant", "rate": 1.0},
        100.0,
        faults=[crash],
        interval=10.0,
        window=1000.0,
        spread=False,
    )
    measures = seen(found)
    assert measures["missed"] == 1
    assert measures["bad"] == 7  # in truth; nobody was there to count them
    assert measures["error_ratio_seen_max"] == 0
    assert measures["answered"] == 99


def test_counters_go_on_from_nothing_after_a_restart():
    crash = {"kind": "crash", "of": "api", "from": 25.05, "for": 7.0}
    found = scraped(
        API | {"service_time": 0.01},
        {"kind": "constant", "rate": 1.0},
        61.0,
        faults=[crash],
        interval=10.0,
        window=1000.0,
        spread=False,
    )
    totals = []
    original = type(found.controllers["dashboard"]).build

    def build(self, name, sim, site):
        live = original(self, name, sim, site)
        totals.append(live)
        return live

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(found.controllers["dashboard"]), "build", build)
        run(found)
    events, bad = totals[0].totals()
    before, after = 19, 27  # answered by 20 s, and from 33 s until 60 s
    assert (events, bad) == (before + after, 0)


def test_what_is_seen_is_seen_late():
    """All is well for 60 s, then every call fails; read each second, shown 20 s later."""
    broken = {"kind": "error_burst", "of": "api", "ratio": 1.0, "from": 60.0, "for": 999.0}
    found = scraped(
        API | {"service_time": 0.01},
        {"kind": "constant", "rate": 10.0},
        240.0,
        faults=[broken],
        interval=1.0,
        window=2.0,
        delay=20.0,
        spread=False,
    )
    finished = run(found)
    level = np.diff(finished.components["dashboard"].totals["error_ratio_seen"])
    first_s = finished.tick_s[int(np.flatnonzero(level > 0)[0])]
    assert first_s == pytest.approx(81.0, abs=1.0)


def test_a_call_that_is_taken_back_is_counted_nowhere():
    front = {"front": {"kind": "client", "next": "api", "timeout": 0.05, "cancels": True}}
    found = scraped(API, {"kind": "constant", "rate": 2.0}, 60.0, beside=front)
    measures = seen(found)
    assert measures["answered"] == 0
    assert measures["in_flight_max"] == 1


def test_watching_changes_nothing():
    front = {"front": {"kind": "client", "next": "api", "timeout": 0.3, "retries": 2}}
    api = API | {"service_time": {"kind": "exponential", "mean": 0.1}}
    watched = scraped(api, {"kind": "poisson", "rate": 8.0}, 60.0, beside=front)
    plain = watched.model_copy(update={"controllers": {}})
    first, second = run(watched).requests, run(plain).requests
    assert np.array_equal(first.latency_s, second.latency_s, equal_nan=True)


def test_a_window_too_short_for_two_readings_is_refused():
    with pytest.raises(ValueError, match="must be at least twice interval, 30 s"):
        scraped(API, None, 10.0, window=20.0)
