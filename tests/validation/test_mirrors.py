"""Mirrors against theory: what copies cost users, what is dropped, and what comes to both."""

import math

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from tests.validation.harness import REACH, scenario

pytestmark = pytest.mark.validation


def system(mirror, live, shadow, rate, more=""):
    """A mirror before two servers; times are exponential, with these means in milliseconds."""
    law = "{kind: exponential, mean: %gms}"
    return f"""
        system:
          entry: mirror
          components:
            mirror: {{kind: mirror, next: live, shadow: shadow, {mirror}}}
            live: {{kind: server, service_time: {law % live[0]}, {live[1]}}}
            shadow: {{kind: server, service_time: {law % shadow[0]}, {shadow[1]}}}
            {more}
        workload:
          arrivals: {{kind: poisson, rate: {rate}/s}}
        """


def estimated(sections, duration, *names, replications=8):
    """Means over runs of some measures, and their reaches."""
    read = scenario(sections, duration, warmup=0.05 * duration)
    found = [run(read, replication).measures() for replication in range(replications)]
    values = np.array([[each[name] for name in names] for each in found])
    return values.mean(axis=0), REACH * values.std(axis=0, ddof=1) / math.sqrt(replications)


NOBODY_WAITS = "workers: unlimited"


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_a_synchronous_answer_takes_the_mean_of_the_longer_time(share):
    mirror = f"mode: synchronous, share: {share}"
    sections = system(mirror, (20, NOBODY_WAITS), (30, NOBODY_WAITS), 200)
    longer_s = theory.mean_of_longer(0.02, 0.03)
    expected = [share * longer_s + (1 - share) * 0.02, longer_s - 0.02]
    found, reach = estimated(sections, 60, "latency_mean_s", "mirror.added_mean_s")
    assert (np.abs(found - expected) <= reach).all()
    assert (reach < 0.05 * np.array(expected)).all()


def test_behind_a_synchronous_mirror_two_queues_are_a_fork_and_a_join():
    """They get their calls at the same instants, and are not independent of one another."""
    sections = system("mode: synchronous", (10, "workers: 1"), (10, "workers: 1"), 60)
    expected = theory.fork_join_two_mean_latency(60, 100)
    (found,), (reach,) = estimated(sections, 300, "latency_mean_s")
    assert abs(found - expected) <= reach < 0.05 * expected


@pytest.mark.parametrize(("senders", "queue_limit"), [(1, 1), (3, 2), (2, 0)])
def test_what_does_not_fit_is_dropped_as_in_a_queue_of_limited_length(senders, queue_limit):
    """Senders are the servers of that queue, and the shadow takes an exponential time."""
    mirror = f"senders: {senders}, queue_limit: {queue_limit}"
    sections = system(mirror, (1, NOBODY_WAITS), (20, NOBODY_WAITS), 45 * senders)
    queue = theory.bounded_queue(45 * senders, 50, senders, queue_limit)
    names = ["mirror.dropped_ratio", "mirror.queued_mean", "mirror.sending_mean"]
    expected = np.array(
        [queue.blocking_probability, queue.mean_queued, senders * queue.utilization]
    )
    found, reach = estimated(sections, 600 / senders, *names)
    assert (np.abs(found - expected) <= reach + 1e-12).all()
    assert (reach <= 0.05 * expected).all()


@pytest.mark.parametrize("mode", ["synchronous", "asynchronous, senders: 1000"])
def test_a_dependency_of_both_gets_the_copies_on_top(mode):
    ways = (2, f"{NOBODY_WAITS}, next: store"), (3, f"{NOBODY_WAITS}, next: store")
    store = "store: {kind: server, workers: 2, service_time: {kind: exponential, mean: 10ms}}"
    sections = system(f"mode: {mode}, share: 0.4", *ways, 120, store)
    expected = theory.mirrored_load(0.6, 0.4)
    (found,), (reach,) = estimated(sections, 40, "store.utilization")
    assert abs(found - expected) <= reach < 0.05 * expected


def test_beyond_the_knee_the_dependency_does_all_that_it_can_do_and_no_more():
    knee = theory.most_mirrored_share(0.6)
    ways = (2, f"{NOBODY_WAITS}, next: store"), (3, f"{NOBODY_WAITS}, next: store")
    store = "store: {kind: server, workers: 2, service_time: 10ms}"
    served, waiting = [], []
    for share in (knee - 0.1, knee + 0.1):
        told = system(f"share: {share}, senders: 1000", *ways, 120, store)
        (each, queued), _ = estimated(told, 30, "store.served_per_s", "store.queued_mean")
        served.append(each)
        waiting.append(queued)
    assert served[0] == pytest.approx(120 * (1 + knee - 0.1), rel=0.03)
    assert served[1] == pytest.approx(200, rel=0.01)
    assert waiting[1] > 10 * waiting[0]
