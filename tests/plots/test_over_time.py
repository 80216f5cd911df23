"""What the charts over time promise."""

import pytest

from simulator.plots import over_time
from simulator.plots.axes import Mark, Span
from simulator.plots.cost import cost
from simulator.plots.spans import spans
from simulator.scenario import parse
from tests.small_case import TEXT

OUTCOMES = ("ok", "rejected", "timed_out", "failed", "unfinished")
CURVES = {
    "start_s": [0.0, 10.0],
    "end_s": [10.0, 20.0],
    "latency": {"p50": [0.1, 0.2], "p95": [0.3, 0.4], "p99": [0.5, None]},
    "outcomes": {**{name: [0.0, 0.0] for name in OUTCOMES}, "ok": [9.0, 8.0], "failed": [1.0, 0.0]},
    "components": {
        "api": {"queued": [0.5, 0.5]},
        "api[1]": {"queued": [0.0, 1.0], "utilization": [0.5, 1.0]},
        "api[2]": {"queued": [1.0, 0.0], "utilization": [0.5, 1.0]},
    },
}
FAULT = Span(5.0, 15.0, "slowdown: api")


def values(chart, column):
    """All values of a column in the data of a chart."""
    datasets = chart.to_dict()["datasets"].values()
    return [row[column] for rows in datasets for row in rows if column in row]


def test_a_value_that_is_missing_is_left_out_and_not_drawn_as_zero():
    chart = over_time.latency(CURVES)
    assert sorted(values(chart, "value")) == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_values_are_said_with_their_unit():
    assert "500 ms" in values(over_time.latency(CURVES), "shown")


def test_the_objective_is_drawn_even_above_all_values():
    chart = over_time.latency(CURVES, objective_s=2.0).to_dict()
    domains = [layer.get("encoding", {}).get("y", {}).get("scale", {}) for layer in nested(chart)]
    assert max(each["domain"][1] for each in domains if "domain" in each) >= 2.0


def nested(chart):
    layers = chart.get("layer", [])
    return [chart, *(each for layer in layers for each in nested(layer))]


def test_a_log_scale_does_not_begin_at_zero():
    scales = [
        layer["encoding"]["y"]["scale"]
        for layer in nested(over_time.latency(CURVES, log=True).to_dict())
        if "scale" in layer.get("encoding", {}).get("y", {})
    ]
    assert scales
    assert all(each["type"] == "log" and each["domain"][0] > 0 for each in scales)


def test_charts_can_share_the_larger_axis():
    assert over_time.highest_latency([CURVES, CURVES]) == 0.5
    assert over_time.highest_latency([]) == 1.0


def test_only_outcomes_that_occurred_are_in_the_legend():
    assert set(values(over_time.outcomes(CURVES), "series")) == {"ok", "failed"}


@pytest.mark.parametrize("draw", [over_time.latency, over_time.outcomes])
def test_events_are_pointed_out_at_their_instants(draw):
    chart = draw(CURVES, marks=[Mark(12.5, "12.5 s", "queue full", is_good=False)])
    assert 12.5 in values(chart, "at")
    assert "queue full" in values(chart, "what")


@pytest.mark.parametrize("draw", [over_time.latency, over_time.outcomes])
def test_disturbances_are_shaded_and_named(draw):
    assert "slowdown: api" in values(draw(CURVES, [FAULT]), "label")


def test_few_replicas_are_drawn_one_by_one_and_many_as_their_group():
    few = over_time.component_values(CURVES, "queued", {"api": ["api[1]", "api[2]"]})
    many = over_time.component_values(CURVES, "queued", {"api": [f"api[{i}]" for i in range(99)]})
    assert (list(few), list(many)) == (["api[1]", "api[2]"], ["api"])


def test_replicas_are_told_by_what_they_do_and_by_controller_if_there_are_several():
    of = {"ready": [2, 2], "starting": [0, 1], "draining": [0, 0], "wanted": [2, 3], "lost": [1, 1]}
    curves = {**CURVES, "components": {"scaler": of, "rollout": {"ready": [1, 1]}}}
    assert list(over_time.replica_values(curves, ["scaler"])) == ["wanted", "ready", "starting"]
    both = over_time.replica_values(curves, ["scaler", "rollout"])
    assert list(both)[-1] == "rollout: ready"
    assert over_time.replica_values(curves, []) == {}


def test_a_chart_of_levels_draws_every_component():
    levels = over_time.component_values(CURVES, "utilization", {"api": ["api[1]", "api[2]"]})
    chart = over_time.levels(CURVES, levels, [FAULT], ratio=True)
    assert set(values(chart, "series")) == {"api[1]", "api[2]"}


def test_the_table_has_an_interval_a_row_and_a_curve_a_column():
    table = over_time.table(CURVES, CURVES["latency"])
    assert list(table) == ["from_s", "to_s", "p50", "p95", "p99"]
    assert len(table) == 2


def test_nothing_at_all_can_still_be_drawn():
    nothing = {**CURVES, "latency": {name: [None, None] for name in ("p50", "p95", "p99")}}
    over_time.latency(nothing).to_dict()
    over_time.levels(CURVES, {}).to_dict()


def test_costs_are_said_in_dollars():
    assert "$0.80/h" in values(cost({"api": 0.8}), "shown")


def test_the_warmup_and_each_strike_are_shaded_but_named_once():
    strikes = [
        {"fault": 0, "of": "api", "start_s": start_s, "end_s": start_s + 1.0}
        for start_s in (6.0, 11.0, 16.0)
    ]
    found = spans(parse(TEXT, "small.yaml", None), {"strikes": strikes})
    assert [(each.start_s, each.end_s, each.label) for each in found] == [
        (0.0, 2.0, "warm-up"),
        (6.0, 7.0, "slowdown: api"),
        (11.0, 12.0, ""),
        (16.0, 17.0, ""),
    ]
