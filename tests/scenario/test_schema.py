"""The JSON Schema agrees with what the program takes, so that an editor can help."""

import copy

import pytest

from simulator.distributions import distributions
from simulator.faults import fault_kinds
from simulator.kernel import components
from simulator.policies.balancing import balancing_policies
from simulator.policies.eviction import eviction_policies
from simulator.policies.retrying import backoffs, budgets
from simulator.scenario.load import catalogue
from simulator.scenario.model import Scenario
from simulator.scenario.schema import schema
from simulator.scenario.source import read
from simulator.workload.arrivals import arrival_processes
from simulator.workload.keys import key_distributions
from tests.scenario.small import SMALL, problems, small

jsonschema = pytest.importorskip("jsonschema")  # comes with the app's packages

SCHEMA = schema()
FAMILIES = (
    *(arrival_processes, backoffs, balancing_policies, budgets, components, distributions),
    *(eviction_policies, fault_kinds, key_distributions),
)
KINDS = [(family.noun, kind) for family in FAMILIES for kind in family.kinds()]


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(SCHEMA)


def tree(text):
    return read(text, "small.yaml").tree


def test_it_is_a_schema_of_its_draft():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("case", catalogue())
def test_every_case_study_conforms(validator, case):
    text = catalogue()[case].read_text()
    assert [each.message for each in validator.iter_errors(tree(text))] == []


def test_what_the_program_writes_conforms(validator):
    plain = Scenario.model_validate(tree(SMALL)).plain()
    assert [each.message for each in validator.iter_errors(plain)] == []


@pytest.mark.parametrize(
    "change",
    [
        ("format: 1", "format: 2"),
        ("format: 1\n", ""),
        ("workers: 2", "wokers: 2"),
        ("workers: 2", "workers: two"),
        ("workers: 2", "workers: 0"),
        ("kind: database", "kind: databse"),
        ("connections: 4, ", ""),
        ("mean: 100ms", "mean: 100 msec"),
        ("rate: 10/s", "rate: 10ms"),
        ("pool: api}", "pool: api, policy: least_conn}"),
        ("from: 5s, ", ""),
        ("answer: 1, ", ""),
    ],
)
def test_what_the_program_refuses_is_refused(validator, change):
    assert problems(small(change))
    assert not validator.is_valid(tree(small(change)))


def parts(node):
    """Every mapping in the schema."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(part)


@pytest.mark.parametrize(("noun", "kind"), KINDS)
def test_every_kind_appears_with_what_it_is(noun, kind):
    objects = [
        each
        for each in parts(SCHEMA)
        if each.get("properties", {}).get("kind", {}).get("const") == kind
    ]
    assert objects
    assert all(each["description"] for each in objects)
    assert all("kind" in each["required"] for each in objects)


def test_every_field_is_described():
    bare = {
        (each.get("title"), name)
        for each in parts(SCHEMA)
        for name, field in each.get("properties", {}).items()
        if name != "kind" and isinstance(each.get("title"), str)
        if "description" not in field
    }
    assert bare == set()


def test_every_reference_leads_somewhere():
    names = {each["$ref"].rpartition("/")[2] for each in parts(SCHEMA) if "$ref" in each}
    assert names <= SCHEMA["$defs"].keys()


def test_it_is_new_each_time():
    before = copy.deepcopy(schema())
    schema()["properties"].clear()
    assert schema() == before
