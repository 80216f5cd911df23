"""Users who come, ask several times, think in between, and leave."""

import numpy as np
import pytest

from simulator.errors import ScenarioError
from simulator.results import OUTCOMES
from simulator.runner import run
from simulator.scenario import parse
from tests.kernel.scene import digest, scenario

OK = OUTCOMES.index("ok")
ROOMY = {"api": {"kind": "server", "workers": 1000, "service_time": 0.5}}
FULL = {"api": {"kind": "server", "service_time": 1.0, "queue_limit": 0}}
EVERY_10_S = {"kind": "constant", "rate": 0.1}


def sessions(users=EVERY_10_S, requests=3, think_time=1.0, **more):
    return {
        "kind": "sessions",
        "users": users,
        "requests": requests,
        "think_time": think_time,
    } | more


def test_a_user_asks_waits_for_the_answer_thinks_and_asks_again():
    finished = run(scenario(ROOMY, sessions(), 25.0, run={"drain": 10.0}))
    rows = finished.requests
    assert rows.arrived_s.tolist() == [10, 11.5, 13, 20, 21.5, 23]
    assert set(rows.latency_s) == {0.5}


def test_sessions_go_on_beside_one_another():
    finished = run(scenario(ROOMY, sessions({"kind": "constant", "rate": 1.0}), 3.25))
    assert finished.requests.arrived_s.tolist() == [1, 2, 2.5, 3]


def test_nobody_comes_and_nobody_asks_after_the_end():
    finished = run(scenario(ROOMY, sessions(), 12.0, run={"drain": 100.0}))
    assert finished.requests.arrived_s.tolist() == [10, 11.5]
    assert finished.measures()["unfinished"] == 0


def test_the_number_of_requests_in_a_session_comes_from_its_distribution():
    size = {"kind": "geometric", "mean": 4.0}
    users = {"kind": "poisson", "rate": 5.0}
    finished = run(scenario(ROOMY, sessions(users, size, 0.1), 1000.0, run={"drain": 60.0}))
    found = len(finished.requests)
    # 5,000 users, each with a variance of 12 around 4, themselves with a variance of 5,000.
    assert found == pytest.approx(20_000, abs=5 * np.sqrt(5000 * (12 + 16)))


def test_users_in_the_system_follow_littles_law():
    # Each is there for 3 requests of 0.5 s and 2 thoughts of 1 s.
    users = {"kind": "poisson", "rate": 4.0}
    think = {"kind": "exponential", "mean": 1.0}
    finished = run(scenario(ROOMY, sessions(users, 3, think), 3000.0, run={"warmup": 20.0}))
    measures = finished.measures()
    assert measures["arrived_per_s"] == pytest.approx(12.0, rel=0.04)
    assert measures["api.in_service_mean"] == pytest.approx(6.0, rel=0.04)


def test_a_slow_system_is_asked_less_often_by_each_user():
    slow = {"api": ROOMY["api"] | {"service_time": 5.0}}
    rows = run(scenario(slow, sessions(), 25.0)).requests
    assert rows.arrived_s.tolist() == [10, 16, 20, 22]


def test_a_user_goes_on_after_a_failure_unless_told_to_leave(tmp_path):
    # The second is refused, and either asks again, which takes the first's place, or leaves it.
    (tmp_path / "users.csv").write_text("at\n0\n0.25\n", encoding="utf-8")
    users = {"kind": "trace", "path": str(tmp_path / "users.csv"), "column": "at"}
    stays, leaves = (
        run(scenario(FULL, sessions(users, 2, 5.0, leaves_on_failure=p), None)).requests
        for p in (0.0, 1.0)
    )
    assert stays.arrived_s.tolist() == [0, 0.25, 5.25, 6]
    assert leaves.arrived_s.tolist() == [0, 0.25, 6]
    assert [OUTCOMES[i] for i in stays.outcome] == ["ok", "rejected", "ok", "rejected"]


def test_some_users_leave_after_a_failure():
    users = {"kind": "poisson", "rate": 20.0}
    dead = {"api": ROOMY["api"]}
    faults = [{"kind": "error_burst", "of": "api", "from": 0.0, "for": 1e6, "ratio": 1.0}]
    of = scenario(
        dead,
        sessions(users, 1000, 0.01, leaves_on_failure=0.25),
        400.0,
        run={"drain": 100.0},
        faults=faults,
    )
    # Everybody fails every time, and so makes a geometric number of requests with mean 4.
    found = len(run(of).requests)
    assert found == pytest.approx(32_000, abs=5 * np.sqrt(8000 * (12 + 16)) + 500)


def test_without_a_duration_a_run_ends_with_the_last_session(tmp_path):
    (tmp_path / "users.csv").write_text("at\n0\n4\n", encoding="utf-8")
    users = {"kind": "trace", "path": str(tmp_path / "users.csv"), "column": "at"}
    finished = run(scenario(ROOMY, sessions(users), None))
    assert finished.requests.arrived_s.tolist() == [0, 1.5, 3, 4, 5.5, 7]
    assert finished.duration_s == 7.5


def test_without_a_duration_a_run_ends_also_where_answers_are_missing(tmp_path):
    (tmp_path / "users.csv").write_text("at\n0\n4\n", encoding="utf-8")
    users = {"kind": "trace", "path": str(tmp_path / "users.csv"), "column": "at"}
    faults = [{"kind": "crash", "of": "api", "from": 3.2, "for": 0.1, "hang": True}]
    finished = run(scenario(ROOMY, sessions(users), None, faults=faults))
    assert finished.requests.arrived_s.tolist() == [0, 1.5, 3, 4, 5.5, 7]
    assert finished.measures()["unfinished"] == 1


def test_every_request_is_accounted_for_and_the_same_seed_is_the_same_run():
    of = scenario(
        {"api": {"kind": "server", "workers": 3, "service_time": 0.2, "queue_limit": 2}},
        sessions({"kind": "poisson", "rate": 8.0}, {"kind": "uniform", "high": 5}, 0.3),
        60.0,
    )
    measures = run(of).measures()
    outcomes = sum(measures[name] for name in OUTCOMES)
    assert outcomes == measures["arrived"] > 100
    assert measures["rejected"] > 0
    assert digest(run(of)) == digest(run(of))


def test_the_mean_rate_is_that_of_complete_sessions():
    of = scenario(ROOMY, sessions({"kind": "poisson", "rate": 2.0}, {"kind": "uniform", "high": 9}))
    assert of.workload.arrivals.mean_rate(100.0) == pytest.approx(10.0)


FILE = """\
format: 1
scenario: shop
title: A shop
chapter: tests
question: Does it say what is wrong?
system:
  entry: api
  components:
    api: {{kind: server, service_time: 10ms}}
workload:
  arrivals:
    kind: sessions
    users: {users}
    requests: 3
    think_time: 1s
run: {{duration: 60s}}
"""


@pytest.mark.parametrize(
    ("users", "wrong"),
    [
        ("{kind: closed_loop, users: 3, think_time: 1s}", "13:12 .*closed_loop waits for answers"),
        ("{kind: poison, rate: 3/s}", "13:19 .*unknown arrival process 'poison'"),
        ("{kind: trace, path: none.csv, column: a}", "13:32 workload.arrivals.users.path"),
    ],
)
def test_what_cannot_bring_users_is_refused_at_its_place(users, wrong, tmp_path):
    with pytest.raises(ScenarioError, match=f"shop.yaml:{wrong}"):
        parse(FILE.format(users=users), "shop.yaml", tmp_path)


def test_a_trace_of_users_that_is_wrong_says_where(tmp_path):
    (tmp_path / "users.csv").write_text("at\n0\nsoon\n", encoding="utf-8")
    users = "{kind: trace, path: users.csv, column: at}"
    with pytest.raises(
        ScenarioError, match=r"users.csv:3:1 workload\.arrivals\.users: found 'soon'"
    ):
        parse(FILE.format(users=users), "shop.yaml", tmp_path)
