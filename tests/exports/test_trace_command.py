"""``simulator trace``: what it prints and writes."""

import csv
import json
import sys
from math import fsum
from pathlib import Path

import pytest

from simulator import cli
from tests.exports.traced import TEXT


@pytest.fixture
def simulator(monkeypatch, capfd, tmp_path):
    """Call the command in a folder that has the case; return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    Path("traced.yaml").write_text(TEXT.replace("chapter: tests", "chapter: cases"))

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["simulator", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return caught.value.code or 0, *capfd.readouterr()

    return call


def test_it_prints_a_waterfall_of_each_kind_and_the_ledger(simulator):
    code, out, _ = simulator("trace", "traced.yaml", "-n", "1", "--workers", "1")
    assert code == 0
    for words in ("slowest request", "median request", "failed request", "Where the time goes"):
        assert words in out
    assert "A request among the slowest 1 % takes" in out
    assert "░░░ wait" in out
    assert "███ service" in out
    assert "given up at 150 ms" in out


def test_a_narrow_terminal_costs_bars_and_not_numbers(simulator, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = simulator("trace", "traced.yaml", "-n", "1", "--workers", "1")
    assert "…" not in out.replace("0 … ", "")


def test_json_has_examples_with_their_spans_and_a_ledger_that_adds_up(simulator):
    _, out, _ = simulator("trace", "traced.yaml", "--slowest", "2", "--workers", "1", "--json")
    document = json.loads(out)
    why = [each["why"] for each in document["examples"]]
    assert why == ["slowest", "slowest", "median", "median", "failed", "failed"]
    for each in document["examples"]:
        assert {span["request"] for span in each["spans"]} == {each["request"]}
        assert each["spans"][0]["step"] == "request"
    slowest, next_, *_ = [each["spans"][0] for each in document["examples"]]
    assert slowest["end_s"] - slowest["start_s"] >= next_["end_s"] - next_["start_s"]
    for cohort in document["ledger"]["cohorts"].values():
        total = fsum(each["mean"] for each in cohort["seconds"])
        assert total == pytest.approx(cohort["latency_s"]["mean"], rel=1e-9)


def test_out_has_every_file_and_they_agree(simulator, tmp_path):
    folder = tmp_path / "out"
    simulator("trace", "traced.yaml", "--workers", "1", "--out", str(folder))
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "result.json",
        "trace.perfetto.json",
        "trace.otlp.json",
        "spans.csv",
        "ledger.csv",
    }
    spans, ledger = (_rows(folder / name) for name in ("spans.csv", "ledger.csv"))
    events = json.loads((folder / "trace.perfetto.json").read_text())["traceEvents"]
    assert len(spans) == sum(event["ph"] == "X" for event in events)
    assert {row["step"] for row in spans} >= {"request", "visit", "wait", "service"}
    p99 = [row for row in ledger if row["cohort"] == "p99"]
    whole, *parts = [float(row["mean_s"]) for row in p99]
    assert fsum(parts) == pytest.approx(whole, rel=1e-9)
    assert {row["n"] for row in p99} == {"3"}


def _rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_one_run_is_traced_as_well_as_several(simulator):
    code, out, _ = simulator("trace", "traced.yaml", "-n", "1", "--json", "--workers", "1")
    assert code == 0
    p99 = json.loads(out)["ledger"]["cohorts"]["p99"]
    assert p99["latency_s"]["half_width"] is None


def test_a_system_in_which_nothing_is_answered_says_so(simulator):
    change = "system.components.api.service_time=1h"
    code, out, _ = simulator(
        "trace", "traced.yaml", "-n", "1", "--set", change, "--set",
        "system.components.client.timeout=1h",
    )  # fmt: skip
    assert code == 0
    assert "No request had an outcome in the measured window." in out


def test_traces_are_made_on_a_pool_of_processes_too(simulator):
    code, alone, told = simulator("trace", "traced.yaml", "--workers", "1", "--json")
    assert code == 0, told
    code, pooled, told = simulator("trace", "traced.yaml", "--workers", "2", "--json")
    assert code == 0, told
    assert json.loads(pooled) == json.loads(alone)
    assert pooled == alone
