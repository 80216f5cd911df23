"""Types of requests: what each is called, does, asks for, and how long its users will wait."""

from itertools import islice

import numpy as np
import pytest

from simulator.kernel import RequestClass, Simulation
from simulator.kernel.streams import Needs, Streams
from simulator.results import OUTCOMES
from simulator.runner import run
from simulator.workload.keys import UniformKeys, Zipf
from simulator.workload.workload import ClassSpec, Workload
from tests.kernel.scene import scenario

N = 20_000
FLUKE = 5  # standard errors
STEADY = {"kind": "constant", "rate": 10.0}
SLOW_WRITES = {"db": {"kind": "database", "connections": 50, "read_time": 0.1, "write_time": 0.4}}


def workload(**sections):
    return Workload.model_validate({"arrivals": STEADY, **sections})


def requests(of, n=N, needs=()):
    """The tuples of the first requests, and which of them write."""
    found = Needs(Streams(1, 0), of.request_classes())
    for name, sampler, of_writes in needs:
        found.add(name, sampler, of_writes=of_writes)
    writes = [each.writes for each in found.classes]
    rows = list(islice(found.requests(iter(range(n))), n))
    return rows, np.array([writes[row[1]] for row in rows])


def test_classes_keep_their_order_and_everything_they_say():
    classes = {
        "gold": {"share": 1.0, "priority": 2, "weight": 4.0},
        "writer": {"share": 3.0, "operation": "write"},
    }
    assert workload(classes=classes).request_classes() == [
        RequestClass("gold", 1.0, priority=2, weight=4.0),
        RequestClass("writer", 3.0, writes=True, priority=0, weight=1.0),
    ]


@pytest.mark.parametrize("wrong", [{"weight": 0.0}, {"weight": -1.0}, {"priority": 1.5}])
def test_impossible_dues_are_refused(wrong):
    with pytest.raises(ValueError, match=r"greater than 0|valid integer"):
        ClassSpec(share=1.0, **wrong)


# -- reads and writes --------------------------------------------------------------------------


def test_a_part_of_the_requests_writes():
    _, writes = requests(workload(classes={"default": {"write_ratio": "10%"}}))
    assert writes.mean() == pytest.approx(0.1, abs=FLUKE * np.sqrt(0.09 / N))
    assert abs(np.corrcoef(writes[1:], writes[:-1])[0, 1]) < FLUKE / np.sqrt(N)


def test_more_writes_are_the_same_writes_and_others():
    few, many = (requests(workload(classes={"all": {"write_ratio": r}}))[1] for r in (0.1, 0.3))
    assert few.sum() < many.sum()
    assert (many | ~few).all()


@pytest.mark.parametrize(("ratio", "writes"), [(0.0, False), (1.0, True)])
def test_all_or_none_is_one_kind_of_request(ratio, writes):
    (kind,) = workload(classes={"all": {"write_ratio": ratio}}).request_classes()
    assert (kind.name, kind.share, kind.writes) == ("all", 1.0, writes)


def test_writes_change_neither_the_class_of_a_request_nor_how_many_classes_there_are():
    plain = {"a": {"share": 3.0}, "b": {"share": 1.0}}
    mixed = {"a": {"share": 3.0, "write_ratio": 0.2}, "b": {"share": 1.0, "operation": "write"}}
    runs = [run(scenario(SLOW_WRITES, STEADY, 100.0, classes=of)) for of in (plain, mixed)]
    assert [each.classes for each in runs] == [["a", "b"], ["a", "b"]]
    one, other = (each.requests.request_class for each in runs)
    assert set(one) == {0, 1}
    assert (one == other).all()


def test_a_database_takes_the_time_of_a_write_for_writes_alone():
    classes = {"all": {"write_ratio": 0.25}}
    finished = run(scenario(SLOW_WRITES, STEADY, 400.0, classes=classes, run={"drain": 1.0}))
    latency_s = finished.requests.latency_s
    assert set(latency_s.round(9)) == {0.1, 0.4}
    share = (latency_s > 0.2).mean()
    assert share == pytest.approx(0.25, abs=FLUKE * np.sqrt(0.25 * 0.75 / latency_s.size))


def test_the_retry_of_a_write_is_a_write():
    system = {"client": {"kind": "client", "next": "db", "timeout": 0.2, "retries": 1}}
    classes = {"all": {"write_ratio": 0.3}}
    finished = run(scenario(system | SLOW_WRITES, STEADY, 100.0, classes=classes))
    outcome, attempts = finished.requests.outcome, finished.requests.attempts
    assert set(attempts[outcome == OUTCOMES.index("ok")]) == {1}  # reads
    assert set(attempts[outcome == OUTCOMES.index("timed_out")]) == {2}  # writes, both times


def test_the_mean_work_of_a_database_knows_the_writes():
    of = scenario(SLOW_WRITES, classes={"all": {"share": 7.0, "write_ratio": 0.5}})
    mean_s, _ = of.system.components["db"].work(of.workload.request_classes())
    assert mean_s == pytest.approx(0.25)


def test_reads_and_writes_of_a_class_are_due_one_weight_together():
    system = {"api": {"kind": "server", "service_time": 0.1, "discipline": "weighted_fair"}}
    classes = {"mixed": {"write_ratio": 0.5}, "plain": {}}
    crowd = {"kind": "constant", "rate": 40.0}  # four times what can be served
    finished = run(scenario(system, crowd, 100.0, classes=classes))
    served = [finished.request_measures(None, name)["ok"] for name in classes]
    assert served == pytest.approx([500, 500], abs=5)


def test_a_class_that_writes_has_no_ratio_beside():
    with pytest.raises(ValueError, match="either operation: write or write_ratio"):
        ClassSpec(operation="write", write_ratio=0.5)


# -- deadlines ---------------------------------------------------------------------------------

TWO = {"urgent": {"deadline": 0.15}, "patient": {"share": 1.0}}
STAIRS = {"kind": "empirical", "values": [0.1, 0.2, 0.3]}


def goodput(cap=1_000_000, **sections):
    """Of a server that takes 0.1, 0.2 or 0.3 s: ok answers, and those in time, by class."""
    system = {"api": {"kind": "server", "workers": 100, "service_time": STAIRS}}
    of = scenario(system, {"kind": "poisson", "rate": 50.0}, 100.0, classes=TWO)
    load = of.workload.model_copy(update=sections)
    finished = run(of.model_copy(update={"workload": load}).with_run(drain=1.0), cap=cap)
    rows, of_class = finished.requests, {}
    for name in (None, "urgent", "patient"):
        measures = finished.request_measures(None, name)
        of_class[name] = measures["ok"], round(measures["goodput_per_s"] * 100)
    return rows, of_class


def test_goodput_counts_answers_within_the_deadline_of_their_own_class():
    rows, found = goodput()
    in_time = (rows.request_class == 1) | (rows.latency_s < 0.15)
    assert found["urgent"] == (
        (rows.request_class == 0).sum(),
        in_time[rows.request_class == 0].sum(),
    )
    assert found["patient"][0] == found["patient"][1] > 0
    assert found[None][1] == in_time.sum() < found[None][0]


def test_the_deadline_of_the_workload_holds_where_a_class_has_none():
    rows, found = goodput(deadline=0.25)
    assert found["patient"][1] == ((rows.request_class == 1) & (rows.latency_s < 0.25)).sum()
    assert found["urgent"][1] == ((rows.request_class == 0) & (rows.latency_s < 0.15)).sum()


def test_deadlines_by_class_hold_beyond_the_rows_that_are_kept():
    assert goodput(cap=10, deadline=0.25)[1] == goodput(deadline=0.25)[1]


# -- keys --------------------------------------------------------------------------------------


def keys_asked_for(of, n=N):
    """Class and key of each request."""
    sim = Simulation(1, 0, of.request_classes())
    keys = of.keys_in_order(sim)
    rows = list(islice(sim.needs.requests(keys), n))
    return np.array([row[1] for row in rows]), np.array([row[2] for row in rows])


def test_a_class_may_ask_for_other_keys_than_the_rest():
    hot = {"kind": "zipf", "count": 3}
    of = workload(keys={"kind": "uniform", "count": 100}, classes={"a": {}, "b": {"keys": hot}})
    classes, keys = keys_asked_for(of)
    assert set(keys[classes == 1]) == {0, 1, 2}
    counts = np.bincount(keys[classes == 1])
    error = FLUKE * np.sqrt(counts.sum() / 4)
    assert counts == pytest.approx(counts.sum() * Zipf(count=3).popularity(), abs=error)
    assert np.mean(keys[classes == 0] < 3) == pytest.approx(0.03, abs=0.01)


def test_keys_of_one_class_do_not_change_what_another_asks_for():
    plain = workload(keys={"kind": "uniform", "count": 100}, classes={"a": {}, "b": {}})
    own = {"a": {}, "b": {"keys": {"kind": "uniform", "count": 7}}}
    mixed = workload(keys={"kind": "uniform", "count": 100}, classes=own)
    (classes, before), (_, after) = keys_asked_for(plain), keys_asked_for(mixed)
    assert (before == after)[classes == 0].all()
    assert not (before == after)[classes == 1].all()


def test_there_are_as_many_keys_as_the_class_with_the_most_can_ask_for():
    keys, more = UniformKeys(count=30), UniformKeys(count=50)
    both = {"few": ClassSpec(), "many": ClassSpec(keys=more)}
    assert workload(keys=keys).key_count() == 30
    assert workload(keys=keys, classes=both).key_count() == 50
    assert workload().key_count() == 0


def test_where_one_class_has_keys_all_have():
    with pytest.raises(ValueError, match=r"give keys also for a, or workload\.keys for all"):
        workload(classes={"a": {}, "b": {"keys": UniformKeys(count=7)}})
    assert workload(classes={"b": {"keys": UniformKeys(count=7)}}).has_keys()
    assert not workload().has_keys()
