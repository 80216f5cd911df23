"""A small scenario file to spoil, and what is then said of it."""

from __future__ import annotations

import re
from pathlib import Path

from simulator.errors import Problem, ScenarioError
from simulator.scenario import Scenario, parse

FILE = "cases/small.yaml"

SMALL = """\
format: 1
scenario: small
title: Small
chapter: cases
question: What happens?
system:
  entry: balancer
  components:
    balancer: {kind: load_balancer, pool: api}
    api:
      kind: server
      replicas: 2
      workers: 2
      service_time: {kind: exponential, mean: 100ms}
      next: cache
    cache: {kind: cache, origin: db, capacity: 10}
    db: {kind: database, connections: 4, read_time: 20ms}
workload:
  arrivals: {kind: poisson, rate: 10/s}
  keys: {kind: zipf, count: 20}
faults:
  - {kind: crash, of: 'api[2]', from: 5s, for: 1s}
slo:
  - {measure: latency_p99_s, at_most: 1s}
variants:
  fast:
    because: Less work.
    set: {system.components.api.service_time.mean: 50ms}
  wide:
    because: More workers.
    set:
      system.components.api.workers: 4
      faults[0].for: 2s
knobs:
  - {path: workload.arrivals.rate, label: Requests a second, range: [1, 20]}
predict:
  ask: Which is it?
  measure: latency_p99_s
  choices:
    - {say: short, at_most: 200ms}
    - {say: long}
findings:
  - claim: It is quick.
    measure: latency_p99_s
    of: fast
    relative_to: baseline
    during: [5s, 10s]
    at_most: 0.9
quiz:
  - {ask: Why?, choices: [because, therefore], answer: 1, because: It is so.}
run: {duration: 20s, warmup: 1s, replications: 2}
"""


def small(*changes: tuple[str, str]) -> str:
    """The text with pieces of it replaced, each of which must stand in it once."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def valid(*changes: tuple[str, str]) -> Scenario:
    """The scenario, which must be one."""
    return parse(small(*changes), FILE, Path("cases"))


def problems(text: str | bytes, file: str = FILE, folder: Path | None = Path("cases")):
    """What is said of a text; nothing if it is fine."""
    try:
        parse(text, file, folder)
    except ScenarioError as error:
        return error.problems
    return []


def told(*changes: tuple[str, str]) -> list[tuple[str, str]]:
    """The wrong token and the message of every problem after some changes."""
    text = small(*changes)
    return [(token(text, each), each.message) for each in problems(text)]


def token(text: str, problem: Problem) -> str:
    """What stands in a text where a problem is said to be."""
    rest = text.splitlines()[problem.line - 1][problem.column - 1 :]
    found = re.match(r"'[^']*'|[^\s,{}\[\]:]+(\[\d+\])?|.", rest)
    assert found, problem
    return found.group()
