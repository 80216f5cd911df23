"""What is known of a file with mistakes: enough that one does not hide another."""

import pytest

from simulator.kernel import Named
from simulator.scenario.draft import Draft
from simulator.scenario.source import read
from tests.scenario.small import SMALL, small, told, valid


def draft(*changes):
    return Draft.of_tree(read(small(*changes), "small.yaml").tree)


def test_a_valid_scenario_and_its_text_make_the_same_draft():
    tree = read(SMALL, "small.yaml").tree
    assert Draft.of(valid(), tree) == Draft.of_tree(tree)


def test_a_component_that_is_wrong_is_known_by_its_name_only():
    found = draft(("workers: 2", "workers: two"))
    assert "api" in found.names
    assert "api" not in found.components


def test_a_component_that_is_wrong_still_says_whom_it_calls():
    named = draft(("workers: 2", "workers: two")).named
    assert Named(("system", "components", "api", "next"), "cache", many=False) in named


def test_a_fault_that_is_wrong_still_says_whom_it_befalls():
    found = draft(("for: 1s", "fro: 1s"))
    assert found.faults == {}
    assert Named(("faults", 0, "of"), "api[2]", many=True) in found.named


def test_references_in_a_list_have_places_of_their_own():
    named = draft(("pool: api}", "pool: ['api[1]', 'api[2]']}")).named
    assert Named(("system", "components", "balancer", "pool", 1), "api[2]", many=True) in named


def test_the_routes_of_a_router_are_named_at_their_keys():
    router = "{kind: router, routes: {db: 0.5}, by_class: {default: {api: 0.1}}}"
    named = draft(("{kind: cache, origin: db, capacity: 10}", router)).named
    place = ("system", "components", "cache")
    assert Named((*place, "routes", "db"), "db", many=False, at_key=True) in named
    assert Named((*place, "by_class", "default", "api"), "api", many=False, at_key=True) in named


def test_references_in_parts_of_a_component_have_their_places_there():
    splitter = "{kind: splitter, arms: {old: {to: db, share: 1}, new: {to: api}}}"
    named = draft(("{kind: cache, origin: db, capacity: 10}", splitter)).named
    place = ("system", "components", "cache", "arms")
    assert Named((*place, "old", "to"), "db", many=False) in named
    assert Named((*place, "new", "to"), "api", many=False) in named


@pytest.mark.parametrize(
    "component",
    ["null", "3", "api", "[]", "{}", "{kind: [1]}", "{kind: unknown, next: x}", "{kind: client}"],
)
def test_what_is_no_component_names_nothing(component):
    named = draft(("{kind: cache, origin: db, capacity: 10}", component)).named
    assert [each for each in named if each.steps[:3] == ("system", "components", "cache")] == []


@pytest.mark.parametrize("value", ["3", "null", "{a: b}", "[[db]]", "[3, null]"])
def test_a_reference_that_is_no_name_is_left_to_the_validation_of_its_field(value):
    named = draft(("origin: db,", f"origin: {value},")).named
    assert [each for each in named if each.steps[:3] == ("system", "components", "cache")] == []


@pytest.mark.parametrize(
    "text", ["a: 1", "system: 3", "system: {components: [1]}", "faults: {a: 1}"]
)
def test_a_file_of_any_shape_has_a_draft(text):
    found = Draft.of_tree(read(text, "small.yaml").tree)
    assert found.named == ()
    assert "latency_p99_s" in found.measures()


def test_measures_are_those_of_requests_and_of_every_component_group_and_replica():
    measures = Draft.of(valid()).measures()
    wanted = {"latency_p99_s", "api.utilization", "api[1].utilization", "cache.hit_ratio"}
    assert wanted <= set(measures)
    assert measures["api[2].utilization"].unit == "ratio"
    assert measures["cost_per_hour_usd"].unit == "$"


def test_measures_of_one_component_do_not_depend_on_mistakes_in_another():
    found = draft(("workers: 2", "workers: two")).measures()
    assert "cache.hit_ratio" in found
    assert "api.utilization" not in found


# One mistake neither hides another nor causes a second complaint


def test_a_wrong_policy_does_not_hide_a_wrong_pool():
    change = ("pool: api}", "pool: apis, policy: least_conn}")
    assert [wrong for wrong, _ in told(change)] == ["apis", "least_conn"]


def test_a_pool_is_wrong_at_the_name_that_is_unknown():
    assert [wrong for wrong, _ in told(("pool: api}", "pool: [api, apj]}"))] == ["apj"]


def test_a_wrong_field_does_not_hide_a_cycle():
    found = told(
        ("connections: 4, read_time: 20ms", "connections: 4, read_time: 20ms, x: 1"),
        ("kind: database", "kind: server"),
        ("origin: db,", "origin: balancer, ttl: x,"),
    )
    assert any("balancer -> api -> cache -> balancer" in message for _, message in found)


def test_a_mistake_in_a_fault_does_not_hide_a_target_that_is_unknown():
    found = told(("of: 'api[2]', from: 5s, for: 1s", "of: apy, from: 5s, for: long"))
    assert [wrong for wrong, _ in found] == ["apy", "long"]


def test_replicas_of_a_component_that_is_wrong_are_not_doubted():
    assert [wrong for wrong, _ in told(("workers: 2", "workers: two"))] == ["two"]


def test_measures_of_a_component_that_is_wrong_are_not_doubted():
    found = told(
        ("workers: 2", "workers: two"),
        ("measure: latency_p99_s, at_most: 1s", "measure: api.utilization, at_most: 1"),
    )
    assert [wrong for wrong, _ in found] == ["two"]
