"""What is printed: YAML that is valid as it stands, and what one ought to know of it."""

import json
from functools import cache

import numpy as np
import pytest

from simulator.fitting.column import read
from simulator.fitting.report import fit
from simulator.scenario import parse
from tests.fitting.recordings import DATA, drawn, report, write
from tests.fitting.test_candidates import KNOWN

FILE = """\
format: 1
scenario: pasted
title: Pasted
chapter: cases
question: Is it valid?
system:
  entry: api
  components:
    api:
      kind: server
      {service_time}
workload:
  {arrivals}
run: {{duration: 10s}}
"""
PLAIN = {"service_time": "service_time: 1ms", "arrivals": "arrivals: {kind: poisson, rate: 1/s}"}


def pasted(line):
    """A scenario with a line in the place of a field."""
    field = line.partition(":")[0]
    return parse(FILE.format(**PLAIN | {field: line}), "pasted.yaml", None)


def lines(found):
    """All candidates, those that are comments included."""
    return [line.removeprefix("# ") for line in found.yaml().splitlines()]


@pytest.mark.parametrize("kind", KNOWN)
def test_every_candidate_can_be_pasted_as_a_service_time(kind, tmp_path):
    found = report(tmp_path, drawn(KNOWN[kind], n=1000))
    assert len(lines(found)) == len(found.found)
    for line, candidate in zip(lines(found), found.found, strict=True):
        assert pasted(line).system.components["api"].service_time == candidate.spec


@pytest.mark.parametrize("kind", KNOWN)
def test_every_candidate_can_be_pasted_as_arrivals(kind, tmp_path):
    found = report(tmp_path, drawn(KNOWN[kind], n=1000), kind="arrivals")
    for line, candidate in zip(lines(found), found.found, strict=True):
        arrivals = pasted(line).workload.arrivals
        rate = 1 / candidate.spec.average()
        assert arrivals.mean_rate(10.0) == pytest.approx(rate, rel=1e-3)


def test_the_output_as_a_whole_is_yaml(tmp_path):
    found = report(tmp_path, drawn(KNOWN["gamma"], n=1000))
    assert pasted(found.yaml().replace("\n", "\n      ")).system.components["api"].service_time


def test_exponential_gaps_are_a_poisson_process(tmp_path):
    found = report(tmp_path, drawn({"kind": "exponential", "mean": "50ms"}, seed=8), "arrivals")
    poisson = next(line for line in lines(found) if "poisson" in line)
    assert pasted(poisson).workload.arrivals.rate == pytest.approx(20, rel=0.06)


def test_a_rate_that_changes_is_a_schedule_too(tmp_path):
    gaps = np.concatenate([drawn({"kind": "exponential", "mean": f"{m}ms"}) for m in (100, 50)])
    arrivals = pasted(lines(report(tmp_path, gaps, "arrivals"))[-1]).workload.arrivals
    assert arrivals.kind == "schedule"
    assert arrivals.rate == pytest.approx(10, rel=0.2)
    assert arrivals.steps[-1].rate == pytest.approx(20, rel=0.2)
    assert arrivals.mean_rate(gaps.sum()) == pytest.approx(1 / gaps.mean(), rel=0.01)


def test_a_metronome_is_a_constant_rate(tmp_path):
    found = report(tmp_path, np.full(100, 0.25), kind="arrivals")
    assert found.yaml() == "arrivals: {kind: constant, rate: 4/s}"
    assert pasted(found.yaml()).workload.arrivals.rate == 4


def test_equal_service_times_are_constant(tmp_path):
    found = report(tmp_path, np.full(100, 0.25))
    assert found.yaml() == "service_time: {kind: constant, value: 250ms}"
    assert json.dumps(found.as_json(), allow_nan=False)


def test_the_document_holds_the_table(tmp_path):
    found = report(tmp_path, drawn(KNOWN["lognormal"], n=1000), kind="arrivals")
    document = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert document["kind"] == "arrivals"
    assert document["n"] == 1001
    assert document["yaml"] == found.yaml()
    assert [each["aic"] for each in document["candidates"]] == [each.aic for each in found.found]
    assert document["arrivals"]["rate_per_s"] == pytest.approx(1 / found.mean_s)


def test_a_mean_that_is_off_is_warned_of(tmp_path):
    """So heavy a tail that a thousand times tell little of its mean."""
    found = report(tmp_path, drawn({"kind": "lognormal", "p50": "17ms", "p99": "20s"}, 1000))
    assert any("the load will differ by as much" in text for text in found.warnings())


def test_a_poor_fit_is_warned_of(tmp_path):
    times = np.random.default_rng(1).choice([0.001, 0.02, 0.021, 0.5, 9.0], 500)
    assert any("even the best fit is" in text for text in report(tmp_path, times).warnings())


def test_times_of_zero_are_left_out_and_told(tmp_path):
    found = report(tmp_path, np.concatenate([np.zeros(7), drawn(KNOWN["gamma"], 100)]))
    assert "7 times of 0 were left out" in [*found.warnings()]


def test_a_column_that_speaks_of_another_unit_is_warned_of(tmp_path):
    path = write(tmp_path / "t.csv", "latency_ms", drawn(KNOWN["gamma"], 100).tolist())
    assert "--unit" in next(fit(read(path, None, "service")).warnings())
    assert not [*fit(read(path, None, "service", "ms"), "ms").warnings()]


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([1.0] * 30, "arrivals", "all rows are at the same instant"),
        ([0.0] * 30, "service", "found hardly a time above 0"),
    ],
)
def test_nothing_to_fit_is_refused(tmp_path, values, kind, message):
    path = write(tmp_path / "t.csv", "t", values)
    with pytest.raises(Exception, match=f"t.csv:1:1 t: {message}"):
        fit(read(path, "t", kind))


# -- public traces -----------------------------------------------------------------------------


@cache
def public(name):
    path = DATA / f"azure_llm_2023_{name}.csv"
    if not path.exists():
        pytest.skip(f"needs the public trace {path.name} in ../shared/data")
    return fit(read(path, None, None))


@pytest.mark.parametrize(
    ("name", "count", "rate", "cv"),
    [("conversation", 19_366, 5.53, 1.09), ("code", 8_819, 2.57, 13.2)],
)
def test_public_traces_have_the_published_rate_and_burstiness(name, count, rate, cv):
    found = public(name)
    assert found.column.kind == "arrivals"
    assert found.column.seconds.size == count
    assert found.arrivals.rate_per_s == pytest.approx(rate, rel=2e-3)
    assert found.arrivals.cv == pytest.approx(cv, rel=5e-3)
    for line in lines(found):
        pasted(line)


def test_conversations_are_nearly_poisson_at_a_rate_that_changes():
    found = public("conversation")
    assert found.found[0].distance < 0.02
    assert any("the rate is not constant" in text for text in found.warnings())


def test_code_completions_are_anything_but_poisson():
    found = public("code")
    poisson = next(each for each in found.found if each.kind == "exponential")
    assert poisson.distance > 0.5
    assert poisson.aic - found.found[0].aic > 10_000
