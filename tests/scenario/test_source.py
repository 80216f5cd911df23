"""What the text of a scenario file may say, and where a problem with it is found."""

import time

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.errors import ScenarioError
from simulator.scenario import builder
from simulator.scenario.source import Source, parse_scalar, read


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def loader(request, monkeypatch):
    """Run a test with the parser in C and with the one in Python."""
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(builder, "LOADER", getattr(yaml, request.param))


def tree(text: str | bytes) -> dict:
    return read(text, "a.yaml").tree


def complaints(text: str | bytes) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read(text, "a.yaml")
    return str(caught.value).splitlines()


# What the words mean


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *[(word, word) for word in ("yes", "no", "on", "off", "y", "N", "Yes")],
        *[(word, word) for word in ("12:30", "1:2:3", "2026-11-22", "1_000", "0b11", "1.2.3")],
        *[(word, word) for word in ("80ms", "400/s", "nan", "inf", "tRUE", "0o8", "e3", "=")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("+3", 3),
        ("-3", -3),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("'3'", "3"),
        ('"true"', "true"),
        ("''", ""),
    ],
)
def test_words_are_read_by_the_rules_of_yaml_1_2(loader, word, value):
    found = tree(f"a: {word}")["a"]
    assert (found, type(found)) == (value, type(value))


def test_lists_and_mappings_nest(loader):
    assert tree("a: [1, {b: c}]\nd:\n  - x\n  - [y]\n") == {"a": [1, {"b": "c"}], "d": ["x", ["y"]]}


def test_json_is_a_scenario_file_too(loader):
    assert tree('{"a": [1, 2.5, null, true], "b": {"c": "80ms"}}') == {
        "a": [1, 2.5, None, True],
        "b": {"c": "80ms"},
    }


def test_bytes_are_utf_8_with_or_without_a_mark(loader):
    assert tree("a: µ".encode()) == tree("a: µ".encode("utf-8-sig")) == {"a": "µ"}


def test_alias_repeats_its_anchor_as_a_copy(loader):
    found = tree("a: &x {p: [1]}\nb: *x\n")
    assert found == {"a": {"p": [1]}, "b": {"p": [1]}}
    found["b"]["p"].append(2)
    assert found["a"] == {"p": [1]}


# Where things stand


TEXT = """\
system:
  entry: api
  components:
    api: {workers: 3, zones: [x, y]}
again: &zones
  - p
  - q
more: *zones
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1), (1, 1)),
        (("system",), (2, 3), (1, 1)),
        (("system", "entry"), (2, 10), (2, 3)),
        (("system", "components", "api", "workers"), (4, 20), (4, 11)),
        (("system", "components", "api", "zones", 1), (4, 34), (4, 34)),
        (("again", 1), (7, 5), (7, 5)),
        (("more",), (8, 7), (8, 1)),
        (("more", 1), (7, 5), (7, 5)),
    ],
)
def test_position_is_that_of_the_value_or_of_its_key(loader, path, value, key):
    source = read(TEXT, "a.yaml")
    assert source.position(path) == value
    assert source.position(path, key=True) == key


@pytest.mark.parametrize("path", [("system", "entry", "x"), ("system", "entry", 0, "y")])
def test_position_of_what_is_not_there_is_that_of_what_should_hold_it(path):
    source = read(TEXT, "a.yaml")
    assert source.position(path) == (2, 10)
    assert source.position(path, key=True) == (2, 3)


def test_problem_names_the_path_and_its_place():
    problem = read(TEXT, "a.yaml").problem(("system", "entry"), "unknown component 'api'")
    assert str(problem) == "a.yaml:2:10 system.entry: unknown component 'api'"


def test_keys_with_dots_are_set_apart_in_a_path():
    text = "set:\n  run.seed: 3\n"
    problem = read(text, "a.yaml").problem(("set", "run.seed"), "no such path")
    assert str(problem) == "a.yaml:2:13 set['run.seed']: no such path"


# What is refused


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: found no content; must be a mapping"),
        ("# nothing\n---\n", "1:1: found no content; must be a mapping"),
        ("- a\n", "1:1: found a list; must be a mapping, lines of name: value"),
        ("api", "1:1: found 'api'; must be a mapping, lines of name: value"),
        ("a: 1\n---\nb: 2\n", "2:1: found a second document; a file holds one"),
        ("a: 1\n  b: 2\n", "2:4: found a ':' where no name can end"),
        ("a: b: c\n", "1:5: found a ':' where no name can end"),
        ("a:\n    b: 1\n  c: 2\n", "3:3: found text that does not line up"),
        ("a: 1\nb\nc: 2\n", "2:1: found a name without ':'"),
        ("a:\n\tb: 1\n", "2:1 a: found a tab; must be spaces"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1 a"),
        ("a: @x\n", "1:4 a: found '@', which cannot start a value; put the text in quotes"),
        ("a: `x`\n", "1:4 a: found '`', which cannot start a value"),
        ("a: 1\nb: 'x\nc: 1\n", "2:4 b: found a quote that is not closed"),
        ("a: 'x\n---\nb: 1\n", "1:4 a: found a quote that is not closed"),
        ("a: [1, 2\nb: 3\n", "1:4 a[2]: found a '[' without its ']'"),
        ("a: {x: 1\nb: 3\n", "1:4 a: found a '{' without its '}'"),
        ("a: ]\n", "1:4 a: found no value; check commas and brackets"),
        ("a: - 1\n", "1:4 a: found the '-' of a list beside other text"),
        ("a:\n  - 1\n  b: 2\n", "3:3 a[1]: found text that does not line up"),
        ('a: "\\d"\n', "1:"),
        ("a: 1\n...\nb: 2\n", "3:1: found text after the end of the document"),
        ("%YAML 2.0\n---\na: 1\n", "1:1: found another version of YAML; leave the line out"),
        ("a: & x\n", "1:5 a: not readable as YAML: "),
        ("a: \x00", "1:4: found the control character '\\x00'; must be printable text"),
        ("a:\n  b: \x1b[0m", "2:6: found the control character '\\x1b'"),
        (b"a: 1\nb: \xff\n", "2:4: found the byte 0xff; must be text in UTF-8"),
        ("a: 1".encode("utf-16"), "1:1: found the byte 0xff; must be text in UTF-8"),
        ("a: '\ud800'", "1:5: found the byte 0xed; must be text in UTF-8"),
        ("a: *x\n", "1:4 a: unknown alias *x; must come after the end of its &x"),
        ("a: &x [1, *x]\n", "1:11 a[1]: unknown alias *x; must come after the end of its &x"),
        ("a: .nan\n", "1:4 a: found .nan; must be a finite number"),
        ("a: [-.inf]\n", "1:5 a[0]: found -.inf; must be a finite number"),
        ("a: 1e999\n", "1:4 a: found 1e999, which is too large; must be a finite number"),
        (f"a: {'1' * 5000}\n", "1:4 a: found a number of 5000 digits; must be 100 or fewer"),
        ("a: 1\nb: 2\na: 3\n", "3:1 a: found 'a' twice; the first is on line 1"),
        ("a: {b: 1, b: 2}\n", "1:11 a.b: found 'b' twice; the first is on line 1"),
        ("a: {b: 1}\nc:\n  <<: {d: 1}\n", "3:3 c: found a merge key '<<'; write the fields out"),
        ("a: !server {}\n", "1:4 a: found the tag '!server'; must be a value without a tag"),
        ("a: !!str 3\n", "1:4 a: found the tag '!!str'; must be a value without a tag"),
        ("3: a\n", "1:1: found 3 as a key; must be text, put it in quotes"),
        ("a: {true: b}\n", "1:5 a: found true as a key; must be text, put it in quotes"),
        ("? [a]\n: b\n", "1:3: found a list as a key; must be text, put it in quotes"),
    ],
)
def test_problem_is_told_in_plain_words_at_its_place(loader, text, problem):
    (complaint,) = complaints(text)
    assert complaint.startswith(f"a.yaml:{problem}")


def test_all_problems_come_at_once_even_before_a_fatal_one():
    assert complaints("a: .nan\n3: x\na: !x 1\nb: [1\n") == [
        "a.yaml:1:4 a: found .nan; must be a finite number",
        "a.yaml:2:1: found 3 as a key; must be text, put it in quotes",
        "a.yaml:3:1 a: found 'a' twice; the first is on line 1",
        "a.yaml:3:4: found the tag '!x'; must be a value without a tag",
        "a.yaml:4:4 b[1]: found a '[' without its ']', or a comma is missing in between",
    ]


def test_value_of_a_bad_key_is_passed_over():
    assert complaints("3: {x: [1, 2]}\n5: &y {z: 1}\nb: *y\n") == [
        "a.yaml:1:1: found 3 as a key; must be text, put it in quotes",
        "a.yaml:2:1: found 5 as a key; must be text, put it in quotes",
    ]


def test_endless_problems_end():
    found = complaints("a: 1\n" * 10_000)
    assert len(found) == 101
    assert found[-1].endswith("found too much wrong to go on; put this right first")


# What could hold up or end the process


def doubling(levels: int) -> str:
    """Aliases that repeat nine times what repeats nine times what ..."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        repeated = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} [{repeated}]")
    return "\n".join(lines)


def chained(levels: int) -> str:
    """Aliases that put one more list around what puts one more list around ..."""
    return "\n".join(
        ["a0: &a0 [x]", *(f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, levels))]
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (doubling(30), "found more than 100,000 values, counting repeated ones"),
        (chained(1000), "found more than 50 lists and mappings in one another"),
        ("[" * 100_000, "found more than 50 lists and mappings in one another"),
        ("a: " + "{a: " * 10_000, "found more than 50 lists and mappings in one another"),
        ("- " * 10_000, "found more than 50 lists and mappings in one another"),
        ("? " * 10_000, "found more than 50 lists and mappings in one another"),
        ("a: [" + "1," * 200_000 + "]", "found more than 100,000 values, counting repeated ones"),
        ("a: " + "x" * 2**20, "found 1,048,579 bytes; must be at most 1,048,576"),
        ("a: " + "é" * 2**19, "found 1,048,579 bytes; must be at most 1,048,576"),
    ],
)
def test_text_that_asks_too_much_is_refused_quickly(text, problem):
    began_s = time.process_time()
    (complaint,) = complaints(text)
    assert problem in complaint
    assert time.process_time() - began_s < 5


def test_fifty_levels_are_read_and_fifty_one_are_not(loader):
    assert tree("a: " + "[" * 49 + "]" * 49)
    (complaint,) = complaints("a: " + "[" * 50 + "]" * 50)
    assert complaint.startswith("a.yaml:1:53: found more than 50")


def test_aliases_that_stay_within_reason_are_read():
    assert len(tree(doubling(4))["a3"]) == 9


PIECES = st.sampled_from(
    list(":-?[]{},#&*!|>'\"%@`~<=. \t\n\r\\/0123456789abcxeEoNn_+\x00\x85\ufeff\u2028\ud800é😀")
    + ["a: ", "- ", "\n  ", "&a ", "*a", "<<: ", "!!str ", "---\n", "...\n", "'", '"\\U', ".nan"]
)


def outcome(text: str | bytes) -> Source | ScenarioError:
    try:
        return read(text, "a.yaml")
    except ScenarioError as error:
        return error


@given(st.one_of(st.text(), st.binary(), st.lists(PIECES).map("".join)))
@example("\ufeff:\ud800")
@example("a: \r\n\t@")
@example('a: "\\UFFFFFFFF"')
def test_any_text_is_a_source_or_a_list_of_problems(text):
    found = outcome(text)
    if isinstance(found, Source):
        assert isinstance(found.tree, dict)
    else:
        assert len(str(found).splitlines()) == len(found.problems) > 0


@given(st.lists(PIECES).map("".join))
@example('a: "\\UFFFFFFFF"')
def test_the_parser_in_python_copes_with_any_text_too(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builder, "LOADER", yaml.SafeLoader)
        assert outcome(text)


# Values on the command line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("3.0", 3.0),
        ("80ms", "80ms"),
        ("yes", "yes"),
        ("true", True),
        ("null", None),
        ("", None),
        ("'3'", "3"),
        ("[1, 2]", [1, 2]),
        ("{kind: lognormal, cv: 0.8}", {"kind": "lognormal", "cv": 0.8}),
    ],
)
def test_value_on_the_command_line_reads_as_in_a_file(text, value):
    assert parse_scalar(text) == value


@pytest.mark.parametrize("text", [".inf", "[1", "!x 3", "{a: 1, a: 2}", "*x", "a: b: c"])
def test_value_on_the_command_line_is_refused_as_in_a_file(text):
    with pytest.raises(ScenarioError, match=r"^--set:1:\d"):
        parse_scalar(text)
