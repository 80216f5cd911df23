"""A case study with every section, small enough to run in a moment."""

from pathlib import Path

TEXT = """\
format: 1
scenario: small
title: A small case
chapter: 1_system_design
level: beginner
minutes: 5
tags: [queues]
question: Two workers are offered more than one can do. Does a third help?
story: A *short* story.

system:
  entry: api
  components:
    api:
      kind: server
      workers: 2
      service_time: {kind: exponential, mean: 30ms}
      queue_limit: 50
      cost_per_hour: $0.50

workload:
  arrivals: {kind: poisson, rate: 50/s}

faults:
  - {kind: slowdown, of: api, factor: 3, from: 6s, until: 8s}

slo:
  - {measure: latency_p99_s, at_most: 400ms}

variants:
  three_workers:
    because: One more.
    set: {system.components.api.workers: 3}

knobs:
  - {path: workload.arrivals.rate, label: Requests a second, range: [10, 100], scale: log}
  - {path: system.components.api.workers, label: Workers, range: [1, 5]}
  - {path: system.components.api.discipline, label: Order of service, choices: [fifo, lifo]}

predict:
  ask: How many requests are answered ok?
  measure: success_ratio
  choices:
    - {say: fewer than half, at_most: 50%}
    - {say: more than half}
  because: There is room for most of them.

findings:
  - claim: A third worker shortens the wait.
    measure: latency_mean_s
    of: three_workers
    relative_to: baseline
    at_most: 0.9
  - {claim: The workers are idle., measure: api.utilization, at_most: 0.1}

quiz:
  - ask: What fills the queue?
    choices: [The slowdown, The disk]
    answer: 0
    because: Work takes three times as long then.

interview: |
  - Say *utilization*.

sources: [Made up.]

run: {duration: 20s, warmup: 2s, replications: 3, seed: 1}
"""

NUMBER = """\
predict:
  ask: How long does the slowest one in a hundred take?
  measure: latency_p99_s

"""

BROKEN = TEXT.replace("workers: 2", "wokers: 2").replace("rate: 50/s", "rate: 50 rps")
"""Two mistakes: a misspelled field, and a rate in no known unit."""


def scaled() -> str:
    """The case with replicas that come and go."""
    balancer = "    balancer: {kind: load_balancer, pool: api}\n    api:\n"
    text = TEXT.replace("entry: api", "entry: balancer").replace("    api:\n", balancer)
    scaler = "  scaler: {kind: autoscaler, of: api, policy: utilization, max_replicas: 3,"
    scaler += " start_time: 1s, sync_period: 2s, metrics_period: 2s}\n"
    return text.replace("slo:\n", f"controllers:\n{scaler}\nslo:\n")


def asking_for_a_number() -> str:
    """The case with a prediction that is a number with a unit."""
    before, _, rest = TEXT.partition("predict:")
    return before + NUMBER + "findings:" + rest.partition("findings:")[2]


def taking_long() -> str:
    """The case with so many runs that one can end it before they are made."""
    longer = TEXT.replace("duration: 20s", "duration: 2000s")
    return longer.replace("replications: 3", "replications: 100")


def saved(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "small.yaml"
    path.write_text(text)
    return path
