"""How often requests take effect that are tried several times, with keys and without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.components.client import ClientSpec
from simulator.components.idempotency import IdempotencySpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT
from simulator.runner import run
from tests.kernel.scene import Scene, scenario


def paid(at_s, takes_s, outcomes=(), client=(), **told):
    """Users who wait for a second and try three times, and a service that takes its time."""
    specs = {
        "user": ClientSpec(**{"next": "once", "timeout": 1.0, "retries": 2} | dict(client)),
        "once": IdempotencySpec(next="payments", **told),
    }
    return Scene(specs, at_s, takes_s=takes_s, outcomes=outcomes)


def test_without_keys_every_try_takes_effect():
    found = paid([0], takes_s=2.5, mode="observe").run()
    assert found.outcomes == [TIMED_OUT]
    assert (found["once"].sent, found["once"].effects, found["once"].duplicates) == (3, 3, 2)


def test_with_keys_a_request_takes_effect_once_and_whoever_comes_again_gets_that_answer():
    found = paid([0], takes_s=2.5).run()
    assert found.outcomes == [OK]
    assert found.answered_s == [2.5]
    assert (found["once"].sent, found["once"].effects, found["once"].duplicates) == (1, 1, 0)
    assert found["once"].waited == 2


def test_a_try_that_comes_after_the_answer_gets_it_at_once():
    backoff = {"kind": "fixed", "pause": 3.0}
    found = paid([0], takes_s=2.5, client={"backoff": backoff}).run()
    assert found.answered_s == [4.0]
    assert (found["once"].replayed, found["once"].effects) == (1, 1)


def test_a_try_while_another_is_under_way_may_be_refused():
    found = paid([0], takes_s=2.5, in_progress="refuse").run()
    assert found.outcomes == [REJECTED]  # at 1 s, twice: the second retry comes at once
    assert (found["once"].conflicts, found["once"].effects) == (2, 1)


def test_what_has_begun_goes_on_when_its_caller_takes_the_call_back():
    found = paid([0], takes_s=2.5, client={"cancels": True}).run()
    assert found.outcomes == [OK]
    assert found.downstream.canceled_s == []
    assert found["once"].effects == 1


def test_after_a_failure_the_next_try_is_a_new_attempt():
    found = paid([0], takes_s=0.5, outcomes=[FAILED, FAILED]).run()
    assert found.outcomes == [OK]
    assert (found["once"].sent, found["once"].effects) == (3, 1)


def test_or_the_failure_is_the_answer_for_good():
    found = paid([0], takes_s=0.5, outcomes=[FAILED], keeps="every_answer").run()
    assert found.outcomes == [FAILED]
    assert (found["once"].sent, found["once"].replayed, found["once"].effects) == (1, 2, 0)


def test_a_key_that_has_expired_protects_nobody():
    backoff = {"kind": "fixed", "pause": 3.0}
    for ttl, effects in ((1.4, 2), (1.6, 1)):  # answered at 2.5 s, tried again at 4 s
        found = paid([0], takes_s=2.5, client={"backoff": backoff, "retries": 1}, ttl=ttl).run()
        assert (found["once"].effects, found["once"].duplicates) == (effects, effects - 1)


def test_different_requests_have_nothing_to_do_with_one_another():
    found = paid([0, 0, 0.1], takes_s=0.5).run()
    assert found.outcomes == [OK] * 3
    assert (found["once"].sent, found["once"].kept) == (3, 3)


def test_kept_answers_are_forgotten_in_time():
    found = paid([0, 1, 2, 10], takes_s=0.5, ttl=5.0).run()
    assert found["once"].kept == 1


# -- crashes -----------------------------------------------------------------------------------


def crashed(hangs=False, **told):
    """A crash from 0.5 s to 0.7 s; the first try is at the service from 0 to 0.8 s."""
    backoff = {"kind": "fixed", "pause": 0.5}
    found = paid([0], takes_s=0.8, client={"backoff": backoff}, **told)
    once = found["once"]
    return found.at(0.5, once.crash, hangs).at(0.7, once.recover, hangs).run()


def test_a_crash_between_effect_and_answer_is_the_window_that_is_left():
    found = crashed()
    assert found.outcomes == [OK]
    assert found.answered_s == [1.8]  # failed at 0.5, tried again at 1
    assert (found["once"].effects, found["once"].duplicates) == (2, 1)


def test_who_was_inside_a_crash_that_hangs_has_to_give_up():
    found = crashed(hangs=True)
    assert found.answered_s == [2.3]  # timed out at 1, tried again at 1.5
    assert found["once"].duplicates == 1


def test_answers_survive_a_crash():
    backoff = {"kind": "fixed", "pause": 1.5}
    found = paid([0], takes_s=1.2, client={"backoff": backoff})
    once = found["once"]
    found.at(1.3, once.crash).at(1.4, once.recover).run()
    assert found.answered_s == [2.5]
    assert (once.replayed, once.effects) == (1, 1)


def test_nobody_gets_in_while_it_is_down():
    found = paid([0], takes_s=0.1)
    found.at(0, found["once"].crash).run()
    assert found.outcomes == [FAILED]
    assert (found["once"].failed, found["once"].sent) == (3, 0)


# -- together ----------------------------------------------------------------------------------


@given(
    st.lists(st.floats(0, 5), min_size=1, max_size=15),
    st.floats(0.1, 4),
    st.sampled_from(["wait", "refuse"]),
    st.booleans(),
)
def test_no_request_takes_effect_twice(at_s, takes_s, in_progress, cancels):
    told = {"client": {"cancels": cancels}, "in_progress": in_progress}
    found = paid(sorted(at_s), takes_s, **told).run()
    assert found["once"].effects == len(at_s)
    assert found["once"].duplicates == 0


def test_retries_without_keys_take_effect_as_often_as_tries_are_late():
    """Answers take an exponential time; a try that is too late takes effect all the same."""
    system = {
        "user": {"kind": "client", "next": "once", "timeout": 0.2, "retries": 1},
        "once": {"kind": "idempotency", "next": "payments", "mode": "observe"},
        "payments": {
            "kind": "server",
            "workers": "unlimited",
            "service_time": {"kind": "exponential", "mean": 0.1},
        },
    }
    late = 0.1353352832  # exp(-0.2 / 0.1)
    arrivals = {"kind": "poisson", "rate": 100.0}
    found = run(scenario(system, arrivals, 300.0, run={"drain": 10.0})).measures()
    duplicates = found["once.duplicates"] / found["arrived"]
    assert duplicates == pytest.approx(late, rel=0.05)
    told = system | {"once": {"kind": "idempotency", "next": "payments"}}
    found = run(scenario(told, arrivals, 300.0, run={"drain": 10.0})).measures()
    assert found["once.duplicates"] == 0
