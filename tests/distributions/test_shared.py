"""What a request is alike at several components, and what is each component's own."""

from itertools import islice, repeat

import numpy as np
import pytest

from simulator.distributions import distributions
from simulator.kernel import RequestClass, Simulation
from simulator.kernel.call import FIRST_NEED
from simulator.kernel.renewal import Renewal
from simulator.runner import run
from tests.kernel.scene import scenario

LAW = {"kind": "lognormal", "mean": 1000.0, "cv": 2.0}


def payload(factor=1.0, name="payload", of=None):
    return {"kind": "shared", "name": name, "of": of or LAW, "factor": factor}


def needs(*laws, classes=()):
    """A simulation with these needs, and the first 200 requests: one row of needs each."""
    sim = Simulation(classes=classes)
    for place, law in enumerate(laws):
        sim.needs.add(f"need{place}", distributions.validate(law))
    rows = islice(sim.needs.requests(repeat(None)), 200)
    return sim, np.array([row[FIRST_NEED:] for row in rows])


def test_the_same_name_is_the_same_draw_for_a_request():
    _, rows = needs(payload(0.001), payload(0.003))
    assert len(np.unique(rows[:, 0])) == len(rows)
    assert rows[:, 1] == pytest.approx(3 * rows[:, 0])


def test_another_name_and_none_are_other_draws():
    _, rows = needs(payload(), payload(name="other"), LAW)
    related = np.corrcoef(np.log(rows.T))
    assert np.abs(related[np.triu_indices(3, 1)]).max() < 0.35


def test_it_changes_no_draw_of_others():
    _, without = needs(LAW)
    _, beside = needs(LAW, payload())
    assert beside[:, 0].tolist() == without[:, 0].tolist()


def test_different_laws_of_one_name_share_their_luck():
    _, rows = needs(payload(), payload(of={"kind": "lognormal", "mean": 5.0, "cv": 0.5}))
    assert (np.argsort(rows[:, 0]) == np.argsort(rows[:, 1])).all()


def test_a_retry_shares_new_draws():
    sim, rows = needs(payload(0.001), payload(0.003), classes=[RequestClass("default")])
    (renewed,) = sim.needs.renewed("client")
    again = np.array([renewed() for _ in range(200)])
    assert again[:, 1] == pytest.approx(3 * again[:, 0])
    assert not np.isin(again, rows).any()


def test_each_part_of_a_fan_out_shares_new_draws():
    sim, _ = needs(payload(0.001), payload(0.003))
    renewal = Renewal(sim, "page")
    renewal.prepare(3)
    request = next(sim.needs.requests(repeat(None)))
    parts = np.array([each[FIRST_NEED:] for each in renewal.all_renewed(request)])
    assert len(np.unique(parts[:, 0])) == 3
    assert parts[:, 1] == pytest.approx(3 * parts[:, 0])


def test_a_large_message_is_long_on_the_wire_to_decode_and_to_serve():
    encoding = {"kind": "json", "value_bytes": 10.0, "message_bytes": 0.0}
    encoding |= {"decode_per_byte": 1e-6, "encode_per_byte": 0.0}
    values = payload(of={"kind": "exponential", "mean": 1000.0})
    size = {"kind": "encoded", "values": values, "encoding": encoding}
    codec = {"kind": "codec", "next": "api", "encoding": encoding, "workers": 50}
    system = {
        "link": {"kind": "link", "next": "codec", "latency": 0.0, "bandwidth": "8Mbit/s"}
        | {"request_size": size},
        "codec": codec | {"request_values": values, "response_values": 0},
        "api": {"kind": "server", "workers": "unlimited"}
        | {"service_time": values | {"factor": 1e-5}},
    }
    finished = run(scenario(system, {"kind": "constant", "rate": 2.0}, 50.0, run={"drain": 10.0}))
    waits_s = finished.components["codec"].samples["wait_s"]
    assert not np.any(waits_s)
    values_of = np.array(finished.requests.latency_s) / 3e-5  # ten bytes at 1 us each, three times
    stream = distributions.validate(values)
    drawn = Simulation(1, 0).streams.draws(stream.stream, stream)
    assert values_of == pytest.approx([drawn() for _ in values_of], abs=0.04)  # whole bytes
