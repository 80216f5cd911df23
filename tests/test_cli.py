"""The command line: what is printed where, what it exits with, what it never does."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from math import isfinite
from pathlib import Path

import pytest

from simulator import bench, cli
from simulator.bundled import bundled
from simulator.experiments.catalogue import FILE, Catalogue
from simulator.scenario.load import catalogue, load

FINE, FAILS, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

SCENARIO = """\
format: 1
scenario: tiny
title: Tiny
chapter: cases
question: What happens?
system:
  entry: front
  components:
    front: {kind: load_balancer, pool: api}
    api:
      kind: server
      replicas: 2
      service_time: {kind: exponential, mean: 100ms}
workload:
  arrivals: {kind: poisson, rate: 10/s}
  classes:
    gold: {share: 1}
    lead: {share: 3}
slo:
  - {measure: latency_p99_s, at_most: 10s}
  - {measure: latency_p50_s, at_most: 1ms}
variants:
  fast:
    because: Less work.
    set: {system.components.api.service_time.mean: 20ms}
  short:
    because: Nobody waits.
    set: {system.components.api.queue_limit: 0}
findings:
  - {claim: Less work is answered sooner., measure: latency_mean_s, of: fast, at_most: 50ms}
run: {duration: 60s, warmup: 10s, replications: 3, seed: 5}
"""
FALSE = SCENARIO.replace("at_most: 50ms", "at_least: 50ms")
HEAVY = SCENARIO.replace("rate: 10/s", "rate: 40/s")
CASES = list(catalogue())


@pytest.fixture
def simulator(monkeypatch, capfd, tmp_path):
    """Call the command in a folder that has a scenario; return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("tiny.yaml").write_text(SCENARIO)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["simulator", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return caught.value.code or FINE, out, err

    return call


@pytest.fixture
def answer(simulator):
    """Call the command with --json, which must succeed; return the document."""

    def call(*arguments):
        code, out, err = simulator(*arguments, "--json")
        assert code == FINE, err
        return document(out)

    return call


def document(text):
    """A JSON document, in which nothing is NaN."""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def run(*arguments):
    """Arguments of a run that takes a moment."""
    return "run", "tiny.yaml", "--workers", "1", *arguments


# list, schema


def test_list_shows_every_case_study(simulator):
    code, out, err = simulator("list")
    assert (code, err) == (FINE, "")
    assert all(case in out and load(case).title in out for case in CASES)


def test_list_as_json_says_what_each_is_about(answer):
    listed = answer("list")
    assert [each["scenario"] for each in listed] == CASES
    assert set(listed[0]) == {
        *("scenario", "title", "chapter", "level", "minutes", "tags", "question")
    }


def test_schema_is_one_json_document(simulator):
    code, out, _ = simulator("schema")
    assert code == FINE
    assert document(out)["title"] == "Scenario"


# check


def test_check_says_that_a_file_is_fine(simulator):
    code, out, err = simulator("check", "tiny.yaml", "slow_replica")
    assert (code, err) == (FINE, "")
    assert "tiny.yaml: fine" in out
    assert "slow_replica: fine" in out


def test_check_prints_a_line_for_each_problem_of_each_file(simulator):
    Path("one.yaml").write_text(SCENARIO.replace("replicas: 2", "replicas: two"))
    Path("two.yaml").write_text("format: 1\n")
    code, out, err = simulator("check", "one.yaml", "tiny.yaml", "two.yaml")
    assert code == BAD_INPUT
    assert err == ""
    problems = [line for line in out.splitlines() if "fine" not in line]
    assert all(re.match(r"(one|two)\.yaml:\d+:\d+ [\w.]+: ", line) for line in problems)
    assert {line.partition(":")[0] for line in problems} == {"one.yaml", "two.yaml"}


def test_check_as_json_has_the_fields_of_a_problem(simulator):
    Path("one.yaml").write_text(SCENARIO.replace("kind: server", "kind: sever"))
    code, out, _ = simulator("check", "one.yaml", "--json")
    assert code == BAD_INPUT
    (found,) = document(out)
    assert set(found) == {"file", "line", "column", "path", "message", "hint"}
    assert (found["file"], found["path"]) == ("one.yaml", "system.components.api.kind")
    assert SCENARIO.splitlines()[found["line"] - 1][found["column"] - 1 :] == "server"
    assert found["hint"] == "did you mean 'server'?"


def test_check_as_json_of_a_file_that_is_fine_is_an_empty_list(answer):
    assert answer("check", "tiny.yaml") == []


def test_check_warns_of_too_much_load_and_lets_it_pass(simulator):
    Path("tiny.yaml").write_text(HEAVY)
    code, out, err = simulator("check", "tiny.yaml")
    assert code == FINE
    assert "fine" in out
    assert "tiny.yaml: warning: api is offered 2 times what it can do" in err


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"a: [1", b"- 1", b"a: &a [*a]", b"\x00", b"3"]
)
def test_whatever_is_in_a_file_check_says_what_is_wrong(simulator, content):
    Path("odd.yaml").write_bytes(content)
    code, out, _ = simulator("check", "odd.yaml")
    assert code == BAD_INPUT
    assert out.startswith("odd.yaml:1:")


# What cannot be done


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "slow_replca"], "did you mean 'slow_replica'?"),
        (["run", "no.yaml"], "no.yaml:1:1: No such file"),
        (["run", "."], ".:1:1: Is a directory"),
        (["run", "tiny.yaml", "-v", "quick"], "unknown variant 'quick'; known: baseline, fast"),
        (["run", "tiny.yaml", "--set", "run.sed=3"], "'run.sed' does not exist"),
        (["run", "tiny.yaml", "--set", "run.seed"], "must be PATH=VALUE"),
        (["run", "tiny.yaml", "--set", "run.seed=-1"], "must be 0 or greater"),
        (["run", "tiny.yaml", "--set", "run.seed=*x"], "unknown alias"),
        (["run", "tiny.yaml", "-n", "0"], "--replications"),
        (["run", "tiny.yaml", "--seed", "-1"], "--seed"),
        (["run", "tiny.yaml", "--workers", "0"], "--workers"),
        (["run", "tiny.yaml", "--out", "tiny.yaml"], "cannot be made"),
        (["compare", "tiny.yaml"], "--against"),
        (["compare", "tiny.yaml", "--against", "quick"], "unknown variant 'quick'"),
        (["findings", "nothing"], "unknown scenario 'nothing'"),
        (["fly"], "fly"),
        (["run", "tiny.yaml", "--fast"], "--fast"),
        (["run"], "ID|FILE"),
    ],
    ids=" ".join,
)
def test_bad_input_is_told_on_stderr_with_exit_code_2(simulator, arguments, said):
    code, out, err = simulator(*arguments)
    assert (code, out) == (BAD_INPUT, "")
    assert said in err


def test_problems_of_a_file_to_be_run_are_told_a_line_each(simulator):
    text = SCENARIO.replace("replicas: 2", "replicas: two").replace("rate: 10/s", "rate: 10")
    Path("tiny.yaml").write_text(text.replace("seed: 5", "seed: x"))
    code, out, err = simulator(*run())
    assert (code, out) == (BAD_INPUT, "")
    lines = err.splitlines()
    assert [re.sub(r":.*", "", line) for line in lines] == ["tiny.yaml", "tiny.yaml"]


def test_a_window_that_a_run_never_reaches_is_told(simulator):
    Path("t.csv").write_text("at\n0\n1\n2\n")
    text = SCENARIO.replace("{kind: poisson, rate: 10/s}", "{kind: trace, path: t.csv, column: at}")
    Path("tiny.yaml").write_text(text.replace("duration: 60s, ", ""))
    code, out, err = simulator(*run())
    assert (code, out) == (BAD_INPUT, "")
    assert "the run ended" in err
    assert "give run.duration, or a shorter run.warmup" in err


# run


def test_run_prints_results_on_stdout_and_nothing_but_progress_on_stderr(simulator):
    code, out, err = simulator(*run())
    assert code == FINE
    assert "latency_p99_s" in out
    assert "api[2]" in out
    assert "verdict: stable" in out
    assert err.strip() == ""


def test_run_warns_of_too_much_load_on_stderr(simulator):
    Path("tiny.yaml").write_text(HEAVY)
    code, out, err = simulator(*run("-n", "1"))
    assert code == FINE
    assert "warning: api is offered 2 times what it can do" in err
    assert "warning" not in out


ESTIMATE = {"mean", "half_width", "n", "samples", "unit"}


def test_run_as_json_has_the_shape_of_the_contract(answer):
    found = answer(*run())
    assert set(found) == {
        *("scenario", "variant", "set", "seed", "replications", "confidence", "engine_version"),
        *("complete", "stopped_s"),
        *("verdict", "measures", "classes", "components", "objectives", "events"),
        *("theory", "checks"),
    }
    assert [found[name] for name in ("scenario", "variant", "set", "seed", "replications")] == [
        *("tiny", "baseline", {}, 5, 3)
    ]
    assert found["confidence"] == 0.95
    assert found["verdict"] == "stable"
    assert set(found["measures"]["latency_p99_s"]) == ESTIMATE
    assert found["measures"]["latency_p99_s"]["unit"] == "s"
    assert set(found["classes"]) == {"gold", "lead"}
    assert set(found["classes"]["gold"]["latency_p99_s"]) == ESTIMATE
    assert set(found["components"]) == {"front", "api", "api[1]", "api[2]"}
    for measure in ("utilization", "queued_mean", "wait_mean_s"):
        assert set(found["components"]["api[1]"][measure]) == ESTIMATE
    assert not any("." in name for name in found["measures"])


def test_objectives_say_whether_the_mean_keeps_the_bound(answer):
    kept, broken = answer(*run())["objectives"]
    assert set(kept) == ESTIMATE | {"measure", "at_most", "met"}
    assert (kept["measure"], kept["at_most"], kept["met"]) == ("latency_p99_s", 10.0, True)
    assert (broken["measure"], broken["met"]) == ("latency_p50_s", False)
    assert broken["mean"] > broken["at_most"]


def test_the_requests_of_the_classes_are_those_of_the_whole(answer):
    found = answer(*run())
    by_class = [each["arrived"]["mean"] for each in found["classes"].values()]
    assert sum(by_class) == pytest.approx(found["measures"]["arrived"]["mean"])
    outcomes = ("ok", "rejected", "timed_out", "failed", "unfinished")
    total = sum(found["measures"][each]["mean"] for each in outcomes)
    assert total == pytest.approx(found["measures"]["arrived"]["mean"])


def test_one_replication_has_no_half_width(answer):
    found = answer(*run("-n", "1"))
    assert found["replications"] == 1
    estimates = [*found["measures"].values(), *found["components"]["api"].values()]
    assert {each["half_width"] for each in estimates} == {None}
    assert {each["n"] for each in estimates} <= {0, 1}


def test_what_no_run_has_a_value_for_is_null(answer):
    found = answer(*run("--set", "system.components.api.service_time=1h"))
    assert found["measures"]["ok"]["mean"] == 0
    latency = found["measures"]["latency_p99_s"]
    assert (latency["mean"], latency["half_width"], latency["n"]) == (None, None, 0)
    assert found["objectives"][0]["met"] is None


def test_seed_replications_and_changes_replace_those_of_the_file(answer):
    found = answer(*run("--seed", "9", "-n", "2", "--set", "workload.arrivals.rate=5/s"))
    assert (found["seed"], found["replications"]) == (9, 2)
    assert found["set"] == {"workload.arrivals.rate": "5/s"}
    assert found["measures"]["arrived_per_s"]["mean"] == pytest.approx(5, rel=0.3)


def test_another_seed_is_another_run_and_the_same_seed_the_same(answer):
    first, again, other = (answer(*run("--seed", seed)) for seed in ("1", "1", "2"))
    assert first == again
    assert first["measures"] != other["measures"]


def test_several_variants_are_combined(answer):
    found = answer(*run("-v", "fast", "--variant", "short"))
    assert found["variant"] == "fast+short"
    assert found["components"]["api"]["queued_max"]["mean"] == 0
    alone = answer(*run("-v", "short"))
    assert found["measures"]["latency_p50_s"]["mean"] < alone["measures"]["latency_p50_s"]["mean"]


def test_results_do_not_depend_on_the_number_of_processes(answer):
    one = answer("run", "tiny.yaml", "--workers", "1")
    assert answer("run", "tiny.yaml", "--workers", "2") == one


def test_strict_fails_if_an_objective_is_not_met(simulator):
    assert simulator(*run("-n", "1"))[0] == FINE
    assert simulator(*run("-n", "1", "--strict"))[0] == FAILS


def test_strict_is_content_if_all_objectives_are_met(simulator):
    assert simulator(*run("-n", "1", "--strict", "--set", "slo[1].at_most=1s"))[0] == FINE


def test_out_writes_what_is_printed(simulator):
    code, out, err = simulator(*run("--json", "--out", "a/b"))
    assert code == FINE
    assert "a/b" in err
    assert document(Path("a/b/result.json").read_text()) == document(out)


def test_out_writes_every_measure_of_every_replication(simulator):
    _, out, _ = simulator(*run("--json", "--out", "found"))
    with Path("found/runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["replication"] for row in rows] == ["0", "1", "2"]
    mean = sum(float(row["latency_mean_s"]) for row in rows) / 3
    assert mean == pytest.approx(document(out)["measures"]["latency_mean_s"]["mean"])
    assert all(isfinite(float(row["api[1].utilization"])) for row in rows)


def test_out_writes_curves_that_cover_the_run(simulator):
    simulator(*run("--out", "found"))
    with Path("found/curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["start_s"]) == 0
    assert float(rows[-1]["end_s"]) == pytest.approx(60)
    assert {"latency_p99_s", "ok_per_s", "api.utilization", "api[2].queued"} <= rows[0].keys()


def test_the_log_of_the_first_run_is_printed_and_written(simulator):
    _, out, _ = simulator(*run("--out", "found"))
    assert "what happened in the first of 3 runs" in out
    assert "warm-up ends" in out
    with Path("found/events.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {name: str(value) for name, value in each.items()}
        for each in document(Path("found/result.json").read_text())["events"]
    ]


# compare


def test_compare_as_json_has_the_shape_of_the_contract(answer):
    found = answer("compare", "tiny.yaml", "--against", "fast", "--workers", "1")
    assert found["scenario"] == "tiny"
    assert (found["baseline"]["variant"], found["variant"]["variant"]) == ("baseline", "fast")
    difference = found["differences"]["latency_mean_s"]
    assert {"mean", "half_width", "n", "better_in", "variance_ratio"} <= set(difference)
    assert difference["n"] == difference["better_in"] == 3
    assert difference["variance_ratio"] > 0
    means = [found[side]["measures"]["latency_mean_s"]["mean"] for side in ("baseline", "variant")]
    assert difference["mean"] == pytest.approx(means[1] - means[0])


def test_compare_pairs_runs_of_the_same_requests(answer):
    found = answer("compare", "tiny.yaml", "--against", "fast", "--workers", "1")
    arrived = found["differences"]["arrived"]
    assert (arrived["mean"], arrived["half_width"]) == (0, 0)
    assert arrived["better_in"] is None  # neither more nor fewer is good
    assert arrived["variance_ratio"] is None


def test_compare_may_be_between_two_variants(answer):
    arguments = ("-v", "fast", "--against", "fast", "--against", "short", "--workers", "1")
    found = answer("compare", "tiny.yaml", *arguments)
    assert found["baseline"]["variant"] == "fast"
    assert found["variant"]["variant"] == "fast+short"


def test_compare_prints_both_sides_and_says_which_is_better(simulator):
    code, out, _ = simulator("compare", "tiny.yaml", "--against", "fast", "--workers", "1")
    assert code == FINE
    (line,) = [line for line in out.splitlines() if "latency_p50_s" in line]
    assert "better" in line


def test_compare_of_one_pair_tells_nothing_certain(answer):
    found = answer("compare", "tiny.yaml", "--against", "fast", "-n", "1", "--workers", "1")
    difference = found["differences"]["latency_mean_s"]
    assert (difference["half_width"], difference["variance_ratio"]) == (None, None)


def test_compare_writes_its_result_and_a_picture(simulator):
    arguments = ("--against", "fast", "--workers", "1", "--out", "found", "--json")
    code, out, _ = simulator("compare", "tiny.yaml", *arguments)
    assert code == FINE
    assert document(Path("found/result.json").read_text()) == document(out)
    assert "<svg" in Path("found/latency.svg").read_text()


# findings


def test_findings_as_json_have_the_shape_of_the_contract(answer):
    (found,) = answer("findings", "tiny.yaml", "--workers", "1")
    assert set(found) == {
        *("scenario", "claim", "measure", "of", "status", "estimate", "low", "high", "bound", "n")
    }
    assert [found[name] for name in ("scenario", "measure", "of", "bound", "n")] == [
        *("tiny", "latency_mean_s", "fast", 0.05, 3)
    ]
    assert found["status"] == "confirmed"
    assert found["low"] <= found["estimate"] <= found["high"] <= found["bound"]


def test_findings_that_are_all_confirmed_are_fine(simulator):
    code, out, _ = simulator("findings", "tiny.yaml", "--workers", "1")
    assert code == FINE
    assert "confirmed" in out


def test_a_false_claim_fails_and_is_called_refuted(simulator):
    Path("tiny.yaml").write_text(FALSE)
    code, out, _ = simulator("findings", "tiny.yaml", "--workers", "1", "--json")
    assert code == FAILS
    assert [each["status"] for each in document(out)] == ["refuted"]


def test_a_claim_that_the_runs_do_not_decide_fails_too(simulator):
    code, out, _ = simulator("findings", "tiny.yaml", "--workers", "1", "-n", "1", "--json")
    assert code == FAILS
    assert [each["status"] for each in document(out)] == ["undecided"]


def test_one_false_claim_among_several_files_fails(simulator):
    Path("wrong.yaml").write_text(FALSE.replace("scenario: tiny", "scenario: wrong"))
    code, out, _ = simulator("findings", "wrong.yaml", "tiny.yaml", "--workers", "1", "--json")
    assert code == FAILS
    statuses = {each["scenario"]: each["status"] for each in document(out)}
    assert statuses == {"wrong": "refuted", "tiny": "confirmed"}


# bench


def test_bench_as_json_has_the_shape_of_the_contract(answer, monkeypatch):
    for sizes in (bench.BASELINE_REQUESTS, bench.ENGINE_REQUESTS):
        for name in bench.MODELS:
            monkeypatch.setitem(sizes, name, 2000)
    found = answer("bench", "--rounds", "1")
    assert set(found["ratio_to_idiomatic_simpy"]) == {"mm1", "pipeline"}
    assert all(ratio > 0 for ratio in found["ratio_to_idiomatic_simpy"].values())
    assert set(found["mean_latency_s"]) == {"mm1", "pipeline"}
    assert found["rounds"] == 1
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))


# --until


UNTIL = ("run", "tiny.yaml", "--until", "5%", "--of", "latency_mean_s", "-n", "500")


def test_until_makes_runs_until_the_estimate_is_sharp_enough(answer):
    found = answer(*UNTIL, "--workers", "1")["measures"]["latency_mean_s"]
    assert 10 <= found["n"] < 500
    assert found["half_width"] <= found["mean"] * 0.05 / 1.05


def test_until_comes_to_the_same_on_any_number_of_processes(answer):
    assert answer(*UNTIL, "--workers", "1") == answer(*UNTIL, "--workers", "2")


def test_until_says_what_it_reached_and_what_it_would_have_taken(simulator):
    code, _, err = simulator(*UNTIL[:2], "--until", "0.01%", "-n", "12", "--workers", "1")
    assert code == FINE
    assert re.search(r"latency_mean_s ± [\d.]+% after 12 runs of each design; 0.01% takes", err)


def test_until_sharpens_the_difference_of_a_comparison(answer):
    found = answer(
        "compare", "tiny.yaml", "--against", "fast", "--until", "5%", "--workers", "1",
        "-n", "500",
    )  # fmt: skip
    difference = found["differences"]["latency_mean_s"]
    assert difference["n"] >= 10
    scale = found["baseline"]["measures"]["latency_mean_s"]["mean"]
    assert difference["half_width"] <= scale * 0.05 / 1.05


@pytest.mark.parametrize("wrong", ["0%", "100%", "-5%", "often", "5 apples", "[1, 2"])
def test_until_takes_a_ratio(simulator, wrong):
    code, out, err = simulator("run", "tiny.yaml", "--until", wrong)
    assert (code, out) == (BAD_INPUT, "")
    assert "--until" in err


# sweep, tornado


WORKERS = "system.components.api.workers"


def test_sweep_prints_a_row_a_point(simulator):
    code, out, _ = simulator(
        "sweep", "tiny.yaml", "--over", f"{WORKERS}=1,2", "--of", "latency_mean_s", "--workers", "1"
    )
    assert code == FINE
    header = next(line for line in out.splitlines() if "api.workers" in line)
    assert header.split() == [
        "api.workers",
        "mean",
        "cost/h",
        "p99",
        "success",
        "kept",
        "●",
        "verdict",
    ]
    rows = [line.split() for line in out.splitlines() if line.strip().endswith("stable")]
    assert [row[0] for row in rows] == ["1", "2"]


def test_sweep_writes_a_row_a_run(simulator, tmp_path):
    folder = tmp_path / "out"
    arguments = ("--over", f"{WORKERS}=1..2", "--over", "system.components.api.replicas=1,2")
    simulator("sweep", "tiny.yaml", *arguments, "-n", "2", "--workers", "1", "--out", str(folder))
    with (folder / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    assert {(row[WORKERS], row["replication"]) for row in rows} == {
        (workers, run) for workers in "12" for run in "01"
    }
    # one of two replicas has no column's worth of values where there is only one
    alone = [row for row in rows if row["system.components.api.replicas"] == "1"]
    assert {row["api[2].served"] for row in alone} == {""}
    assert len(document((folder / "result.json").read_text())["points"]) == 4
    assert (folder / "sweep.svg").read_text().count("<svg") == 1
    assert (folder / "frontier.svg").read_text().count("<svg") == 1


def test_sweep_comes_to_the_same_on_any_number_of_processes(answer):
    arguments = ("sweep", "tiny.yaml", "--over", f"{WORKERS}=1..3", "--sample", "lhs")
    arguments += ("--points", "3", "-n", "2")
    assert answer(*arguments, "--workers", "1") == answer(*arguments, "--workers", "2")


def test_tornado_prints_what_matters_most_first(simulator, tmp_path):
    folder = tmp_path / "out"
    code, out, _ = simulator(
        "tornado", "tiny.yaml", "--over", "system.components.api.cost_per_hour=0.1..0.2",
        "--over", "system.components.api.service_time.mean=20ms..150ms", "--workers", "1",
        "--out", str(folder),
    )  # fmt: skip
    assert code == FINE
    rows = [line.split() for line in out.splitlines() if line.split()[-1:] in (["+"], ["0"])]
    assert [row[0] for row in rows] == ["service_time.mean", "api.cost_per_hour"]
    assert (folder / "tornado.svg").read_text().count("<svg") == 1
    assert document((folder / "result.json").read_text())["bars"][0]["sign"] == "+"


def test_sensitivity_says_what_it_costs_and_prints_the_largest_share_first(simulator, tmp_path):
    folder = tmp_path / "out"
    code, out, err = simulator(
        "sensitivity", "tiny.yaml", "--over", f"{WORKERS}=1..3", "--of", "cost_per_hour_usd",
        "--over", "system.components.api.cost_per_hour=0.1..0.2", "--rows", "8", "--workers", "1",
        "--set", "run.duration=15s", "--out", str(folder),
    )  # fmt: skip
    assert code == FINE
    assert "8 rows of 4 points, each run 2 times: 64 runs" in err
    rows = [line.split()[0] for line in out.splitlines() if line.count("%") == 4]
    assert rows == ["api.cost_per_hour", "api.workers"]
    assert (folder / "sensitivity.svg").read_text().count("<svg") == 1
    first, second = document((folder / "result.json").read_text())["values"]
    assert first["total"]["share"] == pytest.approx(1.0, abs=0.5)
    assert second["total"] == {"share": 0.0, "low": 0.0, "high": 0.0}


def test_sensitivity_needs_two_runs_of_a_point(simulator):
    words = ("sensitivity", "tiny.yaml", "--over", f"{WORKERS}=1..3", "-n", "1")
    assert simulator(*words)[0] == BAD_INPUT


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--over", "api.workers=1,2"), "--over"),
        (("--over", f"{WORKERS}=0,1"), WORKERS),
        (("--over", f"{WORKERS}=2..1"), "must be less than"),
        (("--over", f"{WORKERS}=1,2", "--of", "latency"), "unknown measure 'latency'"),
    ],
)
@pytest.mark.parametrize("command", ["sweep", "tornado", "sensitivity"])
def test_what_cannot_be_swept_is_refused_before_anything_runs(
    simulator, command, arguments, complaint
):
    code, out, err = simulator(command, "tiny.yaml", *arguments)
    assert (code, out) == (BAD_INPUT, "")
    assert complaint in err


# --cluster


def test_a_cluster_that_is_not_there_is_named(simulator, monkeypatch):
    pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    monkeypatch.setattr("simulator.experiments.cluster.CONNECT_S", 0.3)
    code, out, err = simulator("run", "tiny.yaml", "--cluster", "tcp://127.0.0.1:9")
    assert (code, out) == (BAD_INPUT, "")
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in err


# rank


def test_rank_names_the_best_variant_and_its_promise(simulator, tmp_path):
    folder = tmp_path / "out"
    code, out, _ = simulator("rank", "tiny.yaml", "--workers", "1", "--out", str(folder))
    assert code == FINE
    places = [line.split()[1] for line in out.splitlines() if re.match(r" *\d +\w", line)]
    assert places == ["fast", "short", "baseline"]
    assert "fast is the best with 95 % confidence" in out
    assert document((folder / "result.json").read_text())["best"] == "fast"


def test_rank_takes_a_few_variants_too(answer):
    found = answer("rank", "tiny.yaml", "-v", "short", "-v", "fast", "--workers", "1")
    assert [each["variant"] for each in found["places"]] == ["fast", "short"]


# search


def test_search_prints_the_winner_and_how_sure_it_is(simulator, tmp_path):
    pytest.importorskip("optuna", reason="needs the extra 'optimize'")
    Path("tiny.yaml").write_text(SCENARIO.replace("at_most: 1ms", "at_most: 60s"))
    folder = tmp_path / "out"
    code, out, _ = simulator(
        "search", "tiny.yaml", "--over", f"{WORKERS}=2..4", "--trials", "8", "--workers", "1",
        "--by", "latency_mean_s", "--out", str(folder),
    )  # fmt: skip
    assert code == FINE
    assert "winner" in out
    assert "with fresh random numbers" in out
    assert document((folder / "result.json").read_text())["winner"]["keeps_objectives"] == "yes"


def test_search_fails_if_no_design_keeps_its_objectives(simulator):
    pytest.importorskip("optuna", reason="needs the extra 'optimize'")
    arguments = ("--over", f"{WORKERS}=1..2", "--trials", "2", "--workers", "1", "-n", "2")
    code, out, _ = simulator("search", "tiny.yaml", *arguments)
    assert code == FAILS
    assert "no design that keeps them all" in out.replace("\n", " ")


def test_search_without_optuna_says_how_to_get_it(simulator, monkeypatch):
    monkeypatch.setattr("simulator.errors.find_spec", lambda name: None)
    code, out, err = simulator("search", "tiny.yaml", "--over", f"{WORKERS}=1..2")
    assert (code, out) == (BAD_INPUT, "")
    assert "simulator[optimize]" in err


# stability


TROUBLED = SCENARIO.replace("slo:", "faults: [{kind: crash, of: api, from: 20s, for: 5s}]\nslo:")


def test_stability_prints_a_map_of_runs_that_are_down(simulator, tmp_path):
    Path("tiny.yaml").write_text(TROUBLED)
    folder = tmp_path / "out"
    code, out, _ = simulator(
        "stability", "tiny.yaml", "--over", "workload.arrivals.rate=10/s,100/s",
        "--over", f"{WORKERS}=1,2", "--after", "5s", "--for", "5s", "--below", "99%",
        "--workers", "1", "--out", str(folder),
    )  # fmt: skip
    assert code == FINE
    assert [line.split() for line in out.splitlines() if " of 3" in line] == [
        ["1", "0", "of", "3", "3", "of", "3"],  # 100/s are more than can ever be answered
        ["2", "0", "of", "3", "3", "of", "3"],
    ]
    assert (folder / "stability.svg").read_text().count("<svg") == 1
    assert len(document((folder / "result.json").read_text())["cells"]) == 4


def test_a_map_without_a_trigger_or_with_three_axes_is_refused(simulator):
    code, _, err = simulator("stability", "tiny.yaml", "--over", f"{WORKERS}=1,2")
    assert code == BAD_INPUT
    assert "needs a trigger that is over" in err
    three = [part for _ in range(3) for part in ("--over", f"{WORKERS}=1,2")]
    code, _, err = simulator("stability", "tiny.yaml", *three)
    assert code == BAD_INPUT
    assert "one or two" in err


# explain


def test_explain_says_what_each_component_is_worth(simulator):
    code, out, _ = simulator("explain", "tiny.yaml", "--workers", "1")
    assert code == FINE
    assert "Where the time goes" in out
    row = next(line for line in out.splitlines() if re.match(r" *api +-", line))
    assert "±" in row
    assert "One run would have shown a 99th percentile from" in out


def test_explain_answers_in_json_and_writes_it(answer, tmp_path):
    folder = tmp_path / "out"
    found = answer("explain", "tiny.yaml", "--workers", "1", "--out", str(folder))
    assert [each["component"] for each in found["counterfactuals"]] == ["api"]
    assert document((folder / "result.json").read_text()) == found


# --store, runs


STORED = {
    "run": (),
    "compare": ("--against", "fast"),
    "findings": (),
    "sweep": ("--over", f"{WORKERS}=1,2"),
    "tornado": ("--over", f"{WORKERS}=1..2"),
    "sensitivity": ("--over", f"{WORKERS}=1..2", "--rows", "8", "--set", "run.duration=15s"),
    "warmup": (),
    "rank": ("-v", "baseline", "-v", "fast"),
    "search": ("--over", f"{WORKERS}=2..3", "--trials", "2", "--by", "latency_mean_s"),
    "stability": ("--over", f"{WORKERS}=1,2", "--after", "5s", "--for", "5s"),
    "explain": (),
}


@pytest.mark.parametrize("command", STORED)
def test_a_command_says_the_same_whether_its_runs_are_stored_or_made(simulator, command):
    if command == "search":
        pytest.importorskip("optuna", reason="needs the extra 'optimize'")
    shorter = TROUBLED.replace("at_most: 1ms", "at_most: 10s").replace("60s", "40s")
    Path("tiny.yaml").write_text(shorter)
    words = (command, "tiny.yaml", *STORED[command], "--workers", "1", "--json")
    plain = simulator(*words)
    assert plain[0] == FINE
    assert simulator(*words, "--store", "kept") == plain
    assert simulator(*words, "--store", "kept") == plain


def test_a_repeated_command_makes_no_run(simulator, monkeypatch):
    first = simulator(*run("--store", "kept"))
    monkeypatch.setattr("simulator.experiments.rows.run", None)
    assert simulator(*run("--store", "kept")) == first
    assert simulator(*run("-n", "2", "--store", "kept"))[0] == FINE


def test_nothing_is_stored_unless_it_is_wanted(simulator, monkeypatch):
    simulator(*run())
    assert list(Path().iterdir()) == [Path("tiny.yaml")]
    monkeypatch.setenv("SIMULATOR_STORE", "kept")
    simulator(*run())
    assert sorted(Path().iterdir()) == [Path("kept"), Path("tiny.yaml")]
    assert list(Path("kept").iterdir()) == [Path("kept/runs.sqlite")]


def test_a_store_that_cannot_be_used_is_told_once_and_the_command_goes_on(simulator):
    words = ("rank", "tiny.yaml", "-v", "baseline", "-v", "fast", "--workers", "1")
    code, out, err = simulator(*words, "--store", "tiny.yaml")
    assert code == FINE
    assert out
    assert err.split("\n", 1)[0] == (
        "warning: tiny.yaml/runs.sqlite cannot be used: File exists; runs are not stored"
    )
    assert err.count("warning") == 1


def listed(answer, *arguments):
    return {(each["variant"], each["replication"]) for each in answer("runs", *arguments)}


def test_runs_lists_what_is_stored_and_prunes_what_is_chosen(simulator, answer, monkeypatch):
    monkeypatch.setenv("SIMULATOR_STORE", "kept")
    simulator("compare", "tiny.yaml", "--against", "fast", "--workers", "1", "-n", "2")
    everything = {(name, number) for name in ("baseline", "fast") for number in (0, 1)}
    assert listed(answer) == listed(answer, "tiny.yaml") == listed(answer, "tiny") == everything
    assert listed(answer, "-v", "fast") == {("fast", 0), ("fast", 1)}
    for none in (("another",), ("--older-than", "30d"), ("--outdated",)):
        assert listed(answer, *none) == set()
    code, out, err = simulator("runs", "-v", "fast", "--prune")
    assert (code, err) == (FINE, "removed 2 runs from kept\n")
    assert [line.split()[:4] for line in out.splitlines() if "this" in line] == [
        ["tiny", "fast", "5", "1"],
        ["tiny", "fast", "5", "0"],
    ]
    assert listed(answer) == {("baseline", 0), ("baseline", 1)}
    assert listed(answer, "--older-than", "1ns", "--prune") == {("baseline", 0), ("baseline", 1)}
    assert listed(answer) == set()


def test_runs_are_exported_to_parquet_with_the_numbers_that_they_have(simulator, answer, tmp_path):
    duckdb = pytest.importorskip("duckdb", reason="needs the extra 'parquet'")
    found = answer(*run("-n", "3", "--store", "kept"))
    answer(*run("-n", "2", "-v", "fast", "--store", "kept"))
    simulator(*("sweep", "tiny.yaml", "--over", f"{WORKERS}=1", "-n", "3", "--store", "kept"))
    code, _, err = simulator("runs", "tiny", "--store", "kept", "--parquet", "new/tables")
    assert code == FINE
    assert "wrote runs.parquet and measures.parquet to new/tables" in err
    query = """
        select variant, count(*), avg(value)
        from 'new/tables/runs.parquet' join 'new/tables/measures.parquet' using (run)
        where measure = ? and coalesce(component, '') = ? and coalesce(request_class, '') = ?
        group by variant order by variant
    """
    with duckdb.connect() as database:
        for measure, component, request_class, expected in (
            ("latency_p99_s", "", "", found["measures"]["latency_p99_s"]),
            ("utilization", "api", "", found["components"]["api"]["utilization"]),
            ("ok", "", "gold", found["classes"]["gold"]["ok"]),
        ):
            (baseline, fast) = database.execute(
                query, [measure, component, request_class]
            ).fetchall()
            assert baseline == ("baseline", 3, pytest.approx(expected["mean"], rel=1e-12))
            assert fast[:2] == ("fast", 2)


def test_an_export_without_duckdb_says_how_to_get_it(simulator, monkeypatch):
    simulator(*run("-n", "1", "--store", "kept"))
    monkeypatch.setattr("simulator.errors.find_spec", lambda name: None)
    code, out, err = simulator("runs", "--store", "kept", "--parquet", "tables")
    assert (code, out) == (BAD_INPUT, "")
    assert "simulator[parquet]" in err
    assert not Path("tables").exists()


def test_runs_of_another_engine_are_not_used_and_can_be_pruned(simulator, answer, monkeypatch):
    simulator(*run("-n", "1", "--store", "kept"))
    for module in ("identity", "store"):
        monkeypatch.setattr(f"simulator.experiments.{module}.engine", lambda: "another")
    simulator(*run("-n", "1", "--store", "kept"))
    engines = [each["engine"] for each in answer("runs", "--store", "kept")]
    assert engines[0] == "another" != engines[1]
    assert simulator("runs", "--store", "kept", "--outdated", "--prune")[0] == FINE
    assert [each["engine"] for each in answer("runs", "--store", "kept")] == ["another"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give --store DIR, or set SIMULATOR_STORE"),
        (("--store", "nowhere"), "no runs are stored in nowhere"),
        (("--store", "broken"), "broken/runs.sqlite cannot be used: file is not a database"),
        (("--store", "broken", "--older-than", "soon"), "--older-than"),
    ],
)
def test_runs_says_what_is_wrong_with_a_store(simulator, arguments, said):
    Path("broken").mkdir()
    Path("broken", "runs.sqlite").write_text("no database" * 100)
    code, out, err = simulator("runs", *arguments)
    assert (code, out) == (BAD_INPUT, "")
    assert said in err
    assert list(Path("broken").iterdir()) == [Path("broken/runs.sqlite")]


# app


@pytest.fixture
def started(monkeypatch, simulator):
    """Start the app with some arguments; return the command that would take over."""
    commands = []

    def call(*arguments):
        monkeypatch.setattr(os, "execv", lambda program, command: commands.append(command))
        code, out, _ = simulator("app", *arguments)
        assert (code, out) == (FINE, "")
        return commands.pop()

    return call


def test_app_runs_the_apps_script_with_streamlit(started):
    command = started()
    assert command[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert command[4] == str(bundled("app.py"))


def test_app_listens_where_it_is_told_to(started):
    command = started("--port", "9000", "--address", "0.0.0.0", "--headless")
    assert "--server.port=9000" in command
    assert "--server.address=0.0.0.0" in command
    assert "--server.headless=true" in command


def test_app_listens_on_this_machine_only_unless_told_otherwise(started):
    assert "--server.address=localhost" in started()


# The process


def program(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def alive(group):
    """The processes of a group, but for those that have ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, in_group = folder.joinpath("stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it has ended meanwhile
            continue
        if int(in_group) == group and state != "Z":
            found.append(folder.name)
    return found


ONE, ALL = "the program", "all its processes, as a terminal does"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("workers", "whom"), [(1, ONE), (2, ONE), (2, ALL)])
def test_an_interrupted_run_prints_what_is_finished_and_leaves_nobody_behind(
    tmp_path, workers, whom
):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    endless = ("run", "tiny.yaml", "-n", "10000", "--workers", str(workers), "--json")
    process = program(*endless, cwd=tmp_path)
    try:
        _until_busy(process.pid, workers)
        stop = os.kill if whom == ONE else os.killpg
        stop(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert process.returncode == INTERRUPTED
        assert "Traceback" not in err
        finished = int(re.search(r"interrupted: (\d+) of 10000 runs were finished", err)[1])
        assert document(out)["replications"] == finished > 0
        time.sleep(2)
        assert alive(process.pid) == []
    finally:
        if alive(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_a_program_that_is_killed_leaves_its_finished_runs_to_the_next(simulator, tmp_path):
    plain = simulator(*run("-n", "4", "--json"))
    endless = ("run", "tiny.yaml", "-n", "10000", "--workers", "2", "--store", "kept")
    process = program(*endless, cwd=tmp_path)
    try:
        deadline = time.monotonic() + 30
        while _stored(tmp_path / "kept") < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert _stored(tmp_path / "kept") >= 3
    assert simulator(*run("-n", "4", "--json", "--store", "kept")) == plain


def _stored(folder):
    """How many runs are stored by now."""
    if not (folder / FILE).exists():
        return 0
    with closing(Catalogue(folder)) as catalogue:
        return len(catalogue.entries())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_a_single_long_run_that_is_interrupted_says_what_it_had(tmp_path):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    long = ("run", "tiny.yaml", "-n", "1", "--set", "run.duration=1000h", "--json")
    with program(*long, cwd=tmp_path) as process:
        _until_busy(process.pid, 1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == INTERRUPTED
    assert "Traceback" not in err
    assert "interrupted: 0 of 1 runs were finished" in err
    found = document(out)
    assert found["complete"] is False
    assert found["replications"] == 1
    (stopped_s,) = found["stopped_s"]
    assert 100 < stopped_s < 3_600_000
    arrived = found["measures"]["arrived"]["mean"]
    assert arrived == pytest.approx(10 * stopped_s, rel=0.1)
    outcomes = ("ok", "rejected", "timed_out", "failed", "unfinished")
    assert sum(found["measures"][name]["mean"] for name in outcomes) == arrived


def _until_busy(group, workers):
    """Wait until as many processes have worked for longer than it takes to start."""
    tick = os.sysconf("SC_CLK_TCK")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.1)
        spent_s = []
        for process in alive(group):
            numbers = Path("/proc", process, "stat").read_text().rpartition(")")[2].split()
            spent_s.append((int(numbers[11]) + int(numbers[12])) / tick)
        if sum(each > 2.5 for each in spent_s) >= workers:
            return
    raise AssertionError("it never got busy")


def test_a_reader_that_goes_away_is_no_error():
    with program("schema") as process:
        process.stdout.readline()
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs a shell")
def test_the_first_line_of_a_list_can_be_had_alone():
    command = f"'{sys.executable}' -m simulator list | head -1"
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert len(found.stdout.splitlines()) == 1
    assert found.stderr == ""


def test_a_fault_of_our_own_is_admitted(monkeypatch, capfd):
    def broken():
        raise RuntimeError("a bug")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 3
    assert "This is a fault of the simulator, not of your file" in capfd.readouterr().err
