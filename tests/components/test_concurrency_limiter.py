"""Concurrency limiters in small scenes: who goes on, who waits, and who is refused."""

import pytest
from pydantic import ValidationError

from simulator.components.concurrency_limiter import ConcurrencyLimiterSpec
from simulator.kernel import CANCELED, FAILED, OK, REJECTED, TIMED_OUT, RequestClass
from simulator.runner import run
from simulator.stats.theory import erlang_b
from tests.kernel.scene import Scene, scenario


def limiter(at_s, takes_s=1.0, outcomes=(), limit=2, scene=None, **told):
    """A limiter for two calls at a time, to which calls come at some instants."""
    told = {"policy": {"kind": "fixed", "limit": limit}} | told
    spec = ConcurrencyLimiterSpec.model_validate({"next": "db"} | told)
    return Scene(spec, at_s, takes_s=takes_s, outcomes=outcomes, **(scene or {}))


def test_calls_over_the_limit_are_refused_at_once():
    scene = limiter([0.0, 0.25, 0.5, 1.01, 1.1]).run()
    assert scene.outcomes == [OK, OK, REJECTED, OK, REJECTED]
    assert scene.answered_s[2] == 0.5
    assert (scene.it.admitted, scene.it.rejected) == (3, 2)


def test_calls_that_may_wait_go_on_in_order_of_arrival():
    scene = limiter([0.0, 0.0, 0.25, 0.5], max_wait=5.0).run()
    assert scene.outcomes == [OK] * 4
    assert scene.downstream.arrived_s == [0.0, 0.0, 1.0, 1.0]
    assert list(scene.it.wait_s) == [0.0, 0.0, 0.75, 0.5]
    assert list(scene.it.took_s) == [1.0] * 4
    assert scene.it.queued_peak == 2


def test_who_waits_too_long_is_refused():
    scene = limiter([0.0, 0.0, 0.25, 0.75], max_wait=0.5).run()
    assert scene.outcomes == [OK, OK, REJECTED, OK]
    assert scene.answered_s == [1.0, 1.0, 0.75, 2.0]


def test_room_at_the_last_moment_is_taken():
    assert limiter([0.0, 0.0, 0.5], max_wait=0.5).run().outcomes == [OK, OK, OK]


def test_a_call_that_is_taken_back_leaves_the_line():
    scene = limiter([0.0, 0.1, 0.2], limit=1, max_wait=5.0)
    scene.at(0.3, scene.user.calls[1].cancel).run()
    assert scene.outcomes == [OK, CANCELED, OK]
    assert scene.answered_s == [1.0, 0.3, 2.0]
    it = scene.it
    assert (it.queued, it.outstanding, it.rejected, it.admitted) == (0, 0, 0, 2)


def test_a_call_that_is_taken_back_makes_room():
    scene = limiter([0.0, 0.1], limit=1, max_wait=5.0)
    scene.at(0.3, scene.user.calls[0].cancel).run()
    assert scene.downstream.arrived_s == [0.0, 0.3]


def test_a_long_line_before_a_backend_that_refuses_is_not_deep():
    many = 5000
    outcomes = [OK, *[FAILED] * many]
    scene = limiter([0.0] * many, limit=1, max_wait=9.0, takes_s=1.0, outcomes=outcomes)
    scene.at(0.5, lambda: setattr(scene.downstream, "hold", refuse(scene.downstream)))
    scene.run()
    assert scene.outcomes == [OK, *[FAILED] * (many - 1)]
    assert scene.it.outstanding == 0


def refuse(downstream):
    """Have calls answered as they come, within the call that brings them."""

    def at_once(call, takes_s, then):
        downstream._finish(call)

    return at_once


def test_areas_are_those_of_the_levels():
    scene = limiter([0.0, 0.5, 0.5], max_wait=9.0).run(until=4.0)
    it = scene.it
    assert it.outstanding_area + it.outstanding * 4.0 == pytest.approx(3.0)
    assert it.queued_area + it.queued * 4.0 == pytest.approx(0.5)
    assert it.limit_area + it.limit * 4.0 == pytest.approx(2 * 4.0)


# -- limits that move ----------------------------------------------------------------------------


def test_dropped_calls_shrink_the_limit_and_others_do_not():
    policy = {"kind": "aimd", "initial": 10, "least": 1}
    for outcome, limit in ((REJECTED, 9), (TIMED_OUT, 9), (FAILED, 10)):
        scene = limiter([0.0], policy=policy, outcomes=[outcome]).run()
        assert scene.it.limit == limit


def test_what_tells_of_overload_can_be_chosen():
    policy = {"kind": "aimd", "initial": 10, "least": 1}
    scene = limiter([0.0], policy=policy, outcomes=[FAILED], drops=["failed"]).run()
    assert scene.it.limit == 9


def test_a_limit_that_grows_lets_those_who_wait_go_on():
    policy = {"kind": "aimd", "initial": 1, "least": 1}
    scene = limiter([0.0, 0.0, 0.0], policy=policy, max_wait=9.0).run(until=1.5)
    assert scene.downstream.arrived_s == [0.0, 1.0, 1.0]
    assert scene.it.limit == 2
    assert scene.it.limit_area + 2 * 1.5 == pytest.approx(1 * 1.0 + 2 * 0.5)


# -- shares --------------------------------------------------------------------------------------

GOLD, FREE = RequestClass("gold"), RequestClass("free")


def shared(at_s, classes, shares, limit=4):
    scene = {"classes": classes, "kinds": (GOLD, FREE)}
    return limiter(at_s, limit=limit, scene=scene, share_by_class=shares).run()


def test_a_class_that_has_its_part_taken_by_others_gets_it_all_the_same():
    found = shared([0.0] * 7, [1, 1, 1, 1, 1, 0, 0], {"gold": 0.5})
    assert found.outcomes == [OK] * 4 + [REJECTED, OK, OK]
    assert found.it.outstanding_peak == 6


def test_a_class_may_take_more_than_its_part_while_there_is_room():
    found = shared([0.0] * 6, [0, 0, 0, 0, 0, 1], {"gold": 0.5})
    assert found.outcomes == [OK] * 4 + [REJECTED, REJECTED]


def test_any_part_is_one_call_at_least():
    found = shared([0.0] * 6, [1, 1, 1, 1, 0, 0], {"gold": 0.01})
    assert found.outcomes == [OK] * 5 + [REJECTED]


def test_what_a_class_has_under_way_is_given_back():
    found = shared([0.0] * 5 + [1.5] * 6, [1, 1, 1, 1, 0] + [1] * 4 + [0] * 2, {"gold": 0.5})
    assert found.outcomes == [OK] * 11


def test_shares_are_checked():
    told = {"next": "db", "share_by_class": {"gold": 0.7, "free": 0.6}, "max_wait": 1.0}
    with pytest.raises(ValidationError) as caught:
        ConcurrencyLimiterSpec.model_validate(told)
    assert "adds up to 1.3; must be at most 1" in str(caught.value)
    assert "max_wait does not go with share_by_class" in str(caught.value)


def test_a_share_of_an_unknown_class_is_a_mistake():
    components = {
        "it": {"kind": "concurrency_limiter", "next": "db", "share_by_class": {"golden": 0.5}},
        "db": {"kind": "server", "service_time": 0.1},
    }
    with pytest.raises(AssertionError, match="unknown request class 'golden'"):
        scenario(components, classes={"gold": {"share": 1.0}})


# -- as a scenario -------------------------------------------------------------------------------


def test_a_bulkhead_before_workers_without_limit_is_a_loss_system():
    """Erlang's formula: of 8 erlangs on 10 places, 12.2 % are refused."""
    components = {
        "it": {"kind": "concurrency_limiter", "next": "db"}
        | {"policy": {"kind": "fixed", "limit": 10}},
        "db": {"kind": "server", "workers": "unlimited"}
        | {"service_time": {"kind": "exponential", "mean": 0.1}},
    }
    found = []
    for replication in range(5):
        arrivals = {"kind": "poisson", "rate": 80.0}
        finished = run(scenario(components, arrivals, 200.0, run={"warmup": 5.0}), replication)
        found.append(finished.component_measures("it")["rejected_ratio"])
    mean = sum(found) / 5
    error = (sum((each - mean) ** 2 for each in found) / 4 / 5) ** 0.5
    assert abs(mean - erlang_b(8.0, 10)) < 5 * error < 0.02
