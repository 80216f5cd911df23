"""One timer for many equal deadlines: each expires exactly, unless answered in time."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel import OK, Call, Component, Patience, Simulation


class Nobody(Component):
    def returned(self, call, outcome, state):
        pass


def expiries(calls, length_s):
    """When calls, given by beginning and time to an answer, expire."""
    sim = Simulation()
    nobody = Nobody("nobody", sim)
    found = {}
    patience = Patience(sim, length_s, lambda call, owner: found.update({owner: sim.now}))

    def begin(call):
        place, answer_s = call.memo
        patience.watch(call, place)
        nobody.hold(call, answer_s, (answer,))

    def answer(call):
        call.answer(OK)

    for place, (begin_s, answer_s) in enumerate(calls):
        call = Call((), nobody, None)
        call.memo = place, answer_s
        nobody.hold(call, begin_s, (begin,))
    sim.run()
    return found


def test_whoever_is_answered_in_time_does_not_expire():
    assert expiries([(0, 1), (1, 3), (2, 1.5)], length_s=2) == {1: 3}


def test_all_expire_at_their_own_instant():
    assert expiries([(0, 9), (0.5, 9), (0.5, 9), (7, 9)], length_s=2) == {
        0: 2,
        1: 2.5,
        2: 2.5,
        3: 9,
    }


def test_an_answer_at_the_very_end_is_in_time():
    assert expiries([(0, 2), (1, 2), (8, 2)], length_s=2) == {}


def test_it_starts_again_after_everybody_was_answered():
    assert expiries([(0, 1), (100, 9)], length_s=2) == {1: 102}


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 10)), max_size=20))
def test_agrees_with_a_timer_for_each(calls):
    expected = {i: begin_s + 3.0 for i, (begin_s, answer_s) in enumerate(calls) if answer_s > 3.0}
    found = expiries(calls, length_s=3.0)
    close = {i for i, (begin_s, answer_s) in enumerate(calls) if abs(answer_s - 3.0) < 1e-9}
    assert found.keys() - close == expected.keys() - close
    assert all(found[i] == expected[i] for i in found.keys() & expected.keys())


def test_one_timer_serves_them_all():
    sim = Simulation()
    nobody = Nobody("nobody", sim)
    patience = Patience(sim, 5.0, lambda call, owner: None)
    for _ in range(1000):
        patience.watch(Call((), nobody, None), None)
    assert len(sim._queue) == 1


def test_the_timer_does_not_ring_for_those_who_were_answered():
    sim = Simulation()
    nobody = Nobody("nobody", sim)
    patience = Patience(sim, 5.0, lambda call, owner: None)
    calls = [Call((), nobody, None) for _ in range(1000)]
    for i, call in enumerate(calls):
        nobody.hold(call, i / 1000, (lambda call: (patience.watch(call, None), call.answer(OK)),))
    sim.run()
    tickets = sim.ticket()
    assert tickets <= 1000 + 2
