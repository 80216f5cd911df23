"""Which requests of a run belong to a cohort, said in a few words.

A cohort is described by conditions with commas between them, all of which have to hold:

* ``p99``: the slowest 1 % (any percentile: that slow or slower); ``p50`` stands for the usual time,
  from p45 to p55; ``p50..p90``: between two percentiles;
* an outcome: ``ok``, ``rejected``, ``timed_out``, ``failed``;
* the name of a request class;
* ``during 10s..20s``: what arrives in that time.

Percentiles are those of the requests for which everything else holds: of ``gold, p99`` the slowest
1 % of the class ``gold``. Where neither an outcome is named nor anything but a percentile is, only
requests answered ok count, as in all percentiles that the program prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from simulator.errors import Problem, ScenarioError, unknown_name
from simulator.results import OUTCOMES, Run
from simulator.results.run import OK, UNFINISHED
from simulator.scenario import Scenario
from simulator.scenario.source import parse_scalar
from simulator.units import TIME, human

AROUND_MEDIAN = (0.45, 0.55)  # what ``p50`` stands for
PERCENTILE = r"p(\d{1,2}(?:\.\d+)?)"
SPAN = re.compile(rf"{PERCENTILE}(?:\.\.{PERCENTILE})?")
DURING = re.compile(r"during\s+(.+?)\.\.(.+)")
ANSWERS = tuple(name for name in OUTCOMES if name != "unfinished")


@dataclass(frozen=True, slots=True)
class Membership:
    """What makes a request one of a cohort; conditions that are None always hold.

    Attributes:
        name: of the cohort, as it was described.
        span: the quantiles between which its latency lies.
        outcome: what it came to.
        request_class: its class.
        during: from when to when it arrives, in seconds.
    """

    name: str
    span: tuple[float, float] | None = None
    outcome: str | None = None
    request_class: str | None = None
    during: tuple[float, float] | None = None

    def numbers(self, finished: Run) -> np.ndarray:
        """The numbers of the measured requests of a run that belong to it, by their latency."""
        first = int(np.searchsorted(finished.requests.arrived_s, finished.warmup_s))
        rows = finished.measured()
        holds = rows.outcome != UNFINISHED
        if self.outcome is not None:
            holds &= rows.outcome == OUTCOMES.index(self.outcome)
        elif self.span is not None:
            holds &= rows.outcome == OK
        if self.request_class is not None:
            holds &= rows.request_class == finished.classes.index(self.request_class)
        if self.during is not None:
            start_s, end_s = self.during
            holds &= (rows.arrived_s >= start_s) & (rows.arrived_s < end_s)
        chosen = np.flatnonzero(holds)
        chosen = chosen[np.argsort(rows.latency_s[chosen], kind="stable")]
        if self.span is not None:
            low, high = (int(np.floor(quantile * len(chosen))) for quantile in self.span)
            chosen = chosen[low : high + 1]
        return chosen + first

    def words(self) -> str:
        """What its requests are, to stand behind "a request"."""
        return " ".join(self._words())

    def _words(self) -> Iterator[str]:
        if self.request_class is not None:
            yield f"of class {self.request_class}"
        if self.outcome is not None:
            yield "answered ok" if self.outcome == "ok" else self.outcome.replace("_", " ")
        if self.during is not None:
            start_s, end_s = (human(each, "s") for each in self.during)
            yield f"arriving from {start_s} to {end_s}"
        if self.span == AROUND_MEDIAN:
            yield "around the median"
        elif self.span is not None and self.span[1] == 1.0:
            yield f"among the slowest {human(1.0 - self.span[0], 'ratio')}"
        elif self.span is not None:
            yield "from p{:g} to p{:g}".format(*(round(100 * each, 9) for each in self.span))


def membership(text: str, scenario: Scenario) -> Membership:
    """Read the description of a cohort.

    Raises:
        ScenarioError: a condition is none, or one of its kind was given before.
    """
    found = Membership(text)
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, value = _condition(part, scenario)
        if getattr(found, name) is not None:
            raise _wrong(f"found {text!r}, with two conditions of one kind")
        found = replace(found, **{name: value})
    if found == Membership(text):
        raise _wrong("found no condition; must be such as p99, rejected or during 10s..20s")
    return found


def _condition(part: str, scenario: Scenario) -> tuple[str, object]:
    classes = [*scenario.workload.classes]
    if part in classes:
        return "request_class", part
    if part in ANSWERS:
        return "outcome", part
    if span := SPAN.fullmatch(part):
        return "span", _span(part, *span.groups())
    if during := DURING.fullmatch(part):
        return "during", _during(part, *during.groups())
    known = ["p99", "p50..p90", "during A..B", *ANSWERS, *classes]
    raise _wrong(unknown_name("cohort", part, known))


def _span(part: str, low: str, high: str | None) -> tuple[float, float]:
    if high is None:
        return AROUND_MEDIAN if float(low) == 50.0 else (float(low) / 100, 1.0)
    if not float(low) < float(high):
        raise _wrong(f"found {part}; the first percentile must be less than the second")
    return float(low) / 100, float(high) / 100


def _during(part: str, start: str, end: str) -> tuple[float, float]:
    try:
        start_s, end_s = (float(TIME.read(parse_scalar(each, "--cohort"))) for each in (start, end))
    except ValueError as error:
        raise _wrong(f"found {part!r}: {error}") from None
    if not 0 <= start_s < end_s:
        raise _wrong(f"found {part!r}; the first instant must come before the second")
    return start_s, end_s


def _wrong(message: str) -> ScenarioError:
    return ScenarioError([Problem("--cohort", 1, 1, "", message)])
