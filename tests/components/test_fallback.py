"""Fallbacks in small scenes: whose answer it is, and when."""

import pytest

from simulator.components.fallback import FallbackSpec
from simulator.components.server import ServerSpec
from simulator.kernel import FAILED, OK, REJECTED, TIMED_OUT
from simulator.runner import run
from tests.kernel.scene import Scene, scenario


def fallback(at_s, outcomes=(), takes_s=1.0, other_s=None, **told):
    """A fallback before ``downstream``, with a secondary if that takes some time."""
    told |= {"secondary": "other"} if other_s is not None else {}
    specs = {"it": FallbackSpec.model_validate({"primary": "db"} | told)}
    if other_s is not None:
        specs["other"] = ServerSpec(workers="unlimited", service_time=other_s)
    return Scene(specs, at_s, takes_s=takes_s, outcomes=outcomes)


def counts(it):
    return it.full, it.degraded, it.fell_back, it.too_late, it.failed


def test_an_answer_of_the_primary_is_passed_on():
    scene = fallback([0.0]).run()
    assert (scene.outcomes, scene.answered_s) == ([OK], [1.0])
    assert counts(scene["it"]) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize("outcome", [REJECTED, TIMED_OUT, FAILED])
def test_a_static_answer_is_there_at_once_and_counts_as_degraded(outcome):
    scene = fallback([0.0, 5.0], outcomes=[outcome]).run()
    assert (scene.outcomes, scene.answered_s) == ([OK, OK], [1.0, 6.0])
    assert counts(scene["it"]) == (1, 1, 1, 0, 0)


def test_a_secondary_answers_instead():
    scene = fallback([0.0], outcomes=[FAILED], other_s=0.25).run()
    assert (scene.outcomes, scene.answered_s) == ([OK], [1.25])
    assert scene["other"].served == 1


def test_outcomes_that_are_not_listed_are_passed_on():
    scene = fallback([0.0], outcomes=[REJECTED], on=["failed"]).run()
    assert scene.outcomes == [REJECTED]
    assert counts(scene["it"]) == (0, 0, 0, 0, 1)


@pytest.mark.parametrize("cancels", [False, True])
def test_a_primary_that_is_too_late_is_not_waited_for(cancels):
    scene = fallback([0.0, 5.0], takes_s=2.0, other_s=0.25, after=0.5, cancels=cancels).run()
    assert scene.answered_s == [0.75, 5.75]
    assert counts(scene["it"]) == (0, 2, 2, 2, 0)
    assert scene.downstream.finished_s == ([] if cancels else [2.0, 7.0])
    assert scene.downstream.canceled_s == ([0.5, 5.5] if cancels else [])


def test_a_primary_in_time_at_the_very_end_counts():
    assert counts(fallback([0.0], takes_s=0.5, after=0.5).run()["it"]) == (1, 0, 0, 0, 0)


def test_a_primary_that_fails_too_late_changes_nothing():
    scene = fallback([0.0], outcomes=[FAILED], takes_s=2.0, after=0.5).run()
    assert (scene.outcomes, scene.answered_s) == ([OK], [0.5])
    assert counts(scene["it"]) == (0, 1, 1, 1, 0)


def test_what_comes_of_the_secondary_is_the_answer():
    specs = {
        "it": FallbackSpec(primary="db", secondary="db"),
    }
    scene = Scene(specs, [0.0], takes_s=1.0, outcomes=[FAILED, REJECTED]).run()
    assert (scene.outcomes, scene.answered_s) == ([REJECTED], [2.0])
    assert counts(scene["it"]) == (0, 0, 1, 0, 1)


def test_work_that_is_done_again_takes_a_time_of_its_own():
    """A primary that is twice as likely to be late as the secondary needs must draw anew."""
    components = {
        "it": {"kind": "fallback", "primary": "db", "secondary": "db", "after": 0.1},
        "db": {"kind": "server", "workers": "unlimited"}
        | {"service_time": {"kind": "exponential", "mean": 0.1}},
    }
    finished = run(scenario(components, {"kind": "constant", "rate": 50.0}, 200.0))
    latency_s = finished.requests.latency_s
    late_s = latency_s[latency_s > 0.1] - 0.1
    # With the same time again nothing could be done sooner than 0.1 s after falling back.
    assert (late_s < 0.05).mean() == pytest.approx(0.3935, abs=0.05)


def test_the_part_of_degraded_answers_is_reported():
    components = {
        "it": {"kind": "fallback", "primary": "db"},
        "db": {"kind": "server", "service_time": 0.001},
    }
    fault = {"kind": "error_burst", "of": "db", "from": 5.0, "for": 2.5, "ratio": 1.0}
    arrivals = {"kind": "constant", "rate": 20.0}
    finished = run(scenario(components, arrivals, 10.0, faults=[fault]))
    assert finished.request_measures()["success_ratio"] == 1.0
    assert finished.component_measures("it")["degraded_ratio"] == pytest.approx(0.25, abs=0.01)
