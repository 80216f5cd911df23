"""What the game promises."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from simulator.errors import ScenarioError
from simulator.scenario import parse
from simulator.ui.plays import Play, changes, is_over, left, order, until
from simulator.ui.shelf import OWN, Opened
from tests.small_case import TEXT

APP = "../../app.py"
PAGE = "simulator/ui/pages/play.py"
PATIENCE_S = 60
GAME = """
controllers:
  hands: {kind: runbook}
game:
  plays: hands
  from: 10s
  tick: 10s
  most: 2
  moves:
    - {say: Restart the server, do: {kind: restart, of: api, takes: 5s}}
  score: [success_ratio, latency_p99_s]
"""


def played(text=TEXT + GAME):
    scenario = parse(text, "small.yaml", None)
    return Opened(OWN, scenario, text, "small.yaml", None)


def button(app, label):
    return next(each for each in app.button if each.label == label)


def page():
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.session_state["own"] = (TEXT + GAME, "small.yaml")
    app.query_params["case"] = OWN
    return app.switch_page(PAGE).run()


def wait(app, until):
    deadline = time.monotonic() + PATIENCE_S
    while not until(app) and time.monotonic() < deadline:
        time.sleep(0.2)
        app.run()
    assert not app.exception
    assert until(app)
    return app


def is_idle(app):
    return not any(each.label == "Cancel" for each in app.button)


def test_a_step_is_written_into_the_runbook_at_the_instant_at_which_it_is_taken():
    opened = played()
    play = Play(10.0, [(10.0, 0), (30.0, 0)])
    steps = changes(opened.scenario.game, play)["controllers.hands.steps"]
    assert [each["at"] for each in steps] == [10.0, 30.0]
    (design,) = order(opened, play).designs
    scenario = design.design_of(opened.scenario).scenario
    taken = [(each.at, each.do) for each in scenario.controllers["hands"].steps]
    assert taken == [(at_s, opened.scenario.game.moves[0].do) for at_s in (10.0, 30.0)]
    assert left(opened.scenario.game, play) == 0


def test_nothing_is_seen_before_its_time():
    curves = {
        "start_s": [0, 10, 20],
        "end_s": [10, 20, 30],
        "latency": {"p99": [1, 2, 3]},
        "outcomes": {"ok": [1, 1, 0]},
        "components": {"api": {"queued": [0, 5, 9]}},
    }
    seen = until(curves, 25.0)
    assert seen["latency"]["p99"] == [1, 2]
    assert seen["components"]["api"]["queued"] == [0, 5]
    assert until(curves, 9.0) is None
    assert until(curves, 30.0)["end_s"] == curves["end_s"]


def test_a_play_ends_with_the_run():
    scenario = played().scenario
    assert not is_over(scenario, Play(scenario.run.duration - 1))
    assert is_over(scenario, Play(scenario.run.duration))


def test_from_the_call_to_the_score():
    app = page()
    button(app, "Take the pager").click().run()
    wait(app, is_idle)
    restart = button(app, "Restart the server")
    assert not restart.disabled
    restart.click().run()
    wait(app, is_idle)
    assert [each.value for each in app.metric] == ["10 s", "1"]
    button(app, "To the end").click().run()
    wait(app, lambda app: any(each.label == "Compare with others" for each in app.button))
    assert button(app, "Restart the server").disabled
    button(app, "Compare with others").click().run()
    wait(app, lambda app: any("Nobody on call" in str(each.value) for each in app.table))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("plays: hands", "plays: hand"), "unknown controller 'hand'"),
        (("of: api, takes", "of: apy, takes"), "unknown component 'apy'"),
        (("success_ratio, latency", "succes_ratio, latency"), "unknown measure 'succes_ratio'"),
        (("from: 10s", "from: 1h"), "must be less than run.duration"),
    ],
)
def test_a_game_that_cannot_be_played_is_told_where_it_is_written(change, words):
    with pytest.raises(ScenarioError) as error:
        played(TEXT + GAME.replace(*change))
    assert any(words in each.message for each in error.value.problems)
    assert all(each.path.startswith("game.") for each in error.value.problems)
