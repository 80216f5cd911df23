"""Links against theory: the pipe is a queue, connections have a limit, losses have a mean."""

import math

import numpy as np
import pytest

from simulator.components.link import LinkSpec
from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import Scene
from tests.validation.harness import REACH, scenario

pytestmark = pytest.mark.validation

RTT_S = 0.1


def system(link, arrivals, service="0s"):
    """A link of a tenth of a second there and back, to a server where nobody waits."""
    return f"""
        system:
          entry: link
          components:
            link: {{kind: link, next: server, latency: {RTT_S * 500}ms, {link}}}
            server: {{kind: server, workers: unlimited, service_time: {service}}}
        workload:
          arrivals: {arrivals}
        """


def estimated(sections, duration, measure, replications=8, drain=0.0):
    """Mean over runs of something, and its reach."""
    read = scenario(sections, duration, warmup=0.05 * duration, drain=drain)
    values = [measure(run(read, replication)) for replication in range(replications)]
    return np.mean(values), REACH * np.std(values, ddof=1) / math.sqrt(replications)


@pytest.mark.parametrize(
    ("size", "cv"), [("10KB", 0.0), ("{kind: exponential, mean: 10KB}", 1.0)], ids=["D", "M"]
)
def test_messages_wait_for_the_pipe_as_in_a_queue_with_one_server(size, cv):
    """10 KB take 10 ms at 8 Mbit/s; answers come to the pipe as a Poisson stream."""
    sections = system(f"bandwidth: 8Mbit/s, response_size: {size}", "{kind: poisson, rate: 70/s}")
    found_s, reach_s = estimated(
        sections, 200, lambda run: run.component_measures("link")["network_mean_s"]
    )
    expected_s = RTT_S + 0.01 + theory.mg1_mean_wait(70, 0.01, cv)
    assert abs(found_s - expected_s) <= reach_s < 0.05 * expected_s


def test_a_pipe_is_busy_as_long_as_its_bytes_take():
    sections = system(
        "bandwidth: 8Mbit/s, request_size: 2KB, response_size: 6KB", "{kind: poisson, rate: 100/s}"
    )
    for measure, expected in (("request_utilization", 0.2), ("response_utilization", 0.6)):
        found, reach = estimated(
            sections, 60, lambda run, name=measure: run.component_measures("link")[name]
        )
        assert abs(found - expected) <= reach < 0.05 * expected


@pytest.mark.parametrize("connections", [1, 6])
def test_http1_answers_no_more_than_its_connections_do_one_after_the_other(connections):
    sections = system(
        f"transport: {{kind: http1, connections: {connections}, warm: true}}",
        "{kind: closed_loop, users: 40, think_time: 0s}",
        service="20ms",
    )
    found = run(scenario(sections, 60, warmup=6)).component_measures("link")["reused_per_s"]
    limit = theory.exclusive_connections_limit(connections, RTT_S, 0.02)
    assert found == pytest.approx(limit, rel=2 * connections / (54 * limit))


def test_http2_has_no_such_limit():
    sections = system(
        "transport: {kind: http2, warm: true}",
        "{kind: closed_loop, users: 40, think_time: 0s}",
        service="20ms",
    )
    found = run(scenario(sections, 60, warmup=6)).request_measures()["throughput_per_s"]
    assert found == pytest.approx(40 / (RTT_S + 0.02), rel=0.01)


def test_lost_packets_cost_what_theory_says():
    """There and back, a packet each."""
    sections = system("loss: 5%", "{kind: poisson, rate: 50/s}")
    found_s, reach_s = estimated(
        sections,
        400,
        lambda run: run.component_measures("link")["network_mean_s"],
        drain=100,
    )
    expected_s = RTT_S + 2 * theory.loss_mean_delay(1, 0.05, RTT_S, 1.0)
    assert abs(found_s - expected_s) <= reach_s < 0.05 * expected_s


def on_the_way_s(at_s, takes_s=0.0, **parameters):
    """Seconds that each request took beyond its latency."""
    spec = LinkSpec(next="server", latency=RTT_S / 2, **parameters)
    scene = Scene(spec, at_s, takes_s=takes_s).run()
    numbers = [request[0] for request in scene.downstream.requests]
    delays_s = np.empty(len(at_s))
    delays_s[numbers] = scene.downstream.arrived_s
    return delays_s - at_s - RTT_S / 2


def test_a_long_message_is_mended_faster_than_its_last_packets():
    delays_s = on_the_way_s(np.arange(30_000.0), loss=0.03, request_size=1460 * 12)
    expected_s = theory.loss_mean_delay(12, 0.03, RTT_S, 1.0)
    reach_s = REACH * delays_s.std() / math.sqrt(delays_s.size)
    assert abs(delays_s.mean() - expected_s) <= reach_s < 0.08 * expected_s


def over(kind, loss, count=5000, rate=20.0, connections=1, takes_s=None):
    """The same requests at the same times, sent over warm connections and not answered."""
    at_s = np.cumsum(np.random.default_rng(1).exponential(1 / rate, count))
    transport = {"kind": kind, "connections": connections, "warm": True, "slow_start": False}
    return at_s, on_the_way_s(at_s, takes_s, loss=loss, transport=transport)


def test_over_http2_messages_wait_for_all_that_is_lost_before_them():
    """Over connections of their own they would be lost as often, and wait for nobody."""
    at_s, delays_s = over("http2", loss=0.02)
    _, own_s = over("http1", loss=0.02, connections=5000)
    is_lost = own_s > 0.5
    there_s = np.maximum.accumulate(np.where(is_lost, at_s + own_s, 0.0))
    assert delays_s == pytest.approx(np.maximum(there_s - at_s, own_s))
    assert 50 < is_lost.sum() < (delays_s > 0.5).sum() / 4


def test_without_loss_http2_and_http3_are_the_same_and_with_loss_they_are_not():
    _, http2_s = over("http2", 0.0, takes_s=0.02)
    _, http3_s = over("http3", 0.0, takes_s=0.02)
    assert np.array_equal(http2_s, http3_s)
    assert over("http2", 0.01)[1].mean() > 5 * over("http3", 0.01)[1].mean()
