"""Every knob of every case study can be turned, and says to what."""

from pathlib import Path

import pytest

from simulator.experiments.knobs import default_of, reading, stops, text_of, unit_of
from simulator.scenario import load
from simulator.ui.knobs import said

CASES = sorted(Path(__file__).parents[2].glob("scenarios/*/*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_its_stops_differ_in_words_and_can_be_written_into_an_address(path):
    scenario = load(path)
    for knob in scenario.knobs:
        unit, default = unit_of(scenario, knob), default_of(scenario, knob)
        values = stops(knob, default, unit)
        assert default in values
        if knob.choices:
            words = [said(each, unit.symbol if unit else "") for each in values]
            assert len(set(words)) == len(words), knob.path
        for value in values:
            assert reading(knob, default, unit, text_of(value)) == value
