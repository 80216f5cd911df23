"""Laws that hold for any system, however it is put together and whatever goes wrong in it."""

import numpy as np
import pytest
from hypothesis import given, settings

from simulator import runner
from simulator.kernel import Component, Station
from simulator.results import OUTCOMES
from simulator.runner import run
from tests.kernel.scene import digest, running
from tests.laws.garbage import garbage_of
from tests.laws.systems import systems
from tests.laws.witness import witnessed

FEW, MANY = 40, 1500
UNANSWERED = OUTCOMES.index("unfinished")


class Gate(Component):
    """Stands between the users and the system, and counts who is inside."""

    def __init__(self, sim, entry):
        super().__init__("gate", sim)
        self.entry = entry
        self.inside, self.area, self.came = 0, 0.0, 0

    def accept(self, call):
        self.came += 1
        self.inside += 1
        self.area -= self.sim.now
        call.return_to(self, None)
        self.entry.accept(call)

    def returned(self, call, outcome, state):
        self.inside -= 1
        self.area += self.sim.now
        call.answer(outcome)


def observed(found):
    """A run, with a witness in front of each component and a gate in front of the system."""
    gates = []
    with pytest.MonkeyPatch.context() as patch:
        witnesses = witnessed(patch)
        connect = runner._System.connect

        def connected(self, source):
            connect(self, source)
            gates.append(Gate(source.sim, source._entry))
            source._entry = gates[0]

        patch.setattr(runner._System, "connect", connected)
        finished = run(found)
    return finished, witnesses, gates[0]


def requests_are_conserved(finished, gate):
    measures = finished.measures()
    outcomes = np.bincount(finished.requests.outcome, minlength=len(OUTCOMES))
    assert outcomes.sum() == measures["arrived"] == gate.came
    assert outcomes.tolist() == [measures[name] for name in OUTCOMES]
    assert outcomes[UNANSWERED] == gate.inside
    attempts = finished.requests.attempts
    assert attempts.size == 0 or attempts.min() >= 1


def littles_law_holds_for_the_system(finished, gate, end_s):
    rows = finished.requests
    spent_s = np.where(rows.outcome == UNANSWERED, end_s - rows.arrived_s, rows.latency_s)
    assert gate.area + gate.inside * end_s == pytest.approx(spent_s.sum(), rel=1e-9, abs=1e-7)


def littles_law_holds_for_stations(finished, witnesses):
    for name, witness in witnesses.items():
        if isinstance(witness.component, Station):
            totals = finished.components[name].totals
            recorded = totals["queued"] + totals["in_service"] + totals.get("outstanding", 0.0)
            checked = slice(None, None, 60)
            spent = witness.areas(finished.tick_s[checked])
            assert recorded[checked] == pytest.approx(spent, rel=1e-9, abs=1e-7), name


def laws_hold(found):
    finished, witnesses, gate = observed(found)
    end_s = gate.sim.now
    assert end_s == found.run.duration + found.run.drain
    requests_are_conserved(finished, gate)
    littles_law_holds_for_the_system(finished, gate, end_s)
    littles_law_holds_for_stations(finished, witnesses)
    for witness in witnesses.values():
        assert all(visit.answers <= 1 for visit in witness.visits)
    assert digest(run(found)) == digest(finished), "a witness, or a second run, changes nothing"


def no_cycle_is_left(found):
    alive = []
    with pytest.MonkeyPatch.context() as patch:
        running(patch, lambda *parts: alive.append(parts))
        run(found)  # whatever is made once is made now
        alive.clear()
        assert garbage_of(lambda: run(found)) == 0


@settings(max_examples=FEW)
@given(systems())
def test_a_random_system_obeys_the_laws(found):
    laws_hold(found)


@pytest.mark.slow
@settings(max_examples=MANY)
@given(systems())
def test_many_random_systems_obey_the_laws(found):
    laws_hold(found)


@settings(max_examples=FEW // 4)
@given(systems(hang=True))
def test_silence_loses_no_count(found):
    finished, witnesses, gate = observed(found)
    requests_are_conserved(finished, gate)
    littles_law_holds_for_the_system(finished, gate, gate.sim.now)
    for witness in witnesses.values():
        assert all(visit.answers <= 1 for visit in witness.visits)


@settings(max_examples=FEW // 2)
@given(systems())
def test_a_random_system_leaves_no_reference_cycle(found):
    no_cycle_is_left(found)


@pytest.mark.slow
@settings(max_examples=MANY // 3)
@given(systems())  # a call that is lost in silence never ends, and stays tied to its caller
def test_many_random_systems_leave_no_reference_cycle(found):
    no_cycle_is_left(found)
