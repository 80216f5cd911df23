"""What is wrong with a workload is said at its place, all at once."""

import pytest

from simulator.errors import ScenarioError
from simulator.scenario import parse

FILE = """\
format: 1
scenario: site
title: A site
chapter: tests
question: Does it say what is wrong?
system:
  entry: api
  components:
    api: {{kind: server, service_time: 10ms}}
workload:
  arrivals: {arrivals}
  classes:
    page: {page}
run: {{duration: 60s}}
"""

# What stands after the first bar is wrong first, what after the second is wrong next.
MISTAKES = {
    "a gap of nothing": (
        "{kind: renewal, gap: |0s}",
        ["workload.arrivals.gap: must not always be 0"],
    ),
    "a swing beyond its mean": (
        "{kind: diurnal, rate: 5/s, amplitude: |120%}",
        ["workload.arrivals.amplitude: found '120%'; must be 1 or less"],
    ),
    "a peak that is none": (
        "|{kind: flash_crowd, rate: 5/s, peak: 5/s, at: 1s, half_life: 1s}",
        ["workload.arrivals: peak (5/s) must be above rate (5/s)"],
    ),
    "a state that does not exist": (
        "|{kind: mmpp, states: {a: {rate: 1/s, to: {c: 1/s}}, b: {rate: 2/s, stays: 1s}}}",
        ["workload.arrivals: 'a' cannot change to 'c'; can to b"],
    ),
    "states without an end": (
        "{kind: mmpp, states: {a: |{rate: 1/s}, b: {rate: |2 rps, stays: 1s}}}",
        [
            "workload.arrivals.states.a: give either stays or to",
            "workload.arrivals.states.b.rate: '2 rps' is not a rate",
        ],
    ),
    "a batch of no size": (
        "{kind: batch, rate: 5/s, size: |0}",
        ["workload.arrivals.size: found 0; must be 1 or greater"],
    ),
    "an unknown size": (
        "{kind: batch, rate: 5/s, size: {kind: |geometrical, mean: 2}}",
        ["workload.arrivals.size.kind: unknown distribution of sizes 'geometrical'"],
    ),
    "a burst longer than its period": (
        "|{kind: cron, every: 1min, requests: 10, spread: 2min}",
        ["workload.arrivals: spread (120 s) must be at most every (60 s)"],
    ),
    "an unknown field": (
        "{kind: sessions, users: {kind: poisson, rate: 1/s}, requests: 3, |think: 1s}",
        ["workload.arrivals.think: unknown field 'think'"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_at_its_place(name):
    marked, wrong = MISTAKES[name]
    *before, _ = marked.split("|")
    columns = [len("  arrivals: " + "".join(before[:i])) + 1 for i in range(1, len(before) + 1)]
    with pytest.raises(ScenarioError) as caught:
        parse(FILE.format(arrivals=marked.replace("|", ""), page="{}"), "site.yaml", None)
    for column, text in zip(columns, wrong, strict=True):
        assert f"site.yaml:11:{column} {text}" in str(caught.value)


def test_mistakes_of_a_class_are_found_beside_those_of_the_arrivals():
    text = FILE.format(
        arrivals="{kind: diurnal, rate: 5/s, amplitude: 2}",
        page="{operation: write, write_ratio: 10%, deadline: 0s}",
    )
    with pytest.raises(ScenarioError) as caught:
        parse(text, "site.yaml", None)
    found = [(each.line, each.path) for each in caught.value.problems]
    assert (11, "workload.arrivals.amplitude") in found
    assert (13, "workload.classes.page.deadline") in found
