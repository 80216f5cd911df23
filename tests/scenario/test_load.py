"""A file becomes a scenario, or a list of all its problems, each at the wrong token."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.errors import ScenarioError
from simulator.scenario import Scenario, load, parse
from simulator.scenario.checks import warnings
from simulator.scenario.load import catalogue, find
from tests.scenario.small import FILE, SMALL, problems, small, token, told, valid


def test_the_small_file_is_a_scenario():
    assert isinstance(valid(), Scenario)


# Ten mistakes

TEN = {  # old, new: the wrong token, and what has to be said of it
    ("format: 1", "format: 7"): ("7", "must be 1"),
    ("entry: balancer", "entry: balancr"): ("balancr", "did you mean 'balancer'?"),
    ("pool: api}", "pool: api, policy: least_conn}"): (
        "least_conn",
        "did you mean 'least_outstanding'?",
    ),
    ("kind: exponential", "kind: exponental"): ("exponental", "did you mean 'exponential'?"),
    ("origin: db,", "origin: dbb,"): ("dbb", "did you mean 'db'?"),
    ("capacity: 10", "capacity: 10, lookup_tme: 1ms"): (
        "lookup_tme",
        "did you mean 'lookup_time'?",
    ),
    ("connections: 4", "connections: four"): ("four", "must be a whole number"),
    ("rate: 10/s", "rate: 10_rps"): ("10_rps", "write a number and one of /s, /min, /h"),
    ("kind: crash", "kind: crsh"): ("crsh", "did you mean 'crash'?"),
    ("measure: latency_p99_s, at_most: 1s", "measure: latency_99_s, at_most: 1s"): (
        "latency_99_s",
        "did you mean 'latency_p99_s'?",
    ),
}


def test_ten_mistakes_are_ten_problems_each_at_its_own_token():
    assert [wrong for wrong, _ in told(*TEN)] == [wrong for wrong, _ in TEN.values()]


def test_each_of_ten_problems_says_what_is_allowed_or_meant():
    for problem, (_, sentence) in zip(problems(small(*TEN)), TEN.values(), strict=True):
        assert sentence in str(problem)


def test_options_that_do_not_go_together_are_told_all_at_once():
    found = told(
        ("      workers: 2\n", "      workers: 2\n      batch_wait: 1s\n      blocking: true\n"),
        ("      next: cache\n", ""),
        ("capacity: 10}", "capacity: 10, expires_by: date, flush_after: 1s}"),
    )
    assert [message.partition(":")[0] for _, message in found] == [
        "blocking needs next",
        "batch_wait and batch_growth need a batch_size of 2 or more",
        "expires_by",
        "flush_after goes with writes",
    ]


def test_every_problem_is_one_line_with_its_place_and_path():
    for problem in problems(small(*TEN)):
        assert re.fullmatch(rf"{FILE}:\d+:\d+ [\w.\[\]]+: \S.*", str(problem))


def test_problems_come_in_the_order_of_the_file():
    places = [(each.line, each.column) for each in problems(small(*TEN))]
    assert places == sorted(places)


@pytest.mark.parametrize("change", TEN, ids=lambda change: change[1])
def test_one_mistake_causes_no_second_complaint(change):
    assert len(told(change)) == 1


# What cannot be read


def test_a_format_of_the_future_is_refused():
    assert told(("format: 1", "format: 2")) == [("2", "found 2; must be 1")]


def test_a_file_without_a_format_is_refused():
    (found,) = problems(small(("format: 1\n", "")))
    assert found.path == "format"
    assert "required field 'format' is missing" in found.message


def test_a_name_written_twice_is_told_at_the_second():
    text = small(("    db: {", "    api: {kind: server, service_time: 1s}\n    db: {"))
    (found,) = problems(text)
    assert text.splitlines()[found.line - 1].startswith("    api: {")
    assert "found 'api' twice; the first is on line 10" in found.message


def test_a_file_in_another_encoding_is_told_where_it_stops_being_utf_8():
    text = small(("title: Small", "title: Größe")).encode("latin-1")
    (found,) = problems(text)
    assert (found.line, found.column) == (3, len("title: Gr") + 1)
    assert "must be text in UTF-8" in found.message


def test_aliases_that_multiply_are_refused_before_they_are_unfolded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    (found,) = problems("\n".join(lines))
    assert "found more than 100,000 values" in found.message


def test_an_empty_section_is_missing_what_belongs_in_it():
    (found, *_) = problems("format: 1\nsystem:\n")
    assert found.path
    paths = {each.path for each in problems("format: 1\nsystem:\n")}
    assert {"scenario", "title", "system", "workload", "run"} <= paths


@pytest.mark.parametrize("section", ["system", "workload", "faults", "findings", "variants", "run"])
@pytest.mark.parametrize("value", ["3", "text", "[1, [2]]", "{a: {b: c}}", "null"])
def test_a_section_of_the_wrong_shape_is_a_problem_of_that_section(section, value):
    text = re.sub(rf"(?ms)^{section}:.*?(?=^\w|\Z)", f"{section}: {value}\n", SMALL)
    assert any(each.path.startswith(section) for each in problems(text))


# Where a file lies


def test_the_name_in_the_file_is_the_name_of_the_file():
    (found,) = problems(SMALL, file="cases/other.yaml")
    assert found.path == "scenario"
    assert "found 'small'; must be the file's name without its ending, 'other'" in found.message


def test_the_chapter_in_the_file_is_its_folder():
    (found,) = problems(SMALL, file="2_queues/small.yaml", folder=Path("2_queues"))
    assert found.path == "chapter"
    assert "found 'cases'; must be the file's folder, '2_queues'" in found.message


def test_a_file_outside_the_chapters_may_name_any_chapter():
    assert problems(SMALL, file="drawer/small.yaml", folder=Path("drawer")) == []


def test_an_uploaded_file_may_have_any_name():
    assert problems(SMALL, file="upload (3).yaml", folder=None) == []


def test_a_file_is_found_by_its_name_and_a_case_study_by_its_id(tmp_path):
    path = tmp_path / "some.yaml"
    assert find(path) == path
    assert {find(name).stem for name in catalogue()} == set(catalogue())


def test_an_unknown_id_is_answered_with_the_known_ones():
    with pytest.raises(ScenarioError, match="did you mean 'retry_storm'") as caught:
        load("retry_strom")
    assert all(name in str(caught.value) for name in catalogue())


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_what_cannot_be_opened_is_a_problem_of_the_file(name):
    with pytest.raises(ScenarioError, match=rf"^{re.escape(name)}:1:1: \w"):
        load(name)


# Traces

TRACE = ("{kind: poisson, rate: 10/s}", "{kind: trace, path: arrivals.csv, column: at}")


def traced(folder, rows: str | bytes | None, *changes):
    """What is said of the file when its arrivals are these rows of CSV."""
    if rows is not None:
        data = rows if isinstance(rows, bytes) else rows.encode()
        (folder / "arrivals.csv").write_bytes(data)
    changes = changes or (TRACE, ("workload.arrivals.rate", "run.seed"))
    return problems(small(*changes), folder=folder)


def test_a_good_trace_is_fine(tmp_path):
    assert traced(tmp_path, "user,at\na,10.5\nb,11\n") == []
    assert traced(tmp_path, "at\n2026-01-01T00:00:00Z\n2026-01-01T00:00:01Z\n") == []


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ("at\n1\n2\nsoon\n4\n", 4, "found 'soon'; must be seconds or an ISO 8601 time"),
        ("at\n1\n\n3\n2\n", 5, "found '2', earlier than the row before"),
        ("at\n1\nnan\n", 3, "found 'nan'; must be seconds"),
        ("user,at\na,1\nb\n", 3, "found nothing; must be seconds"),
        ("at\n1\n2026-01-01\n", 3, "as in the first row"),
        ("at\n2026-01-01T00:00\n2026-01-01T00:00:01Z\n", 3, "as in the first row"),
        ("when\n1\n", 1, "found no column 'at'; known: when"),
        ("at\n", 1, "found no row beneath the header"),
        ("", 1, "found no column 'at'"),
    ],
)
def test_a_bad_row_is_told_at_its_own_line_of_the_trace(tmp_path, rows, line, message):
    (found,) = traced(tmp_path, rows)
    assert found.file == str(tmp_path / "arrivals.csv")
    assert found.line == line
    assert message in found.message


def test_a_column_that_is_misspelled_is_answered_with_the_nearest(tmp_path):
    (found,) = traced(
        tmp_path, "arrived_at\n1\n", (TRACE[0], TRACE[1].replace("at}", "arived_at}"))
    )
    assert "did you mean 'arrived_at'?" in str(found)


@pytest.mark.parametrize("path", ["arrivals.csv", ".", "/dev/zero", "no/arrivals.csv", r'"a\0b"'])
def test_a_trace_that_is_no_file_is_told_where_it_is_named(tmp_path, path):
    text = small((TRACE[0], TRACE[1].replace("arrivals.csv", path)))
    (found,) = problems(text, folder=tmp_path)
    assert found.path == "workload.arrivals.path"
    assert "found no file" in found.message
    assert text.splitlines()[found.line - 1][found.column - 1 :].startswith(path)


def test_a_trace_that_is_no_text_is_told_where_it_is_named(tmp_path):
    (found,) = traced(tmp_path, b"at\n1\n\xff\n")
    assert found.path == "workload.arrivals.path"
    assert "is not CSV in UTF-8" in found.message


def test_an_uploaded_file_may_name_no_other_file():
    (found,) = problems(small(TRACE), folder=None)
    assert found.path == "workload.arrivals.path"
    assert "an uploaded scenario may name no other file" in found.message


# Variants, each applied when the file is loaded


def test_a_variant_whose_path_does_not_exist_is_told_at_the_path():
    text = small(
        ("{system.components.api.service_time.mean: 50ms}", "{system.components.api.wokers: 3}")
    )
    (found,) = problems(text)
    assert token(text, found) == "system.components.api.wokers"
    assert found.hint == "did you mean 'workers'?"


def test_a_variant_whose_value_does_not_fit_is_told_at_the_value():
    (found,) = told(("mean: 50ms}", "mean: fast}"))
    assert found[0] == "fast"
    assert "'fast' is not a time" in found[1]


def test_a_variant_that_breaks_the_wiring_is_told_at_its_value():
    change = ("system.components.api.workers: 4", "system.components.api.next: cash")
    assert [wrong for wrong, _ in told(change)] == ["cash"]


def test_a_variant_that_only_breaks_something_elsewhere_is_told_at_its_value():
    (found,) = told(("system.components.api.workers: 4", "run.warmup: 30s"))
    assert found == ("30s", "found 30 s; must be less than the duration, 20 s")


def test_every_variant_is_checked():
    wrong = [
        ("{system.components.api.service_time.mean: 50ms}", "{run.speed: 2}"),
        ("faults[0].for: 2s", "faults[1].for: 2s"),
    ]
    assert [found for found, _ in told(*wrong)] == ["run.speed", "faults[1]"]


def test_a_variant_may_name_a_path_that_the_file_leaves_to_its_default():
    assert problems(small(("faults[0].for: 2s", "system.components.api.queue_limit: 5"))) == []


def test_a_variants_trace_is_read_when_the_file_is_loaded(tmp_path):
    change = ("system.components.api.workers: 4", f"workload.arrivals: {TRACE[1]}")
    (missing,) = traced(tmp_path, None, change)
    assert missing.path == "variants.wide.set['workload.arrivals']"
    (bad,) = traced(tmp_path, "at\n1\nx\n", change)
    assert (bad.file, bad.line) == (str(tmp_path / "arrivals.csv"), 3)


# Whatever else may be in a file

SHIPPED = {path: path.read_text() for path in catalogue().values()}
WORD = re.compile(r"[^\s,:{}\[\]]+")
JUNK = [
    *("null", "-1", "0", "''", "[]", "{}", "[[1], {a: b}]", "true", "1e308", "1e-308"),
    *("99999999999999999999", "'api[4]'", "api", "constant", "80ms", "-5s", "5%", "é", "x.y"),
    *("{kind: constant}", "{kind: [1]}", "{kind: null}", "{kind: trace, path: ., column: x}"),
    *("faults[9].of", "run", "[0.1, [2]]", ":", "- ", "'", "{", "&a", "*a", "!x", "\t"),
]


@st.composite
def mutants(draw):
    """A shipped file in which one line or one word is not what it was."""
    path = draw(st.sampled_from(sorted(SHIPPED)))
    lines = SHIPPED[path].splitlines(keepends=True)
    place = draw(st.integers(0, len(lines) - 1))
    words = [*WORD.finditer(lines[place])]
    how = draw(st.sampled_from(["delete", "repeat", "rename", "replace"]))
    if how == "delete":
        del lines[place]
    elif how == "repeat" or not words:
        lines.insert(place, lines[place])
    else:
        word = draw(st.sampled_from(words))
        new = word.group() + "x" if how == "rename" else draw(st.sampled_from(JUNK))
        lines[place] = lines[place][: word.start()] + new + lines[place][word.end() :]
    return path, "".join(lines)


@settings(max_examples=1000)
@given(mutants())
def test_a_file_with_one_change_is_a_scenario_or_has_problems_inside_the_file(mutant):
    path, text = mutant
    lines = text.splitlines()
    try:
        scenario = parse(text, str(path), path.parent)
    except ScenarioError as error:
        found = error.problems
    else:
        assert scenario.digest()
        assert isinstance(warnings(scenario), list)
        return
    assert found
    for each in found:
        assert each.message
        if each.file == str(path):  # and not a trace
            assert each.line >= 1
            line = [*lines, ""][each.line - 1]
            assert 1 <= each.column <= len(line) + 1


@given(st.sampled_from(JUNK), st.sampled_from(JUNK))
@example("{kind: server}", "[]")
def test_any_value_for_a_component_and_for_a_fault_is_fine_or_a_problem(component, fault):
    text = SMALL.replace("{kind: database, connections: 4, read_time: 20ms}", component)
    for each in problems(text.replace("{kind: crash, of: 'api[2]', from: 5s, for: 1s}", fault)):
        assert each.message
