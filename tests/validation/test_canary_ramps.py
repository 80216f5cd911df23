"""Canaries against theory: what a ramp costs until the judge has seen enough, and A/A canaries.

The published ramps are those of a hundred calls a second and ten minutes a step, of which 1 % fail
and 2 % of the new version: 21, 32, 60 and 600 errors more than without the release.
"""

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from tests.validation.harness import scenario

REACH = 3.9  # standard errors: of ten thousand right results one is refused

RAMP = """
    system:
      entry: split
      components:
        split:
          kind: splitter
          arms:
            stable: {{to: old, share: 1}}
            canary: {{to: new}}
        old: {{kind: model_server, model: old, workers: 99, service_time: 1ms}}
        new: {{kind: model_server, model: new, workers: 99, service_time: 1ms}}
    workload:
      arrivals: {{kind: poisson, rate: {rate}}}
    world:
      positives: 0.5
      separation: 2
      features: {{amount: {{}}}}
      models:
        old: {{error_ratio: {good}}}
        new: {{error_ratio: {bad}}}
    controllers:
      rollout:
        kind: canary
        of: split
        at: 0s
        steps: {steps}
        dwell: {dwell}s
        judge: {{kind: two_proportions, alpha: 0.01, min_users: 2}}
"""


def ramp(steps, rate, dwell, good, bad):
    told = RAMP.format(steps=list(steps), rate=rate, dwell=dwell, good=good, bad=bad)
    return scenario(told, duration=dwell * len(steps))


def excess(spec, good, runs):
    """Failures of the new version beyond those that the old one would have had, run by run."""
    found = [run(spec, each).component_measures("rollout") for each in range(runs)]
    return [each["failed"] - good * each["exposed"] for each in found]


def holds(values, expected):
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return abs(np.mean(values) - expected) <= REACH * error, (np.mean(values), error, expected)


@pytest.mark.validation
@pytest.mark.parametrize(("steps", "runs"), [((0.1, 0.5, 1.0), 24), ((1.0,), 5)])
def test_a_small_ramp_costs_what_theory_says(steps, runs):
    good, bad = 0.1, 0.18
    expected = theory.excess_failures(steps, 2000, good, bad, 0.01)
    ok, seen = holds(excess(ramp(steps, 100.0, 20.0, good, bad), good, runs), expected)
    assert ok, seen


@pytest.mark.validation
@pytest.mark.slow
@pytest.mark.parametrize(
    ("steps", "runs", "published"),
    [
        ((0.01, 0.05, 0.25, 1.0), 24, 21),
        ((0.05, 0.25, 1.0), 24, 32),
        ((0.1, 1.0), 24, 60),
        ((1.0,), 12, 600),
    ],
)
def test_the_published_ramps_cost_what_was_published(steps, runs, published):
    expected = theory.excess_failures(steps, 60_000, 0.01, 0.02, 0.01)
    assert round(expected) == published
    ok, seen = holds(excess(ramp(steps, 100.0, 600.0, 0.01, 0.02), 0.01, runs), expected)
    assert ok, seen


A_A = """
    system:
      entry: split
      components:
        split:
          kind: splitter
          arms:
            stable: {{to: old, share: 1}}
            baseline: {{to: fresh}}
            canary: {{to: new}}
        old: {{kind: model_server, model: both, workers: 99, service_time: 1ms}}
        fresh: {{kind: model_server, model: both, workers: 99, service_time: 1ms}}
        new: {{kind: model_server, model: both, workers: 99, service_time: 1ms}}
    workload:
      arrivals: {{kind: poisson, rate: 50/s}}
    world:
      positives: 0.5
      separation: 2
      features: {{amount: {{}}}}
      models:
        both: {{error_ratio: {errors}}}
    faults: {faults}
    controllers:
      rollout:
        kind: canary
        of: split
        control: baseline
        at: 0s
        steps: [0.5]
        dwell: 10s
        judge: {{kind: two_proportions, alpha: 0.1, min_users: 2}}
"""
IN_BURSTS = """
      - {kind: breakdowns, of: fresh, mtbf: 2s, mttr: 200ms}
      - {kind: breakdowns, of: new, mtbf: 2s, mttr: 200ms}
"""


def rolled_back(errors, faults, runs):
    """How often a version was rolled back that was the same as the old one."""
    spec = scenario(A_A.format(errors=errors, faults=faults), duration=10.5)
    return sum(run(spec, each).component_measures("rollout")["rolled_back"] for each in range(runs))


@pytest.mark.validation
@pytest.mark.parametrize("runs", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_a_canaries_are_rolled_back_at_their_nominal_rate(runs):
    expected = 1 - theory.passes_two_proportions((250, 250), (0.1, 0.1), 0.1)
    assert expected == pytest.approx(0.1, abs=0.005)
    error = np.sqrt(expected * (1 - expected) / runs)
    assert rolled_back(0.1, "[]", runs) / runs == pytest.approx(expected, abs=REACH * error)


@pytest.mark.validation
def test_failures_that_come_together_break_the_nominal_rate_of_a_a_canaries():
    """As many fail, a tenth of the time all of them: the judge takes a minute for many users."""
    runs = 40
    found = rolled_back(0.0, IN_BURSTS, runs)
    # In ten seconds some five outages, not 25 failures of their own: sd several times as large.
    assert found / runs > 0.25
