"""A quick trial of a case: what a shorter run has no time for is left out, and told."""

import pytest

from simulator.errors import ScenarioError
from simulator.experiments.design import design
from simulator.runner import run
from tests.scenario.small import valid


def shorter(changes, variants=()):
    """The small case, whose fault begins at 5 s and whose finding looks until 10 s."""
    return design(valid(), variants, changes)


def test_a_fault_beyond_the_end_is_left_out_and_told():
    found = shorter({"run.duration": 4})
    assert found.scenario.faults == found.scenario.findings == ()
    assert found.left_out == [
        "the crash of api[2] is left out: begins at 5 s, when the run is over",
        "1 of the findings left out: they look beyond the end of the run",
    ]
    assert run(found.scenario).duration_s == 4


def test_what_there_is_time_for_stays():
    found = shorter({"run.duration": 8})
    assert len(found.scenario.faults) == 1
    assert len(found.left_out) == 1
    assert run(found.scenario).strikes


def test_a_run_that_is_long_enough_leaves_nothing_out():
    for changes in ({"run.duration": 15}, {"run.duration": 100}, {"run.seed": 3}, {}):
        found = shorter(changes)
        assert found.left_out == []
        assert found.scenario.faults == valid().faults


def test_variants_and_other_changes_name_places_of_the_file():
    found = shorter({"run.duration": 6, "faults[0].from": 1}, variants=["wide"])
    (fault,) = found.scenario.faults
    assert (fault.start, fault.length) == (1, 2)


def test_other_mistakes_are_still_told():
    with pytest.raises(ScenarioError, match=r"run\.warmup: found 1 s; must be less than"):
        shorter({"run.duration": 0.5})


def test_the_file_itself_may_not_be_contradictory():
    """Only a change on the way leaves something out; a fault nobody sees is a mistake in a file."""
    with pytest.raises(ScenarioError, match="when the run is over"):
        valid(("duration: 20s", "duration: 4s"))
