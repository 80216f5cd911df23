"""What the pictures of a request and of the ledger promise."""

from functools import cache

import pytest

from simulator.experiments.ledger import ledger
from simulator.exports.traces import first_traces
from simulator.plots import ledger as ledger_plot
from simulator.plots import waterfall as waterfall_plot
from simulator.plots.looks import CAUSES, STEPS
from simulator.results.ledger import CAUSES as ALL_CAUSES
from simulator.results.spans import STEPS as ALL_STEPS
from tests.exports.traced import summary


def span(number, parent, step, start_s, end_s, **more):
    component = "users" if parent == 0 else "api"
    defaults = {"active_s": end_s - start_s, "outcome": "ok", "attempt": 1, "given_up_s": None}
    place = {"request": 7, "span": number, "parent": parent, "component": component}
    return {**place, "step": step, "start_s": start_s, "end_s": end_s, **defaults, **more}


WAITED = [
    span(11, 0, "request", 100.0, 110.0),
    span(12, 11, "visit", 100.0, 110.0),
    span(13, 12, "wait", 100.0, 104.0, active_s=0.0),
    span(14, 12, "service", 104.0, 110.0),
]


@cache
def accounts():
    return ledger(summary().rows).as_json()


def rows(chart):
    """All rows of the data of a chart."""
    return [row for data in chart.to_dict()["datasets"].values() for row in data]


def pieces(spans):
    return [
        (row["line"], row["look"], row["from_s"], row["to_s"], row["is_late"])
        for row in rows(waterfall_plot.waterfall(spans))
        if "look" in row
    ]


def test_every_step_and_every_cause_has_a_look_that_is_not_its_color_alone():
    assert set(STEPS) >= set(ALL_STEPS[2:])
    assert set(CAUSES) == set(ALL_CAUSES)
    waiting, service = STEPS["wait"], STEPS["service"]
    assert waiting.filling < 0.2 < service.filling
    assert STEPS["pause"].dash != waiting.dash


def test_spans_lie_where_they_were_counted_from_the_arrival():
    assert pieces(WAITED) == [
        (0, "", 0.0, 10.0, False),
        (1, "", 0.0, 10.0, False),
        (2, "wait", 0.0, 4.0, False),
        (3, "service", 4.0, 10.0, False),
    ]


def test_names_are_set_in_by_what_they_lie_in():
    labels = {row["label"] for row in rows(waterfall_plot.waterfall(WAITED)) if "label" in row}
    assert labels == {"request", "api", "wait", "service"}
    layers = waterfall_plot.waterfall(WAITED).to_dict()["layer"]
    indents = [each["encoding"]["x"]["value"] for each in layers if each["mark"]["type"] == "text"]
    assert indents == sorted(set(indents))
    assert len(indents) == 3


def test_a_span_that_was_given_up_midway_is_pale_from_then_on():
    spans = [
        span(1, 0, "request", 0.0, 2.0, outcome="timed_out"),
        span(2, 1, "visit", 0.0, 9.0, given_up_s=2.0),
        span(3, 2, "service", 5.0, 9.0, given_up_s=2.0),
    ]
    assert pieces(spans)[1:] == [
        (1, "", 0.0, 2.0, False),
        (1, "", 2.0, 9.0, True),
        (2, "service", 5.0, 9.0, True),
    ]
    domain = waterfall_plot.waterfall(spans).to_dict()["layer"][0]["encoding"]["x"]["scale"]
    assert 2.0 < domain["domain"][1] < 9.0  # cut off soon after the request


def test_a_service_with_a_part_of_a_worker_looks_different():
    shared = [*WAITED[:3], span(14, 12, "service", 104.0, 110.0, active_s=3.0)]
    assert pieces(shared)[3][1] == "shared service"


def test_a_request_without_duration_can_be_drawn():
    at_once = [span(1, 0, "request", 5.0, 5.0), span(2, 1, "visit", 5.0, 5.0, outcome="rejected")]
    assert len(pieces(at_once)) == 2
    assert waterfall_plot.waterfall_words(at_once) == "It took no time anywhere."


def test_words_tell_every_step_with_its_time():
    assert waterfall_plot.waterfall_words(WAITED) == (
        "wait at api from 0 s for 4 s; service at api from 4 s for 6 s."
    )


def test_the_table_has_a_row_a_span_with_units():
    table = waterfall_plot.table(WAITED)
    assert table["Lasts"].tolist() == ["10 s", "10 s", "4 s", "6 s"]
    assert table["Span"].tolist() == ["request", "api", "wait at api", "service at api"]


def test_real_traces_can_be_drawn():
    for each in first_traces(summary()).as_json():
        assert waterfall_plot.waterfall(each["spans"]).to_dict()["layer"]


def test_the_parts_of_a_bar_add_up_to_the_mean_latency():
    drawn = [row for row in rows(ledger_plot.bars(accounts())) if "value" in row]
    for name, cohort in accounts()["cohorts"].items():
        parts = {
            (row["cause"], row["component"]): row["value"]
            for row in drawn
            if row["cohort"] == ledger_plot.NAMES[name]
        }
        assert sum(parts.values()) == pytest.approx(cohort["latency_s"]["mean"])


def test_the_ledger_in_words_and_as_a_table_has_every_cohort_and_cause():
    words, table = ledger_plot.ledger_words(accounts()), ledger_plot.table(accounts())
    for name, cohort in accounts()["cohorts"].items():
        assert ledger_plot.NAMES[name] in words
        assert ledger_plot.NAMES[name] in table
        for part in cohort["seconds"]:
            assert part["cause"] in set(table["Cause"])
    assert table["Cause"].iloc[-1] == "all together"


def test_a_ledger_of_requests_that_took_no_time_can_be_drawn():
    nothing = {"requests": 3, "traced": 3, "latency_s": {"mean": 0.0}, "seconds": []}
    empty = {"cohorts": {"rejected": nothing}}
    assert ledger_plot.bars(empty).to_dict()["layer"]
    assert ledger_plot.ledger_words(empty) == "rejected: 0 s."
