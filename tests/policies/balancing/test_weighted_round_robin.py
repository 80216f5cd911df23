"""What weighted round robin promises; its sequence is in tests/validation/test_turns.py."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.policies.balancing import Pool, WeightedRoundRobin


def start(weights):
    names = "abcdefgh"[: len(weights)]
    picker = WeightedRoundRobin().start(Pool(list(names), float, float, is_weighted=True))
    picker.weigh(weights)
    return picker


def turns(picker, count):
    return "".join("abcdefgh"[picker.pick([], ())] for _ in range(count))


def test_equal_weights_are_plain_turns():
    assert turns(start([2.0, 2.0, 2.0]), 6) == "abcabc"


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 3))
def test_every_turn_gives_each_replica_its_weight_in_calls(weights, rounds):
    found = turns(start(weights), rounds * sum(weights))
    assert [found.count("abcdef"[place]) for place in range(len(weights))] == [
        rounds * weight for weight in weights
    ]


def test_who_may_not_get_calls_gets_none_and_the_others_share_by_weight():
    picker = start([5, 1, 1])
    turns(picker, 3)
    picker.allow([1, 2])
    found = turns(picker, 1000)
    assert found.count("a") == 0
    assert abs(found.count("b") - 500) <= 7  # no more than one turn can have left over


def test_weights_may_change_on_the_way():
    picker = start([1, 1])
    turns(picker, 3)
    picker.weigh([1, 9])
    assert turns(picker, 100).count("b") in (89, 90, 91)
