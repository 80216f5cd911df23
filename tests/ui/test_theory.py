"""What the tab with closed forms beside the simulated values promises."""

import pytest
from streamlit.testing.v1 import AppTest


def script():
    import streamlit as st

    from simulator.experiments.document import document
    from simulator.experiments.rows import Task, make
    from simulator.experiments.summary import summarize
    from simulator.scenario import parse
    from simulator.ui.theory import theory
    from tests.small_case import TEXT

    made = parse(TEXT, "small.yaml", None)
    summary = summarize(made, "baseline", [make(Task(made, "baseline", i)) for i in range(2)])

    class Outcome:
        def summaries(self):
            return [summary]

    shown = document(made, Outcome())["designs"]
    theory([{**each, "theory": []} for each in shown] if st.session_state.get("none") else shown)


@pytest.fixture(scope="module")
def drawn():
    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    return app


def test_each_value_has_its_formula_and_a_light_with_reasons(drawn):
    table = drawn.table[0].value
    first = table[table["Formula"] == "M/M/2/52"].iloc[0]
    assert first["Measure"] == "api: wait, average"
    assert first["Expected"].endswith("ms")
    assert "±" in first["Simulated"]
    light = first["Do its assumptions hold?"]
    assert light.startswith(":red-badge[")
    assert "A slowdown befalls api" in light


def test_it_says_what_a_light_is(drawn):
    assert any("never whether the numbers agree" in each.value for each in drawn.caption)


def test_a_system_that_no_formula_knows_is_told():
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["none"] = True
    app.run()
    assert not app.exception
    assert any("No formula is known" in each.value for each in app.caption)
