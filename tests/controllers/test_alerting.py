"""Alerts, who bundles them and who is paged: one promise a test."""

import math

import numpy as np
import pytest

from simulator.controllers.alerting.alert_manager import AlertManager
from simulator.controllers.alerting.on_call import OnCall
from simulator.controllers.base import Site
from simulator.controllers.signals import Signal
from simulator.kernel import Simulation
from simulator.results import Strike
from simulator.runner import run
from simulator.scenario.checks import problems
from simulator.scenario.draft import Draft
from simulator.stats import theory
from tests.kernel.scene import scenario

TIMES = {"acknowledge_time": 0.0, "mitigate_time": 0.0, "look_time": 0.0}


class Scene:
    """Alerts that fire when they are told to, and a controller that listens to them."""

    def __init__(self, spec, alerts, strikes=(), seed=1):
        self.sim, self.decisions = Simulation(seed), []
        site = Site(lambda name: [], {}, lambda name: [], self._note, strikes)
        self.alerts = {name: Signal(name, self.sim, self._note) for name in alerts}
        self.it = spec.build("it", self.sim, site)
        self.it.meet(self.alerts)
        self.it.start()

    def _note(self, kind, of, words):
        self.decisions.append((self.sim.now, kind, of, words))

    def fires(self, name, at_s, lasts_s=math.inf):
        def process():
            yield self.sim.timeout(at_s)
            self.alerts[name].raise_("bad")
            if lasts_s < math.inf:
                yield self.sim.timeout(lasts_s)
                self.alerts[name].clear()

        self.sim.process(process())
        return self

    def until(self, at_s):
        self.sim.run(at_s)
        return self

    def told(self):
        """When there was a notification, and of which alerts."""
        return [
            (at_s, [each.partition(":")[0] for each in words.split("; ")])
            for at_s, kind, _, words in self.decisions
            if kind == "notified"
        ]


def manager(**told):
    told = {"alerts": ("a", "b"), "group_wait": 10.0, "group_interval": 60.0} | told
    return AlertManager(**told)


# -- alert manager -----------------------------------------------------------------------------


def test_alerts_that_come_soon_after_one_another_are_one_notification():
    scene = Scene(manager(), "ab").fires("a", 5).fires("b", 12).until(100)
    assert scene.told() == [(15.0, ["a", "b"])]


def test_a_later_one_waits_until_the_group_is_looked_at_again():
    scene = Scene(manager(), "ab").fires("a", 5).fires("b", 20).until(200)
    assert scene.told() == [(15.0, ["a"]), (75.0, ["a", "b"])]


def test_by_alert_each_one_is_told_of_by_itself():
    scene = Scene(manager(group_by="alert"), "ab").fires("a", 5).fires("b", 6).until(100)
    assert scene.told() == [(15.0, ["a"]), (16.0, ["b"])]


def test_what_fires_all_the_time_is_told_of_again_and_only_then():
    scene = Scene(manager(repeat_interval=150.0), "ab").fires("a", 0).until(400)
    assert [at_s for at_s, _ in scene.told()] == [10.0, 190.0, 370.0]
    assert scene.it.repeated == 2


def test_one_that_flaps_between_two_looks_is_no_news():
    scene = Scene(manager(), "ab").fires("a", 0, 20).fires("a", 30).until(200)
    assert scene.told() == [(10.0, ["a"])]


def test_one_that_is_over_before_the_wait_is_not_told_of():
    scene = Scene(manager(), "ab").fires("a", 0, 5).until(200)
    assert scene.told() == []


def test_what_follows_from_another_alert_is_kept_back_while_that_fires():
    scene = Scene(manager(inhibits={"a": ("b",)}), "ab").fires("a", 0, 100).fires("b", 1)
    assert scene.until(300).told() == [(10.0, ["a"]), (130.0, ["b"])]
    assert scene.it.inhibited == 2


# -- on call -----------------------------------------------------------------------------------


def on_call(**told):
    return OnCall(**({"alerts": ("a",)} | TIMES | told))


def test_a_page_is_false_unless_something_is_wrong_or_was_a_moment_ago():
    strikes = [Strike(0, "api", 100.0, 200.0)]
    scene = Scene(on_call(linger=50.0), "a", strikes)
    for at_s in (50, 150, 240, 260):
        scene.fires("a", at_s, 1)
    it = scene.until(400).it
    assert (it.true_pages, it.false_pages, it.detected) == (2, 2, 1)
    assert list(it.detect_s) == [50.0]


def test_one_person_deals_with_one_page_at_a_time():
    told = {"acknowledge_time": 10.0, "look_time": 20.0}
    scene = Scene(on_call(**told), "a")
    for at_s in (0, 5):
        scene.fires("a", at_s, 1)
    assert list(scene.until(100).it.acknowledge_s) == [10.0, 35.0]


def test_pages_by_chance_wait_as_in_a_queue_with_one_server():
    """Poisson pages, exponential work: M/M/1."""
    found = []
    for seed in range(20):
        spec = on_call(look_time={"kind": "exponential", "mean": 6.0})
        scene = Scene(spec, "a", seed=seed)
        rng = np.random.default_rng(seed)
        for at_s in np.cumsum(rng.exponential(10.0, 1500)):
            scene.fires("a", at_s, 0.0)
        found.append(np.mean(scene.until(15_000).it.acknowledge_s[150:]))
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert np.mean(found) == pytest.approx(theory.mmc_mean_wait(0.1, 1 / 6, 1), abs=3.9 * error)


def test_false_pages_make_tired():
    """After two of them, of which each halves it, every fourth page is reacted to."""
    spec = on_call(half_after=1.0, memory=1e9)
    runs, reacted = 600, 0
    for seed in range(runs):
        scene = Scene(spec, "a", seed=seed)
        scene.it._in_vain_s.extend([0.0, 0.0])
        reacted += 1 - scene.fires("a", 10, 1).until(20).it.ignored
    assert reacted / runs == pytest.approx(0.25, abs=3.9 * math.sqrt(0.25 * 0.75 / runs))


def test_false_pages_are_forgotten():
    scene = Scene(on_call(half_after=1e-6, memory=100.0), "a")
    for at_s in (0, 50, 150):
        scene.fires("a", at_s, 1)
    assert scene.until(200).it.ignored == 1


def test_what_is_mitigated_takes_the_time_from_its_beginning():
    told = {"acknowledge_time": 10.0, "mitigate_time": 20.0}
    scene = Scene(on_call(**told), "a", [Strike(0, "api", 100.0, 900.0)])
    it = scene.fires("a", 130, 500).until(800).it
    assert list(it.mitigate_s) == [60.0]
    assert it.mitigated == 1


# -- through a scenario ------------------------------------------------------------------------

API = {"kind": "server", "workers": 4, "service_time": 0.01}
BURST = {"kind": "error_burst", "of": "api", "ratio": 0.5, "from": 60.0, "for": 60.0}


def watched(controllers, **sections):
    rate = {"kind": "constant", "rate": 10.0}
    return scenario({"api": API}, rate, 300.0, controllers=controllers, **sections)


def test_on_call_restarts_what_an_alert_is_about():
    controllers = {
        "slo": {"kind": "slo", "of": "api", "objective": 0.99, "interval": 5.0},
        "alert": {"kind": "threshold_alert", "of": "slo", "fire_above": 0.2, "window": 20.0},
        "person": {"kind": "on_call", "alerts": ["alert"], "action": {"kind": "restart"}}
        | {"acknowledge_time": 10.0, "mitigate_time": 10.0, "look_time": 10.0},
    }
    controllers["person"]["action"] |= {"of": "api", "takes": 5.0}
    finished = run(watched(controllers, faults=[BURST]))
    decided = [(each.kind, each.at_s) for each in finished.decisions]
    fired_s = dict(decided)["fired"]
    assert 60 < fired_s <= 75
    assert ("action", fired_s + 20) in decided
    assert finished.component_measures("person")["precision"] == 1


def test_an_alert_by_what_is_scraped_comes_later_than_one_by_the_truth():
    told = {"kind": "threshold_alert", "fire_above": 0.2, "window": 20.0}
    controllers = {
        "scraper": {"kind": "scraper", "of": "api", "interval": 10.0, "delay": 10.0}
        | {"window": 20.0, "spread": False},
        "true": {"kind": "slo", "of": "api", "interval": 1.0},
        "seen": {"kind": "slo", "of": "api", "interval": 1.0, "scraped_by": "scraper"},
        "soon": told | {"of": "true"},
        "late": told | {"of": "seen"},
    }
    finished = run(watched(controllers, faults=[BURST]))
    fired_s = {e.of: e.at_s for e in reversed(finished.decisions) if e.kind == "fired"}
    assert fired_s["soon"] + 10 <= fired_s["late"]


def test_what_cannot_be_watched_or_heard_is_refused():
    controllers = {
        "slo": {"kind": "slo", "of": "api"},
        "burn": {"kind": "burn_rate_alert", "slo": "slo"},
        "wrong": {"kind": "burn_rate_alert", "slo": "burn"},
        "quantile": {"kind": "threshold_alert", "of": "slo", "value": "worst_quantile"}
        | {"fire_above": 1.0},
        "manager": {"kind": "alert_manager", "alerts": ["slo"]},
        "person": {"kind": "on_call", "alerts": ["manager", "slo"]} | TIMES,
        "other": {"kind": "slo", "of": "api", "scraped_by": "burn", "objective": 0.5},
        "much": {"kind": "burn_rate_alert", "slo": "other"},
    }
    tree = {"format": 1, "scenario": "s", "title": "t", "chapter": "c", "question": "q"}
    tree |= {"system": {"entry": "api", "components": {"api": API}}, "controllers": controllers}
    tree |= {"workload": {"arrivals": {"kind": "constant", "rate": 1.0}}, "run": {"duration": 9.0}}
    found = {each.path[1:]: each.message for each in problems(Draft.of_tree(tree))}
    assert "must be an slo" in found["wrong", "slo"]
    assert "which shows error_ratio only" in found["quantile", "value"]
    assert "which raises no alarms; in this file these do: burn" in found["manager", "alerts", 0]
    assert "which raises no alarms" in found["person", "alerts", 1]
    assert "must be a scraper" in found["other", "scraped_by"]
    assert "must be below 2" in found["much", "windows", 0, "burn_rate"]
