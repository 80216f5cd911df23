"""How many replicas a rolling update may replace at a time."""

import pytest

from simulator.policies.rollout import new_to_begin, old_to_end, surge_and_unavailable


def test_surge_and_unavailable_are_as_in_every_published_case(row):
    published = row("a04-rolling-fenceposts")
    found = [list(surge_and_unavailable(*case)) for case in published["parameters"]["cases"]]
    assert found == published["expected"]["surge_unavailable"]


@pytest.mark.parametrize("replicas", [1, 2, 5, 10, 37, 100])
@pytest.mark.parametrize("amounts", [("25%", "25%"), ("100%", 0), (0, 1), ("10%", "50%"), (1, 0)])
def test_an_update_keeps_its_bounds_and_comes_to_its_end(replicas, amounts):
    surge, unavailable = surge_and_unavailable(*amounts, replicas)
    new, new_ready, old = 0, 0, replicas
    for _ in range(10 * replicas):
        while True:
            begun = new_to_begin(replicas, surge, new, old)
            new += begun
            _, ended = old_to_end(replicas, unavailable, new, old, new_ready, old)
            old -= ended
            assert new + old <= replicas + surge
            assert new_ready + old >= replicas - unavailable
            if not begun and not ended:
                break
        if new_ready == new:
            break
        new_ready += 1
    assert (new, new_ready, old) == (replicas, replicas, 0)


def test_old_replicas_that_are_not_ready_go_first():
    assert old_to_end(10, 0, new=2, old=10, new_ready=2, old_ready=7) == (2, 0)
