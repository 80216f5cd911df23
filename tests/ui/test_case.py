"""What the page of a case study promises."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from simulator.ui.packing import packed
from tests.small_case import TEXT, asking_for_a_number, scaled

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


def test_replicas_that_come_and_go_have_a_tab():
    app = page(scaled())
    button(app, "Skip, just show me").click().run()
    run(app)
    assert "Replicas" in [each.label for each in app.tabs]


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


def arriving(query):
    """The page that a fresh visitor sees at an address."""
    app = AppTest.from_file(APP, default_timeout=30)
    app.query_params.update(query)
    return app.run()


def ignored(app):
    """What the page says of the address."""
    return [each.value for each in app.warning if each.value.startswith("Ignored in the address")]


def rate(app):
    """What the knob of the arrival rate says."""
    knob = app.select_slider(key="knob:own:0")
    return knob.options[knob.value]


LINK = {
    "case": "own",
    "file": "small.yaml",
    "text": packed(TEXT),
    "compare": "three_workers",
    "workload.arrivals.rate": "77",
    "system.components.api.discipline": "lifo",
    "seed": "9",
    "replications": "2",
}


def test_a_link_opens_in_the_state_it_was_made_in():
    app = arriving(LINK)
    assert not app.exception
    assert app.title[0].value == "A small case"
    assert app.selectbox(key="variant:own").value == "three_workers"
    assert rate(app) == "77/s"
    assert app.number_input(key="seed:own").value == 9
    assert app.number_input(key="replications:own").value == 2
    assert not ignored(app)


def test_what_a_link_says_is_said_once_and_then_the_page_leads():
    app = arriving(LINK)
    app.number_input(key="seed:own").set_value(5).run()
    button(app, "Reset").click().run()
    assert app.number_input(key="seed:own").value == 5
    assert rate(app) == "50/s"


def test_what_is_wrong_in_a_link_is_told_in_one_sentence():
    app = arriving({**LINK, "workload.arrivals.rate": "5000", "seed": "x", "fbclid": "[a](b)"})
    (told,) = ignored(app)
    assert told.count("; ") == 2
    assert app.number_input(key="seed:own").value == 1
    assert app.selectbox(key="variant:own").value == "three_workers"


@pytest.mark.parametrize("text", ["", "!", packed("not: a scenario"), packed(TEXT)[:-20]])
def test_a_link_with_a_damaged_file_is_told_and_not_a_traceback(text):
    app = arriving({"case": "own", "text": text})
    assert not app.exception
    assert not app.selectbox


def test_another_file_of_ones_own_starts_afresh():
    app = page()
    app.radio(key="answer:own").set_value(1).run()
    app.select_slider(key="knob:own:1").set_value(3).run()
    app.session_state["own"] = (TEXT.replace("A small case", "Another"), "small.yaml")
    app.run()
    assert app.title[0].value == "Another"
    assert button(app, "Run").disabled
    assert "Reset" not in [each.label for each in app.button]


def test_a_beginning_that_is_still_felt_is_told_of_below_the_numbers():
    begin, end = TEXT.index("faults:"), TEXT.index("slo:")
    settling = (TEXT[:begin] + TEXT[end:]).replace("workers: 2", "workers: 1")
    settling = settling.replace("rate: 50/s", "rate: 30/s").replace("queue_limit: 50", "")
    settling = settling.replace("duration: 20s, warmup: 2s", "duration: 100s, warmup: 0s")
    app = page(settling.replace("replications: 3", "replications: 8"))
    button(app, "Skip, just show me").click().run()
    assert any("The beginning is still felt" in text for text in texts(run(app)))
