"""What the library promises."""

import pytest
from streamlit.testing.v1 import AppTest

from simulator.scenario import parse
from simulator.scenario.load import catalogue
from simulator.ui.cards import Filter
from tests.small_case import BROKEN, TEXT

APP = "../../app.py"
SMALL = parse(TEXT, "small.yaml", None)


@pytest.fixture
def library():
    return AppTest.from_file(APP, default_timeout=30).run()


def headings(app):
    return [each.value for each in app.header if each.value != "Open your own YAML"]


def test_every_case_study_has_a_card(library):
    assert not library.exception
    assert len(headings(library)) == len(catalogue())


def test_a_search_leaves_the_cards_that_have_all_its_words(library):
    library.text_input(key="search").set_value("replica slower").run()
    assert headings(library) == ["One slow replica"]


def test_a_search_without_a_match_says_so_and_can_be_cleared(library):
    library.text_input(key="search").set_value("no such thing").run()
    assert headings(library) == []
    assert "No case study matches." in [each.value for each in library.markdown]
    library.button[0].click().run()
    assert len(headings(library)) == len(catalogue())


@pytest.mark.parametrize(
    ("chosen", "matches"),
    [
        (Filter(), True),
        (Filter(search="THIRD workers"), True),
        (Filter(search="third mouse"), False),
        (Filter(levels=["beginner", "advanced"]), True),
        (Filter(levels=["advanced"]), False),
        (Filter(chapters=["1_system_design"], tags=["queues", "other"]), True),
        (Filter(tags=["other"]), False),
    ],
)
def test_a_filter_wants_one_of_each_list_and_every_word(chosen, matches):
    assert chosen.matches(SMALL) is matches


def test_a_broken_text_is_answered_with_every_problem_at_its_place(library):
    library.text_area[0].set_value(BROKEN)
    submit = next(each for each in library.button if each.label == "Check and open")
    submit.click().run()
    assert not library.exception
    assert "2 problems" in library.error[0].value
    table = library.table[0].value
    assert list(table["Line"]) == ["16:7", "22:35"]
    assert "did you mean" in table["Hint"][0]
