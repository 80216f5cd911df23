"""What the knobs of a case study can be turned to."""

from simulator.experiments.knobs import default_of, stops, unit_of
from simulator.scenario import load, parse
from simulator.scenario.model import Knob
from simulator.units import RATE, TIME
from tests.small_case import TEXT

SMALL = parse(TEXT, "small.yaml", None)
RATE_KNOB, WORKERS_KNOB, ORDER_KNOB = SMALL.knobs


def test_a_knob_stands_where_the_file_has_it():
    assert default_of(SMALL, RATE_KNOB) == 50.0
    assert default_of(SMALL, ORDER_KNOB) == "fifo"


def test_a_policy_is_named_as_in_the_choices():
    scenario = load("slow_replica")
    knob = next(each for each in scenario.knobs if each.path.endswith("policy"))
    assert default_of(scenario, knob) == "round_robin"


def test_a_knob_knows_the_unit_of_its_value():
    assert unit_of(SMALL, RATE_KNOB) is RATE
    assert unit_of(SMALL, WORKERS_KNOB) is None
    assert unit_of(SMALL, Knob(path="faults[0].until", label="End", range=(1, 9))) is TIME


def test_stops_rise_from_end_to_end_and_include_the_default():
    found = stops(RATE_KNOB, 50.0, RATE)
    assert (found[0], found[-1]) == (10, 100)
    assert found == sorted(found)
    assert 50.0 in found


def test_a_log_scale_has_more_stops_among_small_values():
    found = stops(RATE_KNOB, 50.0, RATE)
    assert sum(value < 32 for value in found) >= len(found) // 2


def test_a_whole_number_has_whole_stops():
    assert stops(WORKERS_KNOB, 2, None) == [1, 2, 3, 4, 5]


def test_ends_may_be_written_with_a_unit():
    knob = Knob(path="run.warmup", label="Warm-up", range=("500ms", "2s"))
    assert (stops(knob, 1.0, TIME)[0], stops(knob, 1.0, TIME)[-1]) == (0.5, 2.0)


def test_a_default_that_is_no_choice_becomes_one():
    assert stops(ORDER_KNOB, "processor_sharing", None) == ["processor_sharing", "fifo", "lifo"]
