"""Circuit breakers in small scenes: who gets through, and what the states last."""

import pytest
from pydantic import ValidationError

from simulator.components.circuit_breaker import CircuitBreakerSpec
from simulator.components.client import ClientSpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT
from simulator.runner import run
from tests.kernel.scene import Scene, scenario

THREE = {"kind": "consecutive", "failures": 3, "open_for": 10.0}


def breaker(at_s, outcomes=(), takes_s=0.5, policy=THREE, **told):
    """A breaker that opens after three failures in a row, to which calls come at some instants."""
    spec = CircuitBreakerSpec.model_validate({"next": "db", "policy": policy} | told)
    return Scene(spec, at_s, takes_s=takes_s, outcomes=outcomes)


def test_open_it_lets_nothing_through():
    scene = breaker([0.0, 1.0, 2.0, 3.0, 12.0], outcomes=[FAILED] * 3).run()
    assert scene.outcomes == [FAILED, FAILED, FAILED, REJECTED, REJECTED]
    assert scene.answered_s[3:] == [3.0, 12.0]  # at once
    assert scene.downstream.arrived_s == [0.0, 1.0, 2.0]
    assert (scene.it.permitted, scene.it.not_permitted, scene.it.failures) == (3, 2, 3)


def test_half_open_it_lets_exactly_as_many_through_as_permitted():
    policy = THREE | {"half_open_calls": 2}
    scene = breaker([0.0, 1.0, 2.0, *[12.6] * 5], [FAILED] * 3, policy=policy).run()
    assert scene.outcomes[3:] == [OK, OK, REJECTED, REJECTED, REJECTED]
    assert scene.downstream.arrived_s[3:] == [12.6, 12.6]


def test_calls_under_way_when_it_opens_are_left_to_themselves():
    scene = breaker([0.0, 0.1, 0.2, 0.3, 0.65], [FAILED] * 3, takes_s=0.4).run()
    assert scene.outcomes == [FAILED, FAILED, FAILED, OK, REJECTED]
    assert scene.answered_s[3] == pytest.approx(0.7)
    assert scene.it.is_open == 1


def test_a_late_success_does_not_close_it():
    scene = breaker([0.0, 0.1, 0.2, 0.3, 0.75], [FAILED] * 3, takes_s=0.4).run()
    assert scene.outcomes[3:] == [OK, REJECTED]


def test_transitions_and_the_time_in_each_state_are_measured():
    scene = breaker([0.0, 1.0, 2.0, 13.0, 14.0], [FAILED] * 3).run(until=20.0)
    it = scene.it
    assert (it.opened, it.half_opened, it.closed) == (1, 1, 1)
    assert it.is_open_area + it.is_open * 20.0 == pytest.approx(13.0 - 2.5)
    assert it.is_half_open_area + it.is_half_open * 20.0 == pytest.approx(0.5)


def test_an_automatic_breaker_tests_as_soon_as_it_may():
    policy = {"kind": "window", "window_calls": 1, "open_for": 10.0, "automatic": True}
    scene = breaker([0.0], [FAILED], policy=policy).run(until=20.0)
    assert scene.it.is_half_open == 1
    assert scene.it.is_half_open_area + 20.0 == pytest.approx(20.0 - 10.5)


def test_it_opens_again_by_itself_when_a_test_hangs():
    policy = {"kind": "window", "window_calls": 1, "half_open_calls": 1}
    policy |= {"open_for": 10.0, "max_half_open": 5.0}
    scene = breaker([0.0, 11.0, 12.0, 17.0], [FAILED], policy=policy)
    scene.at(1.0, lambda: setattr(scene.downstream, "takes_s", None)).run()
    assert scene.outcomes == [FAILED, None, REJECTED, REJECTED]
    assert (scene.it.opened, scene.it.half_opened) == (2, 1)


@pytest.mark.parametrize(
    ("told", "opens"),
    [
        ({}, True),
        ({"failures": ["failed"]}, False),
        ({"failures": ["failed"], "ignored": ["timed_out"]}, True),
    ],
)
def test_what_counts_as_failure_can_be_chosen(told, opens):
    outcomes = [FAILED, FAILED, TIMED_OUT, FAILED]
    scene = breaker([0.0, 1.0, 2.0, 3.0], outcomes, **told).run()
    assert scene.it.is_open == opens


def client(cancels):
    return ClientSpec(next="it", timeout=0.2, cancels=cancels)


@pytest.mark.parametrize("counts", [False, True])
def test_calls_that_are_taken_back_say_nothing_unless_they_are_told_to(counts):
    told = {"failures": ["canceled"], "ignored": []} if counts else {}
    specs = {
        "users": client(cancels=True),
        "it": CircuitBreakerSpec.model_validate({"next": "db", "policy": THREE} | told),
    }
    scene = Scene(specs, [0.0, 1.0, 2.0, 3.0], takes_s=None).run()
    assert len(scene.downstream.canceled_s) == (3 if counts else 4)
    assert scene.outcomes[3] == (REJECTED if counts else TIMED_OUT)


def test_an_outcome_is_either_a_failure_or_ignored():
    with pytest.raises(ValidationError, match="failures and ignored both have failed"):
        CircuitBreakerSpec.model_validate({"next": "db", "ignored": ["failed"]})


# -- as a scenario -------------------------------------------------------------------------------


def broken_database(policy, duration):
    """A database that breaks every call from 5 s to 25 s, behind a breaker."""
    components = {
        "breaker": {"kind": "circuit_breaker", "next": "db", "policy": policy},
        "db": {"kind": "server", "workers": "unlimited", "service_time": 0.001},
    }
    fault = {"kind": "error_burst", "of": "db", "from": 5.0, "for": 20.0, "ratio": 1.0}
    arrivals = {"kind": "constant", "rate": 50.0}
    return run(scenario(components, arrivals, duration, faults=[fault]))


def count_of(finished, name, begin_s, end_s):
    component, measure = name.split(".")
    return finished.component_measures(component, (begin_s, end_s))[measure]


@pytest.mark.parametrize(
    ("policy", "permitted"),
    [
        ({"kind": "consecutive", "open_for": 10.0}, 1),
        ({"kind": "ratio", "interval": 1.0, "open_for": 10.0, "half_open_calls": 3}, 1),
        ({"kind": "window", "window_calls": 20, "open_for": 10.0, "half_open_calls": 4}, 4),
    ],
    ids=lambda each: each["kind"] if isinstance(each, dict) else "",
)
def test_a_policy_does_in_a_scenario_what_it_does_alone(policy, permitted):
    finished = broken_database(policy, 40.0)
    assert count_of(finished, "db.served", 6.0, 15.0) == 0
    assert count_of(finished, "breaker.not_permitted", 6.0, 15.0) == 9.0 * 50
    # Half-open after ten seconds: the first bad test opens it again, a window waits for all four.
    assert count_of(finished, "db.served", 15.0, 17.0) == permitted
    assert count_of(finished, "db.served", 17.0, 25.0) == 0
    assert count_of(finished, "breaker.opened", 0.0, 40.0) == 2
    assert count_of(finished, "db.served", 30.0, 40.0) == 10.0 * 50  # closed again
