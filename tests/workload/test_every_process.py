"""What holds for every kind of open arrivals; a kind is covered once ``processes.py`` has it."""

from itertools import islice

import numpy as np
import pytest

from simulator.kernel.streams import Streams
from simulator.runner import run
from simulator.workload.arrivals import OpenArrivals, arrival_processes
from tests.kernel.scene import digest, scenario
from tests.workload.counting import until
from tests.workload.processes import PROCESSES

RUNS = 40
END_S = 50.0
KINDS = {kind for kind, cls in arrival_processes.kinds().items() if issubclass(cls, OpenArrivals)}
API = {"api": {"kind": "server", "workers": 3, "service_time": 0.01}}

each_process = pytest.mark.parametrize("name", PROCESSES)


def process(name):
    return arrival_processes.validate(PROCESSES[name])


def test_every_open_kind_has_a_sample():
    assert {of["kind"] for of in PROCESSES.values()} == KINDS


@pytest.mark.parametrize("kind", sorted(arrival_processes.kinds()))
def test_every_kind_and_every_field_is_described(kind):
    cls = arrival_processes.kinds()[kind]
    assert len(cls.__doc__) > 40
    fields = {name: field for name, field in cls.model_fields.items() if name != "kind"}
    assert all(field.description for field in fields.values())


@each_process
def test_a_process_round_trips_through_plain_data(name):
    assert arrival_processes.validate(process(name).model_dump(mode="json")) == process(name)


@each_process
def test_instants_are_in_order_and_not_before_the_beginning(name):
    instants = np.array([0.0, *islice(process(name).instants(Streams(1, 0)), 20_000)])
    assert len(instants) > 1000
    assert (np.diff(instants) >= 0).all()


@each_process
def test_the_same_streams_give_the_same_instants_and_others_others(name):
    once, again = until(process(name), END_S), until(process(name), END_S)
    assert once == again
    if PROCESSES[name]["kind"] not in {"constant", "trace"} and name != "cron":
        assert once != until(process(name), END_S, replication=1)


@each_process
@pytest.mark.parametrize("end_s", [END_S, 21.0])
def test_as_many_come_as_the_mean_rate_says(name, end_s):
    found = [len(until(process(name), end_s, replication=i)) for i in range(RUNS)]
    error = 5 * np.std(found) / np.sqrt(RUNS)
    expected = process(name).mean_rate(end_s) * end_s
    if PROCESSES[name]["kind"] == "renewal":
        error += 5 + 5 * np.sqrt(expected)  # the mean rate is that of the long run
    assert np.mean(found) == pytest.approx(expected, abs=error + 1)


@each_process
def test_a_run_sends_just_these_requests(name):
    finished = run(scenario(API, PROCESSES[name], END_S, run={"drain": 50.0}))
    assert finished.requests.arrived_s.tolist() == until(process(name), END_S)
    assert finished.measures()["unfinished"] == 0
    assert digest(finished) == digest(
        run(scenario(API, PROCESSES[name], END_S, run={"drain": 50.0}))
    )
