"""What a spec accepts, and how a family finds the one that is meant."""

import json
import math
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError, field_validator

from simulator.errors import SimulatorError
from simulator.registry import Family, Spec
from simulator.units import PerSecond, Seconds


class Shape(Spec):
    """Stands in for a distribution."""


shapes = Family("shape", shorthand=lambda value: {"kind": "constant", "value": value})
policies = Family("retry policy")


@shapes.register
class Constant(Shape):
    kind: Literal["constant"] = "constant"
    value: Seconds = Field(description="the one value")


@shapes.register
class Mixture(Shape):
    kind: Literal["mixture"] = "mixture"
    parts: tuple[Annotated[Shape, shapes], ...] = ()
    weights: tuple[float, ...] = ()


@policies.register
class Never(Spec):
    kind: Literal["never"] = "never"


@policies.register
class Backoff(Spec):
    kind: Literal["backoff"] = "backoff"
    attempts: int = Field(default=3, ge=1)


class Server(Spec):
    """Stands in for a component."""

    workers: int = Field(default=1, ge=1, description="requests served at once")
    rate: PerSecond = Field(default=1.0, description="requests a second")
    service: Annotated[Shape, shapes] = Constant(value=1)
    retry: Annotated[Spec, policies] = Never()
    spare: Annotated[Spec, policies] | None = None
    steps: tuple[tuple[Seconds, float], ...] = ()
    zones: frozenset[str] = frozenset()
    start: Seconds = Field(default=0.0, alias="from")
    named: dict[str, Annotated[Spec, policies]] = Field(default={})
    listed: list[Annotated[Spec, policies]] = Field(default=[])


def problems(cls: type[Spec], value: object) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(ValidationError) as caught:
        cls.model_validate(value)
    return {line["loc"]: line["msg"] for line in caught.value.errors()}


# What a spec accepts


def test_int_is_a_float_and_a_float_is_no_int():
    assert Server(rate=3).rate == 3.0
    assert "valid integer" in problems(Server, {"workers": 1.0})[("workers",)]


@pytest.mark.parametrize("value", ["1", True, "yes", None])
def test_scalars_are_not_converted(value):
    assert ("workers",) in problems(Server, {"workers": value})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_are_finite(value):
    assert "finite" in problems(Mixture, {"weights": [value]})[("weights", 0)]


def test_list_becomes_a_tuple_at_any_depth():
    assert Server.model_validate({"steps": [["1s", 2], [3, 4.5]]}).steps == ((1, 2), (3, 4.5))


def test_list_becomes_a_frozen_set():
    assert Server.model_validate({"zones": ["a", "b"]}).zones == frozenset("ab")


def test_what_stands_in_a_list_is_still_strict():
    found = problems(Server, {"steps": [["1s", "2"]], "zones": [1]})
    assert ("steps", 0, 1) in found
    assert "valid string" in next(text for loc, text in found.items() if loc[0] == "zones")


@pytest.mark.parametrize("value", ["ab", {"a": 1}, 3])
def test_only_a_list_stands_for_a_tuple(value):
    assert ("steps",) in problems(Server, {"steps": value})


def test_spec_is_frozen_and_can_be_hashed():
    spec = Mixture(parts=(Constant(value=1),))
    with pytest.raises(ValidationError, match="frozen"):
        spec.weights = (1.0,)
    assert hash(spec) == hash(Mixture(parts=(Constant(value=1),)))


def test_unknown_field_is_told_from_the_known_ones():
    assert problems(Constant, {"value": 1, "valeu": 2}) == {
        ("valeu",): "unknown field 'valeu'; known: kind, value; did you mean 'value'?"
    }


def test_field_is_known_by_the_name_it_has_in_a_file():
    found = problems(Server, {"form": 1})[("form",)]
    assert "from, listed" in found
    assert "did you mean 'from'?" in found


def test_missing_field_is_told_with_its_meaning():
    assert problems(Constant, {}) == {
        ("value",): "required field 'value' is missing: the one value"
    }


def test_all_problems_come_at_once():
    found = problems(Server, {"workers": 0, "wokers": 1, "rate": "400 rps", "service": {}})
    assert set(found) == {("workers",), ("wokers",), ("rate",), ("service",)}


def test_own_messages_survive_the_way_up():
    class Fleet(Spec):
        servers: tuple[Server, ...]

    found = problems(Fleet, {"servers": [{"rate": "400 rps", "x": 1}, {"workers": -3}]})
    assert found[("servers", 0, "rate")].startswith("'400 rps' is not a rate")
    assert found[("servers", 0, "x")].startswith("unknown field 'x'; known: from")
    assert found[("servers", 1, "workers")] == "Input should be greater than or equal to 1"


def test_validators_of_a_spec_speak_for_themselves():
    class Even(Spec):
        number: int

        @field_validator("number")
        @classmethod
        def _even(cls, number: int) -> int:
            if number % 2:
                raise ValueError(f"{number} is odd {{really}}")
            return number

    class Pair(Spec):
        both: tuple[Even, Even]

    found = problems(Pair, {"both": [{"number": 3}, {"number": 4}]})
    assert found == {("both", 0, "number"): "Value error, 3 is odd {really}"}


def test_spec_built_in_python_names_its_fields_too():
    with pytest.raises(
        ValueError, match=r"unknown field 'wokers'; known: .* did you mean 'workers'"
    ):
        Server(wokers=3)  # pyright: ignore[reportCallIssue]


# How a family finds what is meant


@pytest.mark.parametrize("value", ["backoff", {"kind": "backoff"}, Backoff()])
def test_name_mapping_and_instance_mean_the_same(value):
    assert Server(retry=value).retry == Backoff(attempts=3)


def test_mapping_carries_parameters():
    assert Server.model_validate({"retry": {"kind": "backoff", "attempts": 5}}).retry == Backoff(
        attempts=5
    )


@pytest.mark.parametrize("value", ["80ms", 0.08])
def test_scalar_is_handed_to_the_shorthand(value):
    assert Server.model_validate({"service": value}).service == Constant(value=0.08)


def test_one_is_a_number_to_the_shorthand_and_true_is_not():
    assert Server.model_validate({"service": 1}).service == Constant(value=1)
    assert "found true; must be a shape" in problems(Server, {"service": True})[("service",)]


def test_shorthand_may_make_the_spec_itself():
    family = Family("shape", shorthand=lambda value: Constant(value=float(value)))
    family.register(Constant)
    assert TypeAdapter(Annotated[Shape, family]).validate_python("3") == Constant(value=3)


def test_members_are_found_in_mappings_lists_and_options():
    server = Server.model_validate(
        {"named": {"a": "never"}, "listed": ["backoff", {"kind": "never"}], "spare": "backoff"}
    )
    assert server.named == {"a": Never()}
    assert server.listed == [Backoff(), Never()]
    assert server.spare == Backoff()
    assert Server(spare=None).spare is None


def test_unknown_kind_is_located_where_it_is_written():
    found = problems(Server, {"retry": "bakoff", "named": {"a": {"kind": "bakoff"}}})
    text = "unknown retry policy 'bakoff'; known: backoff, never; did you mean 'backoff'?"
    assert found == {("retry",): text, ("named", "a", "kind"): text}


def test_name_that_is_no_kind_is_not_handed_to_the_shorthand():
    assert problems(Server, {"service": "mixtur"})[("service",)] == (
        "unknown shape 'mixtur'; known: constant, mixture; did you mean 'mixture'?"
    )


def test_mapping_without_a_kind_is_told_the_kinds():
    assert problems(Server, {"retry": {"attempts": 3}}) == {
        ("retry",): "no kind given; known: backoff, never"
    }


@pytest.mark.parametrize("kind", [None, 3, ["never"]])
def test_kind_has_to_be_a_name(kind):
    assert "unknown retry policy" in problems(Server, {"retry": {"kind": kind}})[("retry", "kind")]


@pytest.mark.parametrize(("value", "name"), [(3, "3"), ([], "a list"), (None, "nothing")])
def test_whatever_else_is_refused(value, name):
    assert problems(Server, {"retry": value})[("retry",)] == (
        f"found {name}; must be a retry policy: its name, or a mapping with its kind; "
        "known: backoff, never"
    )


def test_errors_in_a_member_are_located_beneath_its_field():
    value = {
        "service": {
            "kind": "mixture",
            "parts": ["1s", {"kind": "mixture", "parts": ["1x", "-1s"]}],
        },
        "listed": ["never", {"kind": "backoff", "attempts": 0, "atempts": 1}],
    }
    assert list(problems(Server, value)) == [
        ("service", "parts", 1, "parts", 0, "value"),
        ("service", "parts", 1, "parts", 1, "value"),
        ("listed", 1, "attempts"),
        ("listed", 1, "atempts"),
    ]


def test_instance_of_another_family_is_refused():
    assert "must be a retry policy" in problems(Server, {"retry": Constant(value=1)})[("retry",)]


def test_kind_registered_later_is_found():
    family = Family("balancing policy")
    adapter = TypeAdapter(Annotated[Spec, family])
    with pytest.raises(ValidationError, match="unknown balancing policy 'later'; known: none"):
        adapter.validate_python("later")

    @family.register
    class Later(Spec):
        kind: Literal["later"] = "later"

    assert adapter.validate_python("later") == Later()


def test_second_class_of_a_kind_is_refused():
    class Twin(Spec):
        kind: Literal["never"] = "never"

    with pytest.raises(
        ValueError, match=r"two classes for the retry policy 'never': .*Never and .*Twin"
    ):
        policies.register(Twin)


def test_class_without_a_literal_kind_is_refused():
    class Nameless(Spec):
        kind: str = "nameless"

    for cls in (Nameless, Server):
        with pytest.raises(TypeError, match="needs a field like kind: Literal"):
            policies.register(cls)


def test_kinds_are_sorted_and_can_be_looked_up():
    assert list(policies.kinds().items()) == [("backoff", Backoff), ("never", Never)]
    assert policies["never"] is Never
    with pytest.raises(SimulatorError, match=r"unknown retry policy 'nevr'.*did you mean 'never'"):
        policies["nevr"]


# What is written out and described


FULL: dict[str, Any] = {
    "service": {"kind": "mixture", "parts": ["1s", {"kind": "mixture"}], "weights": [1, 2]},
    "retry": {"kind": "backoff", "attempts": 5},
    "spare": "never",
    "steps": [["1s", 2]],
    "zones": ["a"],
    "from": "3s",
    "named": {"a": "never"},
    "listed": ["backoff"],
}


def test_what_is_dumped_reads_back_the_same():
    server = Server.model_validate(FULL)
    assert Server.model_validate(server.model_dump()) == server
    assert Server.model_validate(server.model_dump(mode="json")) == server
    assert Server.model_validate_json(server.model_dump_json()) == server


def test_dump_has_the_kind_and_all_its_parameters():
    dumped = Server.model_validate(FULL).model_dump(mode="json")
    assert dumped["retry"] == {"kind": "backoff", "attempts": 5}
    assert dumped["service"]["parts"][0] == {"kind": "constant", "value": 1.0}
    assert dumped["from"] == 3.0


def test_schema_admits_names_scalars_and_mappings():
    schema = Server.model_json_schema()
    assert schema["properties"]["retry"]["anyOf"] == [
        {"enum": ["backoff", "never"], "type": "string"},
        {"$ref": "#/$defs/Backoff"},
        {"$ref": "#/$defs/Never"},
    ]
    assert {"type": "number"} in schema["properties"]["service"]["anyOf"]
    assert schema["$defs"]["Backoff"]["required"] == ["kind"]


def test_schema_of_a_kind_that_holds_its_own_family_ends():
    schema = Mixture.model_json_schema()
    assert {"$ref": "#/$defs/Mixture"} in schema["$defs"]["Mixture"]["properties"]["parts"][
        "items"
    ]["anyOf"]
    assert json.dumps(schema) == json.dumps(Mixture.model_json_schema())


def test_schema_of_a_kind_that_holds_itself_ends():
    family = Family("plan")

    @family.register
    class Plan(Spec):
        kind: Literal["plan"] = "plan"
        steps: tuple["Plan", ...] = ()
        others: tuple[Annotated[Spec, family], ...] = ()

    Plan.model_rebuild(_types_namespace={"Plan": Plan})
    assert list(Plan.model_json_schema()["$defs"]) == ["Plan"]


class Window(Spec):
    opens: Seconds = 0.0
    shuts: Seconds = 1.0

    def contradictions(self):
        if self.opens >= self.shuts:
            yield "opens when it is shut"
        if self.shuts > 9:
            yield "shuts too late"


class Shop(Spec):
    windows: tuple[Window, ...]


def test_everything_that_fields_say_against_one_another_is_told_at_once():
    with pytest.raises(ValidationError) as caught:
        Shop.model_validate({"windows": [{"opens": "12s", "shuts": "10s"}, {"opens": "2s"}, {}]})
    told = [(line["loc"], line["msg"]) for line in caught.value.errors()]
    assert told == [
        (("windows", 0), "opens when it is shut"),
        (("windows", 0), "shuts too late"),
        (("windows", 1), "opens when it is shut"),
    ]


def test_fields_are_not_held_against_one_another_while_one_of_them_is_wrong():
    with pytest.raises(ValidationError) as caught:
        Window.model_validate({"opens": "later", "shuts": "10s"})
    assert [line["loc"] for line in caught.value.errors()] == [("opens",)]
