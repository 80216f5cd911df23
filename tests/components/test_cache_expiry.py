"""What a cache promises about age: before an entry expires, after, and when a load fails."""

import numpy as np
import pytest

from simulator.components.cache import CacheSpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT
from simulator.runner import run
from tests.kernel.scene import Scene, scenario


def cache(**parameters):
    return CacheSpec(origin="downstream", **parameters)


def scene(spec, at_s, keys=None, takes_s=1.0, **more):
    """Requests for one key unless told, and an origin that takes a second."""
    return Scene(spec, at_s, keys=keys or "a" * len(at_s), takes_s=takes_s, **more).run()


# -- the time to live of each fill -------------------------------------------------------------


def test_jitter_spreads_the_time_to_live_evenly_around_its_mean():
    # The second need of a request is the time to live of what it fills.
    spec = cache(ttl=10.0, ttl_jitter=0.2)
    found = Scene(spec, [0.0] * 4000, keys=list(range(4000))).run()
    lives = np.array([entry.ttl_s for entry in found.it._held.values()])
    assert lives.min() >= 8
    assert lives.max() <= 12
    # Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand samples
    steps = np.arange(1, 4001) / 4000
    assert np.abs(np.sort((lives - 8) / 4) - steps).max() < 1.95 / np.sqrt(4000)


def test_the_draw_of_a_request_decides_how_long_its_fill_lives():
    spec = cache(ttl_distribution={"kind": "exponential", "mean": 10.0})
    needs = [(0.0, 3.0), (0.0, 7.0), (0.0, 7.0)]
    found = scene(spec, [0, 3.9, 4.0], needs=needs)  # filled at 1 for 3 s
    assert found.answered_s == [1, 3.9, 5.0]


def test_all_that_was_filled_together_expires_together_only_without_jitter():
    at_s = [0.0] * 100 + [10.5] * 100
    keys = [*range(100), *range(100)]
    even = Scene(cache(ttl=10.0), at_s, keys=keys).run()
    spread = Scene(cache(ttl=10.0, ttl_jitter=0.5), at_s, keys=keys).run()
    assert even.it.hits == 0
    assert 20 < spread.it.hits < 80


# -- before it expires -------------------------------------------------------------------------


def xfetch(**parameters):
    return cache(ttl=10.0, early_refresh={"kind": "xfetch", **parameters})


LATE, EARLY = 0.0, 1 - np.exp(-3.0)  # draws with which a load of 1 s is due 0 s and 3 s ahead


def test_xfetch_loads_ahead_by_the_load_time_times_a_logarithm_of_chance():
    # Filled at 1 after a load of 1 s, so that it expires at 11; by this luck 3 s before that.
    needs = [(0.0, LATE), (0.0, EARLY), (0.0, LATE), (0.0, EARLY), (0.0, LATE)]
    found = scene(xfetch(), [0, 7.9, 8.1, 8.2, 9.5], needs=needs)
    assert found.downstream.arrived_s == [0, 8.2]
    assert found.answered_s == [1, 7.9, 8.1, 8.2, 9.5], "nobody but the first one waits"
    assert (found.it.refreshes, found.it.hits, found.it.misses) == (1, 4, 1)


def test_xfetch_with_a_larger_beta_loads_earlier():
    needs = [(0.0, LATE), (0.0, EARLY)]
    assert scene(xfetch(beta=2.0), [0, 5.1], needs=needs).it.refreshes == 1
    assert scene(xfetch(beta=1.0), [0, 5.1], needs=needs).it.refreshes == 0


def test_xfetch_measures_the_load_time_of_each_load():
    needs = [(0.0, LATE), (0.0, EARLY)]
    assert scene(xfetch(), [0, 8.2], needs=needs, takes_s=0.1).it.refreshes == 0


def test_who_starts_an_early_load_may_wait_for_it():
    needs = [(0.0, LATE), (0.0, EARLY), (0.0, LATE)]
    found = scene(xfetch(waits=True), [0, 8.2, 8.3], needs=needs)
    assert found.answered_s == [1, 9.2, 8.3]
    assert (found.it.hits, found.it.misses) == (1, 2)


@pytest.mark.parametrize(("coalesces", "loads"), [(False, 3), (True, 2)])
def test_early_loads_are_one_at_a_time_only_if_loads_are_coalesced(coalesces, loads):
    spec = cache(ttl=10.0, early_refresh="xfetch", coalesces=coalesces)
    needs = [(0.0, LATE), (0.0, EARLY), (0.0, EARLY)]
    assert scene(spec, [0, 8.2, 8.3], needs=needs).it.loads == loads


def test_refreshing_ahead_starts_with_the_first_hit_of_the_late_part():
    spec = cache(ttl=10.0, early_refresh={"kind": "ahead", "after": 0.8})
    found = scene(spec, [0, 8.9, 9.1, 10.5, 20.0])  # expires at 11, then at 20.1
    assert found.downstream.arrived_s == [0, 9.1, 20.0]
    assert found.it.hits == 4


def test_an_early_load_that_fails_leaves_the_entry_as_it_is():
    spec = cache(ttl=10.0, early_refresh={"kind": "ahead", "waits": True})
    found = scene(spec, [0, 9, 10.2], outcomes=[OK, FAILED, FAILED])  # it expires at 11
    assert found.outcomes == [OK, OK, FAILED], "at 10 the answer it had was still good"
    assert found.answered_s == [1, 10, 11.2]
    assert found.it.rescued == 1


# -- after it has expired ----------------------------------------------------------------------


def test_a_stale_entry_answers_while_one_load_refreshes_it():
    spec = cache(ttl=3.0, stale_for=5.0)
    found = scene(spec, [0, 5, 5.2, 5.4, 6.5])  # filled at 1, expired at 4, filled anew at 6
    assert found.answered_s == [1, 5, 5.2, 5.4, 6.5]
    assert found.downstream.arrived_s == [0, 5]
    assert (found.it.stale_hits, found.it.hits, found.it.expired) == (3, 4, 1)


def test_an_entry_is_stale_for_so_long_and_no_longer():
    found = scene(cache(ttl=3.0, stale_for=5.0), [0, 9])
    assert found.answered_s == [1, 10]
    assert (found.it.expired, found.it.stale_hits) == (1, 0)


def test_a_miss_joins_the_load_that_a_stale_hit_has_begun_if_loads_are_coalesced():
    for coalesces, arrived_s in ((True, [0, 8.5]), (False, [0, 8.5, 9.1])):
        spec = cache(ttl=3.0, stale_for=5.0, coalesces=coalesces)
        assert scene(spec, [0, 8.5, 9.1]).downstream.arrived_s == arrived_s


def test_an_old_entry_answers_in_place_of_a_failed_load():
    spec = cache(ttl=3.0, stale_if_error=10.0)
    found = scene(spec, [0, 5, 7, 16], outcomes=[OK, FAILED, REJECTED, TIMED_OUT])
    assert found.outcomes == [OK, OK, OK, TIMED_OUT], "at 17 it is older than that"
    assert found.answered_s == [1, 6, 8, 17]
    assert (found.it.rescued, found.it.misses, found.it.loads, found.it.expired) == (2, 4, 4, 1)


def test_all_who_wait_for_a_failed_load_get_the_old_answer():
    spec = cache(ttl=3.0, stale_if_error=10.0, coalesces=True)
    found = scene(spec, [0, 5, 5.5], outcomes=[OK, FAILED])
    assert found.outcomes == [OK, OK, OK]
    assert found.answered_s == [1, 6, 6]
    assert found.it.rescued == 2


def test_a_load_that_brings_something_replaces_the_old_entry():
    found = scene(cache(ttl=3.0, stale_if_error=10.0), [0, 5, 7])
    assert found.answered_s == [1, 6, 7]
    assert found.it.entries == 1


# -- failures that are remembered --------------------------------------------------------------


def test_a_failed_load_is_remembered_and_answered_at_once():
    spec = cache(capacity=9, negative_ttl=2.0)
    found = scene(spec, [0, 2, 2.9, 3.1], outcomes=[REJECTED])
    assert found.outcomes == [REJECTED, FAILED, FAILED, OK]
    assert found.answered_s == [1, 2, 2.9, 4.1]
    assert (found.it.negative_hits, found.it.misses, found.it.loads) == (2, 4, 2)


def test_only_the_key_whose_load_failed_is_remembered():
    spec = cache(capacity=9, negative_ttl=9.0)
    assert scene(spec, [0, 2], keys="ab", outcomes=[FAILED]).outcomes == [FAILED, OK]


def test_a_load_that_comes_back_meanwhile_ends_the_memory_of_a_failure():
    spec = cache(capacity=9, negative_ttl=9.0)
    found = scene(spec, [0, 0.5, 2], outcomes=[FAILED])
    assert found.outcomes == [FAILED, OK, OK]
    assert found.it.hits == 1


def test_a_load_that_is_taken_back_is_no_failure():
    found = Scene(cache(capacity=9, negative_ttl=9.0), [0, 2], keys="aa", takes_s=1.0)
    found.at(0.5, found.user.calls[0].cancel).run()
    assert found.outcomes[1] == OK


def test_with_an_old_entry_a_remembered_failure_costs_neither_load_nor_answer():
    spec = cache(ttl=3.0, stale_if_error=20.0, negative_ttl=2.0)
    found = scene(spec, [0, 5, 7, 9], outcomes=[OK, FAILED])
    assert found.outcomes == [OK, OK, OK, OK]
    assert found.downstream.arrived_s == [0, 5, 9]
    assert (found.it.rescued, found.it.negative_hits) == (2, 1)


def test_a_stale_entry_is_not_refreshed_while_a_failure_is_remembered():
    spec = cache(ttl=3.0, stale_for=20.0, negative_ttl=2.0)
    found = scene(spec, [0, 5, 7, 9], outcomes=[OK, FAILED])
    assert found.downstream.arrived_s == [0, 5, 9]
    assert found.it.stale_hits == 3


# -- together ----------------------------------------------------------------------------------


def test_serving_stale_hides_every_load_but_the_first():
    """One key at 100 requests a second that lives 1 s: with the rule, one request waits."""
    system = {
        "cache": {"kind": "cache", "ttl": 1.0, "stale_for": 1.0, "origin": "db"},
        "db": {"kind": "server", "workers": 100, "service_time": 0.1},
    }
    keys = {"kind": "uniform", "count": 1}
    arrivals = {"kind": "constant", "rate": 100.0}
    finished = run(scenario(system, arrivals, 60.0, keys=keys))
    waited = finished.requests.latency_s > 0
    assert waited.sum() == 10, "those of the first 0.1 s, before there was any entry"
    assert finished.components["cache"].totals["loads"][-1] <= 10 + 60 / 1.1


# -- what does not go together -----------------------------------------------------------------


@pytest.mark.parametrize("what", ["ttl_jitter", "stale_for", "stale_if_error"])
def test_without_a_time_to_live_nothing_is_old(what):
    with pytest.raises(
        ValueError, match=f"live for ever without ttl: give it, or leave out {what}"
    ):
        cache(capacity=3, **{what: 0.5})


def test_an_early_refresh_needs_an_end_that_hits_do_not_put_off():
    with pytest.raises(ValueError, match="early_refresh needs ttl_from: fill"):
        cache(ttl=1.0, ttl_from="last_use", early_refresh="xfetch")


def test_an_early_refresh_needs_a_fill_that_replaces():
    with pytest.raises(ValueError, match="early_refresh needs fill: set"):
        cache(ttl=1.0, fill="add", early_refresh="xfetch")


def test_a_time_to_live_is_given_once():
    with pytest.raises(ValueError, match="in place of ttl: give one of them"):
        cache(ttl=1.0, ttl_distribution=2.0)
    with pytest.raises(ValueError, match="has its own spread"):
        cache(ttl_distribution=2.0, ttl_jitter=0.1)
    with pytest.raises(ValueError, match="mean greater than 0 s"):
        cache(ttl_distribution=0.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ttl_jitter", 0.1),
        ("stale_for", 1.0),
        ("stale_if_error", 1.0),
        ("negative_ttl", 1.0),
        ("early_refresh", "xfetch"),
        ("writes", "back"),
        ("warm", True),
        ("eviction", "fifo"),
        ("ttl_from", "last_use"),
    ],
)
def test_a_plain_chance_has_no_age(field, value):
    with pytest.raises(ValueError, match=f"hit_ratio has no keys: leave out {field}"):
        cache(hit_ratio=0.5, **{field: value})
