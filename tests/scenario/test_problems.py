"""What is wrong with a file, said in its author's words and at the wrong token."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from simulator.errors import Problem
from simulator.registry import Family, Spec
from simulator.scenario.problems import explain
from simulator.scenario.source import read
from simulator.units import PerSecond, Ratio, Seconds

parts = Family("component")
times = Family("distribution", shorthand=lambda value: {"kind": "constant", "value": value})


@times.register
class Constant(Spec):
    kind: Literal["constant"] = "constant"
    value: Seconds = Field(description="the one value")


@times.register
class Mixture(Spec):
    kind: Literal["mixture"] = "mixture"
    of: tuple[Annotated[Spec, times], ...] = Field(min_length=1)


@parts.register
class Server(Spec):
    kind: Literal["server"] = "server"
    workers: int = Field(1, ge=1)
    service_time: Annotated[Spec, times] = Constant(value=1)
    queue_limit: int | None = None


@parts.register
class Limiter(Spec):
    kind: Literal["limiter"] = "limiter"
    rate: PerSecond = Field(description="sustained rate")
    mode: Literal["police", "shape"] = "police"


class Fault(Spec):
    factor: float = Field(gt=1)
    during: tuple[Seconds, Seconds]


class System(Spec):
    entry: str
    components: dict[str, Annotated[Spec, parts]]


class File(Spec):
    format: Literal[1]
    system: System
    faults: tuple[Fault, ...] = ()
    success: Ratio = 1.0


def explained(cls: type[BaseModel], text: str, *under: str) -> list[Problem]:
    source = read(text, "a.yaml")
    value: Any = source.tree
    for step in under:
        value = value[step]
    with pytest.raises(ValidationError) as caught:
        cls.model_validate(value)
    return explain(caught.value, source, under)


def told(cls: type[BaseModel], text: str, *under: str) -> list[str]:
    return [str(problem) for problem in explained(cls, text, *under)]


TEN_MISTAKES = """\
format: 2
system:
  components:
    limiter: {kind: limiter, mode: polce}
    api:
      kind: server
      wokers: 3
      workers: three
      service_time: {kind: mixture, of: [80ms, 80 mss]}
    db: {kind: sever}
faults:
  - factor: 0.5
    during: [10s, -20s]
"""


def test_ten_mistakes_are_ten_problems_each_at_its_own_token():
    assert told(File, TEN_MISTAKES) == [
        "a.yaml:1:9 format: found 2; must be 1",
        "a.yaml:2:1 system.entry: required field 'entry' is missing",
        (
            "a.yaml:4:5 system.components.limiter.rate: "
            "required field 'rate' is missing: sustained rate"
        ),
        (
            "a.yaml:4:36 system.components.limiter.mode: "
            "found 'polce'; must be 'police' or 'shape'; did you mean 'police'?"
        ),
        (
            "a.yaml:7:7 system.components.api.wokers: unknown field 'wokers'; "
            "known: kind, queue_limit, service_time, workers; did you mean 'workers'?"
        ),
        "a.yaml:8:16 system.components.api.workers: found 'three'; must be a whole number",
        (
            "a.yaml:9:48 system.components.api.service_time.of[1]: '80 mss' is not a time; "
            "write a number and one of ns, us, ms, s, min, h, d, such as 80ms"
        ),
        (
            "a.yaml:10:16 system.components.db.kind: "
            "unknown component 'sever'; known: limiter, server; did you mean 'server'?"
        ),
        "a.yaml:12:13 faults[0].factor: found 0.5; must be greater than 1",
        "a.yaml:13:19 faults[0].during[1]: found '-20s'; must be 0 or greater",
    ]


def test_finding_and_hint_are_kept_apart():
    (problem,) = explained(Server, "wokers: 3\n")
    assert problem.message == (
        "unknown field 'wokers'; known: kind, queue_limit, service_time, workers"
    )
    assert problem.hint == "did you mean 'workers'?"


def test_part_of_a_file_keeps_its_place_in_the_file():
    text = "x: 1\nsystem:\n  components:\n    api: {workers: 0}\n"
    assert told(Server, text, "system", "components", "api") == [
        "a.yaml:4:20 system.components.api.workers: found 0; must be 1 or greater"
    ]


def test_missing_field_of_the_whole_file_stands_at_its_beginning():
    assert told(Constant, "kind: constant\n") == [
        "a.yaml:1:1 value: required field 'value' is missing: the one value"
    ]


def test_mapping_without_a_kind_is_wrong_at_its_own_key():
    assert told(System, "entry: a\ncomponents:\n  api:\n    workers: 3\n") == [
        "a.yaml:3:3 components.api: no kind given; known: limiter, server"
    ]


def test_what_a_bare_value_stands_for_is_wrong_at_that_value():
    assert told(Server, "service_time: -3\n") == [
        "a.yaml:1:15 service_time: found -3; must be 0 or greater"
    ]


def test_name_of_a_kind_that_has_no_defaults_lacks_its_fields():
    assert told(System, "entry: a\ncomponents: {api: limiter}\n") == [
        "a.yaml:2:14 components.api.rate: required field 'rate' is missing: sustained rate"
    ]


def test_repeated_part_is_wrong_where_it_is_written():
    text = "entry: a\ncomponents:\n  a: &x {kind: server, workers: 0}\n  b: *x\n"
    assert told(System, text) == [
        "a.yaml:3:33 components.a.workers: found 0; must be 1 or greater",
        "a.yaml:3:33 components.b.workers: found 0; must be 1 or greater",
    ]


def test_empty_value_is_called_nothing():
    assert told(Server, "workers:\n") == [
        "a.yaml:1:9 workers: found nothing; must be a whole number"
    ]


def test_key_that_is_wrong_is_told_at_the_key():
    class Weights(Spec):
        weights: dict[Annotated[str, Field(max_length=3)], int]

    assert told(Weights, "weights: {a: 1, abcd: 2}\n") == [
        "a.yaml:1:17 weights.abcd: found 'abcd'; must be at most 3 characters long"
    ]


def test_members_of_a_union_are_one_problem():
    class Limit(Spec):
        limit: int | Literal["none"] | None

    assert told(Limit, "limit: non\n") == [
        "a.yaml:1:8 limit: found 'non'; must be a whole number or 'none'; did you mean 'none'?"
    ]


def test_validators_of_a_model_speak_for_themselves():
    class Window(BaseModel):
        begin: int
        end: int

        @field_validator("begin")
        @classmethod
        def _even(cls, begin: int) -> int:
            if begin % 2:
                raise AssertionError(f"{begin} is odd")
            return begin

        @model_validator(mode="after")
        def _ordered(self) -> "Window":
            if self.end < self.begin:
                raise ValueError("unknown order 'dwn'; known: down; did you mean 'down'?")
            return self

    assert told(Window, "begin: 3\nend: 2\n") == ["a.yaml:1:8 begin: 3 is odd"]
    (problem,) = explained(Window, "x: 1\ny: {begin: 4, end: 2}\n", "y")
    assert (problem.line, problem.column, problem.path) == (2, 4, "y")
    assert problem.hint == "did you mean 'down'?"


def test_plain_models_are_understood_too():
    class Strict(BaseModel, extra="forbid"):
        a: int

    class Outer(BaseModel):
        inner: Strict

    assert told(Outer, "inner: {b: 1}\n") == [
        "a.yaml:1:1 inner.a: required field 'a' is missing",
        "a.yaml:1:9 inner.b: unknown field 'b'",
    ]


@pytest.mark.parametrize(
    ("annotation", "word", "sentence"),
    [
        (int, "abc", "found 'abc'; must be a whole number"),
        (int, "1.5", "found 1.5; must be a whole number"),
        (int, "'3'", "found '3'; must be a whole number"),
        (float, "true", "found true; must be a number"),
        (str, "3", "found 3; must be text"),
        (str, "[a]", "found a list; must be text"),
        (bool, "on", "found 'on'; must be true or false"),
        (None, "3", "found 3; must be nothing"),
        (Literal["a", 1], "b", "found 'b'; must be 'a' or 1"),
        (Annotated[int, Field(gt=0)], "-3", "found -3; must be greater than 0"),
        (Annotated[float, Field(ge=0.5)], "0", "found 0; must be 0.5 or greater"),
        (Annotated[int, Field(lt=1000000)], "1000000", "found 1000000; must be less than 1000000"),
        (Annotated[float, Field(le=1)], "1.5", "found 1.5; must be 1 or less"),
        (Annotated[int, Field(multiple_of=4)], "6", "found 6; must be a multiple of 4"),
        (tuple[int, ...], "3", "found 3; must be a list"),
        (list[int], "{a: 1}", "found a mapping; must be a list"),
        (frozenset[str], "abc", "found 'abc'; must be a list"),
        (dict[str, int], "[1]", "found a list; must be a mapping"),
        (Server, "3", "found 3; must be a mapping"),
        (tuple[int, int], "[1, 2, 3]", "found 3 items; must be 2 or fewer"),
        (
            Annotated[tuple[int, ...], Field(min_length=2)],
            "[1]",
            "found 1 item; must be 2 or more",
        ),
        (Annotated[str, Field(min_length=2)], "a", "found 'a'; must be at least 2 characters long"),
        (
            Annotated[str, Field(pattern="^[a-z]+$")],
            "A",
            "found 'A'; must be text of the form ^[a-z]+$",
        ),
        (complex, "abc", "found 'abc'; must be "),
    ],
)
def test_every_common_error_is_a_sentence(annotation, word, sentence):
    class One(Spec):
        field: annotation  # type: ignore[valid-type]

    (problem,) = explained(One, f"field: {word}\n")
    assert (problem.line, problem.column, problem.path) == (1, 8, "field")
    assert problem.message.startswith(sentence)


def test_too_few_items_of_a_fixed_tuple_are_missing_one_by_one():
    assert told(Fault, "factor: 2\nduring: [1s]\n") == [
        "a.yaml:2:1 during[1]: required item is missing"
    ]
