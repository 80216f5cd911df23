"""What holds for every kind of component; a kind is covered once ``samples.py`` has one of it."""

import inspect
import sys
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

import numpy as np
import pytest
import yaml

from simulator import runner
from simulator.kernel import Component, Simulation, Station, components
from simulator.kernel.wiring import group_of
from simulator.registry import Spec
from simulator.results import OUTCOMES, Run
from simulator.results.spans import STEPS
from simulator.runner import run
from tests.kernel.scene import digest, running, scenario
from tests.laws.garbage import garbage_of
from tests.laws.samples import SAMPLES, WORKLOAD
from tests.laws.witness import Witness, witnessed

KINDS = sorted(components.kinds())
EACH = [pytest.param(kind, name, id=f"{kind}-{name}") for kind in SAMPLES for name in SAMPLES[kind]]
each_sample = pytest.mark.parametrize(("kind", "name"), EACH)
UNANSWERED = OUTCOMES.index("unfinished")

DRAIN_S = 30.0


def calm(kind, name, duration=20.0, rate=40.0, **sections):
    """A sample under its load, with nothing going wrong; everybody is answered in the end."""
    arrivals = {"kind": "poisson", "rate": rate}
    system = SAMPLES[kind][name]
    settings = {"drain": DRAIN_S}
    return scenario(
        system, arrivals, duration, entry="subject", run=settings, **WORKLOAD | sections
    )


def troubled(kind, name, cancels, hang=False, **sections):
    """A sample behind an impatient client, in which whatever can have a fault has it."""
    front = {"kind": "client", "next": "subject", "timeout": 0.1, "retries": 1, "cancels": cancels}
    system = {**SAMPLES[kind][name], "front": front}
    specs = calm(kind, name).system.components
    faults = []
    for place, (component, spec) in enumerate(specs.items()):
        for i, fault in enumerate(sorted(spec.suffers)):
            if spec.can_have(fault):
                start = 1.0 + 0.37 * place + 0.61 * i
                faults.append(_fault(fault, component, start, hang))
    arrivals = {"kind": "poisson", "rate": 40.0}
    settings = {"drain": DRAIN_S}
    more = WORKLOAD | sections
    return scenario(system, arrivals, 20.0, entry="front", faults=faults, run=settings, **more)


SITUATIONS = ("calm", "careless", "cancels")


def scene(kind, name, situation, hang=False):
    """A sample when nothing goes wrong, or before a client who lets late calls go on or cancels."""
    if situation == "calm":
        return calm(kind, name)
    return troubled(kind, name, situation == "cancels", hang)


AT_RANDOM = {
    "breakdowns": {"mtbf": 3.0, "mttr": 0.1, "work": "resumes"},
    "gc_pause": {"interval": {"kind": "exponential", "mean": 2.0}, "pause": 0.05},
}
AT_TIMES = {
    "cache_flush": {},
    "crash": {"for": 0.4},
    "slowdown": {"for": 2.0, "factor": 3.0},
    "clock_skew": {"for": 2.0, "offset": -0.3, "drift": 0.05},
    "packet_loss": {"for": 2.0, "ratio": 0.3},
    "latency_spike": {"for": 2.0, "factor": 2.0, "added": 0.01},
    "error_burst": {"for": 2.0},
    "bad_deploy": {"factor": 1.2, "ratio": 0.3, "stagger": 0.2, "detected_after": 0.5},
    "thundering_reconnect": {"backoff": {"kind": "fixed", "pause": 0.05, "jitter": "full"}},
    "brown_out": {"for": 1.0, "factor": 1.5, "ratio": 0.3, "ramp_up": 0.4, "ramp_down": 0.2},
}


def _fault(kind, of, start, hang):
    found = {"kind": kind, "of": of, "from": start}
    if kind in AT_RANDOM:
        return found | AT_RANDOM[kind]
    return found | AT_TIMES[kind] | {"every": 5.0} | ({"hang": hang} if kind == "crash" else {})


# -- what can be read off a kind ---------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_sample(kind):
    assert SAMPLES.get(kind), f"give an example of {kind!r} in tests/laws/samples.py"


@each_sample
def test_in_a_component_that_is_made_free_no_time_passes(kind, name):
    system = SAMPLES[kind][name]
    changes = calm(kind, name).system.components["subject"].freed()
    if not changes:
        return
    free = scenario(
        {**system, "subject": system["subject"] | changes},
        {"kind": "poisson", "rate": 40.0},
        3.0,
        entry="subject",
        run={"drain": DRAIN_S, "trace_ratio": 1.0},
        **WORKLOAD,
    )
    spans = run(free).spans
    steps = ["service", "network", "lookup"]
    if free.system.components["subject"].reports_load:  # else it may wait for others' work
        steps.append("wait")
    members = [i for i, each in enumerate(spans.names) if group_of(each) == "subject"]
    own = np.isin(spans.component, members) & np.isin(spans.step, [*map(STEPS.index, steps)])
    assert len(spans.request) > 100
    assert (spans.end_s - spans.start_s)[own].sum() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_docstrings(kind):
    spec = components.kinds()[kind]
    module = sys.modules[spec.__module__]
    assert len(inspect.cleandoc(module.__doc__)) > 100, f"say what {module.__name__} models"
    assert "Left out:" in module.__doc__, f"say what {module.__name__} leaves out"
    assert spec.__doc__
    assert spec.__doc__ != Spec.__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_description(kind):
    fields = components.kinds()[kind].model_fields
    assert [
        name for name, field in fields.items() if not field.description and name != "kind"
    ] == []


@each_sample
def test_spec_round_trips_through_yaml(kind, name):
    spec = calm(kind, name).system.components["subject"]
    assert spec.kind == kind
    text = yaml.safe_dump(spec.model_dump(mode="json"))
    assert components.validate(yaml.safe_load(text)) == spec


@each_sample
def test_every_measure_is_described(kind, name):
    spec = calm(kind, name).system.components["subject"]
    component = spec.build(spec.instances("subject")[0], Simulation())
    assert component.measures
    assert all(measure.description for measure in component.measures.values())


@each_sample
def test_instances_are_what_build_makes(kind, name):
    spec = calm(kind, name).system.components["subject"]
    for instance in spec.instances("subject"):
        assert spec.build(instance, Simulation()).name == instance


# -- answers -----------------------------------------------------------------------------------


class Watched(NamedTuple):
    """A run with witnesses, at whose stations one has looked all the time.

    Attributes:
        inside: how many calls each look found at a station.
        wrong: looks that found others than had come and not gone.
    """

    finished: Run
    witnesses: dict[str, Witness]
    inside: list[int]
    wrong: list[tuple[float, str]]


@lru_cache(maxsize=8)  # the tests of a sample follow one another on a worker, see tests/together.py
def watched(kind, name, situation, *, hang):
    """A run of a sample that several tests hold laws against."""
    inside, wrong = [], []

    def look(witnesses, sim):
        while True:
            yield sim.timeout(0.0317)
            for place, witness in witnesses.items():
                if isinstance(witness.component, Station):
                    inside.append(len(witness.component.inside()))
                    if not _holds_what_has_not_gone(witness.component, witness.inside(), hang):
                        wrong.append((sim.now, place))

    with pytest.MonkeyPatch.context() as patch:
        witnesses = witnessed(patch, look)
        finished = run(scene(kind, name, situation, hang))
    return Watched(finished, witnesses, inside, wrong)


def _holds_what_has_not_gone(station, present, hang):
    inside = station.inside()
    lost = {call for call in present if call.give_up == station._forget}
    refused = {call for call in present if call.give_up is None}
    if (refused or lost) and not hang:
        return False
    count = station.in_service + station.queued
    everybody = set(inside) | lost | refused | set(station.away())
    return present == everybody and len(inside) == len(set(inside)) == count


@lru_cache(maxsize=8)
def plain(kind, name, situation):
    """Identity of a run of a sample that nobody watches."""
    return digest(run(scene(kind, name, situation)))


each_temper = pytest.mark.parametrize("situation", ["careless", "cancels"])


@each_sample
def test_every_call_is_answered_exactly_once(kind, name):
    finished, witnesses, *_ = watched(kind, name, "calm", hang=False)
    for witness in witnesses.values():
        assert witness.visits
        assert [visit.answers for visit in witness.visits] == [1] * len(witness.visits)
    assert not (finished.requests.outcome == UNANSWERED).any()


@each_sample
@each_temper
def test_every_call_is_answered_exactly_once_whatever_goes_wrong(kind, name, situation):
    finished, witnesses, *_ = watched(kind, name, situation, hang=False)
    for witness in witnesses.values():
        assert witness.visits
        assert [visit.answers for visit in witness.visits] == [1] * len(witness.visits)
    assert len(np.unique(finished.requests.outcome)) > 1, "nothing went wrong"


@each_sample
@each_temper
def test_silence_is_no_answer_and_none_comes_twice(kind, name, situation):
    finished, witnesses, *_ = watched(kind, name, situation, hang=True)
    assert not (finished.requests.outcome == UNANSWERED).any(), "the client in front has a timeout"
    for witness in witnesses.values():
        assert all(visit.answers <= 1 for visit in witness.visits)


@each_sample
@each_temper
def test_requests_are_conserved(kind, name, situation, monkeypatch):
    witnesses = witnessed(monkeypatch)
    finished = run(scene(kind, name, situation).with_run(drain=0.0))
    outcomes = np.bincount(finished.requests.outcome, minlength=len(OUTCOMES))
    arrived = witnesses["front"].visits
    assert outcomes.sum() == len(finished.requests) == len(arrived)
    assert outcomes[UNANSWERED] == len(witnesses["front"].open())


@each_sample
@pytest.mark.parametrize("hang", [False, True], ids=["crashes", "hangs"])
@each_temper
def test_stations_hold_what_came_and_has_not_gone(kind, name, situation, hang):
    of = watched(kind, name, situation, hang=hang)
    assert of.wrong == []
    assert max(of.inside) > 2


@each_sample
@each_temper
def test_littles_law_holds_at_every_tick(kind, name, situation):
    finished, witnesses, *_ = watched(kind, name, situation, hang=False)
    stations = {n: w for n, w in witnesses.items() if isinstance(w.component, Station)}
    assert stations
    for station, witness in stations.items():
        totals = finished.components[station].totals
        recorded = totals["queued"] + totals["in_service"] + totals.get("outstanding", 0.0)
        spent = witness.areas(finished.tick_s)
        assert recorded == pytest.approx(spent, rel=1e-9, abs=1e-9)


# -- the same again ----------------------------------------------------------------------------


@each_sample
def test_same_seed_same_run(kind, name):
    again = run(scene(kind, name, "cancels"))
    assert digest(again) == plain(kind, name, "cancels")


@each_sample
def test_another_replication_is_another_run(kind, name):
    assert digest(run(calm(kind, name), 1)) != plain(kind, name, "calm")


ALONE = {
    "other": {"kind": "client", "next": "api", "timeout": 0.1, "retries": 2},
    "api": {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.02}},
}


def digest_of_alone(system):
    arrivals = {"kind": "poisson", "rate": 40.0}
    return digest(run(scenario(system, arrivals, entry="other", **WORKLOAD)), only=ALONE)


@pytest.fixture(scope="module")
def alone():
    return digest_of_alone(ALONE)


@each_sample
def test_an_unrelated_component_changes_nothing(kind, name, alone):
    sample = SAMPLES[kind][name]
    assert digest_of_alone(sample | ALONE) == digest_of_alone(ALONE | sample) == alone


# -- cost --------------------------------------------------------------------------------------


@each_sample
def test_no_reference_cycle_outlives_a_request(kind, name, monkeypatch):
    kept = []
    running(monkeypatch, lambda *alive: kept.append(alive))
    many = calm(kind, name, duration=500.0)
    run(calm(kind, name))  # whatever is made once is made now
    kept.clear()
    finished = []
    assert garbage_of(lambda: finished.append(run(many))) == 0
    assert len(finished[0].requests) > 19_000


@each_sample
def test_events_grow_in_proportion_to_requests(kind, name, monkeypatch):
    sims = []
    running(monkeypatch, lambda system, source: sims.append(source.sim))
    rates = []
    for duration in (50.0, 200.0):
        finished = run(calm(kind, name, duration).with_run(drain=0.0))
        rates.append((next(sims.pop()._eid) - len(finished.tick_s)) / len(finished.requests))
    few, many = rates
    assert many == pytest.approx(few, rel=0.15)
    assert isfinite(many)


# -- the witness itself ------------------------------------------------------------------------


class Twice(Component):
    """Answers every call twice."""

    def accept(self, call):
        call.answer(0)
        call.answer(0)


class Late(Component):
    """Answers, and hands the call on all the same."""

    def connect(self, find):
        (self.next,) = find("behind")

    def accept(self, call):
        call.answer(0)
        self.next.accept(call)


def test_a_component_that_answers_twice_is_caught(monkeypatch):
    _replace_subject(monkeypatch, Twice)
    with pytest.raises(TypeError, match="None"):
        run(calm("server", "fifo"))


def test_a_component_that_hands_on_what_it_has_answered_is_caught(monkeypatch):
    _replace_subject(monkeypatch, Late)
    with pytest.raises(AssertionError, match="had been answered"):
        run(calm("server", "stage"))


def _replace_subject(monkeypatch, kind):
    witnessed(monkeypatch)
    connect = runner._System.connect

    def replaced(self, source):
        self.components["subject"] = kind("subject", source.sim)
        connect(self, source)

    monkeypatch.setattr(runner._System, "connect", replaced)


def test_a_witness_changes_no_number(monkeypatch):
    without = digest(run(troubled("server", "blocking", cancels=True)))
    assert isinstance(witnessed(monkeypatch), dict)
    assert digest(run(troubled("server", "blocking", cancels=True))) == without
    assert Witness.accept is not Component.accept
