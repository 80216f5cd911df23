"""What becomes of connections, and of calls over them, when all are closed at once."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.components.link import LinkSpec
from simulator.components.server import ServerSpec
from simulator.faults.thundering_reconnect import ThunderingReconnect
from simulator.kernel import FAILED, OK, REJECTED
from simulator.policies.retrying import Exponential, Fixed
from simulator.runner import run
from simulator.scenario.checks import problems
from simulator.scenario.draft import Draft
from tests.kernel.scene import Scene, scenario

HTTP1 = {"kind": "http1", "connections": 4, "warm": True}
HTTP2 = {"kind": "http2", "warm": True}
each_transport = pytest.mark.parametrize("transport", [HTTP1, HTTP2], ids=["http1", "http2"])


def struck(at_s, transport, fault=None, takes_s=0.0, cores=None, until=1000, **told):
    """A link of a quarter of a second each way before something, all of it closed at 10."""
    link = LinkSpec(next="end", latency=0.25, transport=transport, **told)
    specs = {"link": link}
    if cores is not None:
        specs["link"] = link.model_copy(update={"handshakes": "cores"})
        specs["cores"] = ServerSpec(**cores)
    scene = Scene(specs, at_s, takes_s=takes_s)
    fault = fault or ThunderingReconnect(of="link", start=10)
    for process in fault.processes(scene.sim, [scene.it], lambda *_: None, "fault"):
        scene.sim.process(process)
    return scene.run(until)


@each_transport
@pytest.mark.parametrize(
    ("at_s", "where"),
    [(9.875, "on the way there"), (9.0, "at the server"), (8.625, "on the way back")],
)
def test_calls_over_them_fail_at_once_wherever_they_are(transport, at_s, where):
    scene = struck([at_s], transport, takes_s=1.0)
    assert scene.outcomes == [FAILED]
    assert scene.answered_s == [10.0]
    assert scene.downstream.canceled_s == ([10.0] if where == "at the server" else [])
    assert (scene.it.busy, scene.it.in_transit) == (0, 0)


@each_transport
def test_calls_answered_before_are_none_of_its_business(transport):
    assert struck([8.0], transport, takes_s=1.0).outcomes == [OK]


@each_transport
def test_a_call_that_comes_meanwhile_waits_for_the_handshake(transport):
    # One round trip from 10 to 10.5, then a quarter there and back.
    scene = struck([10.125], transport)
    assert scene.answered_s == [11.0]


def test_all_come_back_whether_somebody_needs_them_or_not():
    scene = struck([], HTTP1, until=20)
    assert (scene.it.connections, scene.it.broken, scene.it.handshakes) == (4, 4, 4)
    assert scene.it.set_up_s.tolist() == [0.5] * 4


def test_calls_that_wait_for_one_get_one_as_soon_as_it_is_there():
    scene = struck([10.125] * 6, HTTP1)
    assert scene.answered_s == [11.0] * 4 + [11.5] * 2


def test_pauses_spread_them():
    fault = ThunderingReconnect(of="link", start=10, backoff=Fixed(pause=4.0, jitter="full"))
    many = {"kind": "http1", "connections": 1000, "warm": True}
    scene = struck([], many, fault, until=20)
    came_s = np.sort(scene.it.set_up_s) - 0.5  # pause and round trip
    assert came_s.min() >= 0
    assert came_s.max() <= 4
    assert np.abs(came_s - np.linspace(0, 4, 1000)).max() < 0.3


# -- handshakes that take computing ------------------------------------------------------------


def test_somebody_computes_for_each_handshake():
    scene = struck([], HTTP1, cores={"service_time": 1.0}, until=20)
    assert scene.it.set_up_s.tolist() == [1.5, 2.5, 3.5, 4.5]
    assert scene["cores"].served == 4


def test_a_call_that_needs_a_new_connection_waits_for_the_computing_too():
    scene = struck([1.0], {"kind": "http1"}, cores={"service_time": 1.0})
    assert scene.answered_s == [1.0 + 0.5 + 1.0 + 0.5]


def test_a_refused_handshake_fails_the_calls_that_waited_for_it():
    busy = {"service_time": 5.0, "queue_limit": 0}
    scene = struck([1.0, 2.0], {"kind": "http1"}, cores=busy)
    assert scene.outcomes == [OK, REJECTED]
    assert scene.answered_s == [7.0, 2.5]
    assert scene.it.refused == 1


def test_a_connection_that_was_refused_tries_again_after_the_next_pause():
    fault = ThunderingReconnect(of="link", start=10, backoff=Exponential(base=2.0))
    cores = {"service_time": 3.0, "queue_limit": 1}
    scene = struck([], HTTP1, fault, cores=cores, until=100)
    # Tries reach the cores at 12.5, where two find a place, at 17, where one does, and at 25.5.
    assert sorted(scene.it.set_up_s.tolist()) == [5.5, 8.5, 11.5, 18.5]
    assert scene.it.refused == 3


def test_a_try_that_takes_too_long_is_given_up_and_computed_for_in_vain():
    fault = ThunderingReconnect(of="link", start=10, backoff=Fixed(pause=0.0), timeout=2.0)
    scene = struck([], HTTP1, fault, cores={"service_time": 1.0}, until=200)
    # One is through at 11.5; the others give up at 12, and stand behind work for nobody for ever.
    assert scene.it.handshakes == 1
    assert scene["cores"].served == 189


def test_calls_that_wait_go_with_the_next_try():
    two = {"kind": "http2", "connections": 2, "warm": True}
    fault = ThunderingReconnect(of="link", start=10, backoff=Fixed(pause=1.0), timeout=2.0)
    scene = struck([10.5, 10.5], two, fault, cores={"service_time": 1.25})
    # From 11.5 on for one; the other is given up at 13, and comes to the cores again at 14.5.
    assert scene.outcomes == [OK, OK]
    assert scene.answered_s == [11.5 + 1.25 + 0.5, 14.5 + 1.25 + 0.5]
    assert (scene.it.handshakes, scene.it.refused, scene.it.busy) == (2, 1, 0)


# -- in a scenario -----------------------------------------------------------------------------

PHONES = {
    "link": {
        "kind": "link",
        "next": "api",
        "latency": "20ms",
        "transport": {"kind": "http1", "connections": 200, "warm": True},
        "handshakes": "tls",
    },
    "api": {"kind": "server", "workers": 50, "service_time": "5ms"},
    "tls": {"kind": "server", "workers": 1, "service_time": "10ms"},
}


def wait_for_all_s(**backoff):
    fault = {"kind": "thundering_reconnect", "of": "link", "from": 5.0} | backoff
    found = run(scenario(PHONES, {"kind": "constant", "rate": 5.0}, 30.0, faults=[fault]))
    return found.component_measures("link")["set_up_max_s"], found.component_measures("tls")


def test_a_herd_queues_for_the_handshakes_and_jitter_dissolves_it():
    longest_s, tls = wait_for_all_s()
    assert longest_s == pytest.approx(200 * 0.010 + 0.040)
    assert tls["queued_max"] == 199
    spread = {"backoff": {"kind": "fixed", "pause": "8s", "jitter": "full"}}
    assert wait_for_all_s(**spread)[1]["queued_max"] < 20


def test_it_is_a_strike_at_an_instant():
    fault = {"kind": "thundering_reconnect", "of": "link", "from": 5.0, "every": 10.0}
    found = run(scenario(PHONES, {"kind": "constant", "rate": 5.0}, 30.0, faults=[fault]))
    assert [(each.of, each.start_s, each.end_s) for each in found.strikes] == [
        ("link", at_s, at_s) for at_s in (5.0, 15.0, 25.0)
    ]


def test_a_link_without_connections_cannot_have_it():
    right = scenario(PHONES, duration=100.0)
    plain = right.plain()
    plain["system"]["components"]["link"] |= {"transport": None, "handshakes": None}
    fault = {"kind": "thundering_reconnect", "of": "link", "from": 5.0}
    wrong = type(right).model_validate(plain | {"faults": [fault]})
    ((path, message),) = [(each.path, each.message) for each in problems(Draft.of(wrong))]
    assert path == ("faults", 0, "of")
    assert "cannot have a thundering_reconnect" in message


def test_handshakes_need_connections():
    with pytest.raises(ValidationError, match="handshakes needs transport"):
        LinkSpec(next="end", latency=0.25, handshakes="cores")
