"""What the event log of a run promises, in systems whose course can be worked out by hand.

Ten requests a second arrive evenly, one worker needs 50 ms for each: half busy, and nobody waits.
"""

from itertools import pairwise

import pytest

from simulator.experiments.crossings import told
from simulator.experiments.events import events
from simulator.experiments.rows import Task, edges_of, make
from simulator.results import OUTCOMES
from simulator.runner import run
from simulator.scenario import parse
from simulator.stats.episodes import Episode

TEXT = """\
format: 1
scenario: even
title: Even
chapter: cases
question: What happens?
system:
  entry: api
  components:
    api: {kind: server, service_time: {kind: constant, value: 50ms}}
workload:
  arrivals: {kind: constant, rate: 10/s}
run: {duration: 120s, warmup: 10s, replications: 1}
"""
# From 30 s to 50 s each call takes 150 ms: 10/s come, 6.7/s are served, and 67 wait at 50 s.
# Then 20/s are served: the queue is gone 6.7 s later.
SLOW = "faults: [{kind: slowdown, of: api, factor: 3, from: 30s, until: 50s}]\n"
GONE_S = 50 + 20 / 3
CRASH = "faults: [{kind: crash, of: api, from: 30s, for: 10s}]\n"
OBJECTIVE = "slo: [{measure: success_ratio, at_least: 99%}]\n"


def finished(text):
    scenario = parse(text, "even.yaml", None)
    return scenario, run(scenario)


def log(text):
    scenario, done = finished(text)
    return events(done, scenario, edges_of(done), "stable")


def one(text, kind):
    """The only event of a kind."""
    (found,) = (each for each in log(text) if each.kind == kind)
    return found


def test_where_nothing_happens_the_log_has_only_the_frame():
    assert [(each.at_s, each.kind) for each in log(TEXT)] == [
        (10.0, "warmup_ends"),
        (120.0, "run_ends"),
    ]


def test_events_are_in_order_and_the_end_is_last():
    found = log(TEXT + SLOW + OBJECTIVE)
    assert all(a.at_s <= b.at_s for a, b in pairwise(found))
    assert found[-1].kind == "run_ends"


def test_a_fault_begins_and_ends_at_its_instants():
    assert one(TEXT + SLOW, "fault_begins").at_s == 30.0
    assert one(TEXT + SLOW, "fault_ends").at_s == 50.0


def test_a_fault_that_lasts_to_the_end_has_no_end():
    found = log(TEXT + SLOW.replace("until: 50s", "until: 150s"))
    assert "fault_ends" not in [each.kind for each in found]


def test_of_many_strikes_the_first_and_the_last_are_told():
    often = SLOW.replace("until: 50s", "for: 1s, every: 5s")
    begun = [each.at_s for each in log(TEXT + often) if each.kind == "fault_begins"]
    assert begun == [30.0, 115.0]


@pytest.mark.parametrize(("outcome", "fault"), [("failed", CRASH), ("rejected", SLOW)])
def test_the_first_request_of_an_outcome_is_told_when_its_user_learns_of_it(outcome, fault):
    text = TEXT.replace("server,", "server, queue_limit: 3,") + fault
    rows = finished(text)[1].requests
    chosen = rows.outcome == OUTCOMES.index(outcome)
    of_users = [e for e in log(text) if e.component == "users" and e.kind == f"first_{outcome}"]
    assert [e.at_s for e in of_users] == [(rows.arrived_s + rows.latency_s)[chosen].min()]


def test_a_full_queue_is_told_once_and_within_a_tick():
    # One more waits every 300 ms: the fifth waiting place is taken 1.5 s into the slowdown.
    found = one(TEXT.replace("server,", "server, queue_limit: 5,") + SLOW, "queue_full")
    assert found.component == "api"
    assert found.at_s == pytest.approx(31.5, abs=0.7)


def test_a_queue_without_a_limit_is_told_at_its_longest():
    found = one(TEXT + SLOW, "queue_peak")
    assert found.at_s == pytest.approx(50.0, abs=0.7)
    assert "67 waiting" in found.words or "66 waiting" in found.words


def test_saturation_lasts_from_the_slowdown_until_the_queue_is_gone():
    assert one(TEXT + SLOW, "saturated").at_s == pytest.approx(30.0, abs=1.5)
    assert one(TEXT + SLOW, "relieved").at_s == pytest.approx(GONE_S, abs=2.1)


def test_the_system_has_recovered_when_the_queue_is_gone():
    found = one(TEXT + SLOW, "recovered")
    assert found.at_s == pytest.approx(GONE_S, abs=2.1)
    assert "after the fault" in found.words


def test_what_has_not_recovered_by_the_end_says_so():
    late = SLOW.replace("from: 30s, until: 50s", "from: 80s, until: 119s")
    found = one(TEXT + late, "not_recovered")
    assert found.at_s == 120.0


def test_nothing_is_said_of_recovery_if_nothing_was_seen_before_the_fault():
    early = SLOW.replace("from: 30s, until: 50s", "from: 11s, until: 20s")
    kinds = {each.kind for each in log(TEXT + early)}
    assert not kinds & {"recovered", "not_recovered"}


def test_an_objective_is_broken_while_requests_fail_and_met_when_they_do_not():
    assert one(TEXT + CRASH + OBJECTIVE, "objective_broken").at_s == pytest.approx(30.0, abs=1.1)
    met = one(TEXT + CRASH + OBJECTIVE, "objective_met")
    assert met.at_s == pytest.approx(40.0, abs=2.1)
    assert "after 10 s" in met.words


def test_an_objective_of_a_component_is_told_at_the_component():
    bound = "slo: [{measure: api.utilization, at_most: 0.9}]\n"
    assert one(TEXT + SLOW + bound, "objective_broken").component == "api"


def test_a_bound_on_a_total_has_no_instant():
    bound = "slo: [{measure: failed, at_most: 1}]\n"
    assert not any(each.kind == "objective_broken" for each in log(TEXT + CRASH + bound))


def test_of_many_episodes_the_first_and_the_longest_are_told():
    many = [Episode(0, 1), Episode(5, 6), Episode(10, 14), Episode(20, 21)]
    assert told(many) == [Episode(0, 1), Episode(10, 14)]
    assert told(many[:3]) == many[:3]


def test_only_the_run_that_carries_curves_carries_a_log():
    scenario = parse(TEXT + SLOW, "even.yaml", None)
    assert make(Task(scenario, "baseline", 0)).events == ()
    assert make(Task(scenario, "baseline", 0), with_curves=True).events
