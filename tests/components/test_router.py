"""What a router promises, in scenes whose numbers can be worked out by hand."""

import numpy as np
import pytest

from simulator.components import router as router_module
from simulator.components.client import ClientSpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.router import RouterSpec
from simulator.components.server import ServerSpec
from simulator.errors import SimulationError
from simulator.kernel import FAILED, OK, TIMED_OUT, RequestClass
from simulator.runner import run
from tests.kernel.scene import Scene, scenario


def router(by_class=None, **routes):
    return RouterSpec(routes=routes, by_class=by_class or {})


def server(takes_s, **parameters):
    return ServerSpec(service_time=takes_s, **parameters)


AB = {"a": server(1.0, workers=9), "b": server(2.0, workers=9)}


def test_luck_below_the_first_probability_takes_the_first_route_and_so_on():
    lucks = [0.0, 0.59, 0.6, 0.89, 0.9, 0.999]
    needs = [(luck, 1.0, 2.0) for luck in lucks]
    scene = Scene({"it": router(a=0.6, b=0.3), **AB}, at_s=[0.0] * 6, needs=needs).run()
    assert scene.answered_s == [1.0, 1.0, 2.0, 2.0, 0.0, 0.0]
    assert scene.outcomes == [OK] * 6
    assert (scene.it.forwarded, scene.it.left, scene.it.sent_back) == (4, 2, 0)


def test_nobody_leaves_where_the_probabilities_add_up_to_one():
    routes = dict.fromkeys("abcdefghij", 0.1)
    scene = Scene(RouterSpec(routes=routes), at_s=[0.0], needs=[1 - 1e-16]).run()
    assert scene.it.left == 0


def test_a_class_may_have_routes_of_its_own():
    specs = {"it": router(by_class={"batch": {"b": 1.0}}, a=1.0), **AB}
    kinds = [RequestClass("page"), RequestClass("batch")]
    scene = Scene(specs, at_s=[0.0, 0.0], classes=[0, 1], kinds=kinds).run()
    assert scene.answered_s == [1.0, 2.0]


def test_a_plain_router_puts_nothing_on_the_way_back_and_adds_its_luck_only():
    scene = Scene({"it": router(a=1.0), "a": server(1.0)}, at_s=[0.0])
    assert len(scene.user.calls[0].request) == 3 + 2
    scene.run(0.5)
    component, _, rest = scene.user.calls[0].back
    assert (component, rest) == (scene.user, None)


def test_probabilities_that_add_up_to_more_than_one_are_refused():
    with pytest.raises(ValueError, match=r"the probabilities add up to 1\.1; must be at most 1"):
        router(a=0.6, b=0.5)


def test_a_router_that_leads_nowhere_is_refused():
    with pytest.raises(ValueError, match="leads nowhere"):
        router()


# Feedback


EXPONENTIAL = {"kind": "exponential", "mean": 1.0}


def loop(again=0.5, workers=10_000, **more):
    return {
        "entry": {"kind": "server", "workers": workers, "service_time": EXPONENTIAL, "next": "out"},
        "out": {"kind": "router", "routes": {"entry": again}},
        **more,
    }


def latencies(system, rate=5.0, duration=400.0):
    finished = run(scenario(system, {"kind": "poisson", "rate": rate}, duration))
    return finished.requests.latency_s


def test_every_round_draws_anew():
    """A geometric number of exponential rounds is exponential: of mean and deviation 2 s.

    Were the draw of the first round kept, as many rounds of it would have a deviation of 3.2 s.
    """
    latency_s = latencies(loop(), rate=20.0)
    latency_s = latency_s[: len(latency_s) * 9 // 10]
    assert np.isfinite(latency_s).all()
    error_s = 3.9 * 2 / np.sqrt(len(latency_s))
    assert latency_s.mean() == pytest.approx(2.0, abs=error_s)
    assert latency_s.std() == pytest.approx(2.0, abs=2 * error_s)


def test_the_first_round_is_what_it_would_be_without_feedback():
    once, often = latencies(loop(again=0.0)), latencies(loop())
    answered = ~np.isnan(once) & ~np.isnan(often)
    assert (often[answered] >= once[answered]).all()
    assert (often[answered] == once[answered]).mean() == pytest.approx(0.5, abs=0.05)


def test_later_rounds_too_are_the_same_for_the_same_request_in_every_variant():
    free, busy = latencies(loop(0.7)), latencies(loop(0.7, workers=25))
    answered = ~np.isnan(free) & ~np.isnan(busy)
    assert (busy[answered] >= free[answered] - 1e-9).all()
    assert 0.3 < np.isclose(busy[answered], free[answered]).mean() < 1


def test_calls_forked_from_one_request_have_different_luck_in_later_rounds():
    system = loop(0.9)
    both = {"it": {"kind": "parallel", "calls": "entry", "times": 2}, **system}
    alone, slowest = latencies(system), latencies(both)
    answered = ~np.isnan(alone) & ~np.isnan(slowest)
    # The slower of two exponential times of mean 10 takes 15 on average.
    assert slowest[answered].mean() / alone[answered].mean() == pytest.approx(1.5, abs=0.15)


def test_the_way_back_does_not_grow_where_nobody_waits_on_it():
    system = loop(again=0.999)
    finished = run(scenario(system, {"kind": "constant", "rate": 1.0}, 50.0))
    assert finished.component_measures("out")["sent_back"] > 1000


def test_a_thousand_rounds_through_what_waits_for_answers_come_back():
    """Each round leaves a balancer and a client on the way back."""
    specs = {
        "it": LoadBalancerSpec(pool="client"),
        "client": ClientSpec(next="work"),
        "work": server(0.001, workers=5, next="again"),
        "again": router(it=1.0),
    }
    scene = Scene(specs, at_s=[0.0])
    scene.at(2.0005, scene["work"].crash).run(3.0)
    assert scene.outcomes == [FAILED]
    assert scene["again"].sent_back == 2000
    assert scene.it.outstanding == [0]


def test_who_gives_up_takes_the_call_back_from_its_thousandth_round():
    specs = {
        "front": ClientSpec(next="it", timeout=1.0005, cancels=True),
        "it": LoadBalancerSpec(pool="client"),
        "client": ClientSpec(next="work"),
        "work": server(0.001, workers=5, next="again"),
        "again": router(it=1.0),
    }
    scene = Scene(specs, at_s=[0.0]).run(3.0)
    assert scene.outcomes == [TIMED_OUT]
    assert scene["work"].in_service == 0
    assert scene["again"].sent_back == 1000
    assert scene["it"].outstanding == [0]


def test_rounds_in_no_time_end_if_calls_leave():
    system = {
        "again": {"kind": "router", "routes": {"client": 0.999}},
        "client": {"kind": "client", "next": "again"},
    }
    finished = run(scenario(system, {"kind": "constant", "rate": 1.0}, 20.0))
    assert set(finished.requests.latency_s.tolist()) == {0.0}
    assert finished.component_measures("again")["sent_back"] > 5000


def test_rounds_in_no_time_without_end_are_an_error(monkeypatch):
    monkeypatch.setattr(router_module, "MOST_AT_ONCE", 2000)
    system = {
        "again": {"kind": "router", "routes": {"client": 0.9999999}},
        "client": {"kind": "client", "next": "again"},
    }
    with pytest.raises(SimulationError, match="time stands still at 1 s: calls go round"):
        run(scenario(system, {"kind": "constant", "rate": 1.0}, 2.5))
