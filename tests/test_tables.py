"""Results in words and tables: nothing is lost, nothing is taken for markup."""

import csv
from dataclasses import replace
from math import nan

import pytest
from rich.console import Console

from simulator.bench import Lap
from simulator.bench import summary as bench_summary
from simulator.experiments.comparisons import comparison_of
from simulator.experiments.findings import check_findings
from simulator.experiments.rows import Task, make
from simulator.experiments.summary import estimate, summarize
from simulator.results import Reported
from simulator.scenario import apply, parse
from simulator.tables import (
    bench_table,
    case_table,
    comparison_table,
    findings_table,
    plus_minus,
    run_tables,
    show,
    write_comparison,
    write_run,
)

TITLE = "Odd [/b] title [red]"
SCENARIO = f"""\
format: 1
scenario: odd
title: '{TITLE}'
chapter: cases
question: What happens?
system:
  entry: front
  components:
    front: {{kind: load_balancer, pool: api}}
    api: {{kind: server, replicas: 2, service_time: {{kind: exponential, mean: 80ms}}}}
workload:
  arrivals: {{kind: poisson, rate: 10/s}}
slo:
  - {{measure: 'api[2].utilization', at_most: 90%}}
  - {{measure: success_ratio, at_least: 1}}
variants:
  fast:
    because: Less work.
    set: {{system.components.api.service_time.mean: 20ms}}
findings:
  - {{claim: 'It is [/b] quick.', measure: latency_mean_s, of: fast, at_most: 50ms}}
  - {{claim: It is slow., measure: latency_mean_s, of: fast, at_least: 50ms}}
run: {{duration: 60s, warmup: 5s, replications: 3}}
"""


@pytest.fixture(scope="module")
def scenario():
    return parse(SCENARIO, "odd.yaml", None)


@pytest.fixture(scope="module")
def rows(scenario):
    return {
        variant: [make(Task(apply(scenario, variant), variant, i), i == 0) for i in range(3)]
        for variant in ("baseline", "fast")
    }


@pytest.fixture(scope="module")
def summary(scenario, rows):
    return summarize(scenario, "baseline", rows["baseline"])


@pytest.fixture(scope="module")
def comparison(scenario, summary, rows):
    return comparison_of(summary, summarize(apply(scenario, "fast"), "fast", rows["fast"]))


def text(*parts):
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()


def line(shown, start):
    (found,) = [each for each in shown.splitlines() if each.strip().startswith(start)]
    return found


# Numbers


def number(*values, unit="s"):
    return plus_minus(estimate(values, 10, Reported(unit, None, "")))


def test_a_number_has_its_unit_and_its_uncertainty():
    assert number(0.2, 0.2, 0.2) == "200 ms"
    assert number(0.9, 1.1).startswith("1 s ± ")


def test_one_run_has_no_uncertainty():
    assert number(0.25) == "250 ms"


def test_a_run_without_a_value_does_not_count():
    assert number(nan, 0.25) == "250 ms"
    assert number(nan, nan) == "no value"


# Tables


def test_a_run_shows_requests_components_objectives_and_verdict(summary):
    shown = text(*run_tables(summary))
    assert "3 runs, seed 1" in shown
    assert line(shown, "latency_p99_s")
    assert line(shown, "api[2] ")
    assert line(shown, "verdict: stable")


def test_theory_stands_beside_the_simulation_with_a_light_and_why(summary):
    shown = text(*run_tables(summary))
    assert "expected" in line(shown[shown.index("theory beside it") :], "component")
    rows = [each for each in shown.splitlines() if "shorter of two queues" in each]
    assert [each.split()[-1] for each in rows] == ["nearly", "nearly", "hold"]
    assert "relaxation time" in line(shown, "api nearly: ")


def test_books_that_do_not_balance_are_told_and_others_are_not(summary):
    assert "do not balance" not in text(*run_tables(summary))
    rows = [replace(summary.rows[0], gaps={"api[1]": 0.02}), *summary.rows[1:]]
    broken = replace(summary, rows=rows)
    assert "the books of api[1] do not balance" in line(text(*run_tables(broken)), "the books")
    assert broken.as_json()["checks"] == {"largest_gap": 0.02, "violated": {"api[1]": 0.02}}


def test_a_title_is_shown_as_it_is_written(scenario, summary, comparison, rows):
    verdicts = check_findings(scenario.findings, rows)
    for part in (
        case_table([scenario]),
        run_tables(summary)[0],
        comparison_table(comparison),
        findings_table(scenario, verdicts),
    ):
        assert TITLE in text(part)


def test_objectives_show_bound_and_whether_they_are_met(summary):
    shown = text(*run_tables(summary))
    assert "≤ 90 %" in line(shown, "api[2].utilization")
    assert line(shown, "api[2].utilization").rstrip().endswith("yes")
    assert "≥ 100 %" in [each for each in shown.splitlines() if "success_ratio" in each][1]


def test_a_comparison_says_which_way_and_in_how_many_runs(comparison):
    shown = text(comparison_table(comparison))
    assert "better in 3 of 3 runs" in line(shown, "latency_p50_s")
    assert "−" in line(shown, "latency_p50_s")


def test_a_comparison_names_what_is_the_same_in_every_pair(comparison):
    assert "arrived" in line(text(comparison_table(comparison)), "the same in every pair")


def test_findings_show_their_status_beside_the_claim(scenario, rows):
    shown = text(findings_table(scenario, check_findings(scenario.findings, rows)))
    assert "confirmed" in line(shown, "confirmed")
    assert "It is [/b] quick." in line(shown, "confirmed")
    assert "It is slow." in line(shown, "refuted")


def test_the_benchmark_shows_speeds_and_ratios():
    laps = [Lap(model, 1000.0, 12_500.0, 5.0, 5.0) for model in ("mm1", "pipeline")]
    row = line(text(bench_table(bench_summary(laps))), "mm1").split()
    assert row == ["mm1", "1,000/s", "12,500/s", "12.50"]


def test_tables_go_to_stdout(capsys):
    show("a table")
    out, err = capsys.readouterr()
    assert (out, err) == ("a table\n", "")


# Files


def test_a_written_run_reads_back(summary, tmp_path):
    write_run(summary, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    with (folder / "runs.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    for row, written in zip(summary.rows, found, strict=True):
        assert float(written["api[1].utilization"]) == row.measures["api[1].utilization"]
    with (folder / "curves.csv").open(newline="") as file:
        curves = list(csv.DictReader(file))
    assert [float(each["end_s"]) for each in curves] == list(summary.rows[0].curves.end_s)


def test_a_run_without_curves_is_written_without_them(summary, tmp_path):
    rows = [replace(row, curves=None) for row in summary.rows]
    written = write_run(summarize(summary.scenario, "baseline", rows), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*written} == {"runs.csv", "events.csv"}


def test_a_written_comparison_has_a_picture(comparison, tmp_path):
    write_comparison(comparison, tmp_path)
    assert (tmp_path / "latency.svg").stat().st_size > 1000


def test_a_comparison_stopped_before_the_first_replication_has_none(scenario, rows, tmp_path):
    later = [summarize(scenario, name, found[1:]) for name, found in rows.items()]
    assert write_comparison(comparison_of(*later), tmp_path) == []
    assert list(tmp_path.iterdir()) == []
