"""What somebody does by hand: when, to whom, and what it costs."""

import pytest

from simulator.errors import ScenarioError
from simulator.runner import run
from simulator.scenario import parse
from tests.kernel.scene import scenario

STEADY = {"kind": "constant", "rate": 10.0}


def system(steps, replicas=2, **controllers):
    """Replicas that serve a call in a tenth of a second, behind a balancer."""
    parts = {
        "lb": {"kind": "load_balancer", "pool": "api", "policy": "round_robin"},
        "api": {"kind": "server", "replicas": replicas, "service_time": 0.1},
    }
    hands = {"kind": "runbook", "steps": steps}
    return scenario(parts, STEADY, 100.0, controllers={"hands": hands, **controllers})


def test_a_restart_refuses_what_comes_until_replicas_are_there_again():
    restart = {"kind": "restart", "of": "api", "takes": "10s"}
    found = run(system([{"at": "50s", "do": restart}]))
    at_s, up = found.curve("api[1]", "up")
    assert all(up[(at_s > 51) & (at_s < 59.5)] < 1e-9)
    assert all(up[(at_s < 49.5) | (at_s > 60.5)] > 1 - 1e-9)
    failed = (found.requests.outcome != 0).sum()
    assert failed == pytest.approx(100, abs=3)
    assert [(each.at_s, each.words) for each in found.decisions] == [(50, "api is restarted")]


def test_a_rolling_restart_leaves_one_replica_to_serve():
    restart = {"kind": "restart", "of": "api", "takes": "10s", "rolling": True}
    found = run(system([{"at": "50s", "do": restart}]))
    at_s, first = found.curve("api[1]", "up")
    _, second = found.curve("api[2]", "up")
    inside = (at_s > 50.5) & (at_s < 69.5)
    assert all((first + second)[inside] > 1 - 1e-9)
    assert ((1 - first) + (1 - second)).sum() == pytest.approx(20 / (at_s[1] - at_s[0]), abs=2)


def test_replicas_asked_for_by_hand_come_after_their_start():
    crew = {"kind": "manual_scaling", "of": "api", "max_replicas": 5, "start_time": "20s"}
    more = {"at": "30s", "do": {"kind": "scale", "of": "crew", "replicas": 5}}
    fewer = {"at": "70s", "do": {"kind": "scale", "of": "crew", "replicas": 1}}
    found = run(system([more, fewer], crew=crew))
    at_s, ready = found.curve("crew", "ready")
    assert ready[at_s < 49] == pytest.approx(2)
    assert ready[(at_s > 51) & (at_s < 69)] == pytest.approx(5)
    assert ready[-1] == pytest.approx(1)


def test_a_step_is_done_after_the_reaction():
    steps = [{"at": "50s", "do": {"kind": "restart", "of": "api", "takes": "1s"}}]
    slow = system(steps, hands={"kind": "runbook", "steps": steps, "reaction": "7s"})
    assert [each.at_s for each in run(slow).decisions] == [57]


FILE = """
format: 1
scenario: trial
title: A trial
chapter: trials
question: What is wrong?
system:
  entry: lb
  components:
    lb: {kind: load_balancer, pool: api}
    api: {kind: server, replicas: 2, service_time: 10ms}
workload:
  arrivals: {kind: constant, rate: 10/s}
run: {duration: 10s}
controllers:
  crew: {kind: manual_scaling, of: api, max_replicas: 4, start_time: 1s}
  hands:
    kind: runbook
    steps:
"""


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{kind: restart, of: apy}", "unknown component 'apy'"),
        ("{kind: restart, of: lb}", "this load_balancer cannot be restarted"),
        ("{kind: scale, of: crew, replicas: 9}", "found 9; must be at most 4"),
        ("{kind: scale, of: hands, replicas: 2}", "must be a manual_scaling"),
        ("{kind: flush, of: api}", "holds nothing"),
        ("{kind: shift, of: lb, shares: {a: 1}}", "must be a splitter"),
        ("{kind: roll_back, of: crew}", "cannot be rolled back"),
        ("{kind: retrain, of: crew}", "must be a retraining"),
        ("{kind: roll_back, of: crewe}", "unknown controller 'crewe'"),
    ],
)
def test_what_cannot_be_done_is_told_where_it_is_written(step, words):
    with pytest.raises(ScenarioError) as error:
        parse(f"{FILE}      - at: 1s\n        do: {step}\n", "trial.yaml", None)
    (problem,) = error.value.problems
    assert words in problem.message
    assert problem.path.startswith("controllers.hands.steps[0].do.")
