"""What traces and the ledger say of links and other ways: what is network, and what is waiting."""

import pytest

from simulator.results.ledger import ledger
from tests.tracing.test_tracing import trace

LATENCY_S = 0.25
SERVICE_S = 1.0
OUTAGE = {"kind": "packet_loss", "of": "link", "from": 0.375, "for": 0.25, "ratio": 1.0}


def spent(tmp_path, at_s, number, faults=(), **link):
    """Seconds of one request at a link of half a second there and back, by cause."""
    system = {
        "link": {"kind": "link", "next": "api", "latency": LATENCY_S} | link,
        "api": {"kind": "server", "workers": "unlimited", "service_time": SERVICE_S},
    }
    spans = trace(system, at_s, tmp_path, faults=list(faults))
    found = ledger(spans, [number])
    assert found.pop(("service", "api")) == pytest.approx(SERVICE_S)
    return {cause: pytest.approx(s) for (cause, _), s in found.items() if s > 1e-9}


@pytest.mark.parametrize(
    "link", [{}, {"request_size": "1KB"}, {"transport": {"kind": "http2", "warm": True}}]
)
def test_latency_is_network(tmp_path, link):
    assert spent(tmp_path, [0.0], 0, **link) == {"network": 2 * LATENCY_S}


def test_a_handshake_is_network_to_who_makes_it_and_waiting_to_others(tmp_path):
    transport = {"kind": "http2", "tls": 1.3}
    made = spent(tmp_path, [0.0, 0.25], 0, transport=transport)
    waited = spent(tmp_path, [0.0, 0.25], 1, transport=transport)
    assert made == {"network": 3 * 0.5}
    assert waited == {"network": 0.5, "waiting": 0.75}


def test_who_finds_no_connection_free_waits(tmp_path):
    transport = {"kind": "http1", "connections": 1, "warm": True}
    found = spent(tmp_path, [0.0, 0.5], 1, transport=transport)
    assert found == {"network": 0.5, "waiting": 1.0}


def test_who_comes_later_to_the_pipe_waits_for_who_is_in_it(tmp_path):
    link = {"bandwidth": "8kbit/s", "request_size": "1KB"}
    assert spent(tmp_path, [0.0, 0.5], 1, **link) == {"network": 1.5, "waiting": 0.5}


@pytest.mark.parametrize("link", [{}, {"request_size": "1KB"}], ids=["plain", "messages"])
def test_who_is_lost_waits_to_be_sent_again(tmp_path, link):
    found = spent(tmp_path, [0.0, 0.5], 1, faults=[OUTAGE], min_rto=2.0, **link)
    assert found == {"network": 0.5, "waiting": 2.0}


def test_who_was_sent_after_a_lost_packet_waits_for_it_over_http2_only(tmp_path):
    shared = {"faults": [OUTAGE], "min_rto": 2.0}
    http2, http3 = ({"kind": kind, "warm": True} for kind in ("http2", "http3"))
    found = spent(tmp_path, [0.0, 0.5, 0.75], 2, transport=http2, **shared)
    assert found == {"network": 0.5, "waiting": 2.5 - 0.75}
    assert spent(tmp_path, [0.0, 0.5, 0.75], 2, transport=http3, **shared) == {"network": 0.5}


BORDER = {"kind": "load_balancer", "pool": "api", "zone": "a", "cross_zone_latency": LATENCY_S}


@pytest.mark.parametrize(
    "first",
    [{"kind": "edge", "points": "api", "latency": LATENCY_S}, BORDER],
    ids=["edge", "border of a zone"],
)
@pytest.mark.parametrize("breaks", [False, True])
def test_the_way_to_an_edge_or_another_zone_is_network_and_so_is_the_way_back(
    tmp_path, first, breaks
):
    system = {
        "first": first,
        "api": {"kind": "server", "service_time": SERVICE_S, "zone": "b"},
    }
    crash = {"kind": "crash", "of": "api", "from": LATENCY_S + 0.5, "for": 1.0}
    spans = trace(system, [0.0], tmp_path, faults=[crash] if breaks else [])
    found = ledger(spans, [0])
    assert found.pop(("service", "api")) == pytest.approx(0.5 if breaks else SERVICE_S)
    assert {cause: s for cause, s in found.items() if s > 1e-9} == {
        ("network", "first"): pytest.approx(2 * LATENCY_S)
    }
