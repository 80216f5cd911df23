"""Which failing requests there is a trace of, and how many spans wait for a decision."""

import numpy as np
import pytest

from simulator.policies.sampling import is_chosen
from simulator.results import OUTCOMES
from simulator.runner import run
from simulator.stats import theory
from tests.validation.harness import REACH, REPLICATIONS, scenario

RATE, SPANS = 100.0, 6
SYSTEM = """
    system:
      entry: tracing
      components:
        tracing: {{kind: tracing, next: api, spans: {{api: 6}}, sampling: {sampling}}}
        api: {{kind: server, workers: unlimited, service_time: 1ms}}
    workload:
      arrivals: {{kind: poisson, rate: 100/s}}
    faults:
      - {{kind: error_burst, of: api, ratio: 0.5, from: 0s, until: 10000s}}
    """


def traced(sampling, duration, warmup=0.0):
    return scenario(SYSTEM.format(sampling=sampling), duration, warmup)


@pytest.fixture(scope="module")
def head():
    return run(traced("{kind: head, share: 1%}", duration=900.0))


@pytest.mark.validation
@pytest.mark.parametrize("failures", [10, 100, 300])
def test_of_so_many_failures_head_sampling_keeps_one_as_often_as_chance_has_it(head, failures):
    failing = np.flatnonzero(head.requests.outcome == OUTCOMES.index("failed"))
    is_kept = np.array([is_chosen(int(number), 0.01) for number in failing])
    assert head.component_measures("tracing")["failing_kept"] == is_kept.sum()
    incidents = is_kept[: len(is_kept) // failures * failures].reshape(-1, failures)
    captured = incidents.any(axis=1)
    expected = theory.trace_captured(0.01, failures)
    error = np.sqrt(expected * (1 - expected) / len(captured))
    assert abs(captured.mean() - expected) <= REACH * error <= 0.1


@pytest.mark.validation
def test_a_tail_sampler_keeps_all_failures_and_holds_what_littles_law_says():
    case = traced("{kind: tail, wait: 2s, buffer: 100000}", duration=40.0, warmup=4.0)
    found = [run(case, each).component_measures("tracing") for each in range(REPLICATIONS)]
    held = [each["buffered_spans_mean"] for each in found]
    expected = theory.tail_buffer(RATE, 2.0, SPANS)
    reach = REACH * np.std(held, ddof=1) / np.sqrt(len(held))
    assert abs(np.mean(held) - expected) <= reach <= 0.05 * expected
    whole = [run(case.with_run(warmup=0.0, drain=5.0), each) for each in range(2)]
    for each in whole:
        measures = each.component_measures("tracing")
        undecided = RATE * 2.0 * 1.5  # that are in the buffer when the run ends
        assert measures["failing"] - undecided < measures["failing_kept"] <= measures["failing"]
        assert measures["overflowed"] == measures["too_early"] == 0
