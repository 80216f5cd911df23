"""What the pictures of studies show, as the browser is told."""

import pytest

from simulator.plots.change_bars import parts, tornado
from simulator.plots.stability_chart import stability
from simulator.plots.sweep_charts import curve, frontier
from simulator.plots.turned import Turned, shown
from simulator.units import human

RATE = Turned("workload.arrivals.rate", "Requests a second", "/s", lambda value: human(value, "/s"))
ORDER = Turned("api.discipline", "Order of service", "", str)


def estimate(mean, half_width=0.1, unit="s"):
    return {"mean": mean, "half_width": half_width, "n": 3, "unit": unit}


def point(rate, p99, cost, on_frontier, kept="yes", order="fifo"):
    return {
        "set": {RATE.path: rate, ORDER.path: order},
        "measures": {
            "latency_p99_s": estimate(p99),
            "cost_per_hour_usd": estimate(cost, 0.0, "$"),
            "success_ratio": estimate(1.0, 0.0, "ratio"),
        },
        "keeps_objectives": kept,
        "on_frontier": on_frontier,
    }


SWEEP = {
    "points": [
        point(50, 0.2, 1.0, True),
        point(100, 0.9, 2.0, False, "no"),
        point(50, 0.3, 1.0, False, order="lifo"),
        point(100, 0.6, 3.0, False, "unsure", order="lifo"),
    ]
}


def rows(picture, column):
    """Rows of data of a picture that have a column."""
    found = []
    for data in picture.to_dict()["datasets"].values():
        found += [row for row in data if column in row]
    return found


def texts(picture):
    return str(picture.to_dict())


def test_a_curve_has_an_interval_at_each_point_and_a_line_for_each_second_value():
    picture = curve(SWEEP, [RATE, ORDER], "latency_p99_s", 0.5)
    drawn = rows(picture, "series")
    assert [(row["x"], row["low"], row["high"]) for row in drawn[:2]] == [
        (50, pytest.approx(0.1), pytest.approx(0.3)),
        (100, pytest.approx(0.8), pytest.approx(1.0)),
    ]
    assert {row["series"] for row in drawn} == {"fifo", "lifo"}
    assert "objective 500 ms" in texts(picture)
    assert "strokeDash" in texts(picture)  # not by color alone


def test_a_curve_over_names_stands_side_by_side_and_needs_no_intervals():
    one = [{**each, "measures": {"latency_p99_s": estimate(0.2, None)}} for each in SWEEP["points"]]
    picture = curve({"points": one[::2]}, [ORDER], "latency_p99_s", None)
    assert [row["at"] for row in rows(picture, "at")] == ["fifo", "lifo"]
    assert all(row["low"] == row["high"] == row["value"] for row in rows(picture, "at"))


def test_a_point_without_a_value_is_left_out_of_a_curve():
    points = [*SWEEP["points"][:1], point(100, None, 1.0, False)]
    assert len(rows(curve({"points": points}, [RATE], "latency_p99_s", None), "series")) == 1


def test_the_region_that_misses_the_objective_is_shaded():
    picture = frontier(SWEEP, [RATE, ORDER], 0.5)
    (region,) = rows(picture, "bound")
    assert region["bound"] == 0.5
    assert region["top"] > 0.9
    assert "misses the objective" in region["words"]
    assert not rows(frontier(SWEEP, [RATE, ORDER], None), "bound")


def test_a_frontier_tells_what_is_kept_by_shape_and_color():
    drawn = rows(frontier(SWEEP, [RATE, ORDER], 0.5), "kept")
    assert {row["kept"] for row in drawn} == {
        "keeps all objectives",
        "misses an objective",
        "too close to tell",
    }
    assert [row["at"] for row in drawn if row["best"]] == ["50/s, fifo"]
    assert "'shape'" in texts(frontier(SWEEP, [RATE, ORDER], 0.5))


def bar(path, low, high, ends=(50, 100)):
    return {
        "path": path,
        "low": ends[0],
        "high": ends[1],
        "at_low": None if low is None else estimate(low),
        "at_high": None if high is None else estimate(high),
    }


def labels(picture):
    return {(row["end"], row["text"]) for row in rows(picture, "text")}


def test_a_tornado_names_both_ends_and_leaves_out_the_one_that_changes_nothing():
    document = {"unit": "s", "bars": [bar(RATE.path, -1.0, 2.0)]}
    assert labels(tornado(document, [RATE])) == {
        ("at its low end", "50/s"),
        ("at its high end", "100/s"),
    }
    alone = {"unit": "s", "bars": [bar(RATE.path, 0.0, 2.0)]}
    assert labels(tornado(alone, [RATE])) == {("at its high end", "100/s")}
    missing = {"unit": "s", "bars": [bar(RATE.path, None, None)]}
    assert labels(tornado(missing, [RATE])) == set()


def test_ends_on_one_side_do_not_write_over_each_other():
    document = {"unit": "s", "bars": [bar(RATE.path, 1.0, 2.0)]}
    assert labels(tornado(document, [RATE])) == {
        ("at its high end", "100/s and 50/s"),
        ("at its low end", ""),
    }


def test_a_map_counts_the_runs_in_each_cell():
    cells = [
        {"set": {RATE.path: rate, ORDER.path: order}, "down": down, "low": 0.0, "high": 0.9, "n": 4}
        for rate, order, down in ((50, "fifo", 0.0), (100, "fifo", 0.75), (100, "lifo", 1.0))
    ]
    picture = stability({"cells": cells}, [RATE, ORDER])
    found = {(row["across"], row["up"]): row["count"] for row in rows(picture, "count")}
    assert found == {
        ("50/s", "fifo"): "0 of 4",
        ("100/s", "fifo"): "3 of 4",
        ("100/s", "lifo"): "4 of 4",
    }
    assert stability({"cells": cells[:1]}, [RATE]).to_dict()


def test_what_is_within_the_error_is_not_drawn_as_certain():
    document = {
        "counterfactuals": [
            {"component": "pool", "differences": {"latency_p99_s": estimate(-1.0)}},
            {"component": "shop", "differences": {"latency_p99_s": estimate(-0.05)}},
            {"component": "new", "differences": {"latency_p99_s": estimate(-1.0, None)}},
            {"component": "gone", "differences": {}},
        ]
    }
    found = {row["name"]: row["end"] for row in rows(parts(document), "end")}
    assert found == {"pool": "certain", "shop": "within the error", "new": "within the error"}


def test_an_estimate_without_a_value_says_so():
    assert shown(estimate(None)) == "no value"
