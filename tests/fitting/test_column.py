"""Which column is read, as what, and what is said of one that cannot be."""

import numpy as np
import pytest

from simulator.errors import SimulatorError
from simulator.fitting.column import read
from tests.fitting.recordings import write

MANY = range(1, 41)


def texts(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "times.csv"


def test_numbers_that_never_fall_are_instants(path):
    column = read(write(path, "at", MANY), "at", None)
    assert column.kind == "arrivals"
    assert column.seconds.tolist() == [*range(40)]


def test_other_numbers_are_lengths_of_time(path):
    column = read(write(path, "took", [2, 1] * 20), "took", None)
    assert column.kind == "service"
    assert column.seconds.tolist() == [2, 1] * 20


def test_equal_numbers_are_lengths_of_time(path):
    assert read(write(path, "took", [2] * 40), "took", None).kind == "service"


def test_iso_times_are_instants(path):
    rows = [f"2023-11-16 18:00:{second:02}.5" for second in MANY]
    assert read(write(path, "at", rows), None, None).seconds[-1] == 39


def test_what_is_told_overrides_what_is_guessed(path):
    assert read(write(path, "took", MANY), "took", "service").seconds[0] == 1


def test_numbers_are_in_the_unit_that_is_told(path):
    lengths = read(write(path, "took", [2, 1] * 20), "took", "service", unit="ms")
    assert lengths.seconds[0] == 0.002
    instants = read(write(path, "at", MANY), "at", "arrivals", unit="ms")
    assert instants.seconds[-1] == pytest.approx(0.039)


def test_texts_may_name_their_unit(path):
    column = read(write(path, "took", ["80ms", "2 s", "0.5"] * 10), "took", None, unit="min")
    assert column.seconds[:3].tolist() == [0.08, 2.0, 30.0]


def test_the_only_column_need_not_be_named(path):
    assert read(write(path, "took", MANY), None, None).name == "took"


def test_the_only_column_of_iso_times_need_not_be_named(path):
    lines = [f"{n},2023-11-16T18:00:{n:02},x" for n in MANY]
    assert read(texts(path, "size,at,note", *lines), None, None).name == "at"


@pytest.mark.parametrize(
    ("lines", "name", "kind", "message"),
    [
        (["a,b", "1,2"], None, None, "{}:1:1: found 2 columns; name the one to fit with --column"),
        (["a,b", "1,2"], "c", None, "{}:1:1 c: found no column 'c'; known: a, b"),
        (["took", "1", "2"], "took", None, "{}:1:1 took: found 2 rows; must be 20 or more"),
        (["took", "1", "soon"], "took", "service", "{}:3:1 took: found 'soon'; must be a number"),
        (["took", "1", "-1"], "took", "service", "{}:3:1 took: found '-1'; must be 0 or more"),
        (["took", "1", "nan"], "took", "service", "{}:3:1 took: found 'nan'; must be 0 or more"),
        (["a,took", "1,2", "3"], "took", "service", "{}:3:1 took: found nothing; must be a number"),
        (["at", "2", "1"], "at", "arrivals", "{}:3:1 at: found '1', earlier than the row before"),
        (["at", "2", "x"], "at", "arrivals", "{}:3:1 at: found 'x'; must be seconds or an ISO"),
        (["at"], "at", None, "{}:1:1 at: found no row beneath the header"),
        (["at", ""], "at", None, "{}:1:1 at: found no row beneath the header"),
        ([""], None, None, "{}:1:1: found 0 columns"),
    ],
)
def test_what_is_wrong_is_located(path, lines, name, kind, message):
    with pytest.raises(SimulatorError) as caught:
        read(texts(path, *lines), name, kind)
    assert str(caught.value).startswith(message.format(path))


def test_a_missing_file_is_a_sentence(path):
    with pytest.raises(SimulatorError, match="found no file"):
        read(path, None, None)


def test_what_is_no_text_is_a_sentence(path):
    path.write_bytes(b"at\n\xff\xfe\n")
    with pytest.raises(SimulatorError, match="is not CSV in UTF-8"):
        read(path, "at", None)


def test_seconds_are_an_array(path):
    assert isinstance(read(write(path, "took", MANY), None, None).seconds, np.ndarray)
