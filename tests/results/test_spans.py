"""What the table of spans promises."""

import pickle

import numpy as np
import pytest

from simulator.results.spans import COLUMNS, Row, Spans

NAMES = ("users", "api")


def row(request, span, parent, step, start_s, end_s):
    component = 0 if parent == 0 else 1
    return Row(request, span, parent, component, step, start_s, end_s, 0.0, 0, 1, np.nan)


TABLE = Spans.of(
    NAMES,
    [row(3, 1, 0, 0, 0.0, 1.0), row(3, 2, 1, 1, 0.0, 1.0), row(8, 3, 0, 0, 2.0, 4.0)],
)


def test_columns_cannot_be_changed():
    for name in COLUMNS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(TABLE, name)[0] = 1


def test_requests_come_one_by_one_with_their_own_spans():
    assert [(number, spans.span.tolist()) for number, spans in TABLE.each()] == [
        (3, [1, 2]),
        (8, [3]),
    ]
    assert TABLE.numbers() == [3, 8]
    assert TABLE.only([8]).span.tolist() == [3]


def test_the_frame_has_names_instead_of_numbers():
    frame = TABLE.frame()
    assert list(frame) == list(COLUMNS)
    assert frame["component"].tolist() == ["users", "api", "users"]
    assert frame["step"].tolist() == ["request", "visit", "request"]
    assert set(frame["outcome"]) == {"ok"}


def test_no_spans_are_a_table_too():
    empty = Spans.of([], [])
    assert len(empty) == 0
    assert list(empty.each()) == []
    assert empty.frame().empty


def test_it_travels_between_processes():
    copy = pickle.loads(pickle.dumps(TABLE))
    assert copy.names == NAMES
    assert np.array_equal(copy.start_s, TABLE.start_s)


def test_the_longest_spans_come_with_what_they_lie_in_and_late_work_does_not_count():
    late = row(4, 5, 2, 3, 0.5, 90.0)._replace(given_up_s=1.0)
    rows = [
        row(4, 1, 0, 0, 0.0, 9.0),
        row(4, 2, 1, 1, 0.0, 9.0),
        row(4, 3, 2, 2, 0.0, 1.0),
        row(4, 4, 2, 3, 1.0, 9.0),
        late,
    ]
    spans = Spans.of(NAMES, rows)
    assert spans.longest(3).span.tolist() == [1, 2, 4]
    assert spans.longest(4).span.tolist() == [1, 2, 3, 4]
    assert len(spans.longest(5)) == 5


def test_records_read_back_as_the_same_spans():
    again = Spans.of_records([*TABLE.records()])
    assert again.names == TABLE.names
    for name in COLUMNS:
        assert np.array_equal(getattr(again, name), getattr(TABLE, name), equal_nan=True)
