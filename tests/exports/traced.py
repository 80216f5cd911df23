"""A small case with everything that a trace can hold: tries given up, late work, parallel time."""

from functools import cache

from simulator.experiments.design import Outcome, design
from simulator.experiments.execution import execute
from simulator.scenario import parse

TEXT = """\
format: 1
scenario: traced
title: Traced
chapter: tests
question: What takes so long?
system:
  entry: client
  components:
    client:
      kind: client
      next: balancer
      timeout: 150ms
      retries: 1
      backoff: {kind: fixed, pause: 20ms}
    balancer: {kind: load_balancer, pool: api}
    api:
      kind: server
      replicas: 2
      service_time: {kind: exponential, mean: 20ms}
      next: cache
      blocking: true
    cache: {kind: cache, hit_ratio: 0.5, lookup_time: 1ms, origin: db}
    db: {kind: server, discipline: processor_sharing, service_time: {kind: exponential, mean: 20ms}}
workload:
  arrivals: {kind: poisson, rate: 30/s}
run: {duration: 40s, warmup: 2s, replications: 3, seed: 3}
"""


@cache
def summary():
    """Three replications with two requests of each kind traced."""
    outcome = Outcome([design(parse(TEXT, "traced.yaml", None))])
    for each in execute(outcome.tasks(examples=2), workers=1):
        outcome.add(each)
    return outcome.summaries()[0]
