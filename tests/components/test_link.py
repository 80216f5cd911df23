"""Links in small scenes: how long messages take, what they wait for, what a lost packet costs."""

import pytest
from pydantic import ValidationError

from simulator.components.link import Link, LinkSpec, MessageLink, ReconnectingLink
from simulator.components.link.packets import lost_packets
from simulator.kernel import CANCELED, FAILED, OK, Call, Simulation
from simulator.kernel.call import PROBE, Caller
from simulator.scenario.checks import warnings
from tests.kernel.scene import Scene, scenario

RTT_S = 0.5  # binary fractions, so that instants are exact


def link(at_s, takes_s=0.0, outcomes=(), **parameters):
    """A link of half a second there and back, over which calls go at some instants."""
    spec = LinkSpec(**{"next": "api", "latency": RTT_S / 2} | parameters)
    return Scene(spec, at_s, takes_s=takes_s, outcomes=outcomes)


def cancel(scene, at_s, place=0):
    return scene.at(at_s, lambda: scene.user.calls[place].cancel())


# -- latency -----------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [{}, {"request_size": "1KB"}])
def test_a_call_and_its_answer_take_the_latency_each(parameters):
    scene = link([0.0, 1.0], takes_s=2.0, **parameters).run()
    assert scene.downstream.arrived_s == [0.25, 1.25]
    assert scene.answered_s == [2.5, 3.5]
    assert list(scene.it.network_s) == [0.5, 0.5]


def test_each_message_draws_a_latency_of_its_own():
    spec = LinkSpec(next="api", latency={"kind": "exponential", "mean": 1.0})
    scene = Scene(spec, [0.0, 0.0], needs=[(0.25, 0.5), (1.0, 2.0)], takes_s=1.0).run()
    assert scene.downstream.arrived_s == [0.25, 1.0]
    assert scene.answered_s == [1.75, 4.0]


@pytest.mark.parametrize("parameters", [{}, {"response_size": "1MB"}])
def test_what_goes_wrong_behind_a_link_comes_back_over_it(parameters):
    scene = link([0.0, 0.0], outcomes=[FAILED], bandwidth="8Mbit/s", **parameters).run()
    assert scene.outcomes == [FAILED, OK]
    assert scene.answered_s[0] == 0.5  # and has no body


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({}, Link),
        ({"loss": 0.1}, Link),
        ({"response_size": "1KB"}, MessageLink),
        ({"bandwidth": "1Mbit/s"}, MessageLink),
        ({"transport": "http2"}, ReconnectingLink),
    ],
)
def test_a_link_does_no_more_than_is_asked_of_it(parameters, kind):
    spec = LinkSpec(next="api", latency=0.1, **parameters)
    assert type(spec.build("link", Simulation())) is kind


def test_nothing_is_lost_unless_somebody_says_so():
    scene = link([0.0] * 1000, response_size="1MB", transport="http2").run()
    assert scene.outcomes == [OK] * 1000
    assert scene.it.lost == scene.it.retransmitted == 0


# -- bandwidth ---------------------------------------------------------------------------------


def test_messages_of_one_direction_follow_one_another_through_the_pipe():
    scene = link([0.0, 0.0, 0.25], bandwidth="8kbit/s", request_size="1KB").run()
    assert scene.downstream.arrived_s == [1.25, 2.25, 3.25]
    assert sorted(scene.it.pipe_wait_s) == [0.0] * 4 + [1.0, 1.75]  # answers are empty


def test_the_two_directions_do_not_hinder_one_another():
    scene = link([0.0, 1.0], bandwidth="8kbit/s", request_size="1KB", response_size="1KB").run()
    assert scene.answered_s == [2.5, 3.5]


def test_bytes_on_the_wire_are_counted():
    scene = link([0.0, 0.0], outcomes=[FAILED], request_size=100, response_size="2KB").run()
    assert scene.it.transmitted_bytes == 2 * 100 + 2000


# -- calls taken back --------------------------------------------------------------------------


def test_what_has_been_handed_to_the_network_is_sent_though_its_call_was_taken_back():
    scene = link([0.0, 0.0], bandwidth="8kbit/s", request_size="1KB")
    cancel(scene, 0.5).run()
    assert scene.outcomes == [CANCELED, OK]
    assert scene.downstream.arrived_s == [2.25]
    assert scene.it.transmitted_bytes == 2000
    assert scene.it.in_transit == 0


@pytest.mark.parametrize("at_s", [0.125, 1.0, 2.375])
@pytest.mark.parametrize("transport", [None, "http1", "http2", "http3"])
def test_a_call_is_let_go_of_at_once_wherever_it_is(at_s, transport):
    scene = link([0.0], takes_s=2.0, transport=transport)
    cancel(scene, at_s).run()
    assert scene.outcomes == [CANCELED]
    assert scene.answered_s == [at_s]
    assert scene.it.in_transit == 0


# -- connections -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transport", "round_trips"),
    [
        ({"kind": "http1"}, 1),
        ({"kind": "http2", "tls": 1.2}, 3),
        ({"kind": "http2", "tls": "1.2", "handshake": "resumed"}, 2),
        ({"kind": "http1", "tls": 1.3}, 2),
        ({"kind": "http1", "tls": 1.3, "handshake": "resumed"}, 2),
        ({"kind": "http1", "tls": 1.3, "handshake": "0-rtt"}, 1),
        ({"kind": "http3"}, 1),
        ({"kind": "http3", "handshake": "0-rtt"}, 0),
    ],
)
def test_a_cold_connection_pays_the_round_trips_of_its_handshake_once(transport, round_trips):
    scene = link([0.0, 10.0], transport=transport).run()
    assert scene.answered_s == [(round_trips + 1) * RTT_S, 10.0 + RTT_S]
    assert scene.it.handshakes == scene.it.reused == 1


def test_a_warm_connection_pays_none():
    scene = link([0.0], response_size="1MB", transport={"kind": "http2", "warm": True}).run()
    assert scene.answered_s == [RTT_S]
    assert scene.it.handshakes == 0


def test_over_http1_a_call_waits_until_a_connection_is_free():
    transport = {"kind": "http1", "connections": 2, "warm": True}
    scene = link([0.0, 0.0, 0.0, 0.0], takes_s=1.5, transport=transport).run()
    assert scene.answered_s == [2.0, 2.0, 4.0, 4.0]
    assert list(scene.it.wait_s) == [0.0, 0.0, 2.0, 2.0]
    assert scene.it.queued_peak == 2


def test_over_http2_all_calls_share_a_connection_and_its_handshake():
    scene = link([0.0, 0.25, 0.75], takes_s=1.5, transport="http2").run()
    assert scene.answered_s == [2.5, 2.5, 2.75]
    assert scene.it.connections_peak == scene.it.handshakes == 1


def test_shared_connections_take_turns_by_the_calls_they_have():
    transport = {"kind": "http2", "connections": 2}
    scene = link([0.0, 0.0, 0.0, 0.0], transport=transport).run()
    assert scene.it.connections_peak == scene.it.handshakes == 2


def test_slow_start_doubles_what_is_sent_in_each_round_trip():
    scene = link([0.0, 10.0], response_size=100_000, transport="http1").run()
    assert list(scene.it.rounds) == [3, 1]  # 10 + 20 + 39 segments, then the window is wide
    assert scene.answered_s == [(1 + 1 + 2) * RTT_S, 10 + RTT_S]
    assert list(scene.it.first_byte_s) == [2 * RTT_S, RTT_S]


def test_without_slow_start_a_new_connection_sends_all_at_once():
    transport = {"kind": "http1", "slow_start": False}
    assert link([0.0], response_size="1GB", transport=transport).run().answered_s == [2 * RTT_S]


def test_a_pipe_that_is_narrow_enough_hides_slow_start():
    """Ten segments last longer than a round trip: leave to send more comes while they are sent."""
    transport = {"kind": "http1", "warm": False}
    sizes = {"response_size": 100_000, "bandwidth": "200kbit/s"}
    slow = link([0.0], transport=transport, **sizes).run()
    at_once = link([0.0], transport=transport | {"slow_start": False}, **sizes).run()
    assert slow.answered_s == at_once.answered_s == [2 * RTT_S + 4.0]


def test_an_idle_connection_is_closed_after_its_time_and_opened_anew():
    transport = {"kind": "http2", "idle_timeout": "2s"}
    scene = link([0.0, 2.0, 6.0], transport=transport).run()
    assert scene.answered_s == [1.0, 2.5, 7.0]  # idle since 1.0 and 2.5: closed at 4.5
    assert (scene.it.handshakes, scene.it.closed) == (2, 2)
    assert scene.it.connections == 0


def test_without_keep_alive_every_call_opens_a_connection():
    transport = {"kind": "http1", "connections": 1, "idle_timeout": 0}
    scene = link([0.0, 0.0, 5.0], transport=transport).run()
    assert scene.answered_s == [1.0, 2.0, 6.0]
    assert (scene.it.handshakes, scene.it.reused, scene.it.closed) == (3, 0, 3)


def test_over_http1_a_call_taken_back_closes_its_connection():
    transport = {"kind": "http1", "connections": 1}
    scene = link([0.0, 0.0], takes_s=4.0, transport=transport)
    cancel(scene, 2.0).run()
    assert scene.answered_s == [2.0, 2.0 + 2 * RTT_S + 4.0]  # a connection of its own
    assert (scene.it.handshakes, scene.it.closed) == (2, 1)


def test_over_http2_a_call_taken_back_leaves_the_connection_to_others():
    scene = link([0.0, 2.0], takes_s=4.0, transport="http2")
    cancel(scene, 1.5).run()
    assert scene.answered_s == [1.5, 2.0 + RTT_S + 4.0]
    assert (scene.it.handshakes, scene.it.closed) == (1, 0)


@pytest.mark.parametrize("kind", ["http1", "http2"])
def test_a_connection_whose_opener_was_taken_back_is_there_for_the_next(kind):
    scene = link([0.0, 0.25], transport={"kind": kind, "connections": 1, "tls": 1.3})
    cancel(scene, 0.125).run()
    assert scene.answered_s == [0.125, 3 * RTT_S]
    assert scene.it.handshakes == 1


def test_a_call_that_leaves_the_line_is_passed_over():
    transport = {"kind": "http1", "connections": 1, "warm": True}
    scene = link([0.0, 0.0, 0.0], takes_s=0.5, transport=transport)
    cancel(scene, 0.25, place=1).run()
    assert scene.answered_s == [1.0, 0.25, 2.0]
    assert scene.it.queued == 0


# -- loss --------------------------------------------------------------------------------------


def always(value):
    return lambda: value


def test_every_packet_is_lost_where_nothing_gets_through_and_none_where_luck_holds():
    assert lost_packets(5, 1.0, always(0.0)) == (5, 3)
    assert lost_packets(5, 0.5, always(0.99)) == (0, 0)
    assert lost_packets(5, 0.5, always(0.0)) == (5, 3)


def test_packets_are_lost_one_by_one_with_the_given_chance():
    luck = Simulation().uniforms("luck")
    found = [lost_packets(20, 0.1, luck) for _ in range(20_000)]
    lost, late = (sum(each) / 20_000 for each in zip(*found, strict=True))
    assert lost == pytest.approx(20 * 0.1, rel=0.02)
    assert late == pytest.approx(3 * 0.1, rel=0.05)


def outage(scene, until_s, ratio=1.0, from_s=0.0):
    scene.at(from_s, lambda: scene.it.begin_loss(ratio))
    return scene.at(until_s, lambda: scene.it.end_loss(ratio))


@pytest.mark.parametrize("parameters", [{}, {"request_size": "1KB"}])
def test_timeouts_double_until_something_gets_through(parameters):
    """Sent at 0, 2 and 6 s, and at 14 s, when the outage of 7 s has long been over."""
    scene = outage(link([0.0], min_rto="2s", **parameters), 7.0).run()
    assert scene.downstream.arrived_s == [14.25]
    assert scene.it.lost == scene.it.retransmitted == 3


def test_a_long_message_is_mended_within_a_round_trip_if_its_end_arrives():
    """Nothing is lost of the last three packets; the others are asked for and sent again."""
    scene = link([0.0], request_size=1460 * 10, min_rto="8s")
    lucks = iter([0.0, 0.99, 0.99])  # the first is lost, no other is, and not again
    scene.it._luck = lucks.__next__
    outage(scene, 0.125, ratio=0.3).run()
    assert scene.downstream.arrived_s == [0.25 + RTT_S]
    assert (scene.it.lost, scene.it.retransmitted) == (1, 1)


def test_a_handshake_whose_packets_get_lost_is_tried_again_after_a_second():
    scene = outage(link([0.0], transport="http1"), 2.0).run()
    assert scene.answered_s == [3.0 + 2 * RTT_S]  # sent at 0, 1 and 3 s
    assert list(scene.it.set_up_s) == [3.5]


def over_a_lost_one(kind):
    """Two calls over a warm connection; the first is sent in an outage and the second after it."""
    transport = {"kind": kind, "warm": True, "connections": 1 if kind != "http1" else 2}
    return outage(link([0.0, 0.25], min_rto="2s", transport=transport), 0.125).run()


def test_over_http2_a_lost_packet_holds_up_what_was_sent_after_it():
    scene = over_a_lost_one("http2")
    assert scene.answered_s == [2.5, 2.5]
    assert scene.it.held_up == 1
    assert list(scene.it.held_up_s) == [1.75]


@pytest.mark.parametrize("kind", ["http1", "http3"])
def test_over_http1_and_http3_it_holds_up_its_own_call_only(kind):
    scene = over_a_lost_one(kind)
    assert scene.answered_s[1] == 0.75
    assert scene.answered_s[0] > 1.5
    assert scene.it.held_up == 0


def test_http3_has_no_least_timeout():
    scene = over_a_lost_one("http3")
    assert scene.answered_s[0] < over_a_lost_one("http1").answered_s[0]


def test_a_message_that_is_missing_holds_up_others_though_its_call_was_taken_back():
    transport = {"kind": "http2", "warm": True}
    scene = outage(link([0.0, 0.25], min_rto="2s", transport=transport), 0.125)
    cancel(scene, 1.0).run()
    assert scene.outcomes == [CANCELED, OK]
    assert scene.answered_s == [1.0, 2.5]


def test_a_loss_halves_what_a_connection_sends_at_once():
    transport = {"kind": "http2", "warm": True}
    scene = link([0.0, 20.0], request_size=1460 * 8, min_rto="2s", transport=transport)
    outage(scene, 0.125).run()
    assert scene.downstream.arrived_s[1] == 20.25 + RTT_S  # 4 segments, and then the others


# -- probes ------------------------------------------------------------------------------------


class Prober(Caller):
    """Asks whether something is there, and notes when it knows."""

    def __init__(self, scene):
        self.scene = scene
        self.answers = []

    def ask(self):
        self.call = Call(PROBE, self, None)
        self.scene.it.probe(self.call)

    def returned(self, call, outcome, state):
        self.answers.append((self.scene.sim.now, outcome))


@pytest.mark.parametrize("transport", [None, "http2"])
def test_a_probe_goes_over_the_link_and_its_answer_comes_back_over_it(transport):
    scene = link([], transport=transport)
    prober = Prober(scene)
    scene.at(1.0, prober.ask).run()
    assert prober.answers == [(1.0 + RTT_S, OK)]
    assert scene.it.in_transit == 0


def test_probes_get_lost_as_anything_else():
    scene = outage(link([]), 2.0)
    prober = Prober(scene)
    scene.at(1.0, prober.ask).run()
    assert prober.answers == [(1.0 + 1.5 + RTT_S, OK)]  # three round trips of half a second


def test_a_probe_that_is_waited_for_no_more_is_forgotten():
    scene = link([])
    prober = Prober(scene)
    scene.at(1.0, prober.ask)
    scene.at(1.125, lambda: prober.call.cancel()).run()
    assert prober.answers == [(1.125, CANCELED)]


# -- what can be told before a run -------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "at_most"),
    [
        ({"bandwidth": "8Mbit/s", "response_size": "10KB"}, 100),
        ({"bandwidth": "8Mbit/s", "request_size": "50KB", "response_size": "10KB"}, 20),
        ({"transport": {"kind": "http1", "connections": 4}}, 8),  # half a second at least
        ({"transport": "http2"}, None),
        ({}, None),
    ],
)
def test_a_load_that_no_link_can_carry_is_warned_of(parameters, at_most):
    parameters = {"kind": "link", "next": "api", "latency": RTT_S / 2} | parameters
    api = {"kind": "server", "workers": "unlimited", "service_time": 0.01}
    for rate, is_too_much in ((0.9 * (at_most or 1000), False), (1.1 * (at_most or 1000), True)):
        found = scenario({"link": parameters, "api": api}, {"kind": "poisson", "rate": rate})
        assert bool(warnings(found)) == (is_too_much and at_most is not None)


def test_two_variants_give_each_message_the_same_latency():
    spec = {"next": "api", "latency": {"kind": "exponential", "mean": 1.0}, "request_size": "1KB"}
    at_s = [10.0 * i for i in range(50)]
    plain = Scene(LinkSpec(**spec), at_s).run()
    http3 = Scene(LinkSpec(**spec, transport={"kind": "http3", "warm": True}), at_s).run()
    assert http3.answered_s == pytest.approx(plain.answered_s)
    assert len(set(plain.it.network_s)) == 50


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"latency": "-1ms"}, "greater than or equal to 0"),
        ({"loss": 1}, "less than 1"),
        ({"loss": "150%"}, "less than 1"),
        ({"bandwidth": "100Mb"}, "is not a bandwidth"),
        ({"request_size": "80ms"}, "is not a size in bytes"),
        ({"transport": "http4"}, "did you mean 'http"),
        ({"transport": {"kind": "http1", "tls": 1.1}}, "tls"),
        ({"transport": {"kind": "http1", "handshake": "0-rtt"}}, "is of TLS"),
        (
            {"transport": {"kind": "http1", "tls": 1.2, "handshake": "0-rtt"}},
            "0-rtt needs tls: 1.3",
        ),
        ({"transport": {"kind": "http2", "warm": True, "idle_timeout": 0}}, "warm connections"),
        ({"transport": {"kind": "http3", "tls": 1.3}}, "unknown field 'tls'"),
    ],
)
def test_values_without_sense_are_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        LinkSpec(**{"next": "api", "latency": 0.1} | wrong)
