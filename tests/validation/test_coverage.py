"""How often the intervals that users see cover the truth: t intervals over a few replications.

An experiment is what somebody would do: some replications of a scenario file, the warm-up cut off,
an interval with 95 % confidence. Here it is made again and again, each time with replications of
its own, and counted how often the interval covers what theory says.

Two things spoil coverage, and longer runs mend both. A run starts empty, which the warm-up cuts
off; and the 99th percentile of a short run is skewed, since a single long queue is most of it.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from simulator.stats.intervals import mean_interval, proportion_interval
from tests.validation.harness import Estimate, scenario

CONFIDENCE = 0.95
REPLICATIONS = 3  # of an experiment
WARMUP = 1000  # requests, more than ten times what a queue at 80 % takes to forget
BAND = 0.015
UNLIKELY = 1e-4  # that counting a few experiments misleads as much

KEYS = ("latency_mean_s", "latency_p99_s")
CV = 1.5  # of the service time of a shared server

SYSTEM = """
    system:
      entry: server
      components:
        server: {{kind: server, workers: {workers}, {more}}}
    workload:
      arrivals: {{kind: poisson, rate: {rate}/s}}
    """


@dataclass(frozen=True)
class Study:
    """A system whose mean latency and 99th percentile are known.

    Attributes:
        name: of the system.
        load: of each worker.
        workers: how many there are.
        more: fields of the server.
        expected: mean and 99th percentile of the latency in seconds.
        requests: measured in one replication.
        experiments: how often.
    """

    name: str
    load: float
    workers: int
    more: str
    expected: tuple[float, float]
    requests: int
    experiments: int

    def __str__(self):
        return f"{self.name} at {self.load:.0%}, {self.experiments:,} experiments"

    def covered(self):
        """Whether each interval covered the truth, shape ``(2, experiments)``."""
        rate = self.load * self.workers
        sections = SYSTEM.format(workers=self.workers, more=self.more, rate=rate)
        read = scenario(sections, (WARMUP + self.requests) / rate, WARMUP / rate)
        return np.array([covers(read, each, self.expected) for each in range(self.experiments)]).T


def covers(read, experiment, expected):
    """Whether the intervals of one experiment cover what is expected of each key."""
    replications = range(experiment * REPLICATIONS, (experiment + 1) * REPLICATIONS)
    runs = [run(read, each).request_measures() for each in replications]
    intervals = [mean_interval([each[key] for each in runs], CONFIDENCE) for key in KEYS]
    return [each.low <= true <= each.high for each, true in zip(intervals, expected, strict=True)]


def first_come(workers, load, requests, experiments):
    queue = (load * workers, 1.0, workers)
    return Study(
        name=f"M/M/{workers}",
        load=load,
        workers=workers,
        more="service_time: {kind: exponential, mean: 1s}",
        expected=(theory.mmc_mean_latency(*queue), theory.mmc_latency_quantile(0.99, *queue)),
        requests=requests,
        experiments=experiments,
    )


def shared(load, requests, experiments):
    often, *rates = theory.balanced_phases(1.0, CV**2)
    return Study(
        name="M/G/1-PS",
        load=load,
        workers=1,
        more=f"discipline: processor_sharing, service_time: "
        f"{{kind: hyperexponential, mean: 1s, cv: {CV}}}",
        expected=(
            theory.mg1_ps_mean_latency(load, 1.0),
            theory.mh1_ps_latency_quantile(
                0.99, load, [often, 1 - often], [1 / each for each in rates]
            ),
        ),
        requests=requests,
        experiments=experiments,
    )


FULL = [
    first_come(1, 0.8, 30_000, 2000),
    first_come(5, 0.8, 120_000, 2000),
    shared(0.8, 30_000, 2000),
]
# A queue at 50 % forgets eight times as fast as one at 80 %
QUICK = first_come(1, 0.5, 1500, 160)


@pytest.mark.slow
@pytest.mark.validation
@pytest.mark.parametrize("study", FULL, ids=str)
def test_intervals_cover_the_truth_as_often_as_they_say(study, note):
    missed = []
    for key, covered in zip(KEYS, study.covered(), strict=True):
        found = Estimate(
            row="coverage of t intervals",
            case=str(study),
            key=key,
            expected=CONFIDENCE,
            values=covered.astype(float),
            limit=BAND,
            fixed=True,
        )
        note(found, full=True)
        if not found.agrees:
            missed.append(str(found))
    assert not missed, "\n".join(missed)


@pytest.mark.validation
def test_intervals_of_a_few_experiments_cover_about_as_often_as_they_say():
    for covered in QUICK.covered():
        share = proportion_interval(int(covered.sum()), len(covered), confidence=1 - UNLIKELY)
        assert share.low <= CONFIDENCE <= share.high
