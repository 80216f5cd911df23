"""Books of runs: they balance in every system, and a cooked book is found."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from simulator.experiments.books import counts_all
from simulator.results.balance import SYSTEM, gaps, violated
from simulator.runner import run
from tests.kernel.scene import scenario
from tests.laws.samples import SAMPLES
from tests.laws.systems import systems
from tests.laws.test_every_kind import EACH, calm

EXPONENTIAL = {"kind": "exponential", "mean": 0.08}
QUEUE = {"api": {"kind": "server", "service_time": EXPONENTIAL}}


def finished(components=QUEUE, **sections):
    return run(scenario(components, {"kind": "poisson", "rate": 2.0}, 100.0, **sections))


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_the_books_of_every_kind_balance(kind, name):
    made = calm(kind, name, duration=10.0)
    assert SAMPLES[kind][name]
    assert not violated(gaps(run(made), counts_all(made)))


@settings(max_examples=25)
@given(systems())
def test_the_books_of_random_systems_balance_whatever_goes_wrong(made):
    assert not violated(gaps(run(made), counts_all(made)))


def cooked(book, name, change):
    """A run with one running total of the station changed."""
    record = book.components["api"]
    totals = {**record.totals, name: change(record.totals[name])}
    return replace(book, components={"api": replace(record, totals=totals)})


def test_a_queue_that_is_too_short_for_its_waits_is_found():
    book = finished()
    assert not violated(gaps(book))
    assert set(violated(gaps(cooked(book, "queued", lambda area: 0.9 * area)))) == {"api", SYSTEM}


def test_a_queue_that_is_too_long_for_its_waits_is_found():
    wrong = cooked(finished(), "queued", lambda area: 1.1 * area)
    assert violated(gaps(wrong))["api"] > 0.01


def test_a_call_that_is_served_twice_is_found():
    wrong = cooked(finished(), "served", lambda count: count + 1)
    assert "api" in violated(gaps(wrong, is_exact=False))


def test_a_call_that_is_lost_is_found():
    wrong = cooked(finished(), "served", lambda count: count - 1)
    assert "api" in violated(gaps(wrong))


def test_a_request_with_a_latency_and_no_outcome_is_found():
    book = finished()
    outcome = np.array(book.requests.outcome)
    outcome[3] = 4
    wrong = replace(book, requests=replace(book.requests, outcome=outcome))
    assert SYSTEM in violated(gaps(wrong))


def test_a_request_that_took_longer_than_it_was_there_is_found():
    book = finished()
    wrong = replace(book, requests=replace(book.requests, latency_s=book.requests.latency_s * 1.01))
    assert SYSTEM in violated(gaps(wrong))
