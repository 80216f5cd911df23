"""Stability maps of systems of which one knows whether they recover."""

import pytest

from simulator.errors import ScenarioError
from simulator.experiments.axes import axis, points
from simulator.experiments.design import Outcome, design
from simulator.experiments.execution import execute
from simulator.experiments.stability_maps import Look, map_of, watched
from simulator.experiments.sweeps import designs_of
from simulator.scenario import load
from tests.kernel.scene import scenario

LOOK = Look(after_s=20.0, for_s=10.0, below=0.5)
RETRIES, LENGTH = "system.components.client.retries", "faults[0].for"


def fragile(rate=80.0):
    """Ten workers at 80 % that freeze, behind clients who give up after half a second."""
    return design(
        scenario(
            {
                "client": {"kind": "client", "next": "api", "timeout": 0.5, "retries": 0},
                "api": {
                    "kind": "server",
                    "workers": 10,
                    "service_time": {"kind": "exponential", "mean": 0.1},
                },
            },
            {"kind": "poisson", "rate": rate},
            300.0,
            entry="client",
            faults=[{"kind": "crash", "of": "api", "from": 10.0, "for": 4.0, "hang": True}],
            run={"replications": 3},
        )
    )


def mapped(base, *over, look=LOOK):
    axes = [axis(text) for text in over]
    wanted = points(axes)
    made = watched(designs_of(base, wanted), look)
    outcome = Outcome(made)
    for each in execute(outcome.tasks(), workers=1):
        outcome.add(each)
    return map_of(axes, look, made, wanted, outcome.rows), made


@pytest.fixture(scope="module")
def found():
    return mapped(fragile(), f"{RETRIES}=0,10", f"{LENGTH}=0.01,4.0")


def test_a_long_freeze_with_many_retries_is_what_keeps_it_down(found):
    down = {tuple(cell.changes.values()): cell.down.share for cell in found[0].cells}
    # without retries the load stays at 80 %, with ten a freeze of 4 s makes it many times that
    assert down == {(0, 0.01): 0.0, (0, 4.0): 0.0, (10, 0.01): 0.0, (10, 4.0): 1.0}


def test_a_share_of_few_runs_has_a_wide_interval(found):
    cell = found[0].cells[-1]
    assert (cell.down.low, cell.down.high) == (pytest.approx(0.025 ** (1 / 3)), 1.0)


def test_a_run_ends_with_the_look_and_the_look_begins_after_the_trouble(found):
    for each in found[1]:
        begins_s = 10.0 + each.scenario.faults[0].lasts_s + LOOK.after_s
        assert each.scenario.run.duration == begins_s + LOOK.for_s
        assert [f.during for f in each.scenario.findings] == [(begins_s, begins_s + LOOK.for_s)]


def test_what_is_not_answered_at_all_is_down():
    base = fragile().scenario
    dead = {"kind": "crash", "of": "api", "from": 15.0, "every": 1000.0, "for": 900.0, "hang": True}
    faults = [*base.plain()["faults"], dead]
    patient = {"faults": faults, "system.components.client.timeout": 200.0}
    found, _ = mapped(design(base, (), patient), f"{RETRIES}=0")
    assert found.cells[0].down.share == 1.0


def test_a_map_needs_a_trigger_that_is_over():
    with pytest.raises(ScenarioError, match="a trigger that is over"):
        watched([design(load("two_choices"))], LOOK)


def test_the_document_has_a_cell_for_every_point(found):
    document = found[0].as_json()
    assert [each["set"] for each in document["cells"]] == [dict(c.changes) for c in found[0].cells]
    assert {each["n"] for each in document["cells"]} == {3}
