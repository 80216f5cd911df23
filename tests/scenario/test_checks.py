"""What is checked across the sections of a file, and what is only worth a warning."""

from textwrap import dedent

import pytest

from simulator.errors import ScenarioError
from simulator.scenario import parse
from simulator.scenario.checks import warnings
from tests.scenario.small import problems, small, told, valid


def said(*changes):
    """The one thing that is said: wrong token, then message."""
    (found,) = told(*changes)
    return found


# References


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("entry: balancer", "entry: balance"), "balance"),
        (("pool: api}", "pool: apy}"), "apy"),
        (("next: cache", "next: cash"), "cash"),
        (("origin: db,", "origin: dbs,"), "dbs"),
        (("of: 'api[2]'", "of: 'apy[2]'"), "'apy[2]'"),
    ],
)
def test_a_reference_to_nothing_is_told_at_the_name_with_what_there_is(change, wrong):
    token, message = said(change)
    assert token == wrong
    assert "must be a component: api, balancer, cache, db" in message


def test_a_replica_that_there_is_not_is_told():
    assert said(("of: 'api[2]'", "of: 'api[3]'"))[0] == "'api[3]'"
    assert said(("of: 'api[2]'", "of: 'api[0]'"))[0] == "'api[0]'"


def test_a_component_without_replicas_has_no_numbers():
    assert said(("of: 'api[2]'", "of: 'db[1]'"))[0] == "'db[1]'"


def test_the_nearest_name_is_suggested():
    (found,) = problems(small(("origin: db,", "origin: dbb,")))
    assert found.hint == "did you mean 'db'?"


def test_a_group_of_several_needs_a_balancer_behind_the_entry():
    token, message = said(("entry: balancer", "entry: api"))
    assert token == "api"
    assert "'api' has 2 replicas; a load_balancer must choose among them" in message
    assert "or name one, 'api[1]'" in message


def test_a_group_of_several_needs_a_balancer_behind_another_component():
    front = ("  components:\n", "  components:\n    front: {kind: client, next: api}\n")
    token, message = said(front, ("entry: balancer", "entry: front"))
    assert token == "api"
    assert "'api' has 2 replicas; a load_balancer must choose among them" in message


def test_one_replica_of_a_group_may_be_called_without_a_balancer():
    assert told(("entry: balancer", "entry: 'api[1]'")) == []


def test_a_group_of_one_needs_no_balancer():
    changes = [("entry: balancer", "entry: api"), ("replicas: 2", "replicas: 1")]
    assert told(*changes, ("of: 'api[2]'", "of: api")) == []


@pytest.mark.parametrize(
    ("changes", "circle"),
    [
        ([("next: cache", "next: balancer")], "balancer -> api -> balancer"),
        ([("origin: db,", "origin: balancer,")], "balancer -> api -> cache -> balancer"),
        ([("next: cache", "next: 'api[1]'")], "api -> api"),
        ([("pool: api}", "pool: [api, balancer]}")], "balancer -> balancer"),
    ],
)
def test_calls_that_go_round_in_a_circle_are_told_once_with_the_circle(changes, circle):
    found = told(*changes)
    assert [message for _, message in found] == [f"calls go round in a circle: {circle}"]


def test_two_ways_to_one_component_are_no_circle():
    extra = "    db: {kind: database, connections: 4, read_time: 20ms}"
    lines = f"    front: {{kind: load_balancer, pool: [balancer, cache]}}\n{extra}"
    assert told((extra, lines), ("entry: balancer", "entry: front")) == []


def test_a_very_long_chain_is_checked_too():
    chain = "\n".join(
        f"    s{i}: {{kind: server, service_time: 1ms, next: s{i + 1}}}" for i in range(1500)
    )
    end = "    s1500: {kind: server, service_time: 1ms}"
    db = "    db: {kind: database, connections: 4, read_time: 20ms}"
    assert told((db, f"{db}\n{chain}\n{end}")) == []


# Faults

POOL = ("      next: cache\n", "      next: pool\n    pool: {kind: load_balancer, pool: cache}\n")


@pytest.mark.parametrize(
    ("fault", "able"),
    [
        ("{kind: crash, of: cache, from: 5s, for: 1s}", "api, db"),
        ("{kind: slowdown, factor: 2, of: balancer, from: 5s, for: 1s}", "api, db"),
        ("{kind: cache_flush, of: db, from: 5s}", "cache"),
    ],
)
def test_a_fault_that_a_kind_cannot_have_is_told_with_those_that_can(fault, able):
    _, message = said(("{kind: crash, of: 'api[2]', from: 5s, for: 1s}", fault))
    assert message.endswith(f"in this system these can: {able}")


@pytest.mark.parametrize(
    ("zone", "message"),
    [
        ("eu-1", "unknown zone 'eu-1'; known: eu, us"),
        ("us", "nothing that stands in zone 'us' can crash"),
    ],
)
def test_an_outage_needs_a_zone_in_which_something_can_crash(zone, message):
    token, found = said(
        ("{kind: crash, of: 'api[2]', from", f"{{kind: zone_outage, zone: {zone}, from"),
        ("capacity: 10}", "capacity: 10, zone: us}"),
        ("read_time: 20ms}", "read_time: 20ms, zone: eu}"),
    )
    assert (token, found) == (zone, message)


def test_a_zone_to_turn_to_is_one_that_something_stands_in():
    token, message = said(
        ("pool: api}", "pool: api, zone: eu, zone_aware: true, zone_order: [us, ue]}"),
        ("replicas: 2", "replicas: 2\n      zone: [eu, us]"),
    )
    assert token == "ue"
    assert message.startswith("unknown zone 'ue'")
    assert "known: eu, us" in message


def test_there_are_no_more_zones_than_replicas():
    _, message = said(("read_time: 20ms}", "read_time: 20ms, zone: [eu, us]}"))
    assert message == "found 2 zones for 1 of it; leave some out"


def test_a_cache_without_entries_cannot_be_flushed():
    flush = "{kind: cache_flush, of: cache, from: 5s}"
    _, message = said(
        ("{kind: crash, of: 'api[2]', from: 5s, for: 1s}", flush),
        ("capacity: 10", "hit_ratio: 0.5"),
        ("faults[0].for: 2s", "run.seed: 2"),
    )
    assert "this cache cannot have a cache_flush; in this system these can: none" in message


def test_a_fault_after_the_end_is_told_at_its_beginning():
    token, message = said(("from: 5s", "from: 20s"))
    assert token == "20s"
    assert "must be less than run.duration, 20 s" in message


def test_a_rolling_flush_has_to_be_over_before_the_next_one():
    flush = "{kind: cache_flush, of: cache, from: 5s, every: 3s, stagger: 1s}"
    changes = [
        ("{kind: crash, of: 'api[2]', from: 5s, for: 1s}", flush),
        ("faults[0].for: 2s", "faults[0].share: 20%"),
    ]
    assert told(*changes) == []
    token, message = said(*changes, ("capacity: 10", "replicas: 4, capacity: 10"), POOL)
    assert token == "3s"
    assert message.startswith("found 3 s; must be more than the 3 s that it takes")


# Workload


def test_a_cache_by_key_needs_keys():
    token, message = said(("  keys: {kind: zipf, count: 20}\n", ""))
    assert token == "cache"
    assert "give workload.keys, or a plain hit_ratio" in message


def test_a_cache_by_chance_needs_no_keys():
    assert told(("  keys: {kind: zipf, count: 20}\n", ""), ("capacity: 10", "hit_ratio: 0.5")) == []


def test_a_time_for_an_unknown_class_is_told_at_its_name():
    change = ("workers: 2", "service_time_by_class: {gold: 1s}")
    assert said(change) == ("gold", "unknown request class 'gold'; known: default")


# Run


def test_a_warmup_as_long_as_the_run_leaves_nothing_to_measure():
    assert said(("warmup: 1s", "warmup: 20s")) == (
        "20s",
        "found 20 s; must be less than the duration, 20 s",
    )


def test_arrivals_without_end_need_a_duration():
    (found,) = problems(small(("duration: 20s, ", "")))
    assert (found.path, found.message) == ("run", "give a duration: these arrivals never end")


# Names and claims


def test_baseline_is_no_name_for_a_variant():
    token, message = said(("  wide:\n", "  baseline:\n"))
    assert token == "baseline"
    assert "choose another name" in message


@pytest.mark.parametrize(
    ("change", "wrong", "hint"),
    [
        (("of: fast", "of: fats"), "fats", "fast"),
        (("relative_to: baseline", "relative_to: basline"), "basline", "baseline"),
        (("ask: Which is it?", "ask: Which?\n  of: fest"), "fest", "fast"),
        (("ask: Which is it?", "ask: Which?\n  relative_to: wode"), "wode", "wide"),
    ],
)
def test_a_claim_about_an_unknown_variant_is_told_at_its_name(change, wrong, hint):
    (found,) = problems(small(change))
    assert f"unknown variant {wrong!r}; known: baseline, fast, wide" in found.message
    assert found.hint == f"did you mean {hint!r}?"


@pytest.mark.parametrize(
    "change",
    [
        ("measure: latency_p99_s, at_most: 1s", "measure: api.utilisation, at_most: 1"),
        ("measure: latency_p99_s\n    of: fast", "measure: api.utilisation\n    of: fast"),
        ("measure: latency_p99_s\n  choices", "measure: api.utilisation\n  choices"),
    ],
    ids=["objective", "finding", "prediction"],
)
def test_an_unknown_measure_is_told_with_those_of_its_component(change):
    (found,) = problems(small(change))
    assert "unknown measure 'api.utilisation'; known: " in found.message
    assert "api.queued_mean" in found.message
    assert "cache.hit_ratio" not in found.message
    assert found.hint == "did you mean 'api.utilization'?"


def test_a_choice_with_a_measure_of_its_own_is_checked():
    choices = (
        "{say: short, at_most: 200ms}\n    - {say: long}",
        "{say: a, measure: api.busy}\n    - {say: b, measure: db.utilization}",
    )
    token, _ = said(choices, ("  measure: latency_p99_s\n  choices", "  choices"))
    assert token == "api.busy"


def test_a_window_beyond_the_run_is_told_at_its_end():
    token, message = said(("during: [5s, 10s]", "during: [5s, 30s]"))
    assert token == "30s"
    assert "must be at most run.duration, 20 s" in message


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("workload.arrivals.rat", "did you mean 'rate'?"),
        ("system.components.api.wokers", "did you mean 'workers'?"),
        ("faults[1].from", ""),
        ("run..seed", ""),
        ("run.seed.x", ""),
    ],
)
def test_a_knob_that_turns_nothing_is_told_at_its_path(path, hint):
    (found,) = problems(small(("path: workload.arrivals.rate,", f"path: '{path}',")))
    assert found.path == "knobs[0].path"
    assert found.hint == hint


# Warnings


def test_an_offered_load_above_capacity_is_a_warning_that_says_so():
    scenario = valid(("rate: 10/s", "rate: 80/s"))
    (warning,) = warnings(scenario)  # 4 workers at 100 ms each: 40 a second
    assert "api is offered 2 times what it can do: 80/s of 0.1 s each for 4 worker(s)" in warning


def test_a_load_below_capacity_is_no_warning():
    assert warnings(valid(("rate: 10/s", "rate: 39/s"))) == []


def test_a_load_that_arrives_over_several_ways_counts_together():
    scenario = valid(
        ("rate: 10/s", "rate: 30/s"),
        ("capacity: 10", "hit_ratio: 0"),
        ("connections: 4", "connections: 1"),
        ("read_time: 20ms", "read_time: 40ms"),
    )
    (warning,) = warnings(scenario)  # both replicas send all their 15 a second on
    assert "db is offered 1.2 times" in warning


def test_a_spike_counts_by_its_share_of_the_run():
    schedule = "{kind: schedule, rate: 10, spikes: [{at: 5s, for: 2s, extra: 250}]}"
    changes = [("{kind: poisson, rate: 10/s}", schedule), ("workload.arrivals.rate", "run.seed")]
    assert warnings(valid(*changes)) == []  # 35 a second on average


def test_reported_load_is_asked_of_stations_only():
    text = """
        format: 1
        scenario: reports
        title: Reports
        chapter: elsewhere
        question: Who reports its load?
        system:
          entry: balancer
          components:
            balancer: {kind: load_balancer, pool: [api, cache], signal: reported}
            cache: {kind: cache, hit_ratio: 0.5, origin: api}
            api: {kind: server, service_time: 10ms}
        workload: {arrivals: {kind: poisson, rate: 10/s}}
        run: {duration: 10s}
        """
    with pytest.raises(ScenarioError, match="a cache does not report its load") as error:
        parse(dedent(text), "reports.yaml", None)
    assert [problem.path for problem in error.value.problems] == [
        "system.components.balancer.pool[1]"
    ]


def test_a_fault_that_strikes_without_end_is_told_at_its_interval():
    text = """
        format: 1
        scenario: often
        title: Often
        chapter: elsewhere
        question: How often can it strike?
        system:
          entry: api
          components:
            api: {kind: server, service_time: 10ms}
        workload: {arrivals: {kind: poisson, rate: 10/s}}
        faults:
          - {kind: crash, of: api, from: 1s, for: 0.5us, every: 1us}
        run: {duration: 10s}
        """
    with pytest.raises(ScenarioError, match="strikes 10,000,000 times in a run") as error:
        parse(dedent(text), "often.yaml", None)
    assert [problem.path for problem in error.value.problems] == ["faults[0].every"]


# Circles through routers, and what they mean for the load

SERVE = "{kind: server, service_time: 100ms, next: %s}"


def with_system(entry, **components):
    """The small file with a system of its own and without what refers to the usual one."""
    lines = "\n".join(f"    {name}: {text}" for name, text in components.items())
    return (
        "format: 1\nscenario: small\ntitle: Small\nchapter: cases\nquestion: How?\n"
        f"system:\n  entry: {entry}\n  components:\n{lines}\n"
        "workload:\n  arrivals: {kind: poisson, rate: 3/s}\n"
        "  classes: {reader: {share: 2}, writer: {share: 1, operation: write}}\n"
        "run: {duration: 20s}\n"
    )


def complaints(entry, **components):
    text = with_system(entry, **components)
    return [(each.line, each.message) for each in problems(text)]


def loads(entry, **components):
    """What is offered to each component that has too much, in calls a second."""
    found = warnings(parse(with_system(entry, **components), "small.yaml", None))
    return {text.split()[0]: float(text.split(": ")[1].split("/s")[0]) for text in found}


@pytest.mark.parametrize(
    "circle",
    [
        {"a": SERVE % "r", "r": "{kind: router, routes: {a: 0.9}}"},
        {"r": "{kind: router, routes: {r: 0.9}}"},
        {"a": SERVE % "r", "r": "{kind: router, routes: {a: 0.9, b: 0.1}}", "b": SERVE % "c",
         "c": "{kind: database, connections: 1, read_time: 1ms}"},
        {"a": SERVE % "r", "r": "{kind: router, routes: {b: 1}}", "b": SERVE % "s",
         "s": "{kind: router, routes: {a: 0.5}}"},
        {"p": "{kind: parallel, calls: [a, b]}", "a": SERVE % "r",
         "r": "{kind: router, routes: {p: 0.9}}", "b": "{kind: server, service_time: 1s}"},
        {"b": "{kind: load_balancer, pool: [a, c]}", "a": SERVE % "r", "c": SERVE % "r",
         "r": "{kind: router, routes: {b: 0.9}}"},
    ],
)  # fmt: skip
def test_a_circle_that_is_certain_to_be_left_is_allowed(circle):
    assert complaints(next(iter(circle)), **circle) == []


@pytest.mark.parametrize(
    ("circle", "way"),
    [
        ({"a": SERVE % "r", "r": "{kind: router, routes: {a: 1}}"}, "a -> r -> a"),
        ({"a": SERVE % "r", "r": "{kind: router, routes: {a: 0.9, b: 0.1}}", "b": SERVE % "a"},
         "a -> r -> a"),
        ({"r": "{kind: router, routes: {a: 0.5}}", "a": SERVE % "b", "b": SERVE % "a"},
         "a -> b -> a"),
        ({"a": SERVE % "r", "r": "{kind: router, routes: {b: 0.5},"
          " by_class: {writer: {a: 100%}}}", "b": "{kind: server, service_time: 1s}"},
         "a -> r -> a"),
    ],
)  # fmt: skip
def test_a_circle_that_cannot_be_left_is_told_with_the_circle(circle, way):
    ((line, message),) = complaints(next(iter(circle)), **circle)
    assert message == f"calls go round in a circle: {way}"
    last = way.split(" -> ")[-2]
    assert line == 9 + list(circle).index(last)


def test_a_circle_in_which_calls_become_more_is_told():
    circle = {
        "p": "{kind: parallel, calls: [a, b]}",
        "a": SERVE % "r",
        "b": SERVE % "r",
        "r": "{kind: router, routes: {p: 0.5}}",
    }
    ((_, message),) = complaints("p", **circle)
    assert "calls become more with every round of a circle" in message
    circle["r"] = "{kind: router, routes: {p: 0.49}}"
    assert complaints("p", **circle) == []


def test_a_mistake_in_a_router_is_told_without_a_second_complaint_about_its_circle():
    circle = {"a": SERVE % "r", "r": "{kind: router, routes: {a: 0.9, b: 0.3}}",
              "b": "{kind: server, service_time: 1s}"}  # fmt: skip
    ((line, message),) = complaints("a", **circle)
    assert (line, message) == (10, "the probabilities add up to 1.2; must be at most 1")


def test_a_route_to_nothing_is_told_at_its_key():
    text = with_system("r", r="{kind: router, routes: {a: 0.9, bb: 0.1}}", a=SERVE % "b",
                       b="{kind: server, service_time: 1s}")  # fmt: skip
    (found,) = problems(text)
    assert text.splitlines()[found.line - 1][found.column - 1 :].startswith("bb: 0.1")
    assert found.hint == "did you mean 'b'?"


def test_a_route_to_a_group_needs_a_balancer():
    ((_, message),) = complaints(
        "r",
        r="{kind: router, routes: {a: 0.9}}",
        a="{kind: server, replicas: 2, service_time: 1s}",
    )
    assert "'a' has 2 replicas; a load_balancer must choose among them" in message


def test_a_class_that_there_is_not_has_no_routes():
    ((_, message),) = complaints(
        "r",
        r="{kind: router, by_class: {reeder: {a: 0.9}}}",
        a="{kind: server, service_time: 1s}",
    )
    assert message.startswith("unknown request class 'reeder'")


def test_more_answers_than_calls_cannot_be_waited_for():
    ((line, message),) = complaints(
        "p",
        p="{kind: parallel, calls: a, times: 2, wait_for: 7}",
        a="{kind: server, replicas: 3, service_time: 1s}",
    )
    assert (line, message) == (9, "found 7; must be at most 6, the calls it makes")


def test_feedback_multiplies_the_load():
    """3/s from outside, half of which come again: 6/s of 0.2 s each for one worker."""
    found = loads(
        "a", a="{kind: server, service_time: 200ms, next: r}", r="{kind: router, routes: {a: 0.5}}"
    )
    assert found == {"a": 6.0}


def test_the_load_of_a_network_solves_its_traffic_equations():
    """Three stations that send calls to one another: row by row x = outside + what the others send.

    a = 3 + 0.1 b, b = 0.6 a + 0.2 c, c = 0.3 a + 0.5 b.
    """
    slow = "{kind: server, service_time: 10s, next: %s}"
    found = loads(
        "a",
        a=slow % "ra",
        b=slow % "rb",
        c=slow % "rc",
        ra="{kind: router, routes: {b: 0.6, c: 0.3}}",
        rb="{kind: router, routes: {a: 0.1, c: 0.5}}",
        rc="{kind: router, routes: {b: 0.2}}",
    )
    assert found["a"] == pytest.approx(3 + 0.1 * found["b"], rel=1e-3)
    assert found["b"] == pytest.approx(0.6 * found["a"] + 0.2 * found["c"], rel=1e-3)
    assert found["c"] == pytest.approx(0.3 * found["a"] + 0.5 * found["b"], rel=1e-3)


def test_each_class_brings_its_own_load():
    """Two of 3/s are readers; only the writer goes to b, which takes a second."""
    slow = "{kind: server, service_time: 1s}"
    found = loads(
        "r",
        r="{kind: router, routes: {a: 1}, by_class: {writer: {b: 1}}}",
        a=slow,
        b=slow,
    )
    assert found == {"a": 2.0, "b": 1.0}


def test_steps_and_calls_at_once_count_each_by_itself():
    """Of 3/s, a gets two calls of the sequence and two of the parallel, each b two of these."""
    slow = "{kind: server, service_time: 1s}"
    found = loads(
        "s",
        s="{kind: sequence, steps: [a, p, a]}",
        p="{kind: parallel, calls: [a, b], times: 2, wait_for: 1}",
        a=slow,
        b="{kind: server, replicas: 2, service_time: 1s}",
    )
    assert found == {"a": 3.0 * (2 + 2), "b": 3.0 * 2 * 2}


def test_a_balancer_over_unequal_groups_gives_each_replica_as_much():
    slow = "{kind: server, service_time: 1s, replicas: %d}"
    found = loads("l", l="{kind: load_balancer, pool: [a, b]}", a=slow % 5, b=slow % 1)
    assert found == {}, "six replicas share 3/s, half a call a second each"
    found = loads("l", l="{kind: load_balancer, pool: [a, b]}", a=slow % 2, b=slow % 1)
    assert found == {"a": 2.0, "b": 1.0}


def test_what_may_be_taken_back_is_not_foreseen():
    slow = "{kind: server, service_time: 1s}"
    calls = "{kind: parallel, calls: [a, b], wait_for: 1, cancels: %s}"
    assert loads("p", p=calls % "true", a=slow, b=slow) == {}
    assert loads("p", p=calls % "false", a=slow, b=slow) == {"a": 3.0, "b": 3.0}


# What a cache is told


@pytest.mark.parametrize(
    ("cache", "token", "message"),
    [
        ("eviction: lruu", "lruu", "unknown eviction policy 'lruu'"),
        ("eviction: {kind: slru, protected: 120%}", "120%", "must be 1 or less"),
        ("ttl_jitter: 3s", "3s", "'3s' is not a ratio"),
        ("early_refresh: xfetsh", "xfetsh", "unknown refresh policy 'xfetsh'"),
        ("early_refresh: {kind: xfetch, beta: 0}", "0", "must be greater than 0"),
        ("warm: most", "most", "must be true, a number of keys such as 300, or a share above 0%"),
        ("writes: back, flush_after: 0s", "0s", "must be greater than 0"),
        ("writes: behind", "behind", "must be 'around', 'invalidate', 'through' or 'back'"),
        ("stale_for: 5s", "{", "entries live for ever without ttl: give it, or leave out"),
        ("hit_ratio: 0.5", "{", "hit_ratio has no keys: leave out capacity"),
        ("flush_after: 5s", "{", "flush_after goes with writes: back"),
    ],
)
def test_what_is_wrong_about_a_cache_is_told_where_it_stands(cache, token, message):
    found, text = said(("capacity: 10", f"capacity: 10, {cache}"))
    assert found == token
    assert message in text
