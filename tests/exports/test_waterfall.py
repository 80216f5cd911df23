"""What a waterfall in the terminal shows."""

from math import nan

import pytest
from rich.console import Console

from simulator.exports.waterfall import MOST_ROWS, legend, waterfall
from simulator.results.spans import SPAN_OUTCOMES, STEPS, Row, Spans

NAMES = ("users", "api")


def row(span, parent, step, start_s, end_s, active_s=0.0, outcome="ok", attempt=1, up_s=nan):
    place = 0 if parent == 0 else 1
    what = STEPS.index(step), start_s, end_s, active_s, SPAN_OUTCOMES.index(outcome)
    return Row(4, span, parent, place, *what, attempt, up_s)


def shown(*rows, width=100, why=""):
    console = Console(width=width)
    with console.capture() as captured:
        console.print(waterfall(Spans.of(NAMES, rows), why))
    return captured.get()


WAITED = (
    row(1, 0, "request", 10.0, 20.0),
    row(2, 1, "visit", 10.0, 20.0),
    row(3, 2, "wait", 10.0, 15.0),
    row(4, 2, "service", 15.0, 20.0, active_s=5.0),
)


def test_its_title_says_which_request_and_what_became_of_it():
    assert "slowest request 4: came at 10 s, ok after 10 s" in shown(*WAITED, why="slowest")


def test_waiting_and_service_look_different_without_color_and_lie_where_they_were():
    lines = shown(*WAITED).splitlines()
    wait, service = (next(x for x in lines if name in x) for name in ("wait", "service"))
    assert wait.count("░") == service.count("█") == 30
    assert wait.index("░") + 30 == service.index("█")
    assert "5 s" in wait


def test_the_legend_names_the_looks_that_occur_and_no_others():
    console = Console(width=100)
    with console.capture() as captured:
        console.print(legend([Spans.of(NAMES, WAITED)]))
    assert captured.get().split() == ["░░░", "wait", "███", "service"]


def test_a_shared_worker_says_which_part_of_it_the_request_had():
    text = shown(*WAITED[:3], row(4, 2, "service", 15.0, 20.0, active_s=1.0))
    assert "▓" in text
    assert "█" not in text
    assert "20 % of a worker" in text


def test_what_ends_after_the_request_runs_off_the_edge_and_says_when_it_was_given_up():
    text = shown(
        row(1, 0, "request", 10.0, 12.0, outcome="timed_out"),
        row(2, 1, "visit", 10.0, 50.0, up_s=12.0),
        row(3, 2, "wait", 10.0, 50.0, up_s=12.0),
        row(4, 1, "visit", 11.0, 12.0, attempt=2, outcome="failed"),
    )
    assert "░▶" in text
    assert "given up at 2 s" in text
    assert "try 2, failed" in text
    assert "0 … 2 s" in text


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_number_is_cut_however_narrow_the_terminal(width):
    text = shown(*WAITED, width=width)
    assert "10 s" in text
    assert "…" not in text.replace("0 … ", "")


def test_of_very_many_spans_the_longest_are_shown_and_the_others_counted():
    many = [row(2 + i, 1, "visit", 10.0, 10.001 + i / 1000) for i in range(MOST_ROWS + 10)]
    text = shown(row(1, 0, "request", 10.0, 20.0), *many)
    assert "and 11 shorter spans" in text
    assert " 70 ms" in text
    assert " 12 ms" in text
    assert " 11 ms" not in text


def test_a_request_that_took_no_time_is_shown_as_an_instant():
    text = shown(row(1, 0, "request", 3.0, 3.0, outcome="rejected"))
    assert "│" in text
    assert "rejected" in text
