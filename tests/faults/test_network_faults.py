"""What packet loss and latency spikes do to links."""

import pytest
from pydantic import ValidationError

from simulator.components.link import LinkSpec
from simulator.faults.latency_spike import LatencySpike
from simulator.faults.packet_loss import PacketLoss
from simulator.kernel import OK
from simulator.runner import run
from tests.kernel.scene import Scene, scenario

PLAIN = {"latency": 0.25}
OF_MESSAGES = PLAIN | {"request_size": "1KB"}
each_link = pytest.mark.parametrize("link", [PLAIN, OF_MESSAGES], ids=["plain", "messages"])


def befallen(faults, at_s, link=None, **more):
    """A link of half a second there and back, that faults befall while calls come."""
    scene = Scene(LinkSpec(next="api", **(link or PLAIN), **more), at_s)
    for place, fault in enumerate(faults):
        for process in fault.processes(scene.sim, [scene.it], lambda *_: None, f"fault {place}"):
            scene.sim.process(process)
    return scene.run(until=1000)


def loss(start, length, ratio, **more):
    return PacketLoss(of="it", start=start, length=length, ratio=ratio, **more)


def spike(start, length, **more):
    return LatencySpike(of="it", start=start, length=length, **more)


@each_link
def test_a_spike_is_added_to_what_is_sent_meanwhile_each_way(link):
    scene = befallen([spike(1, 2, added=0.125)], [0.875, 1.5, 2.875, 3.5], link)
    assert scene.downstream.arrived_s == [1.125, 1.875, 3.25, 3.75]
    assert scene.answered_s == [1.5, 2.25, 3.5, 4.0]  # answers of the ends, too


def test_of_several_spikes_factors_multiply_and_then_times_add_up():
    faults = [spike(1, 4, factor=2), spike(2, 2, factor=3, added=1), spike(2, 1, added=0.5)]
    scene = befallen(faults, [0.0, 1.5, 2.5, 10.0])
    one_way_s = {0.0: 0.25, 1.5: 0.5, 2.5: 6 * 0.25 + 1.5, 10.0: 0.25}
    assert scene.downstream.arrived_s == [at_s + delay_s for at_s, delay_s in one_way_s.items()]


@each_link
def test_an_outage_ends_with_the_first_timeout_after_it(link):
    """The timeout is 1.5 s, three round trips: one is sent at 1, 2.5 and 5.5 s."""
    scene = befallen([loss(0.5, 4, 1.0)], [1.0, 4.25], link)
    assert scene.outcomes == [OK, OK]
    assert scene.downstream.arrived_s == [5.75, 4.25 + 1.5 + 0.25]
    assert scene.it.lost == scene.it.retransmitted == 3


def test_of_several_losses_each_takes_its_part_of_what_the_others_let_through():
    scene = befallen([loss(1, 4, 0.5), loss(2, 2, 0.2)], [], loss=0.1)
    ratios = []
    again = Scene(LinkSpec(next="api", loss=0.1, **PLAIN), [])
    for ratio in (0.5, 0.2):
        again.it.begin_loss(ratio)
        ratios.append(again.it._loss)
    assert ratios == pytest.approx([1 - 0.9 * 0.5, 1 - 0.9 * 0.5 * 0.8])
    assert scene.it._loss == pytest.approx(0.1)  # when both are over


def test_every_packet_that_is_lost_is_counted_and_sent_again():
    link = {"kind": "link", "next": "api", "latency": 0.01, "min_rto": 0.1}
    system = {"link": link, "api": {"kind": "server", "service_time": 0.001}}
    faults = [
        {"kind": "packet_loss", "of": "link", "from": "10s", "for": "5s", "every": "20s"}
        | {"ratio": "30%"}
    ]
    arrivals = {"kind": "constant", "rate": 50.0}
    found = scenario(system, arrivals, 60.0, run={"drain": 60.0}, faults=faults)
    measures = run(found).measures()
    assert measures["success_ratio"] == 1
    assert measures["link.lost"] == measures["link.retransmitted"]
    # 15 s of 50 requests and as many answers, and what is sent again is lost as often
    assert measures["link.lost"] == pytest.approx(15 * 100 * 0.3 / 0.7, rel=0.1)


@pytest.mark.parametrize("kind", ["packet_loss", "latency_spike"])
def test_what_is_no_link_has_neither(kind):
    more = {"ratio": 0.1} if kind == "packet_loss" else {"added": "10ms"}
    system = {"api": {"kind": "server", "service_time": 0.001}}
    fault = {"kind": kind, "of": "api", "from": 1.0, "for": 1.0} | more
    with pytest.raises(AssertionError, match=f"this server cannot have a {kind}"):
        scenario(system, faults=[fault])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "give added, factor or both"),
        ({"added": -1}, "greater than or equal to 0"),
        ({"factor": 0}, "greater than 0"),
    ],
)
def test_spikes_without_sense_are_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        spike(1, 2, **wrong)


def test_a_loss_says_how_much():
    with pytest.raises(ValidationError, match="required field 'ratio' is missing"):
        PacketLoss(of="it", start=1, length=2)
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        loss(1, 2, 1.5)
