"""How often to train a model again that loses evenly: the square root of 2 C / d."""

import numpy as np
import pytest
from scipy.stats import norm

from simulator.runner import run
from simulator.stats import theory
from tests.validation.harness import REACH, scenario

COST, DAY_S = 500.0, 86400.0
PER_DAY, POSITIVES, USD, DRIFT = 480, 0.02, 3.55, 0.03
"""Requests and drift a day, in standard deviations; what each negative that passes is worth."""

SYSTEM = """
    system:
      entry: screen
      components:
        screen: {{kind: model_server, model: first, service_time: 20ms}}
    workload:
      arrivals: {{kind: poisson, rate: 20/h}}
    world:
      positives: 2%
      separation: 2
      features: {{wording: {{}}}}
      drifts:
        - kind: covariate
          feature: wording
          by: 3.6
          when: {{kind: gradual, from: 0s, until: 120d}}
      models: {{first: {{alarms: 50%}}}}
      outcomes: {{pass: {{usd: $3.55}}}}
    controllers:
      retrain: {{kind: retraining, of: screen, every: {every}d, usd: $500, training: {training}}}
    """
BEST = 7.0
DECAY = PER_DAY * (1 - POSITIVES) * USD * DRIFT * norm.pdf(0)


def lost_per_day(every):
    """Dollars that are not earned, or spent on training, beside those of a model without age."""
    training = "{window: 1d, alarms: 50%}"
    sections = SYSTEM.format(every=every, training=training)
    case = scenario(sections, duration=84 * DAY_S, warmup=28 * DAY_S)
    fresh = PER_DAY * USD * (0.5 - POSITIVES * norm.cdf(-2))
    nets = [run(case, each).cost_measures()["net_per_hour_usd"] for each in range(16)]
    return fresh - 24 * np.array(nets)


def test_the_decay_is_that_of_the_published_example():
    assert pytest.approx(20, rel=0.01) == DECAY
    assert theory.retraining_interval(COST, DECAY) == pytest.approx(7.07, abs=0.05)


@pytest.mark.slow
@pytest.mark.validation
def test_the_cost_of_a_cadence_has_its_least_where_the_square_root_is():
    found = {every: lost_per_day(every) for every in (BEST / 2, BEST, 2 * BEST)}
    for every, lost in found.items():
        expected = theory.retraining_cost(every, COST, DECAY, lag=0.5)  # data are half a day old
        reach = REACH * np.std(lost, ddof=1) / np.sqrt(len(lost))
        assert reach <= 0.1 * expected
        # The loss is even up to the curvature of the normal law, for models half a deviation old.
        assert abs(lost.mean() - expected) <= reach + 0.02 * expected
    assert np.mean(found[BEST]) < 0.9 * np.mean(found[BEST / 2])
    assert np.mean(found[BEST]) < 0.9 * np.mean(found[2 * BEST])
