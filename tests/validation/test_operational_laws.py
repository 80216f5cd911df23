"""Bookkeeping that holds on every run of every model, to rounding: the exact part of row q33.

What a station records of itself must be what follows from when its calls came and left.
"""

import numpy as np

from simulator.results import OUTCOMES
from simulator.runner import run
from tests.validation.harness import scenario
from tests.validation.systems import PATIENT, PIPELINES, STATIONS, cases

KEYS = {"little", "utilisation", "flow"}

EXACT = 1e-9


def area(came_s, left_s, until_s):
    """Integral from 0 to each instant of how many are inside, from when each came and left."""

    def since(instants_s):
        instants_s = np.sort(instants_s)
        total_s = np.concatenate(([0.0], np.cumsum(instants_s)))
        before = np.searchsorted(instants_s, until_s, side="right")
        return before * until_s - total_s[before]

    return since(came_s) - since(left_s)


def metered(finished, *meters):
    """The area under the number of calls behind some meters, at every tick."""
    found = [finished.components[name].samples for name in meters]
    return sum(area(each["came_s"], each["left_s"], finished.tick_s) for each in found)


def recorded(finished, name, *levels):
    """The area under levels that a component or group recorded of itself, at every tick."""
    return sum(each.totals[level] for each in finished.members(name) for level in levels)


def assert_same(one, other):
    """Equal to rounding at every tick."""
    np.testing.assert_allclose(one, other, rtol=EXACT, atol=EXACT * max(np.max(other), 1.0))
    assert np.max(other) > 0


# Little: the area under the number inside is the time that all who came spent inside.


@cases(STATIONS)
def test_number_in_a_station_is_the_time_its_requests_spent_there(sections):
    finished = run(scenario(sections, duration=5_000))
    inside = recorded(finished, "server", "in_service", "queued")
    rows = finished.requests
    left_s = (rows.arrived_s + rows.latency_s)[np.isfinite(rows.latency_s)]
    assert_same(metered(finished, "meter"), inside)
    assert_same(area(rows.arrived_s, left_s, finished.tick_s), inside)


@cases(PIPELINES)
def test_number_in_every_tier_is_the_time_its_calls_spent_there(sections):
    finished = run(scenario(sections, duration=60))
    through = metered(finished, "in1", "in2", "in3", "in4")
    assert_same(metered(finished, "front"), through)  # a balancer takes no time
    assert_same(
        through - metered(finished, "out"), recorded(finished, "app", "in_service", "queued")
    )
    assert_same(metered(finished, "back"), recorded(finished, "database", "in_service", "queued"))


# Utilization: the area under the busy workers is the work done, that of unfinished calls included.


def work_done(finished, station, meter):
    """From the order of service: the n-th call to come is the n-th to start."""
    wait_s = finished.components[station].samples["wait_s"]
    books = finished.components[meter].samples
    began_s = books["came_s"][: len(wait_s)] + wait_s
    return area(began_s, began_s + books["need_s"][: len(wait_s)], finished.tick_s)


@cases({name: STATIONS[name] for name in ("M/M/1", "closed loop")})
def test_busy_time_of_a_station_is_the_work_of_its_requests(sections):
    finished = run(scenario(sections, duration=5_000))
    assert_same(work_done(finished, "server", "meter"), recorded(finished, "server", "in_service"))


@cases(PATIENT)
def test_busy_time_in_every_tier_is_the_work_of_its_calls(sections):
    finished = run(scenario(sections, duration=60))
    for station, meter in {
        "database": "back",
        **{f"app[{i}]": f"in{i}" for i in range(1, 5)},
    }.items():
        assert_same(work_done(finished, station, meter), recorded(finished, station, "in_service"))


# Flow: whatever came has left or is still inside.


def outcomes(finished):
    counts = np.bincount(finished.requests.outcome, minlength=len(OUTCOMES))
    return dict(zip(OUTCOMES, counts.tolist(), strict=True))


def passed(finished, *meters):
    return sum(len(finished.components[name].samples["came_s"]) for name in meters)


def inside(finished, *meters):
    answered = sum(len(finished.components[name].samples["left_s"]) for name in meters)
    return passed(finished, *meters) - answered


def total(finished, name, counted):
    return sum(each.totals[counted][-1] for each in finished.members(name))


@cases(STATIONS)
def test_every_request_of_a_station_is_accounted_for(sections):
    finished = run(scenario(sections, duration=5_000))
    became = outcomes(finished)
    assert passed(finished, "meter") == len(finished.requests) == sum(became.values())
    assert became["ok"] == total(finished, "server", "served")
    assert became["rejected"] == total(finished, "server", "rejected")
    assert became["unfinished"] == inside(finished, "meter")


@cases(PIPELINES)
def test_every_call_in_a_pipeline_is_accounted_for(sections):
    finished = run(scenario(sections, duration=60))
    became = outcomes(finished)
    sent = total(finished, "client", "sent")
    doors = ("in1", "in2", "in3", "in4")
    assert len(finished.requests) == sum(became.values())
    assert sent == len(finished.requests) + total(finished, "client", "retried")
    assert sent == passed(finished, "front") == total(finished, "balancer", "forwarded")
    assert sent == became["ok"] + total(finished, "client", "expired") + inside(finished, "front")
    assert sent == passed(finished, *doors)
    assert total(finished, "app", "served") == passed(finished, "out")
    assert total(finished, "cache", "loads") == passed(finished, "back")
    assert total(finished, "client", "retried") > 0  # else half of this would say nothing
