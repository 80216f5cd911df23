"""Whatever is done to a scenario file, it is a scenario or has located problems, and soon."""

import re
from pathlib import Path
from time import process_time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import ScenarioError
from simulator.scenario import Scenario, parse
from simulator.scenario.checks import warnings
from simulator.scenario.load import catalogue
from tests.laws.systems import systems
from tests.scenario.small import SMALL

FEW, MANY = 150, 10_000
LONGEST_S = 5.0  # of processor time, and far more than any takes

TEXTS = [SMALL, *(path.read_text() for path in catalogue().values())]
WORD = re.compile(r"[^\s,:{}\[\]]+")

SCALARS = [
    *("null", "true", "-1", "0", "1e308", "-1e-308", ".inf", ".nan", "9" * 400, "0x10", "1_000"),
    *("5 parsecs", "80 ms", "-5s", "1e400s", "300 rps", "101%", "$-1", "12:30", "2026-01-01"),
    *("''", '"\\0"', "'é'", "日本語", "🦄", "\u202eabc", "\ufeff", "a\u0301", "\x07", "x" * 5000),
    *("server", "sevrer", "Server", "poisson", "api", "api[0]", "api[99999999999]", "a.b.c"),
    *("[]", "{}", "[[[[1]]]]", "{kind: server}", "{kind: []}", "{kind: trace, path: /dev/zero}"),
    *(
        "&a [*a]",
        "*nobody",
        "!!python/object:os.system x",
        "<<: 1",
        "? x",
        "|",
        ">-",
        "%",
        "@",
        "`",
    ),
]
KEYS = ["kind", "of", "next", "from", "for", "set", "at_most", "during", "é", "", "0", "run.seed"]


def _change_word(draw, lines, place):
    """Rename, retype or break one word."""
    words = [*WORD.finditer(lines[place])]
    if words:
        word = draw(st.sampled_from(words))
        new = draw(st.sampled_from([word.group() + "x", word.group()[:-1], *SCALARS]))
        lines[place] = lines[place][: word.start()] + new + lines[place][word.end() :]


def _swap_words(draw, lines, place):
    """Let two words change places, wherever they are."""
    other = draw(st.integers(0, len(lines) - 1))
    here, there = WORD.search(lines[place]), WORD.search(lines[other])
    if here and there and place != other:
        for line, old, new in ((place, here, there), (other, there, here)):
            lines[line] = lines[line][: old.start()] + new.group() + lines[line][old.end() :]


def _drop(draw, lines, place):
    del lines[place : place + draw(st.integers(1, 4))]


def _repeat(draw, lines, place):
    lines[place:place] = lines[place : place + draw(st.integers(1, 4))]


def _move(draw, lines, place):
    line = lines.pop(place)
    lines.insert(draw(st.integers(0, len(lines))), line)


def _indent(draw, lines, place):
    """Break the indentation."""
    by = draw(st.sampled_from([" ", "   ", "\t", "\u00a0", None]))
    lines[place] = lines[place][1:] if by is None else by + lines[place]


def _cut(draw, lines, place):
    """Leave out the end of a line."""
    lines[place] = lines[place][: draw(st.integers(0, len(lines[place])))]


def _insert(draw, lines, place):
    """Put in a line with any key and any value."""
    indentation = re.match(r"[ -]*", lines[place]).group()
    key, value = draw(st.sampled_from(KEYS)), draw(st.sampled_from(SCALARS))
    lines.insert(place, f"{indentation}{key}: {value}")


def _write(draw, lines, place):
    """Put any text somewhere."""
    at = draw(st.integers(0, len(lines[place])))
    lines[place] = lines[place][:at] + draw(st.text(max_size=8)) + lines[place][at:]


CHANGES = [_change_word, _swap_words, _drop, _repeat, _move, _indent, _cut, _insert, _write]


@st.composite
def mutants(draw, texts):
    """A file after a few changes."""
    lines = draw(texts).split("\n")
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=5)):
        if lines:
            change(draw, lines, draw(st.integers(0, len(lines) - 1)))
    return "\n".join(lines)


def of_random_system(found: Scenario) -> str:
    return yaml.safe_dump(found.plain(), sort_keys=False, allow_unicode=True)


written = st.sampled_from(TEXTS)
generated = systems().map(of_random_system)


def is_fine_or_has_located_problems(text):
    began_s = process_time()
    try:
        found = parse(text, "mutant.yaml", Path("scenarios/1_system_design"))
    except ScenarioError as error:
        problems = error.problems
    else:
        problems = None
        assert found.digest()
        assert isinstance(warnings(found), list)
    assert process_time() - began_s < LONGEST_S
    if problems is None:
        return
    assert problems
    lines = [*text.splitlines(), ""]
    for each in problems:
        assert each.message
        assert "\n" not in str(each)
        assert re.match(r"[^:]+:\d+:\d+", str(each)), "file:line:col"
        if each.file == "mutant.yaml":  # and not a trace
            assert 1 <= each.line <= len(lines)
            assert 1 <= each.column <= len(lines[each.line - 1]) + 1


@settings(max_examples=FEW)
@given(mutants(written))
def test_a_changed_file_is_a_scenario_or_has_located_problems(text):
    is_fine_or_has_located_problems(text)


@settings(max_examples=FEW // 3)
@given(mutants(generated))
def test_a_changed_random_scenario_is_one_or_has_located_problems(text):
    is_fine_or_has_located_problems(text)


@pytest.mark.slow
@settings(max_examples=MANY)
@given(mutants(st.one_of(written, generated)))
def test_many_changed_files_are_scenarios_or_have_located_problems(text):
    is_fine_or_has_located_problems(text)


@settings(max_examples=FEW // 5)
@given(systems())
def test_a_random_scenario_reads_back_as_itself(found):
    again = parse(of_random_system(found), "tests/scene.yaml", None)
    assert again.plain() == found.plain()
    assert again.digest() == found.digest()
