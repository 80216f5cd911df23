"""What the page of a case study promises."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from tests.small_case import TEXT, asking_for_a_number

APP = "../../app.py"
PAGE = "simulator/ui/pages/case.py"
PATIENCE_S = 60


def page(text: str = TEXT) -> AppTest:
    """The page of one's own case."""
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.session_state["own"] = (text, "small.yaml")
    app.query_params["case"] = "own"
    return app.switch_page(PAGE).run()


def button(app, label):
    return next(each for each in app.button if each.label == label)


def texts(app):
    return [each.value for each in (*app.markdown, *app.caption)]


def run(app):
    """Press Run and look again until the result is there."""
    button(app, "Run").click().run()
    deadline = time.monotonic() + PATIENCE_S
    while not app.metric and time.monotonic() < deadline:
        time.sleep(0.2)
        app.run()
    assert not app.exception
    return app


@pytest.fixture(scope="module")
def finished():
    app = page()
    app.radio(key="answer:own").set_value(0).run()
    app.selectbox(key="variant:own").set_value("three_workers").run()
    return run(app)


def test_run_waits_for_an_answer():
    app = page()
    assert button(app, "Run").disabled
    app.radio(key="answer:own").set_value(1).run()
    assert not button(app, "Run").disabled


def test_the_question_can_be_skipped():
    app = page()
    button(app, "Skip, just show me").click().run()
    assert not button(app, "Run").disabled


def test_an_estimate_needs_a_unit_and_says_which():
    app = page(asking_for_a_number())
    app.text_input(key="answer:own").set_value("300").run()
    assert "write a number and one of" in app.error[0].value
    assert button(app, "Run").disabled
    app.text_input(key="answer:own").set_value("300ms").run()
    assert not app.error
    assert not button(app, "Run").disabled


def test_after_the_run_it_says_what_one_said_and_what_it_was(finished):
    assert "You said **fewer than half**." in texts(finished)
    assert any(text.startswith("It was **more than half**: ") for text in texts(finished))


def test_each_design_shows_four_numbers_with_units_and_margins(finished):
    labels = [each.label for each in finished.metric]
    assert labels == ["p99 latency", "Answered ok", "Cost an hour", "Busiest part"] * 2
    assert finished.metric[0].value.endswith("s")
    assert finished.metric[0].delta.startswith("± ")
    assert finished.metric[2].value == "$0.50"


def test_an_unchanged_order_is_not_run_twice(finished):
    button(finished, "Run").click().run()
    assert finished.metric
    assert not button(finished, "Run").disabled


def test_claims_are_confirmed_or_refuted_by_the_runs(finished):
    badges = [text for text in texts(finished) if "-badge[" in text]
    assert any("Confirmed" in badge for badge in badges)
    assert any("Refuted" in badge for badge in badges)


def test_a_turned_knob_dates_the_result_and_reset_brings_it_back(finished):
    finished.select_slider(key="knob:own:1").set_value(3).run()
    assert any("You changed the settings" in each.value for each in finished.warning)
    button(finished, "Reset").click().run()
    assert not any("You changed the settings" in each.value for each in finished.warning)


def test_a_system_offered_too_much_is_warned_about_before_the_run():
    app = page()
    app.select_slider(key="knob:own:1").set_value(0).run()
    assert any("offered" in each.value for each in app.warning)


def test_an_unknown_case_leads_back_to_the_library():
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.query_params["case"] = "no_such_case"
    app.switch_page(PAGE).run()
    assert app.title[0].value == "No such case study"
    assert not app.exception
