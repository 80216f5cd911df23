"""Replay of recorded arrivals: exact, or refused with the line that is wrong."""

import csv
import pickle
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from simulator.kernel.streams import Streams
from simulator.runner import run
from simulator.scenario.variants import apply
from simulator.workload.trace import Trace, TraceError
from tests.kernel.scene import scenario

PUBLIC = Path(__file__).parents[3] / "shared" / "data" / "azure_llm_2023_conversation.csv"
API = {"api": {"kind": "server", "workers": 9, "service_time": 0.25}}


@pytest.fixture
def trace(tmp_path):
    """A trace of some rows under the header ``at``."""

    def written(*rows, column="at", **parameters):
        text = "\n".join([column, *map(str, rows)]) + "\n"
        (tmp_path / "trace.csv").write_text(text)
        found = Trace(path="trace.csv", column="at", **parameters)
        found.read_files(tmp_path)
        return found

    return written


def instants(trace):
    return [*trace.instants(Streams(1, 0))]


def replayed(trace, folder, duration=None, run_settings=None, **sections):
    wanted = trace.model_dump(mode="json") | {"path": str(folder / "trace.csv")}
    found = scenario(API, wanted, duration, run=run_settings, **sections)
    found.read_files(folder)
    return run(found)


def test_seconds_count_from_the_first_row(trace):
    assert instants(trace(100, 100.5, 103)) == [0, 0.5, 3]


def test_iso_times_count_from_the_first_row(trace):
    rows = ["2023-11-16 18:15:46.5", "2023-11-16T18:15:47", "2023-11-17 18:15:46.5000001"]
    assert instants(trace(*rows)) == [0, 0.5, 86400]


def test_time_zones_are_honored(trace):
    assert instants(trace("2023-11-16T18:00:00+01:00", "2023-11-16T18:00:01Z")) == [0, 3601]


def test_it_starts_when_told_and_runs_at_the_speed_told(trace):
    assert instants(trace(10, 11, 14, starts_at=5.0, speed=2.0)) == [5, 5.5, 7]


def test_other_columns_and_a_byte_order_mark_do_no_harm(tmp_path):
    (tmp_path / "trace.csv").write_text("\ufeffuser,at\n7,1\n8,2\n", encoding="utf-8")
    found = Trace(path="trace.csv", column="at")
    found.read_files(tmp_path)
    assert instants(found) == [0, 1]


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ([1, "yesterday"], 3, "found 'yesterday'; must be seconds or an ISO 8601 time"),
        ([1, 2, "nan"], 4, "found 'nan'; must be seconds"),
        ([1, "2023-11-16"], 3, "found '2023-11-16'; must be seconds or an ISO 8601 time, as in"),
        ([1, 3, 2], 4, "found '2', earlier than the row before"),
        (["2023-11-16T18:00:00", "2023-11-16T18:00:00Z"], 3, "as in the first row"),
        ([], 1, "found no row beneath the header"),
    ],
)
def test_a_bad_row_is_named_by_its_line(trace, rows, line, message):
    with pytest.raises(TraceError, match=message) as caught:
        trace(*rows)
    assert caught.value.line == line


def test_a_row_that_is_too_short_is_named_by_its_line(tmp_path):
    (tmp_path / "trace.csv").write_text("user,at\n1,1\n2\n")
    with pytest.raises(TraceError, match="must be seconds or an ISO") as caught:
        Trace(path="trace.csv", column="at").read_files(tmp_path)
    assert caught.value.line == 3


def test_an_unknown_column_is_refused_with_those_there_are(trace):
    with pytest.raises(TraceError, match="no column 'at'; known: att; did you mean 'att'"):
        trace(1, column="att")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(TraceError, match="found no file"):
        Trace(path="none.csv", column="at").read_files(tmp_path)


def test_an_uploaded_scenario_may_name_no_file():
    with pytest.raises(TraceError, match="may name no other file"):
        Trace(path="x.csv", column="at").read_files(None)


def test_what_is_no_text_is_refused(tmp_path):
    (tmp_path / "trace.csv").write_bytes(b"at\n\xff\xfe\n")
    with pytest.raises(TraceError, match="is not CSV in UTF-8"):
        Trace(path="trace.csv", column="at").read_files(tmp_path)


def test_a_file_that_has_changed_is_read_again(trace):
    assert instants(trace(1, 2)) == [0, 1]
    assert instants(trace(1, 2, 3)) == [0, 1, 2]


def test_a_trace_travels_with_its_times(trace):
    read = trace(1, 2)
    assert instants(pickle.loads(pickle.dumps(read))) == [0, 1]


def test_an_error_survives_the_way_out_of_a_worker():
    error = pickle.loads(pickle.dumps(TraceError("found 'x'", Path("a.csv"), 3)))
    assert (str(error), error.path, error.line) == ("found 'x'", Path("a.csv"), 3)


# -- runs --------------------------------------------------------------------------------------


def test_a_run_without_a_duration_ends_with_the_last_answer(trace, tmp_path):
    finished = replayed(trace(0, 1, 2.5), tmp_path)
    assert finished.duration_s == 2.75
    assert finished.measures()["ok"] == 3


def test_a_run_with_a_duration_stops_there(trace, tmp_path):
    assert len(replayed(trace(0, 1, 2.5), tmp_path, duration=2.0).requests) == 2


@pytest.mark.parametrize("rows", [[5], [5, 5, 5]], ids=["one row", "one instant"])
def test_the_shortest_trace_is_a_run(trace, tmp_path, rows):
    finished = replayed(trace(*rows), tmp_path)
    assert finished.duration_s == 0.25
    assert finished.measures()["ok"] == len(rows)


def test_a_run_whose_last_answers_never_come_ends_all_the_same(trace, tmp_path):
    faults = [
        {"kind": "crash", "of": "api", "from": 0.5, "for": 100.0, "hang": True},
        {"kind": "slowdown", "of": "api", "from": 0.5, "for": 1.0, "every": 5.0, "factor": 2.0},
    ]
    finished = replayed(trace(0, 1, 2), tmp_path, faults=faults)
    assert finished.requests.outcome.tolist() == [0, 4, 4]


def test_a_warm_up_longer_than_the_trace_is_a_message(trace, tmp_path):
    with pytest.raises(Exception, match=r"the run ended with the last answer at 2\.25 s"):
        replayed(trace(0, 1, 2), tmp_path, run_settings={"warmup": 30.0})


def test_a_window_beyond_the_trace_is_a_message(trace, tmp_path):
    finding = {"claim": "x", "measure": "ok", "at_least": 1, "during": [0.0, 60.0]}
    with pytest.raises(Exception, match=r"reaches to 60 s: give run\.duration"):
        replayed(trace(0, 1, 2), tmp_path, findings=[finding])


def test_another_file_is_another_scenario(trace, tmp_path):
    hashes = {replayed(trace(*rows), tmp_path).scenario_hash for rows in ([0, 1], [0, 1.5])}
    assert len(hashes) == 2


def test_a_variant_keeps_the_folder(trace, tmp_path):
    wanted = trace(0, 1).model_dump(mode="json")
    found = scenario(API, wanted, None)
    found.read_files(tmp_path)
    fast = apply(found, changes={"workload.arrivals.speed": 2.0})
    assert run(fast).requests.arrived_s.tolist() == [0, 0.5]


def test_mean_rate_counts_rows_before_an_instant(trace):
    assert trace(0, 1, 2, 3).mean_rate(2.0) == 1
    assert trace(0, 1, 2, 3, starts_at=10.0).mean_rate(5.0) == 0


# -- a public trace ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def public_instants():
    if not PUBLIC.exists():
        pytest.skip(f"needs the public trace {PUBLIC.name} in ../shared/data")
    found = Trace(path=PUBLIC.name, column="TIMESTAMP")
    found.read_files(PUBLIC.parent)
    return np.array(instants(found))


def test_every_row_of_a_public_trace_arrives_at_its_microsecond(public_instants):
    with PUBLIC.open(newline="") as file:
        texts = [row["TIMESTAMP"] for row in csv.DictReader(file)]
    # Read digit by digit, in whole tenths of a microsecond, without any floating point.
    ticks = [
        int(datetime.fromisoformat(text[:19]).timestamp()) * 10**7 + int(text[20:].ljust(7, "0"))
        for text in texts
    ]
    expected = (np.array(ticks) - ticks[0]) / 1e7
    assert len(texts) == len(public_instants) == 19_366
    assert np.abs(public_instants - expected).max() <= 1e-6


def test_a_public_trace_has_the_published_rate_and_burstiness(public_instants):
    gaps = np.diff(public_instants)
    assert round(19_366 / public_instants[-1], 2) == 5.53
    assert round(float(gaps.std() / gaps.mean()), 2) == 1.09
