"""Closed forms beside the simulation: green where they hold, and never where they do not."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm, t

from simulator.experiments.rows import Task, make
from simulator.experiments.summary import summarize
from simulator.experiments.theory import beside, telling
from simulator.runner import run
from simulator.scenario import apply, load
from simulator.scenario.load import catalogue
from tests.kernel.scene import scenario

RUNS = 12
LEVEL = norm.sf(3.9)  # of the acceptance rule of the validation
GREEN = "assumptions hold"

ONE_SECOND = {"kind": "exponential", "mean": 1.0}
SERVER = {"kind": "server", "service_time": ONE_SECOND}
AT_ONCE = {"kind": "server", "workers": "unlimited", "service_time": 1e-9}
TWO_CLASSES = {"gold": {"share": 1, "priority": 1}, "plain": {"share": 3}}
LONG = {"warmup": 100.0}


def server(**told):
    return {"server": {**SERVER, **told}}


def poisson(rate):
    return {"kind": "poisson", "rate": rate}


def scene(components, rate=0.5, duration=3500.0, run=LONG, **sections):
    return scenario(components, poisson(rate), duration, run=run, **sections)


def balanced(policy, replicas, **told):
    balancer = {"kind": "load_balancer", "pool": "server", "policy": policy}
    return {"balancer": balancer, **server(replicas=replicas, **told)}


def cached(**told):
    return {"cache": {"kind": "cache", "origin": "origin", **told}, "origin": AT_ONCE}


ZIPF = {"kind": "zipf", "count": 5000, "exponent": 0.8}

LATENCY = {"latency_mean_s", "utilization"}
WAIT = {"wait_mean_s", *LATENCY}
HOLDING = {
    "M/M/1": (scene(server()), "server", WAIT),
    "M/M/3": (scene(server(workers=3), 1.8, 1800.0), "server", WAIT),
    "behind a tracer and a logger": (
        scene(
            {
                "tracing": {"kind": "tracing", "next": "log", "spans": {"server": 3}},
                "log": {"kind": "logger", "next": "server", "rate": 8 * 2000.0},
                **server(),
            }
        ),
        "server",
        WAIT,
    ),
    "behind a mirror": (
        scene(
            {
                "mirror": {"kind": "mirror", "next": "server", "shadow": "other", "senders": 1},
                **server(),
                "other": SERVER,
            }
        ),
        "server",
        WAIT,
    ),
    "a shadow that is waited for": (
        scene(
            {
                "mirror": {"kind": "mirror", "next": "other", "shadow": "server"}
                | {"mode": "synchronous", "share": 0.5},
                **server(),
                "other": AT_ONCE,
            },
            1.0,
        ),
        "server",
        WAIT,
    ),
    "M/M/2/5": (scene(server(workers=2, queue_limit=3), 1.8), "server", {"rejected_ratio", *WAIT}),
    "Erlang B": (
        scene(
            server(workers=3, queue_limit=0, service_time={"kind": "gamma", "mean": 1, "cv": 2}), 2
        ),
        "server",
        {"rejected_ratio", "utilization"},
    ),
    "M/G/1": (
        scene(server(service_time={"kind": "lognormal", "mean": 1.0, "cv": 0.7})),
        "server",
        WAIT,
    ),
    "M/D/1": (scene(server(service_time=1.0)), "server", WAIT),
    "M/G/1, the newest first": (
        scene(server(discipline="lifo", service_time={"kind": "uniform", "low": 0, "high": 2})),
        "server",
        WAIT,
    ),
    "M/G/1-PS": (
        scene(
            server(
                discipline="processor_sharing",
                service_time={"kind": "hyperexponential", "mean": 1.0, "cv": 1.4},
            ),
            duration=5000.0,
        ),
        "server",
        LATENCY,
    ),
    "M/G/2-PS": (
        scene(server(workers=2, discipline="processor_sharing", service_time=1.0), 1.2),
        "server",
        LATENCY,
    ),
    "the newest interrupts": (
        scene(server(discipline={"kind": "lifo", "preemptive": True}, service_time=1.0)),
        "server",
        LATENCY,
    ),
    "priorities": (
        scene(
            server(discipline="priority", service_time_by_class={"gold": 0.5}), classes=TWO_CLASSES
        ),
        "server",
        LATENCY,
    ),
    "priorities of many": (
        scene(server(discipline="priority", workers=2), 1.2, classes=TWO_CLASSES),
        "server",
        LATENCY,
    ),
    "priorities that interrupt": (
        scene(
            server(
                discipline={"kind": "priority", "preemptive": True},
                service_time_by_class={"gold": 0.5},
            ),
            classes=TWO_CLASSES,
        ),
        "server",
        LATENCY,
    ),
    "shortest first": (scene(server(discipline="shortest_job_first")), "server", LATENCY),
    "SRPT": (scene(server(discipline="srpt")), "server", LATENCY),
    "Erlang A": (
        scene(server(workers=3, patience={"kind": "exponential", "mean": 2.0}), 3.0),
        "server",
        {"reneged_ratio", "queued_mean", "utilization"},
    ),
    "a limit without a burst": (
        scene(
            {
                "limit": {"kind": "rate_limiter", "next": "server"}
                | {"policy": {"kind": "token_bucket", "rate": 1.0}},
                **server(workers="unlimited"),
            }
        ),
        "limit",
        {"rejected_ratio"},
    ),
    "no limit": (
        scene(server(workers="unlimited", service_time=3.0)),
        "server",
        {"in_service_mean"},
    ),
    "tandem": (
        scene(
            {
                **server(next="database"),
                "database": {"kind": "database", "connections": 2, "read_time": ONE_SECOND},
            },
        ),
        "database",
        WAIT,
    ),
    "a tandem as a whole": (
        scene(
            {"client": {"kind": "client", "next": "server"}, **server(next="next"), "next": SERVER}
        ),
        "",
        {"latency_mean_s"},
    ),
    "users of two stations": (
        scenario(
            {
                "page": {"kind": "sequence", "steps": ["server", "pair"]},
                "pair": {"kind": "server", "workers": 2, "service_time": ONE_SECOND},
                **server(discipline="processor_sharing", service_time=0.5),
            },
            {"kind": "closed_loop", "users": 4, "think_time": 2.0},
            2500.0,
            run=LONG,
        ),
        "",
        {"latency_mean_s", "throughput_per_s"},
    ),
    "a circle": (
        scene(
            {
                **server(next="router"),
                "router": {"kind": "router", "routes": {"server": 0.5}},
            },
            rate=0.25,
        ),
        "server",
        WAIT,
    ),
    "two visits": (
        scene(
            {
                "page": {"kind": "sequence", "steps": ["server", "think", "server"]},
                **server(discipline="processor_sharing", service_time=1.0),
                "think": {"kind": "server", "workers": "unlimited", "service_time": 2.0},
            },
            rate=0.25,
        ),
        "server",
        LATENCY,
    ),
    "one of two calls at once": (
        scene(
            {
                "both": {"kind": "parallel", "calls": ["server", "other"]},
                "other": SERVER,
                **server(),
            }
        ),
        "server",
        WAIT,
    ),
    "a patient client": (
        scene({"client": {"kind": "client", "next": "server", "timeout": 2.0}, **server()}),
        "server",
        WAIT,
    ),
    "a canary that takes calls by luck": (
        scene(
            {
                "split": {
                    "kind": "splitter",
                    "arms": {
                        "old": {"to": "old", "share": 0.5},
                        "new": {"to": "server", "share": 0.5},
                    },
                    "patience": 1.0,
                },
                "old": SERVER,
                **server(),
            },
            1.0,
        ),
        "server",
        WAIT,
    ),
    "a random split": (scene(balanced("random", 3), 1.5), "server", WAIT),
    "turns": (scene(balanced("round_robin", 3), 1.5), "server", WAIT),
    "the shorter of two queues": (scene(balanced("least_outstanding", 2), 1.0), "server", WAIT),
    "behind a plain cache": (
        scene(
            {
                "cache": {
                    "kind": "cache",
                    "hit_ratio": 0.5,
                    "origin": "server",
                    "lookup_time": 1.0,
                },
                **server(),
            },
            1.0,
        ),
        "server",
        WAIT,
    ),
    "LRU": (
        scene(cached(capacity=1000), 1000.0, 14.0, {"warmup": 8.0}, keys=ZIPF),
        "cache",
        {"hit_ratio"},
    ),
    "FIFO": (
        scene(cached(capacity=300, eviction="fifo"), 1000.0, 8.0, {"warmup": 4.0}, keys=ZIPF),
        "cache",
        {"hit_ratio"},
    ),
    "a time to live": (
        scene(cached(ttl=1.0), 500.0, 14.0, {"warmup": 4.0}, keys=ZIPF),
        "cache",
        {"hit_ratio"},
    ),
    "a time to live from the last use": (
        scene(cached(ttl=1.0, ttl_from="last_use"), 500.0, 14.0, {"warmup": 4.0}, keys=ZIPF),
        "cache",
        {"hit_ratio"},
    ),
}


def misses(found, runs):
    """The green values that simulation contradicts."""
    wrong = []
    for each in found:
        if each.light == GREEN and each.interval is not None:
            values = [each.formula.simulated(one) for one in runs]
            reach = t.isf(LEVEL, len(runs) - 1) * np.std(values, ddof=1) / np.sqrt(len(runs))
            reach += 2 * each.formula.margin
            if abs(each.interval.mean - each.formula.expected) > reach + 1e-9:
                wrong.append((each.formula.component, each.formula.name, each.formula.measure))
    return wrong


@cache
def simulated(name):
    """A system for which theory holds: what is beside it, and what its runs came to."""
    made = HOLDING[name][0]
    runs = [run(made, replication).measures() for replication in range(RUNS)]
    return beside(made, runs), runs


@pytest.mark.validation
@pytest.mark.parametrize("name", HOLDING)
def test_where_assumptions_hold_the_light_is_green_and_the_simulation_agrees(name):
    found, runs = simulated(name)
    _, component, measures = HOLDING[name]
    own = [each for each in found if each.formula.component == component]
    first = [each for each in own if each.formula.name == own[0].formula.name]
    green = {each.formula.measure for each in first if each.light == GREEN}
    assert green == measures, [(each.formula.measure, each.light, each.reasons) for each in first]
    assert not misses(found, runs)


CIRCLE = {"router": {"kind": "router", "routes": {"server": 0.2}}}
TRICE = {"from": 300.0, "for": 1.0}
ON_AND_ON = {"kind": "exponential", "mean": 2.5}
SHARED = {"kind": "shared", "name": "size", "of": ONE_SECOND}
RENEWAL = {"kind": "renewal", "gap": {"kind": "lognormal", "mean": 2.0, "cv": 3.0}}
DATABASE = {"database": {"kind": "database", "connections": 1, "read_time": 0.5}}

BROKEN = {
    "even arrivals": ({"arrivals": {"kind": "constant", "rate": 0.5}}, "constant"),
    "bursts": ({"arrivals": RENEWAL}, "renewal"),
    "batches": ({"arrivals": {"kind": "batch", "rate": 0.1, "size": 5}}, "batch"),
    "a crowd": (
        {"arrivals": {"kind": "flash_crowd", "rate": 0.2, "at": 200, "peak": 1, "half_life": 99}},
        "flash crowd",
    ),
    "spans that workers record": (
        {
            "before": {"kind": "tracing", "next": "server", "overhead": 0.01}
            | {"spans": {"server": 3}},
        },
        "record",
    ),
    "a slowdown": (
        {"faults": [{"kind": "slowdown", "of": "server", "factor": 2, **TRICE}]},
        "slow",
    ),
    "a crash": ({"faults": [{"kind": "crash", "of": "server", **TRICE}]}, "crash"),
    "breakdowns": (
        {"faults": [{"kind": "breakdowns", "of": "server", "mtbf": 500, "mttr": 1}]},
        "breakdowns",
    ),
    "overload": ({"arrivals": poisson(1.1)}, "more comes than it can do"),
    "retries": (
        {"before": {"kind": "client", "next": "server", "timeout": 5.0, "retries": 2}},
        "retries of before",
    ),
    "calls taken back": (
        {"before": {"kind": "client", "next": "server", "timeout": 5.0, "cancels": True}},
        "takes calls back",
    ),
    "several calls at once": (
        {"before": {"kind": "parallel", "calls": "server", "times": 2}},
        "at once",
    ),
    "copies that come along": (
        {
            "before": {"kind": "mirror", "next": "server", "shadow": "other", "share": 0.5},
            "other": {"kind": "link", "next": "server", "latency": 1.0},
        },
        "calls and their copies",
    ),
    "copies that wait for senders": (
        {
            "before": {"kind": "mirror", "next": "other", "shadow": "server", "senders": 1},
            "other": AT_ONCE,
        },
        "as it has senders",
    ),
    "a mirror that was waited for": (
        {
            "before": {"kind": "sequence", "steps": ["mirror", "server"]},
            "mirror": {"kind": "mirror", "next": "one", "shadow": "other", "mode": "synchronous"},
            "one": SERVER,
            "other": SERVER,
        },
        "waits for several calls",
    ),
    "a wire that is shared": (
        {
            "before": {"kind": "link", "next": "server", "latency": 1.0, "bandwidth": 1e4}
            | {"request_size": 100}
        },
        "no Poisson process",
    ),
    "a pool": (
        {"before": {"kind": "connection_pool", "next": "server", "size": 2}},
        "no Poisson process",
    ),
    "a breaker": (
        {"before": {"kind": "circuit_breaker", "next": "server"}},
        "what before sends on is no Poisson process",
    ),
    "a fallback": (
        {"before": {"kind": "fallback", "primary": "server", "after": 5.0}},
        "what before sends on is no Poisson process",
    ),
    "even service before": (
        {"before": {"kind": "server", "service_time": 1.0, "next": "server"}},
        "more or less evenly",
    ),
    "overload before": (
        {"before": {**SERVER, "service_time": ON_AND_ON, "next": "server"}},
        "all that before can do",
    ),
    "the shortest first before": (
        {"before": {**SERVER, "discipline": "srpt", "next": "server"}},
        "go before others",
    ),
    "calls that were waited for together": (
        {
            "before": {"kind": "sequence", "steps": ["both", "server"]},
            "both": {"kind": "parallel", "calls": ["one", "other"]},
            "one": SERVER,
            "other": SERVER,
        },
        "waits for several calls",
    ),
    "a timeout that was waited for": (
        {
            "before": {"kind": "sequence", "steps": ["client", "server"], "on_error": "go_on"},
            "client": {"kind": "client", "next": "other", "timeout": 1.0},
            "other": SERVER,
        },
        "for a timeout",
    ),
    "refusals before": (
        {"before": {**SERVER, "queue_limit": 1, "next": "server"}},
        "may refuse calls",
    ),
    "idempotency keys before": (
        {"before": {"kind": "idempotency", "next": "server"}},
        "no Poisson process",
    ),
    "calls dropped before": (
        {"before": {**SERVER, "shedding": "codel", "next": "server"}},
        "lets through",
    ),
    "calls dropped": ({"server": {"shedding": "codel"}}, "turns calls away"),
    "the oldest dropped": (
        {"server": {"queue_limit": 2, "when_full": "head"}},
        "turns calls away",
    ),
    "impatience before": (
        {"before": {**SERVER, "patience": ONE_SECOND, "next": "server"}},
        "lets through",
    ),
    "a circle of even service": (
        {"server": {"service_time": 1.0, "next": "router"}, **CIRCLE},
        "more or less evenly",
    ),
    "blocking": ({"server": {"next": "database", "blocking": True}, **DATABASE}, "downstream"),
    "batches of work": ({"server": {"batch_size": 4}}, "several calls at once"),
    "impatience that is even": ({"server": {"patience": 2.0}}, "patience"),
    "few places for even service": (
        {"server": {"queue_limit": 2, "service_time": 1.0}},
        "not exponential",
    ),
    "no variance": (
        {"server": {"service_time": {"kind": "pareto", "p50": 0.5, "p99": 5.0}}},
        "no variance",
    ),
    "the same need before": (
        {
            "before": {"kind": "server", "service_time": SHARED, "next": "server"},
            "server": {"service_time": SHARED},
        },
        "alike",
    ),
    "a partition": (
        {
            "before": {"kind": "link", "next": "server", "latency": 0.0},
            "faults": [{"kind": "partition", "between": "before", "and": "server", **TRICE}],
        },
        "partition",
    ),
}


def changed(arrivals=None, server=None, before=None, **others):
    """M/M/1 for which all assumptions hold, and what a test changes in it."""
    components = {"before": before} if before else {}
    components |= {"server": {**SERVER, **(server or {})}}
    sections = {"faults": others.pop("faults")} if "faults" in others else {}
    return scenario(
        {**components, **others}, arrivals or poisson(0.5), 3500.0, run=LONG, **sections
    )


def lights(made, component="server"):
    """What theory says of one component, the runs being too short to say anything."""
    short = made.with_run(duration=310.0)
    return [
        each
        for each in beside(made, [run(short).measures()])
        if each.formula.component == component and "law" not in each.formula.name
    ]


def test_nothing_changed_is_green():
    assert {each.light for each in lights(changed())} == {GREEN}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_assumption_is_said_in_words(name):
    changes, reason = BROKEN[name]
    found = lights(changed(**changes))
    assert found
    assert found[0].light == "broken"
    assert reason in " ".join(found[0].reasons)


@pytest.mark.parametrize(
    "before",
    [
        {"kind": "concurrency_limiter", "next": "server"},
        {"kind": "fallback", "primary": "server", "after": 5.0, "cancels": True},
    ],
    ids=lambda each: each["kind"],
)
def test_nothing_is_claimed_where_how_much_comes_is_not_known(before):
    assert [each for each in lights(changed(before=before)) if each.light != "broken"] == []


NEARLY = {
    "a short window": ({"arrivals": poisson(0.97)}, "is short for a relaxation time"),
    "wild service": (
        {"server": {"service_time": {"kind": "lognormal", "mean": 0.1, "cv": 5.0}}},
        "settle slowly",
    ),
    "an approximation": (
        {"server": {"workers": 2, "service_time": 1.0}},
        "approximation",
    ),
    "hardly anybody waits": ({"server": {"workers": 9}}, "hardly any call"),
    "a fault before the window": (
        {"faults": [{"kind": "slowdown", "of": "server", "factor": 2, "from": 10.0, "for": 5.0}]},
        "may still be felt",
    ),
}


@pytest.mark.parametrize("name", NEARLY)
def test_what_nearly_holds_is_neither_green_nor_red(name):
    changes, reason = NEARLY[name]
    first = lights(changed(**changes))[0]
    assert (first.light, reason in " ".join(first.reasons)) == ("nearly", True), first


def test_users_of_a_canary_are_no_poisson_process():
    arms = {"old": {"to": "old", "share": 0.5}, "new": {"to": "server", "share": 0.5}}
    split = {"kind": "splitter", "arms": arms, "sticky": "key"}
    made = scene({"split": split, "old": SERVER, **server()}, 1.0, keys=ZIPF)
    found = [each for each in lights(made) if each.formula.component == "server"]
    assert {each.light for each in found if "law" not in each.formula.name} <= {"broken"}


def test_a_load_balancer_that_looks_at_queues_splits_no_poisson_process():
    made = scene(balanced("least_outstanding", 3), 1.5)
    assert {each.light for each in lights(made) if each.formula.measure == "wait_mean_s"} == {
        "broken"
    }


def test_users_who_wait_make_no_product_form_with_even_service():
    users = {"kind": "closed_loop", "users": 4, "think_time": 2.0}
    found = lights(changed(arrivals=users, server={"service_time": 1.0}), component="")
    assert {each.light for each in found} == {"broken"}
    assert "not exponential" in found[0].reasons[0]


def test_a_whole_of_which_a_part_is_broken_is_broken():
    before = {"kind": "server", "service_time": 1.0, "next": "server"}
    (whole,) = lights(changed(before=before), component="")
    assert whole.light == "broken"


CACHES = {
    "loads that take time": ({"service_time": 1.0}, {}, "while they are being loaded"),
    "loads that fail": (
        {},
        {
            "faults": [
                {"kind": "error_burst", "of": "origin", "ratio": 0.5, "from": 9.0, "for": 1.0}
            ]
        },
        "error burst",
    ),
    "loads that are refused": (
        {"workers": 1, "queue_limit": 0, "service_time": 0.001},
        {},
        "come to nothing",
    ),
    "writes": ({}, {"classes": {"all": {"write_ratio": 0.1}}}, "write"),
    "a flush": (
        {},
        {"faults": [{"kind": "cache_flush", "of": "cache", "from": 9.0}]},
        "cache flush",
    ),
    "no time to fill": ({}, {"run": {"warmup": 0.0}}, "warm-up"),
}


@pytest.mark.parametrize("name", CACHES)
def test_a_cache_is_not_green_when(name):
    origin, sections, reason = CACHES[name]
    components = cached(capacity=1000)
    components["origin"] = {**AT_ONCE, **origin}
    made = scene(components, 1000.0, 12.0, **{"run": {"warmup": 8.0}, "keys": ZIPF, **sections})
    (found,) = beside(made, [run(made).measures()])[:1]
    assert found.light != GREEN
    assert reason in " ".join(found.reasons)


def test_a_light_does_not_depend_on_whether_the_numbers_agree():
    made = changed()
    runs = [run(made.with_run(duration=310.0)).measures()]
    wrong = [{**one, "server.wait_mean_s": 1e3, "server.utilization": 0.01} for one in runs]
    first = [(each.formula.name, each.light) for each in beside(made, runs)]
    assert first[:3] == [(each.formula.name, each.light) for each in beside(made, wrong)][:3]


def test_a_run_that_was_stopped_is_as_long_as_it_got():
    made = changed()
    row = make(Task(made.with_run(duration=310.0), "baseline", 0))
    found = summarize(made, "baseline", [replace(row, stopped_s=310.0)]).theory()
    wait = next(each for each in found if each.formula.measure == "wait_mean_s")
    assert wait.light == "nearly"
    assert "a window of 3.5 min is short" in wait.reasons[0]


def test_a_short_table_has_one_line_of_what_is_broken():
    found = beside(changed(arrivals=RENEWAL), [run(changed(arrivals=RENEWAL)).measures()])
    shown = [(each.formula.component, each.formula.measure) for each in telling(found)]
    assert shown == [
        ("", "latency_mean_s"),
        ("server", "wait_mean_s"),
        ("server", "utilization"),
    ]


@pytest.mark.slow
@pytest.mark.validation
@pytest.mark.parametrize("case", catalogue())
def test_no_green_light_stands_beside_a_wrong_number(case):
    made = load(case)
    for variant in [made, *(apply(made, name) for name in made.variants)]:
        runs = [run(variant, replication).measures() for replication in range(20)]
        assert not misses(beside(variant, runs), runs)


@pytest.mark.validation
@pytest.mark.parametrize("case", ["connection_pool_exhaustion", "trace_replay"])
def test_in_case_studies_green_numbers_agree(case):
    made = load(case)
    runs = [run(made, replication).measures() for replication in range(6)]
    found = beside(made, runs)
    assert any(each.light == GREEN for each in found)
    assert not misses(found, runs)


def test_nothing_is_said_of_how_often_calls_come_through_a_rate_limiter():
    policy = {"kind": "token_bucket", "rate": 1.0, "burst": 5}
    limiter = {"kind": "rate_limiter", "next": "server", "policy": policy}
    assert lights(changed(before=limiter)) == []


def test_littles_law_is_not_claimed_where_calls_that_waited_are_dropped():
    made = scene(server(queue_limit=5, when_full="head"), 1.5, duration=400.0)
    names = {each.formula.name for each in beside(made, [run(made).measures()])}
    assert "utilization law" in names
    assert "Little's law" not in names
