"""The store of runs: a result is the same with it, without it, and whatever happens to it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

from simulator.experiments import row_format
from simulator.experiments.catalogue import FILE, Catalogue, Entry, StoreError
from simulator.experiments.execution import execute
from simulator.experiments.identity import PACKAGE, engine, identity
from simulator.experiments.job import Order, Wanted
from simulator.experiments.row_format import packed, unpacked
from simulator.experiments.rows import Task, make
from simulator.experiments.store import VARIABLE, Store, stored_in
from simulator.experiments.summary import summarize
from simulator.experiments.traces import COHORTS
from simulator.scenario import Scenario, apply, parse
from tests import small_case
from tests.experiments.rows import rows

SMALL = parse(small_case.TEXT, "small.yaml", None)


def case(**settings):
    return SMALL.with_run(duration=10.0, **settings)


def tasks(n=3, scenario=None, examples=0):
    return [Task(scenario or case(), "baseline", i, examples) for i in range(n)]


def nothing_wrong(text):
    raise AssertionError(text)


@pytest.fixture
def made(monkeypatch):
    """Note every run that is made in this process."""
    noted = []

    def noting(task, *others):
        noted.append(task.replication)
        return make(task, *others)

    monkeypatch.setattr(sys.modules[execute.__module__], "make", noting)
    return noted


def kept(folder, wanted, workers=1, warn=nothing_wrong, curves=True):
    """Everything that is handed over with a store in a folder."""
    with stored_in(folder, warn) as store:
        return list(execute(wanted, workers, curves, store=store))


def told(found):
    """All that a user is told of some runs, as text."""
    scenario = found[0].task.scenario
    summary = summarize(scenario, "baseline", [each.row for each in found])
    return json.dumps(summary.as_json())


# What a row is as bytes


def test_a_row_comes_back_bit_by_bit():
    (task,) = tasks(1, with_window(case()))
    row = make(task, True)
    back = unpacked(packed(row))
    assert packed(back) == packed(row)
    assert list(back.measures) == list(row.measures)
    for name, value in row.measures.items():
        assert back.measures[name] == pytest.approx(value, rel=0, abs=0, nan_ok=True)
    assert (back.classes, back.gaps, back.verdict) == (row.classes, row.gaps, row.verdict)
    assert back.windows.keys() == {(3.0, 5.0)}
    assert back.value("ok", (3.0, 5.0)) == row.value("ok", (3.0, 5.0)) > 0
    assert back.events == row.events
    assert back.curves.strikes == row.curves.strikes != []
    for name, values in row.curves.latency.items():
        np.testing.assert_array_equal(back.curves.latency[name], values)
    for name, curves in row.curves.components.items():
        for measure, values in curves.items():
            np.testing.assert_array_equal(back.curves.components[name][measure], values)


def with_window(scenario):
    claim = {"claim": "x", "measure": "ok", "at_least": 0, "during": [3.0, 5.0]}
    return Scenario.model_validate(scenario.plain() | {"findings": [claim]})


@pytest.mark.parametrize("value", [nan, inf, -inf, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0])
def test_every_number_survives(value):
    (row,) = rows([value])
    back = unpacked(packed(row)).value("latency_p99_s")
    assert repr(back) == repr(value)


def test_counts_stay_whole_numbers():
    (row,) = rows([3])
    assert repr(unpacked(packed(row)).value("latency_p99_s")) == "3"
    (row,) = rows([np.int64(3)])
    assert repr(unpacked(packed(row)).value("latency_p99_s")) == "3"


@pytest.mark.parametrize(
    "content", [b"", b"cos\nsystem\n(S'true'\ntR.", packed(rows([1.0])[0])[:-9]]
)
def test_bytes_that_are_no_row_are_refused_and_not_run(content):
    with pytest.raises((ValueError, KeyError, TypeError, row_format.zlib.error)):
        unpacked(content)


# What a run is known by


def changed(**sections):
    return Scenario.model_validate(case().plain() | sections)


def test_what_decides_a_row_decides_what_it_is_known_by():
    different = [
        identity(case(), 0, False),
        identity(case(), 1, False),
        identity(case(), 0, True),
        identity(case(seed=2), 0, False),
        identity(case(warmup=1.0), 0, False),
        identity(apply(case(), "three_workers"), 0, False),
        identity(with_window(case()), 0, False),
        identity(changed(faults=[]), 0, False),
        identity(changed(slo=[]), 0, True),
    ]
    assert len(set(different)) == len(different)


def test_what_does_not_decide_a_row_does_not_matter():
    same = [
        case(),
        case(replications=50),
        case(trace_ratio=0.5),
        changed(title="Other words", scenario="another", quiz=[], slo=[]),
    ]
    assert len({identity(each, 0, False) for each in same}) == 1


def test_an_engine_whose_source_has_changed_is_another(monkeypatch, tmp_path):
    package = tmp_path / "simulator"
    (package / "kernel").mkdir(parents=True)
    (package / "ui").mkdir()
    files = [package / "kernel" / "station.py", package / "ui" / "page.py", package / "runner.py"]
    for file in files:
        file.write_text("x = 1\n")
    monkeypatch.setattr("simulator.experiments.identity.PACKAGE", package)

    def digest_with(file, text):
        before = file.read_text() if file.exists() else ""
        file.write_text(text)
        found = engine.__wrapped__()
        file.write_text(before)
        return found

    as_it_is = engine.__wrapped__()
    assert digest_with(files[0], "x = 2\n") != as_it_is
    assert digest_with(files[2], "x = 2\n") != as_it_is
    assert digest_with(files[1], "x = 2\n") == as_it_is
    assert digest_with(package / "kernel" / "station.cpython-311.so", "x") != as_it_is
    assert digest_with(tmp_path / "simulator__mypyc.cpython-311.so", "x") != as_it_is


def test_the_engine_that_runs_is_read():
    assert (PACKAGE / "kernel" / "station.py").is_file()
    assert len(engine()) == 16


# Found again


@pytest.mark.parametrize("workers", [1, 2])
def test_results_are_the_same_without_a_store_with_an_empty_and_with_a_full_one(tmp_path, workers):
    wanted = tasks()
    without = told(list(execute(wanted, 1, True)))
    assert told(kept(tmp_path, wanted, workers)) == without
    again = kept(tmp_path, wanted, workers)
    assert told(again) == without
    assert all(each.is_stored for each in again)
    assert [each.done for each in again] == [1, 2, 3]


def test_what_is_stored_is_not_made_again(tmp_path, made):
    kept(tmp_path, tasks(2))
    found = kept(tmp_path, tasks(4))
    assert made == [0, 1, 2, 3]
    assert [(each.done, each.of, each.is_stored) for each in found] == [
        (1, 4, True),
        (2, 4, True),
        (3, 4, False),
        (4, 4, False),
    ]


def test_a_command_that_breaks_off_keeps_what_was_finished(tmp_path, made):
    with stored_in(tmp_path, nothing_wrong) as store:
        running = execute(tasks(), 1, store=store)
        next(running)
        running.close()
    kept(tmp_path, tasks(), curves=False)
    assert made == [0, 1, 2]


def test_progress_counts_what_is_stored(tmp_path, monkeypatch):
    monkeypatch.setattr("simulator.runner.TELL_S", 0.0)
    kept(tmp_path, tasks(1))
    shares = []
    wanted = [*tasks(1), *tasks(1, case(seed=2))]
    with stored_in(tmp_path, nothing_wrong) as store:
        list(execute(wanted, 1, True, shares.append, store=store))
    assert shares
    assert all(0.5 <= share <= 1 for share in shares)


def test_what_a_cluster_makes_is_stored_and_what_is_stored_is_not_sent(tmp_path, monkeypatch):
    sent = []

    def on_cluster(some, address, curves):
        sent.append([task.replication for task in some])
        return ((place, make(task)) for place, task in enumerate(some))

    monkeypatch.setattr(sys.modules[execute.__module__], "on_cluster", on_cluster)
    kept(tmp_path, tasks(1), curves=False)
    for stored in ([True, False, False], [True, True, True]):
        with stored_in(tmp_path, nothing_wrong) as store:
            found = list(execute(tasks(3), cluster="tcp://127.0.0.1:8786", store=store))
        assert [each.is_stored for each in found] == stored
    assert sent == [[1, 2]]


def test_a_run_that_was_stopped_is_not_stored(tmp_path):
    with stored_in(tmp_path, nothing_wrong) as store:
        (task,) = tasks(1)
        store.add(task, False, replace(make(task), stopped_s=4.0))
        assert store.find(task, False) is None


def test_the_same_system_under_another_name_is_found_under_that_name(tmp_path, made):
    kept(tmp_path, tasks(1))
    (found,) = kept(tmp_path, [Task(case(), "again", 0)])
    assert (found.is_stored, found.row.variant) == (True, "again")


def test_a_run_with_traces_is_stored_with_them_and_without(tmp_path, made):
    (first,) = kept(tmp_path, tasks(1, examples=1))
    (plain_one,) = kept(tmp_path, tasks(1))
    (again,) = kept(tmp_path, tasks(1, examples=1))
    assert first.row.traces is not None
    assert (plain_one.is_stored, plain_one.row.traces) == (True, None)
    assert again.is_stored
    assert again.row.traces.as_json() == first.row.traces.as_json()
    assert again.row.traces.cohorts == first.row.traces.cohorts
    assert made == [0]


def test_traces_of_other_cohorts_are_others(tmp_path, made):
    wanted = [replace(each, cohorts=COHORTS[:1]) for each in tasks(1, examples=1)]
    kept(tmp_path, tasks(1, examples=1))
    (other,) = kept(tmp_path, wanted)
    (more,) = kept(tmp_path, tasks(1, examples=2))
    assert not other.is_stored
    assert not more.is_stored
    assert [*other.row.traces.cohorts] == [COHORTS[0].name]


def test_without_a_folder_there_is_no_store():
    with stored_in(None, nothing_wrong) as store:
        assert store is None


# What may go wrong


def complaints(folder, wanted=None):
    """What is told, once each, of runs that come out as they should nevertheless."""
    said = []
    found = kept(folder, wanted or tasks(), warn=said.append)
    assert told(found) == told(list(execute(wanted or tasks(), 1, True)))
    assert not any("\n" in each for each in said)
    return said


@pytest.mark.parametrize(
    "content",
    [b"nothing that was ever written", packed(rows([1.0])[0])[:40], 7, None],
    ids=["other bytes", "torn", "a number", "nothing"],
)
def test_a_damaged_entry_is_told_and_made_again(tmp_path, content):
    kept(tmp_path, tasks())
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("update runs set content = ? where replication = 1", (content,))
    (said,) = complaints(tmp_path)
    assert "is damaged; the run is made again" in said
    assert complaints(tmp_path) == []


def test_an_entry_that_is_no_row_is_told_and_made_again(tmp_path):
    with closing(Catalogue(tmp_path)) as catalogue:
        key = identity(case(), 0, True)
        catalogue.add(Entry(key, "small", "baseline", 1, 0, engine(), 0.0), b"no row")
    (said,) = complaints(tmp_path)
    assert "is no row; it is made again" in said
    assert complaints(tmp_path) == []


def test_a_file_that_is_no_catalogue_is_left_alone(tmp_path):
    text = b"a diary, and no database at all\n" * 100
    (tmp_path / FILE).write_bytes(text)
    (said,) = complaints(tmp_path)
    assert said == f"{tmp_path / FILE} cannot be used: file is not a database; runs are not stored"
    assert (tmp_path / FILE).read_bytes() == text


def test_a_catalogue_torn_in_the_middle_loses_no_result(tmp_path):
    kept(tmp_path, tasks(12))
    content = bytearray((tmp_path / FILE).read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    (tmp_path / FILE).write_bytes(content)
    assert any("malformed" in each for each in complaints(tmp_path))


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    (said,) = complaints(tmp_path / "file" / "store")
    assert said.endswith("cannot be used: Not a directory; runs are not stored")


@pytest.fixture
def read_only():
    """A function that makes a folder one that nobody can write in, root neither."""
    was_root = os.geteuid() == 0

    def close(folder):
        folder.chmod(0o555)
        for file in folder.iterdir():
            file.chmod(0o444)
        if was_root:
            os.seteuid(65534)

    yield close
    if was_root:
        os.seteuid(0)


@pytest.fixture
def open_to_all():
    """A folder that every user can reach."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Path(name).chmod(0o755)


def test_in_a_read_only_folder_what_is_there_is_used_and_nothing_added(
    open_to_all, read_only, made
):
    kept(open_to_all, tasks(2))
    read_only(open_to_all)
    said = []
    found = kept(open_to_all, tasks(3), warn=said.append)
    assert [each.is_stored for each in found] == [True, True, False]
    assert said == [f"{open_to_all / FILE} cannot be written; its runs are used, but none is added"]
    assert made == [0, 1, 2]


def test_an_empty_read_only_folder_is_told(open_to_all, read_only):
    read_only(open_to_all)
    (said,) = complaints(open_to_all)
    assert "cannot be used: unable to open database file; runs are not stored" in said


def test_on_a_full_disk_the_command_goes_on_and_what_was_stored_stays(tmp_path):
    said = []
    with closing(Catalogue(tmp_path)) as catalogue:
        catalogue._database.execute("pragma max_page_count = 6")
        found = list(execute(tasks(8), 1, True, store=Store(catalogue, said.append)))
    assert len(found) == 8
    reason = "database or disk is full; further runs are not stored"
    assert said == [f"{tmp_path / FILE} cannot be written: {reason}"]
    again = kept(tmp_path, tasks(8))
    assert 1 <= sum(each.is_stored for each in again) < 8


KILLED = """\
import os, signal, sys
from pathlib import Path
from simulator.experiments.catalogue import Catalogue, Entry
catalogue = Catalogue(Path(sys.argv[1]))
entry = Entry("whole", "small", "baseline", 1, 0, "engine", 0.0)
catalogue.add(entry, b"content")
catalogue._database.execute("begin immediate")
catalogue._database.execute("insert into runs (key, content) values ('torn', zeroblob(9000000))")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_write_that_is_killed_leaves_what_was_there_and_nothing_else(tmp_path):
    died = subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    assert died.returncode == -signal.SIGKILL
    with closing(Catalogue(tmp_path)) as catalogue:
        assert [each.key for each in catalogue.entries()] == ["whole"]
        assert catalogue.find("whole") == b"content"
        assert catalogue.find("torn") is None


def test_two_processes_share_a_store(tmp_path):
    with stored_in(tmp_path, nothing_wrong) as one, stored_in(tmp_path, nothing_wrong) as other:
        assert one is not None
        assert other is not None
        first, second = tasks(2)
        one.add(first, False, make(first))
        other.add(second, False, make(second))
        assert other.find(first, False) is not None
        assert one.find(second, False) is not None


# The catalogue


def test_the_latest_run_is_listed_first_and_removed_runs_are_gone(tmp_path):
    with closing(Catalogue(tmp_path)) as catalogue:
        for place in range(50):
            entry = Entry(f"key{place}", "small", "baseline", 1, place, "engine", float(place))
            catalogue.add(entry, bytes([place]) * 10_000)
        found = catalogue.entries()
        assert [each.replication for each in found] == [*reversed(range(50))]
        assert {each.size for each in found} == {10_000}
        catalogue.remove([each.key for each in found[1:]])
        assert [each.key for each in catalogue.entries()] == ["key49"]
    assert (tmp_path / FILE).stat().st_size < 50_000


def test_a_catalogue_of_another_layout_is_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("create table runs (name text)")
    with (
        closing(Catalogue(tmp_path)) as catalogue,
        pytest.raises(StoreError, match="no such column"),
    ):
        catalogue.find("key")


# The job


def test_a_job_stores_where_the_environment_says(tmp_path):
    order = Order(
        text=small_case.TEXT.replace("duration: 20s", "duration: 9s"),
        file="small.yaml",
        designs=(Wanted(),),
        replications=2,
        seed=1,
        workers=1,
    )
    command = [sys.executable, "-m", "simulator.experiments.job"]
    results = []
    for _ in range(2):
        done = subprocess.run(
            command,
            input=order.model_dump_json(),
            env=os.environ | {VARIABLE: str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        events = [json.loads(line) for line in done.stdout.splitlines() if line]
        results.append(events[-1])
        assert done.stderr == ""
    assert results[0]["complete"] is True
    assert results[0] == results[1]
    with closing(Catalogue(tmp_path)) as catalogue:
        assert sorted(each.replication for each in catalogue.entries()) == [0, 1]
