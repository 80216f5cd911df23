"""Laws that hold on every run of every model: row q33.

Most are bookkeeping without statistics, and hold to rounding: what a station records of itself
must be what follows from when its calls came and left. ``meter`` keeps that second set of books.
"""

import numpy as np
import pytest

from simulator.results import OUTCOMES
from simulator.runner import run
from tests.validation.harness import (
    QUICK,
    REACH,
    REPLICATIONS,
    WARMUP,
    in_system,
    scenario,
    window,
)

ROW = "q33-laws"
KEYS = {"little", "utilisation", "flow", "interactive", "pasta"}

EXACT = 1e-9

OPEN = "{kind: poisson, rate: 0.8/s}"
USERS, THINK_S = 20, 10.0
CLOSED = f"{{kind: closed_loop, users: {USERS}, think_time: {{kind: exponential, mean: 10s}}}}"


def station(arrivals=OPEN, server="service_time: {kind: exponential, mean: 1s}"):
    """One server, with its meter."""
    return f"""
        system:
          entry: meter
          components:
            meter: {{kind: meter, next: server}}
            server: {{kind: server, {server}}}
        workload:
          arrivals: {arrivals}
        """


def pipeline(arrivals="{kind: poisson, rate: 360/s}", client="timeout: 1s, cancels: true"):
    """Retrying clients, four servers, a cache and a database, with meters between them."""
    meters = "\n".join(
        f"            in{i}: {{kind: meter, next: 'app[{i}]'}}" for i in range(1, 5)
    ).strip()
    return f"""
        system:
          entry: witness
          components:
            witness: {{kind: witness, watches: [app, database], next: client}}
            client:
              kind: client
              {client.replace(", ", chr(10) + "              ")}
              retries: 2
              backoff: {{kind: exponential, base: 100ms, jitter: 0.5}}
              next: front
            front: {{kind: meter, next: balancer}}
            balancer:
              kind: load_balancer
              pool: [in1, in2, in3, in4]
              policy: {{kind: fewest_of_sample, choices: 2}}
            {meters}
            app:
              kind: server
              replicas: 4
              workers: 8
              service_time: {{kind: lognormal, mean: 70ms, cv: 0.947}}
              next: out
            out: {{kind: meter, next: cache}}
            cache:
              kind: cache
              hit_ratio: 0.8
              lookup_time: {{kind: exponential, mean: 1ms}}
              origin: back
            back: {{kind: meter, next: database}}
            database:
              kind: database
              connections: 16
              read_time: {{kind: exponential, mean: 200ms}}
        workload:
          arrivals: {arrivals}
        """


THINKING = "{kind: closed_loop, users: 400, think_time: {kind: gamma, mean: 1s, cv: 0.3}}"
STATIONS = {
    "M/M/1": station(),
    "M/M/3 with little room": station(
        "{kind: poisson, rate: 2.7/s}",
        "workers: 3, queue_limit: 7, service_time: {kind: exponential, mean: 1s}",
    ),
    "M/G/1 shared": station(
        server="discipline: processor_sharing, service_time: {kind: lognormal, mean: 1s, cv: 3}"
    ),
    "closed loop": station(CLOSED),
}
PIPELINES = {"pipeline": pipeline(), "pipeline in a closed loop": pipeline(THINKING)}
PATIENT = {
    "pipeline": pipeline(client="retry_on: [failed]"),
    "pipeline in a closed loop": pipeline(THINKING, client="retry_on: [failed]"),
}


def cases(*groups):
    return pytest.mark.parametrize(
        "sections",
        [pytest.param(text, id=name) for group in groups for name, text in group.items()],
    )


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
    assert_same(
        metered(finished, "back"), recorded(finished, "database", "in_service", "queued")
    )


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
    for station, meter in {"database": "back", **{f"app[{i}]": f"in{i}" for i in range(1, 5)}}.items():
        assert_same(
            work_done(finished, station, meter), recorded(finished, station, "in_service")
        )


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


# The interactive response time law: R = N / X - Z.


def mean_number_of_customers(users, think_s, service_s):
    """Of a single server that a fixed number of users share: time average, and throughput."""
    weights = [1.0]
    for n in range(users):
        weights.append(weights[-1] * (users - n) / think_s * service_s)
    share = np.array(weights) / sum(weights)
    return share @ np.arange(users + 1), (1 - share[0]) / service_s


@pytest.mark.validation
@pytest.mark.parametrize(
    ("sections", "users", "think_s", "duration"),
    [
        pytest.param(STATIONS["closed loop"], USERS, THINK_S, 10_000, id="station"),
        pytest.param(PIPELINES["pipeline in a closed loop"], 400, 1.0, 60, id="pipeline"),
    ],
)
def test_response_time_is_what_throughput_leaves_for_it(sections, users, think_s, duration, note):
    read = scenario(sections, duration, WARMUP * duration, drain=100 * think_s)  # all are answered
    pairs = []
    for replication in range(REPLICATIONS):
        found = run(read, replication).request_measures()
        throughput = found["throughput_per_s"]
        pairs.append((found["latency_all_mean_s"], users / throughput - think_s))
    seen_s, law_s = np.array(pairs).T
    reach_s = reach(seen_s - law_s)
    agrees = abs((seen_s - law_s).mean()) <= reach_s <= QUICK * law_s.mean()
    note(ROW, f"{users} users", "interactive", law_s.mean(), seen_s.mean(), reach_s, agrees)
    assert agrees


@pytest.mark.validation
def test_closed_loop_agrees_with_the_machine_repairman(note):
    customers, throughput = mean_number_of_customers(USERS, THINK_S, 1.0)
    read = scenario(STATIONS["closed loop"], 10_000, 500)
    runs = [run(read, replication) for replication in range(REPLICATIONS)]
    found = {
        "N in system": [in_system(each.component_measures("server")) for each in runs],
        "throughput": [each.request_measures()["throughput_per_s"] for each in runs],
        "R": [each.request_measures()["latency_mean_s"] for each in runs],
    }
    expected = {"N in system": customers, "throughput": throughput, "R": customers / throughput}
    for key, values in found.items():
        within = reach(np.array(values))
        agrees = abs(np.mean(values) - expected[key]) <= within <= QUICK * expected[key]
        note(ROW, "M/M/1//20", key, expected[key], np.mean(values), within, agrees)
        assert agrees, key


def reach(values):
    return REACH * values.std(ddof=1) / np.sqrt(len(values))


# PASTA: Poisson arrivals see time averages.


def watched(sections):
    return sections.replace("entry: meter", "entry: witness").replace(
        "meter: {kind: meter, next: server}",
        "witness: {kind: witness, watches: server, next: server}",
    )


def time_shares(finished, states):
    """Part of the window in which so many requests were inside, from the request log."""
    rows = finished.requests
    left_s = (rows.arrived_s + rows.latency_s)[np.isfinite(rows.latency_s)]
    instants_s = np.concatenate((rows.arrived_s, left_s))
    step = np.concatenate((np.ones(len(rows)), -np.ones(len(left_s))))
    order = np.argsort(instants_s, kind="stable")
    ends_s = np.clip(instants_s[order], finished.warmup_s, finished.duration_s)
    number = np.cumsum(step[order]).astype(int)
    lasts_s = np.diff(ends_s, append=finished.duration_s)
    weights = np.bincount(number, lasts_s, minlength=len(states))
    first_s = ends_s[0] - finished.warmup_s  # empty until the first request
    weights[0] += max(first_s, 0.0)
    return weights[states] / weights.sum()


def seen_shares(finished, states):
    """Part of the requests that found so many inside."""
    found = window(finished, "witness", "calls_found").astype(int)
    return np.bincount(found, minlength=len(states))[states] / len(found)


STATES = range(6)


def differences(sections, duration):
    """What arrivals see less what is, for each state: means, their reach, and what is."""
    read = scenario(watched(sections), duration, WARMUP * duration)
    runs = [run(read, replication) for replication in range(REPLICATIONS)]
    seen = np.array([seen_shares(each, STATES) for each in runs])
    true = np.array([time_shares(each, STATES) for each in runs])
    return np.abs((seen - true).mean(0)), np.array([reach(d) for d in (seen - true).T]), true.mean(0)


@pytest.mark.validation
@cases({name: STATIONS[name] for name in ("M/M/1", "M/G/1 shared")})
def test_poisson_arrivals_see_time_averages(sections, note):
    apart, within, share = differences(sections, duration=20_000)
    agrees = (apart <= within) & (within <= QUICK * share)
    note(ROW, "requests", "pasta", share[0], share[0] + apart[0], within[0], agrees.all())
    assert agrees.all()


@pytest.mark.validation
def test_poisson_arrivals_at_a_pipeline_see_time_averages():
    read = scenario(PIPELINES["pipeline"], 60, 3)
    apart, mean = [], []
    for replication in range(REPLICATIONS):
        finished = run(read, replication)
        tiers = [finished.component_measures(name) for name in ("app", "database")]
        mean.append(sum(in_system(tier) for tier in tiers))
        apart.append(window(finished, "witness", "calls_found").mean() - mean[-1])
    assert abs(np.mean(apart)) <= reach(np.array(apart)) <= QUICK * np.mean(mean)


def test_arrivals_at_even_distances_see_something_else():
    apart, within, _ = differences(station("{kind: constant, rate: 0.8/s}"), duration=20_000)
    assert apart[0] > 5 * within[0]
