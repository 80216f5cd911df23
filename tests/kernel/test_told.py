"""What a model said goes the way of the answer, as far as somebody waits for it."""

from simulator.kernel import FAILED, OK, Call, Component, Simulation
from simulator.kernel.told import NOTHING, Told, shadow_of


class Asker(Component):
    """Remembers what it was told; answers when all calls that it forked have come back."""

    def __init__(self):
        super().__init__("asker", Simulation())
        self.told = []

    def returned(self, call, outcome, state):
        self.told.append((outcome, call.row))
        if isinstance(state, Call) and not state.open_forks():
            state.answer(outcome)


def request(asker):
    return Told((0, 0, None), asker, None)


def test_what_a_fork_was_told_is_told_to_whoever_forked_it():
    asker = Asker()
    call = request(asker)
    grandchild = call.fork(asker).fork(asker)
    grandchild.row = 7
    grandchild.answer(OK)
    assert asker.told == [(OK, 7)] * 3


def test_what_comes_with_a_failure_or_too_late_is_not_told():
    asker = Asker()
    call = request(asker)
    late, broken = call.fork(asker), call.fork(asker)
    for row, child in enumerate((late, broken)):
        child.row = row
    call.disown(late)
    late.answer(OK)
    broken.answer(FAILED)
    assert asker.told == [(FAILED, 1), (FAILED, NOTHING)]


def test_an_answer_that_knows_nothing_does_not_take_back_what_was_told():
    asker = Asker()
    call = request(asker)
    model, record = call.fork(asker), call.fork(asker)
    model.row = 4
    model.answer(OK)
    record.answer(OK)
    assert asker.told == [(OK, 4), (OK, NOTHING), (OK, 4)]


def test_shadows_and_their_forks_reach_nobody():
    asker = Asker()
    shadow = shadow_of(request(asker), asker, None)
    assert shadow.is_shadow
    assert shadow.fork(asker).is_shadow
    assert shadow.request == (0, 0, None)
    assert not isinstance(shadow_of(Call((0, 0, None), asker, None), asker, None), Told)
