"""What a splitter promises: shares, users that stay, and a faithful record of what callers saw."""

import numpy as np
import pytest

from simulator.components.client import ClientSpec
from simulator.components.server import ServerSpec
from simulator.components.splitter import SplitterSpec
from simulator.kernel import CANCELED, FAILED, OK, REJECTED, TIMED_OUT
from simulator.runner import run
from tests.kernel.scene import Scene, running, scenario

ARMS = {"stable": {"to": "old", "share": 0.75}, "canary": {"to": "new", "share": 0.25}}
OLD, NEW = 0.1, 0.9  # lucks that lead to either arm
SERVE = ServerSpec(service_time=1.0)


def splitter(**told):
    return SplitterSpec(arms=ARMS, **told)


def scene(at_s, lucks, of_new=SERVE, client=None, **told):
    """Calls with the luck to come to an arm, and a service time of 1 s."""
    front = {"client": client} if client else {}
    specs = front | {"split": splitter(**told), "old": SERVE, "new": of_new}
    found = Scene(specs, at_s, needs=[(luck, 1.0, 1.0) for luck in lucks])
    for arm in found["split"].arms.values():
        arm.keep()
    return found


def answers(found, arm="canary"):
    return found["split"].arms[arm].since(0)


def test_luck_sends_each_call_to_an_arm_and_its_answer_comes_back():
    found = scene([0, 0, 2], [OLD, NEW, 0.75]).run()
    assert found.outcomes == [OK] * 3
    assert found.answered_s == [1, 1, 3]
    assert [found[each].served for each in ("old", "new")] == [1, 2]


def test_it_keeps_what_callers_saw_in_the_order_in_which_they_saw_it():
    found = scene([0, 0.5, 0.6], [NEW, NEW, OLD]).run()
    seen = answers(found)
    assert seen.sent_s.tolist() == [0, 0.5]
    assert seen.number.tolist() == [0, 1]
    assert seen.outcome.tolist() == [OK, OK]
    assert seen.latency_s == pytest.approx([1.0, 1.5])  # the second waited for the first
    assert answers(found, "stable").number.tolist() == [2]


def test_a_reader_gets_what_came_after_the_rows_it_knows():
    found = scene([0, 2, 4], [NEW] * 3).run(until=3.5)
    arm = found["split"].arms["canary"]
    known = arm.known
    assert (known, arm.outstanding) == (2, 0)
    found.run()
    assert arm.since(known).number.tolist() == [2]


def test_nothing_is_kept_unless_somebody_asks():
    specs = {"split": splitter(), "old": SERVE, "new": SERVE}
    found = Scene(specs, [0, 0], needs=[(NEW, 1.0, 1.0)] * 2).run()
    arm = found["split"].arms["canary"]
    assert (arm.ok, arm.known) == (2, 0)


def test_what_is_refused_or_breaks_counts_as_failed():
    found = scene([0, 0, 0], [NEW] * 3, of_new=ServerSpec(service_time=1.0, queue_limit=1))
    found.at(1.5, found["new"].crash).run()
    assert answers(found).outcome.tolist() == [REJECTED, OK, FAILED]
    arm = found["split"].arms["canary"]
    assert (arm.sent, arm.ok, arm.failed, arm.late) == (3, 1, 2, 0)


def test_a_call_that_takes_too_long_counts_as_failed_then_and_goes_on():
    found = scene([0, 0], [NEW] * 2, patience=1.5).run()
    assert found.outcomes == [OK, OK]
    assert found.answered_s == [1, 2]
    seen = answers(found)
    assert seen.outcome.tolist() == [OK, TIMED_OUT]
    assert seen.latency_s == pytest.approx([1.0, 1.5])
    arm = found["split"].arms["canary"]
    assert (arm.ok, arm.failed, arm.late, arm.outstanding) == (1, 1, 1, 0)


def test_silence_is_a_failure_to_those_who_have_patience_and_unknown_to_others():
    for patience, outcomes in ((2.0, [TIMED_OUT]), (None, [])):
        found = scene([1], [NEW], patience=patience)
        found.at(0.5, found["new"].crash, True).run(until=10.0)
        assert answers(found).outcome.tolist() == outcomes
        assert found["split"].arms["canary"].outstanding == 1


def test_a_call_that_its_caller_takes_back_counts_as_timed_out():
    client = ClientSpec(next="split", timeout=0.4, cancels=True)
    for patience in (None, 0.8):
        found = scene([0], [NEW], client=client, patience=patience).run()
        assert answers(found).outcome.tolist() == [TIMED_OUT] != [CANCELED]
        assert answers(found).latency_s == pytest.approx([0.4])
        assert found["split"].arms["canary"].outstanding == 0


def test_a_user_meets_the_same_arm_until_shares_change_and_few_change_then():
    keys = [*range(1000)] * 3
    specs = {"split": splitter(sticky="key"), "old": SERVE, "new": SERVE}
    found = Scene(specs, [0.0] * 3000, keys=keys, key_count=1000)
    split = found["split"]
    requests = [(number, 0, key) for number, key in enumerate(keys)]

    def arms():
        return [split.arm_of(request).label for request in requests]

    first = arms()
    assert first[:1000] == first[1000:2000]
    assert first.count("canary") / 3000 == pytest.approx(0.25, abs=0.05)
    split.split({"stable": 0.5, "canary": 0.5})
    second = arms()
    assert all(b == "canary" for a, b in zip(first, second, strict=True) if a == "canary")
    split.split({"stable": 0.75, "canary": 0.25})
    assert arms() == first
    assert split.splits == 2


def test_shares_are_checked_when_they_change():
    split = scene([], [])["split"]
    for shares in ({"stable": 0.5}, {"stable": 0.5, "kanary": 0.5}):
        with pytest.raises(ValueError, match=r"must add up to 1, of \['stable', 'canary'\]"):
            split.split(shares)


def test_an_arm_without_a_share_gets_nothing_from_then_on():
    found = scene([0, 2, 4], [NEW] * 3)
    found.at(1.0, found["split"].split, {"stable": 1.0})
    found.at(3.0, found["split"].split, {"stable": 0.5, "canary": 0.5}).run()
    assert answers(found).number.tolist() == [0, 2]
    area = found["split"].arms["canary"]
    assert area.share_area + area.share * 5.0 == pytest.approx(1.0 * 0.25 + 2.0 * 0.5)


TWO = {
    "split": {"kind": "splitter", "arms": ARMS},
    "old": {"kind": "server", "workers": 50, "service_time": 0.01},
    "new": {"kind": "server", "workers": 50, "service_time": 0.03},
}


def test_a_run_reports_each_arm_by_its_name():
    found = run(scenario(TWO, {"kind": "poisson", "rate": 200.0}, 50.0))
    measured = found.measures()
    assert measured["split[canary].share_mean"] == 0.25
    assert measured["split[canary].sent"] == pytest.approx(2500, rel=0.1)
    assert measured["split[canary].latency_p50_s"] == pytest.approx(0.03)
    assert measured["split[stable].failed_ratio"] == 0
    sent = measured["split[canary].sent"] + measured["split[stable].sent"]
    assert sent == measured["split.forwarded"]


def test_the_same_user_meets_the_same_arm_in_both_variants_and_another_run_draws_anew(monkeypatch):
    def users_of_canary(replication, service_s):
        alive = []
        running(monkeypatch, lambda system, _: alive.append(system.components["split"]))
        parts = TWO | {"split": TWO["split"] | {"sticky": "key"}}
        parts |= {"new": TWO["new"] | {"service_time": service_s}}
        keys = {"kind": "uniform", "count": 500}
        spec = scenario(parts, {"kind": "poisson", "rate": 50.0}, 1.0, keys=keys)
        run(spec, replication)
        return [key for key in range(500) if alive[0].arm_of((0, 0, key)).label == "canary"]

    assert users_of_canary(0, 0.03) == users_of_canary(0, 0.01)
    assert users_of_canary(0, 0.03) != users_of_canary(1, 0.03)


def test_how_many_are_in_an_arm_varies_as_among_users_drawn_at_random():
    from simulator.kernel import Simulation

    counts = []
    for replication in range(200):
        split = splitter(sticky="key").build("split", Simulation(1, replication))
        counts.append(sum(split.arm_of((0, 0, key)).label == "canary" for key in range(200)))
    assert np.mean(counts) == pytest.approx(50, abs=2)
    assert np.var(counts) == pytest.approx(200 * 0.25 * 0.75, rel=0.35)


def test_a_file_is_told_what_is_wrong_with_its_arms():
    wrong = {"stable": {"to": "old", "share": 0.75}, "canary": {"to": "old", "share": 0.35}}
    with pytest.raises(ValueError, match=r"the shares add up to 1\.1; must be 1"):
        SplitterSpec(arms=wrong)


WORLD = {
    "positives": 0.5,
    "separation": 2.0,
    "features": {"amount": {}},
    "models": {"good": {}, "poor": {"skill": 0.3}},
    "outcomes": {"miss": {"harms": True}, "hit": {"usd": 2.0}, "unanswered": {"usd": -1.0}},
}


def test_an_arm_counts_what_its_answers_mean_to_users_and_finds_them_in_the_log(monkeypatch):
    alive = []

    def setup(system, source):
        alive.append((system, source.sim))
        for arm in system.components["split"].arms.values():
            arm.keep()

    running(monkeypatch, setup)
    model = {"kind": "model_server", "workers": 10, "service_time": 0.01}
    parts = {
        "split": {"kind": "splitter", "arms": ARMS},
        "old": model | {"model": "good"},
        "new": model | {"model": "poor", "workers": 1, "queue_limit": 0},
    }
    found = run(scenario(parts, {"kind": "poisson", "rate": 200.0}, 20.0, world=WORLD)).measures()
    arms = [f"split[{label}]" for label in ARMS]
    for measure, total in (("harmed", "harmed"), ("earned_usd", "earned_usd")):
        assert sum(found[f"{arm}.{measure}"] for arm in arms) == found[f"users.{total}"]
    assert found["split[canary].failed"] > 10
    system, sim = alive[0]
    seen = system.components["split"].arms["canary"].since(0)
    rows = sim.world.predictions.since(0).chosen(seen.row[seen.row >= 0])
    assert (rows.number == seen.number[seen.row >= 0]).all()
    assert rows.harms.sum() == found["split[canary].harmed"]
    assert {sim.world.predictions.names[each] for each in rows.version} == {"poor"}
    assert ((seen.row < 0) == (seen.outcome != OK)).all()
