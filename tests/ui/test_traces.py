"""What the tab with the traces of a result promises."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from simulator.scenario import parse
from simulator.ui.address import Settings
from simulator.ui.orders import findings_order, order_of
from simulator.ui.shelf import Opened
from tests.small_case import TEXT


def script():
    import streamlit as st

    from simulator.experiments.document import document
    from simulator.ui.traces import traces
    from tests.exports.traced import summary

    found = summary()

    class Outcome:
        def summaries(self):
            return [found]

    @st.cache_data
    def designs():
        return document(found.scenario, Outcome())["designs"]

    shown = designs()
    if st.session_state.get("untraced"):
        shown = [{**shown[0], "traces": None}]
    traces(shown, "traced")


def tab(**state):
    app = AppTest.from_function(script, default_timeout=30)
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.fixture(scope="module")
def drawn():
    return tab()


def texts(app):
    return " ".join(each.value for each in (*app.markdown, *app.caption))


def test_it_begins_with_the_slowest_and_says_what_became_of_it(drawn):
    assert "Slowest request " in texts(drawn)
    assert ", ok after " in texts(drawn)
    assert "of the first of 3 runs" in texts(drawn)


@pytest.mark.parametrize("why", ["median", "failed"])
def test_another_kind_of_request_can_be_chosen(why):
    assert f"{why.capitalize()} request " in texts(tab(traced=why))


def test_the_ledger_says_in_a_sentence_what_makes_the_slowest_slow(drawn):
    assert "A request among the slowest 1 % takes " in texts(drawn)
    assert "Traced were, evenly over their latencies, p50: " in texts(drawn)


def test_every_chart_has_words_and_its_numbers(drawn):
    specs = [json.loads(each.proto.spec) for each in drawn.get("vega_lite_chart")]
    charts = [each["description"] for each in specs]
    assert len(charts) == len(drawn.dataframe) == 2
    assert charts[0].startswith("Slowest request ")
    assert "wait at api" in charts[0]
    assert "p99 and slower: " in charts[1]
    first, second = (each.value for each in drawn.dataframe)
    assert list(first) == ["Span", "From", "Lasts", "Outcome"]
    assert second["Cause"].iloc[-1] == "all together"


def test_files_for_other_tools_can_be_downloaded(drawn):
    labels = [each.proto.label for each in drawn.get("download_button")]
    assert labels == ["Perfetto (JSON)", "OpenTelemetry (JSON)", "Spans (CSV)", "Ledger (CSV)"]


def test_a_design_whose_first_run_has_not_finished_says_so():
    assert "No run of it has finished." in texts(tab(untraced=True))


def test_a_page_orders_traces_and_its_findings_do_not():
    opened = Opened("small", parse(TEXT, "small.yaml", None), TEXT, "small.yaml", None)
    assert order_of(opened, Settings(None, replications=3, seed=1)).examples == 1
    assert findings_order(opened).examples == 0
