"""How calls find their way back, fork, and are taken back."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.kernel import CANCELED, FAILED, OK, Call, Component, Simulation


class Log(Component):
    """Notes every outcome that returns to it, and passes it on."""

    def __init__(self, sim, name="log"):
        super().__init__(name, sim)
        self.seen = []

    def returned(self, call, outcome, state):
        self.seen.append((outcome, state))
        if call.back is not None:
            call.answer(outcome)


@pytest.fixture
def log():
    return Log(Simulation())


def call_to(log):
    return Call((0, 0, None), log, "root")


def test_an_outcome_goes_back_the_way_the_call_came(log):
    call = call_to(log)
    call.return_to(log, "first")
    call.return_to(log, "second")
    call.answer(OK)
    assert log.seen == [(OK, "second"), (OK, "first"), (OK, "root")]
    assert call.back is None


def test_the_answer_of_a_fork_comes_with_its_parent(log):
    parent = call_to(log)
    child = parent.fork(log)
    child.answer(FAILED)
    assert log.seen == [(FAILED, parent)]
    assert parent.children is None


def test_an_answered_call_takes_its_open_forks_along(log):
    parent = call_to(log)
    children = [parent.fork(log) for _ in range(3)]
    given_up = []
    for child in children:
        child.give_up = given_up.append
    children[1].give_up = None
    children[1].answer(OK)
    parent.answer(OK)
    assert log.seen == [(OK, parent), (OK, "root")]
    assert given_up == [children[0], children[2]]
    assert all(child.back is None for child in children)


def test_a_disowned_fork_goes_on_but_its_answer_is_dropped(log):
    parent = call_to(log)
    first, second = parent.fork(log), parent.fork(log)
    parent.disown(first)
    first.answer(OK)
    second.answer(FAILED)
    assert log.seen == [(FAILED, parent)]


def test_canceling_a_call_returns_it_as_canceled(log):
    call = call_to(log)
    call.return_to(log, "balancer")
    call.cancel()
    assert log.seen == [(CANCELED, "balancer"), (CANCELED, "root")]


def test_canceling_twice_or_after_the_answer_has_no_effect(log):
    call = call_to(log)
    call.answer(OK)
    call.cancel()
    other = call_to(log)
    other.cancel()
    other.cancel()
    assert log.seen == [(OK, "root"), (CANCELED, "root")]


def test_canceling_reaches_forks_of_forks(log):
    call = call_to(log)
    deepest = call
    for _ in range(5):
        deepest = deepest.fork(log)
    told = []
    deepest.give_up = told.append
    call.cancel()
    assert told == [deepest]
    assert log.seen == [(CANCELED, "root")], "those that were forked belong to nobody any more"


def test_a_canceled_call_does_not_go_on(log):
    sim = Simulation()
    resting = Log(sim)
    went_on = []
    call = call_to(resting)
    resting.hold(call, 5.0, (went_on.append,))
    call.cancel()
    sim.run()
    assert went_on == []
    assert resting.seen == [(CANCELED, "root")]


def test_new_needs_leave_number_class_and_key():
    call = Call((7, 1, "key", 0.5, 0.25), Log(Simulation()), None)
    call.renew((3.0, 4.0))
    assert call.request == (7, 1, "key", 3.0, 4.0)
    assert (call.key, call.request_class) == ("key", 1)


def test_answered_calls_leave_no_cycle(log):
    gc.collect()
    gc.disable()
    try:
        for outcome in (OK, CANCELED):
            call = call_to(log)
            child = call.fork(log)
            child.fork(log)
            child.answer(outcome)
            call.answer(outcome)
        del call, child
        log.seen.clear()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_held_calls_are_found_in_the_order_in_which_they_go_on():
    sim = Simulation()
    log = Log(sim)
    then, other = (log.seen.append,), (log.seen.append,)
    calls = [call_to(log) for _ in range(4)]
    for call, delay_s in zip(calls, (3, 1, 2, 1), strict=True):
        log.hold(call, delay_s, then)
    log.hold(call_to(log), 0.5, other)
    assert log.held(then) == [calls[1], calls[3], calls[2], calls[0]]


@given(
    st.lists(st.tuples(st.booleans(), st.floats(1.0, 9.0)), max_size=30),
    st.sampled_from([0.25, 5.0]),
)
def test_stretching_moves_those_meant_and_keeps_everything_in_order(rests, factor):
    sim = Simulation()
    log = Log(sim)
    went = []

    def go_on(call):
        went.append((sim.now, call.memo))

    stretched, left_alone = (go_on,), (go_on,)
    for place, (is_meant, delay_s) in enumerate(rests):
        call = call_to(log)
        call.memo = place
        log.hold(call, delay_s, stretched if is_meant else left_alone)
    sim.run(until=0.5)
    log.stretch(stretched, factor)
    sim.run()
    assert [now_s for now_s, _ in went] == sorted(now_s for now_s, _ in went)
    for now_s, place in went:
        is_meant, delay_s = rests[place]
        expected = 0.5 + (delay_s - 0.5) * factor if is_meant else delay_s
        assert now_s == pytest.approx(expected)
    assert len(went) == len(rests)


def test_an_error_says_when_and_who_expects_the_answer():
    sim = Simulation()
    log = Log(sim, "client")

    def fail(call):
        raise ValueError("broken")

    call = call_to(log).fork(log)
    call.return_to(Log(sim, "balancer"), 0)
    log.hold(call, 2.5, (fail,))
    with pytest.raises(ValueError, match="broken") as caught:
        sim.run()
    assert caught.value.__notes__ == [
        "at t = 2.5 s, answer expected by: balancer < client < client"
    ]
