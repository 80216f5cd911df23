"""A model server's answers are as good as its model, and its calls are served as any are."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.errors import SimulationError
from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import running, scenario
from tests.scenario.small import problems

SEPARATION, POSITIVES = 2.0, 0.3
ALARMS = 0.4
RATE, DURATION_S = 200.0, 60.0

WORLD = {
    "positives": POSITIVES,
    "separation": SEPARATION,
    "features": {
        "amount": {"weight": 0.6},
        "velocity": {"weight": 0.8, "correlation_time": "1min"},
    },
    "models": {"old": {"alarms": ALARMS}, "poor": {"skill": 0.5, "alarms": ALARMS}},
}


def served(client=None, world=None, rate=RATE, **server):
    spec = {"kind": "model_server", "model": "old", "workers": 20, "service_time": 0.01} | server
    system = {"server": spec}
    if client is not None:
        system = {"client": {"kind": "client", "next": "server"} | client, "server": spec}
    arrivals = {"kind": "poisson", "rate": rate}
    return run(scenario(system, arrivals, DURATION_S, world=WORLD | (world or {}))).measures()


def about(expected, n):
    return pytest.approx(expected, abs=3.9 * np.sqrt(expected * (1 - expected) / n))


@pytest.mark.parametrize(
    ("server", "left"),
    [
        ({}, SEPARATION),
        ({"model": "poor"}, theory.separation_left(SEPARATION, skill=0.5)),
        (
            {"feature_age": 30.0},
            theory.separation_left(SEPARATION, weights=[0.6, 0.8], kept=[1.0, np.exp(-0.5)]),
        ),
    ],
    ids=["the best model", "a poor model", "old features"],
)
def test_it_catches_what_theory_says_at_the_price_that_theory_says(server, left):
    found = served(**server)
    trained = SEPARATION * (0.5 if "model" in server else 1.0)
    threshold = theory.threshold_for_alarms(ALARMS, POSITIVES, trained)
    caught, false = theory.caught_and_false(left, threshold)
    positives = found["server.hits"] + found["server.misses"]
    negatives = found["server.false_alarms"] + found["server.passes"]
    assert found["server.recall"] == about(caught, positives)
    assert found["server.false_alarms"] / negatives == about(false, negatives)
    assert positives / (positives + negatives) == about(POSITIVES, positives + negatives)


def test_every_call_that_is_served_is_judged_once():
    found = served()
    judged = [found[f"server.{name}"] for name in ("hits", "misses", "false_alarms", "passes")]
    assert sum(judged) == found["server.served"]


def test_a_second_try_is_about_the_same_request():
    """Every request is tried until it is answered; as many positives are seen as there are."""
    impatient = {"timeout": 0.02, "retries": 50, "cancels": True}
    slow = {"kind": "exponential", "mean": 0.02}
    once, often = served(rate=40.0), served(impatient, rate=40.0, service_time=slow)
    assert often["client.retried"] > 100
    for name in ("hits", "misses", "false_alarms", "passes"):
        assert often[f"server.{name}"] == pytest.approx(once[f"server.{name}"], abs=2)


def test_two_models_meet_the_same_requests():
    best, poor = served(), served(model="poor")
    for one, other in (("hits", "misses"), ("false_alarms", "passes")):
        of_best = best[f"server.{one}"] + best[f"server.{other}"]
        assert of_best == poor[f"server.{one}"] + poor[f"server.{other}"]


def test_another_version_answers_what_is_begun_after_it_was_put_there(monkeypatch):
    def setup(system, source):
        seen.append(system.components["server"].sim.world)
        sim = system.components["server"].sim

        def switch():
            yield sim.timeout(30.0)
            system.components["server"].serve("poor")

        sim.process(switch())

    seen = []
    running(monkeypatch, setup)
    served(service_time=1.0, rate=10.0)
    (world,) = seen
    rows = world.predictions.since(0)
    names = np.array(world.predictions.names)[rows.version]
    assert (names[rows.at_s <= 31.0] == "old").all()
    assert (names[rows.at_s > 31.0] == "poor").all()
    assert np.array_equal(rows.at_s, np.sort(rows.at_s))
    assert len(rows) == len(set(rows.number.tolist())) > 500


GB = 1e9
MODELS = {"old": {"memory": 4 * GB}, "new": {"memory": 6 * GB}, "third": {"memory": 4 * GB}}
LOADED = {"load_bandwidth": 8 * GB}  # bits a second: 1 GB takes 1 s


def turned(monkeypatch, orders, world=MODELS, **server):
    """Who answered each request, and when, if versions are ordered at some instants."""

    def setup(system, source):
        server = system.components["server"]
        seen.append(server)

        def give():
            for at_s, version in orders:
                yield server.sim.timeout(at_s - server.sim.now)
                server.serve(version)

        server.sim.process(give())

    seen = []
    running(monkeypatch, setup)
    served(world={"models": world}, rate=50.0, service_time=0.001, **server)
    predictions = seen[0].sim.world.predictions
    rows = predictions.since(0)
    return rows.at_s, np.array(predictions.names)[rows.version]


def from_to(at_s, names, version):
    """When a version answered first and last, to a tenth of a second."""
    of_it = at_s[names == version]
    return pytest.approx([of_it[0], of_it[-1]], abs=0.3)


def test_a_version_that_has_to_be_loaded_answers_when_it_is_there(monkeypatch):
    at_s, names = turned(monkeypatch, [(20.0, "new")], **LOADED)
    assert from_to(at_s, names, "old") == [0.0, 26.0]
    assert from_to(at_s, names, "new") == [26.0, DURATION_S]


def test_a_version_that_it_holds_answers_at_once(monkeypatch):
    told = LOADED | {"also_holds": ["new"], "memory": 10 * GB}
    at_s, names = turned(monkeypatch, [(20.0, "new"), (30.0, "old")], **told)
    assert from_to(at_s, names, "new") == [20.0, 30.0]
    assert np.diff(at_s).max() < 0.3


def test_turning_back_takes_no_time_while_the_old_version_is_in_memory(monkeypatch):
    orders = [(20.0, "new"), (40.0, "old")]
    at_s, names = turned(monkeypatch, orders, memory=10 * GB, **LOADED)
    assert from_to(at_s, names, "new") == [26.0, 40.0]
    at_s, names = turned(monkeypatch, orders, memory=9 * GB, **LOADED)
    assert from_to(at_s, names, "new") == [26.0, 40.0]
    assert pytest.approx(at_s[(names == "old") & (at_s > 30.0)][0], abs=0.3) == 44.0


def test_without_room_for_both_nobody_answers_meanwhile(monkeypatch):
    at_s, _ = turned(monkeypatch, [(20.0, "new")], memory=9 * GB, **LOADED)
    gap = np.diff(at_s).argmax()
    assert pytest.approx([at_s[gap], at_s[gap + 1]], abs=0.3) == [20.0, 26.0]
    at_s, _ = turned(monkeypatch, [(20.0, "new")], memory=10 * GB, **LOADED)
    assert np.diff(at_s).max() < 0.5


def test_an_order_voids_the_one_that_is_not_carried_out_yet(monkeypatch):
    orders = [(20.0, "new"), (22.0, "third")]
    for memory in (8 * GB, 20 * GB):
        at_s, names = turned(monkeypatch, orders, memory=memory, **LOADED)
        assert set(names) == {"old", "third"}
        assert from_to(at_s, names, "third") == [26.0, DURATION_S]


def test_what_does_not_fit_is_refused(monkeypatch):
    with pytest.raises(SimulationError, match="'new' takes 6 GB; 'server' has only 5 GB"):
        turned(monkeypatch, [(20.0, "new")], memory=5 * GB)


@pytest.mark.parametrize(("bandwidth", "takes_s"), [("2GB/s", 8.0), ("0.2GB/s", 80.0)])
def test_sixteen_gigabytes_take_as_long_as_the_bandwidth_lets_them(bandwidth, takes_s, monkeypatch):
    found = []
    running(monkeypatch, lambda system, _: found.append(system.components["server"].start_s()))
    world = {"models": {"old": {"memory": "16GB"}}}
    served(world=world, device="l4", load_bandwidth=bandwidth, rate=1.0)
    assert found == [pytest.approx(takes_s)]


EVERY_SECOND = {"kind": "constant", "rate": 1.0}


@pytest.mark.parametrize("until", [{"calls": 4}, {"time": 4.0}], ids=["calls", "time"])
def test_the_first_calls_take_longer_by_a_factor_that_falls_evenly(until):
    spec = {"kind": "model_server", "model": "old", "workers": 20, "service_time": 0.1}
    cold = spec | {"warm_up": {"factor": 5.0, "from_start": True} | until}
    warm = spec | {"warm_up": {"factor": 5.0} | until}
    found = run(scenario({"server": cold}, EVERY_SECOND, 8.0, world=WORLD))
    begun = found.requests.arrived_s if "time" in until else np.arange(len(found.requests))
    assert found.requests.latency_s == pytest.approx(0.1 * np.maximum(5.0 - begun, 1.0))
    found = run(scenario({"server": warm}, EVERY_SECOND, 8.0, world=WORLD))
    assert found.requests.latency_s == pytest.approx(0.1)


def test_a_crash_makes_it_cold_again():
    spec = {"kind": "model_server", "model": "old", "service_time": 0.1}
    spec["warm_up"] = {"factor": 5.0, "calls": 1}
    crash = {"kind": "crash", "of": "server", "from": 3.5, "for": 0.2}
    found = run(scenario({"server": spec}, EVERY_SECOND, 8.0, world=WORLD, faults=[crash]))
    rows = found.requests
    slow = rows.arrived_s[rows.latency_s > 0.2]
    assert slow.tolist() == [rows.arrived_s[rows.arrived_s > 3.7][0]]
    assert rows.latency_s.max() == pytest.approx(0.5)


def fetching(store, **told):
    """A model server that asks a store for the velocity, and what was measured."""
    spec = {"kind": "model_server", "model": "old", "workers": 20, "service_time": 0.01}
    spec |= {"features": "store", "fetched": ["velocity"]} | told
    store = {"kind": "server", "workers": "unlimited", "service_time": 0.02} | store
    arrivals = {"kind": "poisson", "rate": RATE}
    told = {"entry": "server", "world": WORLD}
    return run(scenario({"server": spec, "store": store}, arrivals, DURATION_S, **told)).measures()


def test_features_are_fetched_before_the_model_is_asked():
    found = fetching({})
    assert found["latency_mean_s"] == pytest.approx(0.03)
    assert found["server.fetch_mean_s"] == pytest.approx(0.02)
    assert found["server.defaulted"] == 0
    assert found["server.recall"] == pytest.approx(served()["server.recall"], abs=0.005)


@pytest.mark.parametrize(
    ("store", "told", "fetch_s"),
    [
        ({}, {"fetch_timeout": 0.005}, 0.005),
        ({"workers": 1, "service_time": 1e6, "queue_limit": 0}, {"fetch_timeout": 0.5}, 0.0),
    ],
    ids=["too late", "refused"],
)
def test_what_does_not_come_is_filled_in_with_defaults(store, told, fetch_s):
    found = fetching(store, **told)
    expected = served(missing=["velocity"])
    assert found["server.fetch_p50_s"] == pytest.approx(fetch_s)
    assert found["server.defaulted"] == pytest.approx(RATE * DURATION_S, rel=0.05)
    for name in ("hits", "false_alarms"):
        assert found[f"server.{name}"] == pytest.approx(expected[f"server.{name}"], abs=3)


def test_part_of_the_features_is_late_as_often_as_the_store_is():
    """An exponential time of mean m is longer than t with a chance of e^(-t/m)."""
    slow = {"service_time": {"kind": "exponential", "mean": 0.02}}
    found = fetching(slow, fetch_timeout=0.04)
    assert found["server.fetched_late"] / found["arrived"] == about(np.exp(-2), found["arrived"])


FILE = """\
format: 1
scenario: models
title: Models
chapter: cases
question: What happens?
system:
  entry: server
  components:
    server: {kind: model_server, model: ancient, service_time: 1ms, missing: [speed, amount]}
world:
  positives: 10%
  separation: 2
  features: {amount: {}}
  models: {old: {}}
workload:
  arrivals: {kind: poisson, rate: 10/s}
run: {duration: 20s}
"""


def test_unknown_models_and_features_are_told_at_once_and_where_they_stand():
    told = [
        (each.path, each.message.partition(";")[0]) for each in problems(FILE, "cases/models.yaml")
    ]
    assert told == [
        ("system.components.server.model", "unknown model 'ancient'"),
        ("system.components.server.missing[0]", "unknown feature 'speed'"),
    ]


def test_a_model_server_without_a_world_is_told_so():
    text = FILE[: FILE.index("world:")] + FILE[FILE.index("workload:") :]
    (found,) = problems(text, "cases/models.yaml")
    assert found.path == "system.components.server"
    assert "give world" in found.message


def test_what_does_not_fit_into_the_device_is_told_before_the_run():
    told = "{kind: model_server, model: old, also_holds: [new], device: t4, service_time: 1ms"
    models = "{old: {memory: 10GB}, new: {memory: 7GB}}"
    start, end = FILE.index("{kind: model"), FILE.index("]}\nworld") + 2
    text = FILE[:start] + told + "}" + FILE[end:].replace("{old: {}}", models)
    (found,) = problems(text, "cases/models.yaml")
    assert found.path == "system.components.server.device"
    assert found.message.startswith("found t4, of 16 GB; 'old' and 'new' take 17 GB")
    (found,) = problems(text.replace("[new]", "[newer]"), "cases/models.yaml")
    assert found.path == "system.components.server.also_holds[0]"
    assert problems(text.replace("t4", "l4"), "cases/models.yaml") == []


def test_all_that_fields_say_against_one_another_is_told():
    wrong = {"also_holds": ["old"], "missing": ["amount"], "fetched": ["amount"]}
    with pytest.raises(ValidationError) as error:
        served(**wrong)
    for words in (
        "'amount' is missing, and is not fetched",
        "fetched need features",
        "leave it out of also_holds",
    ):
        assert words in str(error.value)
    with pytest.raises(ValidationError, match="give either calls or time"):
        served(warm_up={"factor": 2.0, "calls": 5, "time": 1.0})
