"""Loggers in small scenes: a record has 100 bytes, and 100 bytes are written a second."""

import pytest

from simulator.components.logger import LoggerSpec
from simulator.components.logger.pipe import Pipe
from simulator.kernel import CANCELED, FAILED, OK
from simulator.runner import run
from tests.kernel.scene import Scene, scenario

RECORD = 100.0


def logging(at_s, takes_s=0.0, outcomes=(), **told):
    spec = LoggerSpec(**{"next": "downstream", "rate": 800.0, "record_size": RECORD} | told)
    return Scene(spec, at_s, takes_s=takes_s, outcomes=outcomes)


def buffered(at_s, **told):
    return logging(at_s, **{"mode": "async", "buffer": 250.0} | told)


# -- who waits ---------------------------------------------------------------------------------


def test_a_sync_call_waits_for_its_records_and_for_those_before():
    found = logging([0.0, 0.5, 10.0], takes_s=1.0).run()
    assert found.answered_s == [2.0, 3.0, 12.0]  # written from 1 to 2, from 2 to 3, from 11 to 12
    assert list(found.it.blocked_s) == [1.0, 1.5, 1.0]
    assert (found.it.written, found.it.written_bytes, found.it.lost) == (3, 300, 0)


def test_without_a_next_it_writes_and_answers():
    found = logging([0.0], next=None).run()
    assert (found.outcomes, found.answered_s) == ([OK], [1.0])


def test_an_async_call_goes_on_while_there_is_room():
    found = buffered([0.0, 0.0, 0.0]).run(0.5)
    assert found.answered_s == [0.0, 0.0, None]  # the third has to wait until one is written
    assert (found.it.buffered_bytes, found.it.blocked) == (200, 1)
    found.run()
    assert found.answered_s[2] == 1.0
    assert found.it.written == 3


@pytest.mark.parametrize(("policy", "written"), [("drop_newest", [0, 1]), ("drop_oldest", [0, 3])])
def test_a_full_buffer_loses_records_and_holds_up_nobody(policy, written):
    """Of four calls the first is being written, and there is room for one more."""
    spec = buffered([], when_full=policy).it.spec
    sizes = [100.0, 110.0, 120.0, 130.0]
    found = Scene(spec, [0.0, 0.1, 0.2, 0.3], needs=sizes).run()
    assert found.answered_s == [0.0, 0.1, 0.2, 0.3]
    assert found.it.written_bytes == sum(sizes[each] for each in written)
    assert (found.it.written, found.it.lost) == (2, 2)


def test_records_larger_than_the_buffer_have_it_to_themselves():
    found = buffered([0.0, 0.1], record_size=400.0).run()
    assert found.answered_s == [0.0, 4.0]
    assert found.it.written == 2


def test_one_write_may_take_the_records_of_several_calls():
    found = buffered([0.0, 0.1, 0.2], buffer=1000.0, flush_size=200.0, write_time=10.0).run(11.05)
    assert found.it.written == 1
    found.run(23.05)
    assert found.it.written == 3  # 10 s, and 2 s for 200 bytes


def test_a_call_that_is_taken_back_leaves_its_records_behind():
    found = logging([0.0, 0.1])
    found.at(0.5, lambda: found.user.calls[1].cancel())
    found.run()
    assert found.outcomes == [OK, CANCELED]
    assert (found.it.written, found.it.blocked, found.answered_s[1]) == (2, 0, 0.5)


def test_a_call_that_was_taken_back_downstream_is_logged_and_waits_for_nothing():
    found = logging([0.0], takes_s=5.0)
    found.at(1.0, lambda: found.user.calls[0].cancel())
    found.run()
    assert (found.outcomes, found.answered_s) == ([CANCELED], [1.0])
    assert found.it.written == 2  # as info, and as an error


# -- what is written ---------------------------------------------------------------------------


def test_levels_decide_which_records_there_are():
    told = {"records": {"debug": 5, "info": 2}, "records_of_failures": {"warning": 1, "error": 3}}
    for level, written in (("debug", 7 + 11), ("info", 2 + 6), ("warning", 4), ("error", 3)):
        found = logging([0.0, 0.0], outcomes=[OK, FAILED], level=level, **told).run()
        assert found.it.written == written


def test_a_sample_keeps_failures_and_a_part_of_the_others():
    found = logging([0.0] * 1000, outcomes=[FAILED] * 500, keep=0.1, rate=1e9).run()
    assert 25 < found.it.written - 2 * 500 < 80  # within four deviations of 50
    assert found.it.left_out == 1500 - found.it.written


def test_volume_costs_when_it_comes_and_for_as_long_as_it_is_kept():
    prices = {"price_per_gb": 0.5, "price_per_gb_month": 0.03, "retention": 90 * 86400.0}
    found = logging([0.0] * 10, rate=1e9, **prices).run()
    assert found.it.spent_usd == pytest.approx(10 * RECORD / 1e9 * (0.5 + 3 * 0.03))


def test_what_is_written_is_among_the_costs_of_a_run():
    log = {"kind": "logger", "rate": 1e9, "price_per_gb": 1000.0, "cost_per_hour": 3.6}
    finished = run(
        scenario({"log": log | {"record_size": 5000.0}}, {"kind": "constant", "rate": 1.0})
    )
    measures = finished.measures()
    spent = measures["log.spent_usd"]
    assert spent == pytest.approx(9 * 5000 / 1e9 * 1000)
    assert measures["cost_per_hour_usd"] == pytest.approx(3.6 + spent / 10 * 3600)


# -- the disk ----------------------------------------------------------------------------------


def test_a_pipe_is_fast_while_there_is_credit():
    pipe = Pipe(rate=100.0, peak=1000.0, burst=500.0)
    assert pipe.takes_s(500, 0.0) == 0.5
    assert pipe.takes_s(550, 0.5) == 5.0  # 50 have come in meanwhile, the rest comes at the rate
    assert pipe.takes_s(100, 5.5) == 1.0
    assert pipe.takes_s(400, 100.0) == 0.4


def test_a_slow_disk_slows_what_is_left_of_a_write():
    found = logging([0.0, 0.0])
    found.at(0.5, found.it.slow_down, 4.0).at(1.5, found.it.speed_up, 4.0)
    assert found.run().answered_s == [pytest.approx(1.75), pytest.approx(2.75)]


def test_a_stop_keeps_sync_callers_and_fills_buffers():
    found = logging([0.0, 1.0])
    found.at(0.5, found.it.stop).at(2.5, found.it.go_on)
    assert found.run().answered_s == [3.0, 4.0]
    found = buffered([0.0, 0.6, 0.7])
    found.at(0.5, found.it.crash, True).at(2.5, found.it.recover, True)
    assert found.run().answered_s == [0.0, 0.6, 3.0]


def test_a_crash_loses_records_and_sets_callers_free():
    found = logging([0.0, 0.1, 1.0, 3.0], outcomes=[FAILED])
    found.at(0.5, found.it.crash).at(2.0, found.it.recover)
    assert found.run().answered_s == [0.5, 0.5, 1.0, 4.0]
    assert found.outcomes == [FAILED, OK, OK, OK]
    assert (found.it.lost, found.it.lost_of_failures, found.it.written) == (4, 2, 1)


# -- what cannot be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"burst": 100.0}, "peak_rate and burst go together"),
        ({"peak_rate": 400.0, "burst": 100.0}, "must be more than rate"),
        ({"flush_size": 100.0}, "flush_size needs mode: async"),
        ({"records": {"info": -1}}, "records.info is -1; must be 0 or more"),
    ],
)
def test_contradictions_are_told(told, words):
    with pytest.raises(ValueError, match=words):
        LoggerSpec(**{"rate": 800.0} | told)
