"""How releases go: who gets the new version and when, what ends them, and what they cost."""

import numpy as np
import pytest

from simulator.runner import run
from simulator.scenario.checks import problems, warnings
from simulator.scenario.draft import Draft
from tests.kernel.scene import digest, scenario

ARMS = {
    "canary": ("stable", "canary"),
    "blue_green": ("blue", "green"),
    "feature_flag": ("off", "on"),
}
JUDGE = {"kind": "two_proportions", "alpha": 0.001, "min_users": 20}
EVEN = {"kind": "constant", "rate": 8.0}


def released(
    kind="canary",
    duration=1000.0,
    errors=0.0,
    arrivals=EVEN,
    new=None,
    baseline=False,
    others=None,
    **told,
):
    """A new version that fails a part of its calls, and a release of it called ``rollout``."""
    stable, candidate = ARMS[kind]
    arms = {stable: {"to": "old", "share": 1.0}, candidate: {"to": "new"}}
    server = {"kind": "model_server", "workers": 5, "service_time": 0.01, "cost_per_hour": 1.0}
    parts = {
        "split": {"kind": "splitter", "arms": arms, "patience": 2.0},
        "old": server | {"model": "good"},
        "new": server | {"model": "bad"} | (new or {}),
    }
    if baseline:
        arms["baseline"] = {"to": "fresh"}
        parts["fresh"] = server | {"model": "good"}
        told["control"] = "baseline"
    world = {
        "positives": 0.5,
        "separation": 3.0,
        "features": {"amount": {}},
        "models": {"good": {}, "bad": {"error_ratio": errors}},
        "outcomes": {"unanswered": {"harms": True}},
    }
    rollout = {"kind": kind, "of": "split", "at": 100.0} | told
    controllers = {"rollout": rollout} | (others or {})
    return scenario(parts, arrivals, duration, world=world, controllers=controllers)


def of(found):
    return found.component_measures("rollout")


def decided(found):
    return [(each.kind, round(each.at_s, 6)) for each in found.decisions]


STEPS = {"steps": [0.1, 0.5, 1.0], "dwell": 100.0}


def test_a_canary_goes_from_step_to_step_and_is_promoted():
    found = run(released(**STEPS))
    steps = [("step", 100.0), ("step", 200.0), ("step", 300.0)]
    assert decided(found) == [("release_begins", 100.0), *steps, ("promoted", 400.0)]
    expected = (0.1 * 100 + 0.5 * 100 + 700) / 1000
    assert of(found)["share_mean"] == pytest.approx(expected)
    assert of(found)["to_full_mean_s"] == pytest.approx(200.0)
    assert (of(found)["promoted"], of(found)["rolled_back"]) == (1, 0)


def test_bringing_up_and_propagation_take_their_time_before_and_after_each_step():
    found = run(released(start_time=30.0, propagation=5.0, **STEPS))
    assert [at_s for kind, at_s in decided(found) if kind == "step"] == [130.0, 235.0, 340.0]
    assert of(found)["to_full_mean_s"] == pytest.approx(245.0)


def test_what_a_judge_fails_is_rolled_back_after_the_reaction_and_propagation():
    told = {"judge": JUDGE, "look_every": 50.0, "reaction": 20.0, "propagation": 5.0}
    found = run(released(errors=0.5, **STEPS, **told))
    assert decided(found)[-1] == ("rolled_back", 100 + 5 + 50 + 20)
    assert of(found)["share_mean"] == pytest.approx(0.1 * (50 + 20 + 5) / 1000)
    assert of(found)["to_rollback_mean_s"] == pytest.approx(80.0)
    assert np.isnan(of(found)["to_full_mean_s"])


def test_it_counts_who_was_exposed_and_harmed_by_the_new_version_alone():
    found = run(released(errors=0.5, judge=JUDGE, look_every=50.0, **STEPS))
    of_arm = found.component_measures("split[canary]")
    assert of(found)["exposed"] == of_arm["ok"] + of_arm["failed"] > 10
    assert of(found)["harmed"] == of(found)["failed"] == of_arm["failed"] > 10


def test_minutes_count_as_bad_by_what_all_callers_together_saw():
    # half of all fail from 300 s to 600 s: five whole minutes
    told = {"steps": [1.0], "at": 300.0, "dwell": 300.0, "bad_above": 0.1}
    back = {"kind": "runbook", "steps": [{"at": 599.9, "do": ROLL_BACK}]}
    found = run(released(errors=0.5, others={"hand": back}, **told))
    assert of(found)["bad_minutes"] == 5


ROLL_BACK = {"kind": "roll_back", "of": "rollout"}


def test_somebody_can_roll_it_back_by_hand_also_while_it_is_brought_up():
    hand = {"hand": {"kind": "runbook", "steps": [{"at": 150.0, "do": ROLL_BACK}]}}
    for start_time, exposed in ((0.0, 0.1 * 50 * 8), (200.0, 0)):
        found = run(released(start_time=start_time, others=hand, **STEPS))
        assert ("rolled_back", 150.0) in decided(found)
        assert of(found)["exposed"] == pytest.approx(exposed, abs=30)
        assert of(found)["promoted"] == 0


def test_what_is_rolled_back_before_it_begins_or_after_it_has_ended_goes_on():
    for at_s in (50.0, 450.0):
        hand = {"hand": {"kind": "runbook", "steps": [{"at": at_s, "do": ROLL_BACK}]}}
        found = run(released(others=hand, **STEPS))
        assert (of(found)["promoted"], of(found)["rolled_back"]) == (1, 0)


def test_a_rollback_in_waves_takes_the_new_version_from_equal_parts_of_the_users():
    told = {"judge": JUDGE, "rollback_waves": 4, "rollback_wave_time": 25.0}
    found = run(released(errors=0.5, steps=[0.8], dwell=100.0, look_every=50.0, **told))
    area = 0.8 * (50 + 25 * (1 + 0.75 + 0.5 + 0.25))
    assert of(found)["share_mean"] * 1000 == pytest.approx(area)
    assert of(found)["to_rollback_mean_s"] == pytest.approx(150.0)


def test_a_group_that_stands_only_while_it_is_needed_is_paid_only_then():
    found = run(released(errors=0.5, judge=JUDGE, look_every=50.0, kept_for=100.0, **STEPS))
    costs = {name: record.cost_per_hour for name, record in found.components.items()}
    assert costs["old"] == 1.0
    assert costs["new"] == pytest.approx((50 + 100) / 1000)
    promoted = run(released(kept_for=100.0, **STEPS))
    costs = {name: record.cost_per_hour for name, record in promoted.components.items()}
    assert costs["new"] == pytest.approx(0.9)
    assert costs["old"] == pytest.approx(0.5)


def test_a_baseline_arm_gets_as_many_as_the_canary_and_goes_with_the_release():
    found = run(released(baseline=True, **STEPS))
    both = [found.component_measures(f"split[{arm}]", (100.0, 300.0)) for arm in ("canary",)]
    fresh = found.component_measures("split[baseline]", (100.0, 300.0))
    assert both[0]["share_mean"] == fresh["share_mean"] == pytest.approx(0.3)
    assert found.components["fresh"].cost_per_hour == pytest.approx(0.3)
    after = found.component_measures("split[baseline]", (300.0, 1000.0))
    assert after["sent"] == 0


def test_a_judge_compares_the_canary_with_its_baseline():
    told = {"judge": JUDGE, "look_every": 50.0, "baseline": True}
    assert of(run(released(errors=0.5, **STEPS, **told)))["rolled_back"] == 1
    assert of(run(released(**STEPS, **told)))["promoted"] == 1


PATIENT = {"kind": "two_proportions", "alpha": 0.001, "min_users": 500}


@pytest.mark.parametrize(
    ("undecided", "decision"), [("go_on", "promoted"), ("roll_back", "rolled_back"), ("wait", None)]
)
def test_what_cannot_be_told_at_the_end_of_a_step_goes_on_or_not(undecided, decision):
    steps = {"steps": [0.01, 1.0], "dwell": 100.0, "judge": PATIENT, "undecided": undecided}
    kinds = [kind for kind, _ in decided(run(released(**steps)))]
    assert kinds[-1] == (decision or "step")
    assert kinds.count("step") == (2 if undecided == "go_on" else 1)


def test_a_judge_that_is_shown_the_whole_release_knows_more_than_one_that_forgets():
    # Every hundredth call fails, of 40 in a step: too few to tell, until they are taken together.
    judge = {"kind": "two_proportions", "alpha": 0.01, "min_users": 150}
    steps = {"steps": [0.02 * i for i in range(1, 9)], "dwell": 50.0, "judge": judge}
    by_step, by_release = (
        run(released(errors=0.1, trial=trial, **steps)) for trial in ("step", "release")
    )
    assert of(by_release)["rolled_back"] == 1
    assert of(by_step)["rolled_back"] == 0


def test_a_judge_that_is_right_at_any_time_ends_steps_early():
    judge = {"kind": "sprt", "good": 0.01, "bad": 0.3}
    found = run(released(judge=judge, look_every=10.0, **STEPS))
    assert of(found)["promoted"] == 1
    assert of(found)["to_full_mean_s"] < 200.0


DROPS = {"workers": 1, "queue_limit": 0, "service_time": 1.0}


def test_a_canary_that_drops_most_of_its_calls_is_never_promoted_by_what_callers_see():
    judge = {"kind": "two_proportions", "alpha": 0.01}
    told = {"steps": [0.5, 1.0], "dwell": 200.0, "judge": judge, "look_every": 20.0}
    for seed in range(10):
        poisson = {"kind": "poisson", "rate": 20.0}
        spec = released(new=DROPS, arrivals=poisson, duration=300.0, **told)
        found = run(spec, replication=seed)
        assert found.component_measures("split[canary]")["failed_ratio"] > 0.8
        assert (of(found)["promoted"], of(found)["rolled_back"]) == (0, 1)


def test_by_what_its_servers_say_the_same_canary_is_fine():
    judge = {"kind": "two_proportions", "alpha": 0.01, "min_users": 50}
    told = {"steps": [0.5, 1.0], "dwell": 200.0, "judge": judge, "look_every": 20.0}
    found = run(released(new=DROPS, duration=600.0, reads="servers", **told))
    assert found.component_measures("split[canary]")["failed_ratio"] > 0.8
    assert of(found)["promoted"] == 1
    assert of(found)["failed"] > 1000


def test_blue_green_switches_all_at_once_and_keeps_the_old_group_for_a_while():
    found = run(released("blue_green", start_time=50.0, kept_for=300.0))
    assert decided(found) == [
        ("release_begins", 100.0),
        ("switched", 150.0),
        ("promoted", 450.0),
    ]
    assert of(found)["share_mean"] == pytest.approx(0.85)
    assert found.components["new"].cost_per_hour == pytest.approx(0.9)
    assert found.components["old"].cost_per_hour == pytest.approx(0.45)


def test_blue_green_flips_back_as_fast_as_it_switched():
    told = {"kept_for": 300.0, "judge": JUDGE, "look_every": 30.0, "propagation": 5.0}
    found = run(released("blue_green", errors=0.3, **told))
    assert of(found)["rolled_back"] == 1
    assert of(found)["share_mean"] * 1000 == pytest.approx(30.0 + 5.0)
    assert found.components["new"].cost_per_hour == pytest.approx((35 + 300) / 1000)


FLAG = {"schedule": [{"after": 0.0, "share": 0.2}, {"after": 200.0, "share": 1.0}]}


def test_clients_come_to_know_of_a_flag_evenly_as_they_ask_for_it():
    found = run(released("feature_flag", poll_every=60.0, **FLAG))
    area = 0.2 * (200 - 30) + (0.2 * 60 + 0.8 * 30) + (700 - 60)
    assert of(found)["share_mean"] * 1000 == pytest.approx(area, rel=0.005)
    assert of(found)["to_full_mean_s"] == pytest.approx(260.0)
    assert decided(found)[-1] == ("promoted", 360.0)


def test_a_flag_that_is_turned_off_goes_as_it_came():
    told = {"judge": JUDGE, "look_every": 100.0}
    found = run(released("feature_flag", errors=0.5, poll_every=60.0, **FLAG, **told))
    assert decided(found)[-1] == ("rolled_back", 200.0)
    assert of(found)["share_mean"] * 1000 == pytest.approx(0.2 * 100, rel=0.02)
    assert of(found)["to_rollback_mean_s"] == pytest.approx(160.0)
    assert found.component_measures("split[on]", (260.0, 1000.0))["sent"] == 0


def test_flags_that_are_pushed_are_known_at_once():
    found = run(released("feature_flag", poll_every=0.0, **FLAG))
    assert of(found)["share_mean"] * 1000 == pytest.approx(0.2 * 200 + 700)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("canary", STEPS | {"judge": JUDGE, "look_every": 20.0, "baseline": True}),
        ("blue_green", {"kept_for": 100.0, "judge": JUDGE}),
        ("feature_flag", FLAG | {"judge": JUDGE, "look_every": 50.0}),
    ],
)
def test_the_same_seed_gives_the_same_release(kind, told):
    poisson = {"kind": "poisson", "rate": 5.0}
    first, again, other = (
        run(released(kind, errors=0.2, arrivals=poisson, **told), replication)
        for replication in (0, 0, 1)
    )
    assert digest(first) == digest(again) != digest(other)
    assert first.decisions == again.decisions


def wrong(**changes):
    """What is said of a release that does not fit its splitter."""
    tree = released(**STEPS).plain()
    tree["controllers"]["rollout"] |= changes.pop("rollout", {})
    tree["controllers"] |= changes.pop("others", {})
    for path, share in changes.pop("shares", {}).items():
        tree["system"]["components"]["split"]["arms"][path]["share"] = share
    found = problems(Draft.of_tree(tree))
    return [(".".join(map(str, each.path)), each.message) for each in found]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"rollout": {"of": "old"}}, "controllers.rollout.of", "is no splitter"),
        ({"rollout": {"candidate": "kanary"}}, "controllers.rollout.candidate", "unknown arm"),
        (
            {"shares": {"stable": 0.9, "canary": 0.1}},
            "controllers.rollout.of",
            "arm 'canary' of split begins with a share of 0.1; must be 0",
        ),
        (
            {"rollout": {"judge": {"kind": "mann_whitney", "compares": {"heat": {}}}}},
            "controllers.rollout.judge",
            "arm 'stable' has no metric 'heat'",
        ),
        (
            {"others": {"again": {"kind": "canary", "of": "split", "at": 1.0, "dwell": 10.0}}},
            "controllers.again.of",
            "another controller changes the shares of 'split' already",
        ),
        ({"rollout": {"rolls_back_on": ["alert"]}}, "controllers.rollout", "unknown controller"),
    ],
)
def test_a_release_that_cannot_be_is_told_why(changes, path, message):
    found = wrong(**changes)
    assert any(at.startswith(path) and message in words for at, words in found), found


def test_a_release_that_begins_after_the_end_is_warned_of():
    assert warnings(released(at=5000.0, **STEPS)) == [
        "rollout begins at 5000 s, when the run is over"
    ]


def test_a_measure_of_the_servers_can_be_judged_too():
    compares = {"utilization": {"direction": "increase", "critical": True}}
    judge = {"kind": "mann_whitney", "compares": compares, "min_values": 8}
    told = {"baseline": True, "interval": 10.0, "look_every": 100.0, "steps": [0.5, 1.0]}
    found = run(released(new={"service_time": 0.05}, judge=judge, dwell=200.0, **told))
    assert of(found)["rolled_back"] == 1
