"""Mirrors in small scenes: what the user gets, what the shadow gets, and what is seen of it."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.components.client import ClientSpec
from simulator.components.mirror import MirrorSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, REJECTED, RequestClass
from simulator.runner import run
from simulator.stats.theory import bounded_queue
from tests.kernel.scene import Scene, digest, running, scenario

SYNC = {"mode": "synchronous"}
each_mode = pytest.mark.parametrize("mode", ["asynchronous", "synchronous"])


def mirror(at_s, outcomes=(), takes_s=1.0, live_s=0.5, shadow=None, **told):
    """A mirror before ``live``, with ``downstream`` or a server as the shadow."""
    specs = {
        "it": MirrorSpec.model_validate({"next": "live", "shadow": "shadow"} | told),
        "live": ServerSpec(workers="unlimited", service_time=live_s),
    }
    if shadow is not None:
        specs["shadow"] = ServerSpec.model_validate({"workers": "unlimited"} | shadow)
    return Scene(specs, at_s, takes_s=takes_s, outcomes=outcomes)


def counts(it):
    return it.calls, it.mirrored, it.dropped, it.shadow_failed, it.shadow_late


# -- what the user gets --------------------------------------------------------------------------


def test_an_asynchronous_copy_keeps_no_user_waiting():
    scene = mirror([0.0]).run()
    assert (scene.outcomes, scene.answered_s) == ([OK], [0.5])
    assert scene.downstream.finished_s == [1.0]
    assert counts(scene["it"]) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(("live_s", "takes_s"), [(0.5, 1.0), (1.0, 0.5)])
def test_a_synchronous_answer_takes_the_longer_of_both_times(live_s, takes_s):
    scene = mirror([0.0], live_s=live_s, takes_s=takes_s, **SYNC).run()
    assert scene.answered_s == [1.0]
    assert list(scene["it"].added_s) == [max(0.0, takes_s - live_s)]
    assert list(scene["it"].shadow_s) == [takes_s]


@each_mode
@pytest.mark.parametrize("outcome", [REJECTED, FAILED])
def test_what_the_shadow_answers_never_reaches_the_user(mode, outcome):
    scene = mirror([0.0], outcomes=[outcome], mode=mode).run()
    assert scene.outcomes == [OK]
    assert scene["it"].only_shadow_failed == scene["it"].shadow_failed == 1


@each_mode
def test_what_goes_wrong_without_the_shadow_is_the_users(mode):
    specs = {
        "it": MirrorSpec(next="downstream", shadow="shadow", mode=mode),
        "shadow": ServerSpec(service_time=0.25),
    }
    scene = Scene(specs, [0.0], takes_s=1.0, outcomes=[FAILED]).run()
    assert (scene.outcomes, scene.answered_s) == ([FAILED], [1.0])
    assert scene["it"].only_shadow_failed == scene["it"].shadow_failed == 0


def test_a_silent_shadow_silences_whoever_waits_for_it_and_nobody_else():
    assert mirror([0.0], takes_s=None, **SYNC).run().outcomes == [None]
    assert mirror([0.0], takes_s=None).run().outcomes == [OK]


def test_a_timeout_ends_the_wait_for_a_silent_shadow():
    scene = mirror([0.0], takes_s=None, timeout=0.75, **SYNC).run()
    assert (scene.outcomes, scene.answered_s) == ([OK], [0.75])
    assert list(scene["it"].added_s) == [0.25]
    assert counts(scene["it"]) == (1, 1, 0, 0, 1)


def test_a_copy_that_is_too_late_goes_on_and_its_answer_counts_nowhere():
    for mode in ("asynchronous", "synchronous"):
        scene = mirror([0.0], takes_s=2.0, outcomes=[FAILED], timeout=0.75, mode=mode).run()
        assert scene.downstream.finished_s == [2.0]
        assert counts(scene["it"]) == (1, 1, 0, 0, 1)
        assert len(scene["it"].shadow_s) == scene["it"].sending == 0


def test_a_user_who_gives_up_takes_a_synchronous_copy_along_and_no_other():
    for mode, finished_s in (("asynchronous", [1.0]), ("synchronous", [])):
        specs = {
            "front": ClientSpec(next="it", timeout=0.25, cancels=True),
            "it": MirrorSpec(next="live", shadow="downstream", mode=mode),
            "live": ServerSpec(service_time=0.5),
        }
        scene = Scene(specs, [0.0], takes_s=1.0).run()
        assert scene.answered_s == [0.25]
        assert scene.downstream.finished_s == finished_s
        assert scene["it"].sending == scene["live"].in_service == 0


# -- what the shadow gets ------------------------------------------------------------------------


def test_senders_wait_for_answers_and_the_queue_drops_what_does_not_fit():
    scene = mirror([0.0, 0.1, 0.2, 0.3], takes_s=1.0, senders=1, queue_limit=2).run()
    assert scene.downstream.arrived_s == [0.0, 1.0, 2.0]
    assert list(scene["it"].wait_s) == pytest.approx([0.0, 0.9, 1.8])
    assert counts(scene["it"]) == (4, 3, 1, 0, 0)
    assert scene.answered_s == pytest.approx([0.5, 0.6, 0.7, 0.8])


def test_a_sender_that_has_waited_long_enough_takes_the_next_copy():
    scene = mirror([0.0, 0.1], takes_s=None, senders=1, timeout=0.75).run()
    assert scene.downstream.arrived_s == [0.0, 0.75]
    assert counts(scene["it"]) == (2, 2, 0, 0, 2)


def test_a_long_queue_that_is_refused_at_once_is_sent_all_the_same():
    at_s = [0.001 * place for place in range(3_000)]
    scene = mirror(at_s, shadow={"service_time": 10.0}, senders=1, queue_limit=10_000)
    scene.at(5.0, scene["shadow"].crash).run()
    assert counts(scene["it"]) == (3_000, 3_000, 0, 3_000, 0)


def test_a_copy_comes_behind_the_call_itself_where_both_go_at_once():
    specs = {"it": MirrorSpec(next="store", shadow="store"), "store": ServerSpec(service_time=1.0)}
    scene = Scene(specs, [0.0], needs=[(0.0, 0.0, 1.0)]).run()
    assert scene.answered_s == [1.0]


def test_requests_that_write_have_copies_only_if_that_is_asked_for():
    kinds = [RequestClass("reads"), RequestClass("writes", writes=True)]
    for mirrors_writes, copies in ((False, 1), (True, 2)):
        specs = {"it": MirrorSpec(next="a", shadow="b", mirrors_writes=mirrors_writes)}
        scene = Scene(specs, [0.0, 1.0], kinds=kinds, classes=[0, 1]).run()
        assert scene["it"].mirrored == copies


def test_a_larger_share_copies_the_same_requests_and_more():
    def copied(share):
        scene = mirror([float(at) for at in range(400)], share=share, live_s=0.1, takes_s=0.1).run()
        return {request[0] for request in scene.downstream.requests}

    few, many = copied(0.2), copied(0.5)
    assert few < many
    assert copied(0.0) == set()
    assert pytest.approx(len(many) / 400, abs=0.1) == 0.5


# -- what models say -----------------------------------------------------------------------------

WORLD = {
    "positives": 0.3,
    "separation": 2.0,
    "features": {"amount": {}},
    "models": {"old": {}, "new": {"skill": 0.6}},
}


def shadowed_model(mode, monkeypatch, model="new", duration=30.0, **shadow):
    """A model and its shadow, which takes longer: what was measured, and what is left of it all."""
    alive = []
    running(monkeypatch, lambda system, source: alive.append(system))
    slow = {"kind": "exponential", "mean": 0.03}
    system = {
        "it": {"kind": "mirror", "next": "old", "shadow": "again", "mode": mode},
        "old": {"kind": "model_server", "model": "old", "service_time": 0.005},
        "again": {"kind": "client", "next": "new", "retries": 3, "timeout": 1.0},
        "new": {"kind": "model_server", "model": model, "workers": 20, "service_time": slow}
        | shadow,
    }
    arrivals = {"kind": "poisson", "rate": 100.0}
    told = scenario(system, arrivals, duration, entry="it", world=WORLD, run={"drain": 30.0})
    return run(told).measures(), alive.pop()


@each_mode
def test_users_get_the_answers_that_they_would_get_without_a_shadow(mode, monkeypatch):
    same, _ = shadowed_model(mode, monkeypatch, model="old")
    found, _ = shadowed_model(mode, monkeypatch)
    for name in ("users.right", "users.answered", "old.hits", "old.false_alarms"):
        assert found[name] == same[name]
    assert found["users.right"] == found["old.hits"] + found["old.passes"]
    assert found["new.hits"] != found["old.hits"]


@each_mode
def test_only_what_the_shadow_said_is_marked_as_such(mode, monkeypatch):
    _, system = shadowed_model(mode, monkeypatch)
    predictions = system.users._world.predictions
    rows = predictions.since(0)
    is_new = np.array(predictions.names)[rows.version] == "new"
    assert np.array_equal(is_new, rows.is_shadow)
    assert 0 < is_new.sum() < len(rows)


@each_mode
def test_disagreements_are_those_of_the_log_joined_by_request(mode, monkeypatch):
    _, system = shadowed_model(mode, monkeypatch)
    it, rows = system.components["it"], system.users._world.predictions.since(0)
    said = dict(zip(rows.number[~rows.is_shadow], rows.said[~rows.is_shadow], strict=True))
    copies = rows.chosen(rows.is_shadow)
    differ = [said[each] != new for each, new in zip(copies.number, copies.said, strict=True)]
    assert it.compared == len(copies) > 2000
    assert it.disagreed == sum(differ) > 100
    assert shadowed_model(mode, monkeypatch, model="old")[0]["it.disagreed"] == 0


# -- laws ----------------------------------------------------------------------------------------

EXPONENTIAL = {"kind": "exponential", "mean": 0.01}
LIVE = {"kind": "server", "workers": 2, "service_time": EXPONENTIAL}
NARROW = LIVE | {"workers": 1}


def test_a_shadow_that_shares_nothing_changes_nothing_for_users():
    live = {"live": LIVE}
    told = {"kind": "mirror", "next": "live", "shadow": "beside", "senders": 1, "queue_limit": 5}
    shadowed = {"it": told, **live, "beside": NARROW}
    arrivals = {"kind": "poisson", "rate": 100.0}
    alone = run(scenario(live, arrivals, 30.0, entry="live"))
    beside = run(scenario(shadowed, arrivals, 30.0, entry="it"))
    assert digest(beside, only=live) == digest(alone, only=live)
    assert beside.component_measures("it")["dropped"] > 0


def test_copies_that_wait_obey_littles_law():
    told = {"kind": "mirror", "next": "live", "shadow": "beside", "senders": 1, "queue_limit": 50}
    system = {"it": told, "live": LIVE, "beside": NARROW}
    arrivals = {"kind": "poisson", "rate": 80.0}
    finished = run(scenario(system, arrivals, 30.0, entry="it", run={"drain": 30.0}))
    record = finished.components["it"]
    assert record.totals["queued"][-1] == pytest.approx(sum(record.samples["wait_s"]), rel=1e-9)
    assert record.totals["sending"][-1] == pytest.approx(sum(record.samples["shadow_s"]), rel=1e-9)
    assert bounded_queue(80.0, 100.0, 1, 50).mean_queued > 1  # else hardly any copy waits


# -- what cannot be --------------------------------------------------------------------------------


def test_a_synchronous_mirror_has_no_queue():
    with pytest.raises(ValidationError, match="senders and queue_limit go with mode: asynchr"):
        MirrorSpec(next="a", shadow="b", mode="synchronous", senders=3, queue_limit=7)
