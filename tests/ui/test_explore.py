"""What the page of studies promises."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from simulator.experiments.studies import Study
from simulator.scenario import parse
from simulator.ui.shelf import OWN, Opened
from simulator.ui.studies import Asked, command, study_order
from simulator.ui.turning import around
from tests.small_case import TEXT, taking_long

APP = "../../app.py"
PAGE = "simulator/ui/pages/explore.py"
PATIENCE_S = 60


def page(text: str = TEXT) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.session_state["own"] = (text, "small.yaml")
    app.query_params["case"] = "own"
    return app.switch_page(PAGE).run()


def button(app, label):
    return next(each for each in app.button if each.label == label)


def texts(app):
    return [each.value for each in (*app.markdown, *app.caption)]


def open_tab(app, name):
    app.session_state["study"] = name
    return app.run()


def run(app):
    button(app, "Run").click().run()
    deadline = time.monotonic() + PATIENCE_S
    while not app.dataframe and time.monotonic() < deadline:
        time.sleep(0.2)
        app.run()
    while any(each.label == "Cancel" for each in app.button) and time.monotonic() < deadline:
        time.sleep(0.2)
        app.run()
    assert not app.exception
    return app


def test_it_says_how_many_runs_it_takes_and_what_command_makes_the_same():
    app = page()
    assert "5 designs, 3 runs each: 15 runs." in texts(app)
    (code,) = app.code
    assert code.value.startswith("simulator sweep small.yaml --over 'workload.arrivals.rate=[10, ")
    assert code.value.endswith("--of latency_p99_s -n 3")


def test_a_sweep_shows_a_row_a_point():
    app = page()
    app.number_input(key="sweep:one:own:0:count").set_value(2).run()
    app.number_input(key="sweep:runs").set_value(2).run()
    run(app)
    table = app.dataframe[0].value
    assert list(table["Requests a second"]) == ["10/s", "100/s"]
    assert set(table["Objectives"]) <= {
        "keeps all objectives",
        "misses an objective",
        "too close to tell",
    }
    app.number_input(key="sweep:runs").set_value(3).run()
    assert any("You changed the settings" in each.value for each in app.warning)


def test_a_tornado_compares_each_end_with_the_case_as_it_is():
    app = open_tab(page(), "Tornado")
    assert "5 designs, 3 runs each: 15 runs." in texts(app)
    (code,) = app.code
    assert "--over 'system.components.api.workers=[1, 3]'" in code.value


def test_a_map_begins_with_the_load_and_the_size_of_the_trouble():
    app = open_tab(page(), "Stability map")
    app.number_input(key="stability:one:own:0:count").set_value(2).run()
    app.select_slider(key="stability:after").set_value(10).run()
    app.number_input(key="stability:runs").set_value(1).run()
    table = run(app).dataframe[0].value
    assert list(table["Requests a second"]) == ["10/s", "100/s"]
    assert all(cell.endswith("of 1") for cell in table["Still down"])


def test_an_explanation_has_the_ledger_and_what_each_part_is_worth():
    app = run(open_tab(page(), "Explain"))
    assert any("Where the time goes" in text for text in texts(app))
    assert list(app.dataframe[1].value["Component"]) == ["api"]


def test_a_case_without_trouble_that_ends_has_no_map():
    calm = TEXT.replace(
        "faults:\n  - {kind: slowdown, of: api, factor: 3, from: 6s, until: 8s}\n", ""
    )
    app = open_tab(page(calm), "Stability map")
    assert any("no trouble that ends" in each.value for each in app.info)


def test_a_case_without_knobs_can_still_be_explained():
    begin, end = TEXT.index("knobs:"), TEXT.index("predict:")
    app = page(TEXT[:begin] + TEXT[end:])
    assert any("names no knobs" in each.value for each in app.info)
    app = open_tab(app, "Explain")
    assert not button(app, "Run").disabled


def test_what_is_canceled_can_be_started_again():
    app = page(taking_long())
    button(app, "Run").click().run()
    button(app, "Cancel").click().run()
    deadline = time.monotonic() + PATIENCE_S
    while button(app, "Run").disabled and time.monotonic() < deadline:
        time.sleep(0.2)
        app.run()
    assert not button(app, "Run").disabled
    assert not app.exception


def test_an_unknown_case_leads_to_the_library():
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.query_params["case"] = "nowhere"
    app.switch_page(PAGE).run()
    assert [each.value for each in app.title] == ["No such case study"]


@pytest.fixture
def case():
    return Opened(OWN, parse(TEXT, "small.yaml", None), TEXT, "small.yaml", None)


def test_a_command_says_all_that_differs_from_the_file(case):
    study = Study(kind="stability", over=("a=[1, 2]",), after=90.0)
    order = study_order(case, study, "three_workers", 4, 7)
    assert command(case, Asked(order, 2)) == (
        "simulator stability small.yaml -v three_workers --over 'a=[1, 2]' "
        "--after 90s --for 30s -n 4 --seed 7"
    )


def test_a_number_is_turned_within_its_range_and_a_small_one_by_one_at_least(case):
    rate, workers, _ = case.scenario.knobs
    assert around(case, rate, 0.2).values == [40.0, 60.0]
    assert around(case, rate, 0.9).values == [10.0, 95.0]
    assert around(case, workers, 0.2).values == [1, 3]
