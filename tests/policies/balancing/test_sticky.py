"""What a sticky policy promises."""

from simulator.policies.balancing import Pool, Sticky


class Bench:
    """A sticky picker over round robin, and a clock that is set by hand."""

    def __init__(self, **told):
        self.now_s = 0.0
        policy = Sticky(policy="round_robin", **told)
        self.picker = policy.start(Pool(["a", "b", "c"], float, lambda: self.now_s))

    def pick(self, session, at_s=None):
        self.now_s = self.now_s if at_s is None else at_s
        return self.picker.pick([0, 0, 0], (0, 0, session))


def test_a_session_stays_with_the_replica_that_first_served_it():
    bench = Bench()
    first = [bench.pick(session) for session in range(6)]
    assert first == [0, 1, 2, 0, 1, 2]
    assert [bench.pick(session) for session in (5, 3, 1, 4, 2, 0)] == [2, 0, 1, 1, 2, 0]


def test_only_sessions_of_a_replica_that_left_move_and_they_stay_where_they_went():
    bench = Bench()
    first = [bench.pick(session) for session in range(9)]
    bench.picker.allow([0, 2])
    moved = [bench.pick(session) for session in range(9)]
    assert [now for was, now in zip(first, moved, strict=True) if was != 1] == [0, 2] * 3
    assert set(moved) == {0, 2}
    bench.picker.allow([0, 1, 2])
    assert [bench.pick(session) for session in range(9)] == moved


def test_a_session_that_was_not_called_for_while_its_replica_was_away_finds_it_again():
    bench = Bench()
    first = [bench.pick(session) for session in range(3)]
    bench.picker.allow([0, 2])
    bench.picker.allow([0, 1, 2])
    assert [bench.pick(session) for session in range(3)] == first


def test_a_session_is_forgotten_after_so_long_without_a_call():
    bench = Bench(forget_after=10.0)
    assert bench.pick("x", at_s=0.0) == 0
    assert bench.pick("x", at_s=9.0) == 0
    assert bench.pick("x", at_s=18.0) == 0
    assert bench.pick("x", at_s=28.0) == 1


def test_what_the_other_policy_needs_is_asked_for():
    assert Sticky(policy="least_time").learns()
    assert not Sticky(policy="round_robin").learns()
    assert Sticky(policy="random").heeds_weights()
    assert not Sticky(policy="round_robin").heeds_weights()
