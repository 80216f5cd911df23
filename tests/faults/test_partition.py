"""What is lost between two groups that cannot reach each other, and what is not."""

import numpy as np
import pytest

from simulator.results import OUTCOMES
from simulator.runner import run
from simulator.scenario.checks import problems
from simulator.scenario.draft import Draft
from tests.kernel.scene import digest, scenario
from tests.laws.witness import witnessed

WEB = {"kind": "client", "next": "db", "timeout": 2.0}
DB = {"kind": "server", "workers": "unlimited", "service_time": 0.3}
SYSTEM = {"web": WEB, "db": DB}


def cut(start=10.0, length=5.0, between=("web",), others=("db",), **more):
    fault = {"kind": "partition", "between": list(between), "and": list(others)}
    return fault | {"from": start, "for": length} | more


def calling(*faults, components=SYSTEM, duration=30.0, drain=10.0, **sections):
    """One request a second, at 1 s, 2 s and so on."""
    arrivals = {"kind": "constant", "rate": 1.0}
    run_settings = {"drain": drain}
    return scenario(
        components, arrivals, duration, faults=list(faults), run=run_settings, **sections
    )


def fates(finished):
    """The outcome of the request that came at each second."""
    rows = finished.requests
    return {round(t): OUTCOMES[each] for t, each in zip(rows.arrived_s, rows.outcome, strict=True)}


def with_fate(finished, outcome):
    return [second for second, each in fates(finished).items() if each == outcome]


def test_calls_are_lost_while_it_lasts_and_whoever_waits_times_out():
    finished = run(calling(cut(10.5)))
    assert with_fate(finished, "timed_out") == [11, 12, 13, 14, 15]
    assert finished.component_measures("faults[0]")["lost_calls"] == 5
    assert finished.component_measures("db")["served"] == 24
    lost = np.isin(finished.requests.arrived_s.round(), [11, 12, 13, 14, 15])
    assert finished.requests.latency_s[lost] == pytest.approx(2.0)


def test_a_call_that_nobody_gives_up_is_unfinished():
    finished = run(calling(cut(10.5), components={"web": WEB | {"timeout": None}, "db": DB}))
    assert with_fate(finished, "unfinished") == [11, 12, 13, 14, 15]
    assert finished.measures()["unfinished"] == 5


def test_an_answer_is_lost_to_a_call_that_got_across():
    finished = run(
        calling(cut(10.1, 1.5))
    )  # that of 10 s is at the database, which is done at 10.3 s
    assert with_fate(finished, "timed_out") == [10, 11]
    measures = finished.component_measures("faults[0]")
    assert (measures["lost_calls"], measures["lost_answers"]) == (1, 1)
    assert finished.component_measures("db")["served"] == 28


def test_an_answer_after_the_end_gets_back():
    finished = run(calling(cut(10.1, 0.1)))
    assert with_fate(finished, "ok") == [*range(1, 30)]


def test_refusals_fail_at_once():
    finished = run(calling(cut(10.1, 2.0, refuses=True)))
    assert with_fate(finished, "failed") == [10, 11, 12]
    latency_s = finished.requests.latency_s
    assert latency_s[[9, 10, 11]] == pytest.approx([0.3, 0.0, 0.0])


def test_one_way_loses_calls_but_not_answers():
    finished = run(calling(cut(10.1, 1.5, one_way=True)))
    assert with_fate(finished, "timed_out") == [11]


def test_one_way_the_other_way_loses_answers_but_not_calls():
    finished = run(calling(cut(10.1, 1.5, between=["db"], others=["web"], one_way=True)))
    assert with_fate(finished, "timed_out") == [10, 11]
    assert finished.component_measures("db")["served"] == 29
    measures = finished.component_measures("faults[0]")
    assert (measures["lost_calls"], measures["lost_answers"]) == (0, 2)


def test_only_what_crosses_is_lost():
    system = {
        "balancer": {"kind": "load_balancer", "pool": ["near", "far"], "policy": "round_robin"},
        "near": WEB,
        "far": WEB,
        "db": DB,
    }
    finished = run(calling(cut(10.5, between=["near"]), components=system))
    assert with_fate(finished, "timed_out") == [11, 13, 15]


def test_a_replica_may_be_cut_off_alone():
    system = {
        "balancer": {"kind": "load_balancer", "pool": "db", "policy": "round_robin"},
        "db": DB | {"replicas": 2},
    }
    client = {"user": WEB | {"next": "balancer"}}
    fault = cut(10.5, between=["balancer"], others=["db[1]"])
    finished = run(calling(fault, components=client | system))
    assert with_fate(finished, "timed_out") == [11, 13, 15]


def test_two_partitions_lose_what_either_does():
    finished = run(calling(cut(10.5), cut(12.5)))
    assert with_fate(finished, "timed_out") == [11, 12, 13, 14, 15, 16, 17]
    lost = [finished.component_measures(f"faults[{i}]")["lost_calls"] for i in (0, 1)]
    assert sum(lost) == 7


def test_it_comes_again():
    finished = run(calling(cut(10.5, 1.0, every=5.0)))
    assert with_fate(finished, "timed_out") == [11, 16, 21, 26]
    assert [each.start_s for each in finished.strikes] == [10.5, 15.5, 20.5, 25.5]
    assert {each.of for each in finished.strikes} == {"web and db"}


def test_probes_are_stopped_as_calls_are():
    check = {"interval": 1.0, "timeout": 0.2, "failures": 2, "successes": 2}
    system = {
        "user": {"kind": "client", "next": "name", "timeout": 0.5},
        "name": {"kind": "dns", "targets": ["db", "spare"], "ttl": 0.01, "resolvers": 1}
        | {"health_check": check},
        "db": DB,
        "spare": DB,
    }
    finished = run(calling(cut(10.5, 10.0, between=["name"]), components=system))
    assert finished.component_measures("name")["changes"] == 2
    assert with_fate(finished, "timed_out")[:1] == [11]
    assert 10 <= finished.component_measures("spare")["served"] <= 12


def test_a_partition_that_has_not_begun_changes_nothing():
    names = ["web", "db"]
    assert digest(run(calling()), names) == digest(run(calling(cut(29.5))), names)


def test_traces_show_what_crosses_and_what_is_lost():
    finished = run(calling(cut(10.5)), traces=range(30))
    assert with_fate(finished, "timed_out") == [11, 12, 13, 14, 15]
    spans = finished.spans
    assert np.sum(np.array(spans.names)[spans.component] == "db") > 0


@pytest.mark.parametrize("refuses", [False, True])
@pytest.mark.parametrize("cancels", [False, True])
def test_every_call_is_answered_at_most_once_and_requests_are_conserved(
    refuses, cancels, monkeypatch
):
    witnesses = witnessed(monkeypatch)
    system = {
        "user": WEB | {"next": "api", "timeout": 0.4, "retries": 2, "cancels": cancels},
        "api": {
            "kind": "server",
            "workers": 2,
            "service_time": 0.05,
            "next": "db",
            "blocking": True,
        },
        "db": {
            "kind": "server",
            "workers": 1,
            "service_time": {"kind": "exponential", "mean": 0.05},
        },
    }
    faults = [
        cut(3.0, 0.7, between=["api"], every=2.0, refuses=refuses),
        cut(4.0, 0.3, between=["user"], others=["api"], every=1.5, one_way=True),
    ]
    arrivals = {"kind": "poisson", "rate": 15.0}
    finished = run(scenario(system, arrivals, 30.0, faults=faults, run={"drain": 20.0}))
    for witness in witnesses.values():
        assert all(visit.answers <= 1 for visit in witness.visits)
    counts = np.bincount(finished.requests.outcome, minlength=len(OUTCOMES))
    assert counts.sum() == len(finished.requests) == len(witnesses["user"].visits)
    assert counts[OUTCOMES.index("unfinished")] == 0, "the client in front has a timeout"
    assert finished.component_measures("faults[0]")["lost_calls"] > 0
    assert finished.component_measures("faults[0]")["lost_answers"] > 0


def test_a_partition_of_those_who_never_meet_is_a_mistake():
    with pytest.raises(AssertionError, match="none of these calls any of the others"):
        calling(cut(between=["db"], others=["other"]), components=SYSTEM | {"other": DB})


def test_nobody_is_on_both_sides():
    with pytest.raises(ValueError, match="'db' is on both sides"):
        calling(cut(between=["web", "db"], others=["db"]))


def test_its_measures_can_be_claimed_of():
    found = calling(cut(), slo=[{"measure": "faults[0].lost_calls", "at_most": 10}])
    assert not list(problems(Draft.of(found)))
