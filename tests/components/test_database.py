"""What a database promises: reads, writes, connections."""

import pytest

from simulator.components.database import DatabaseSpec
from simulator.kernel import OK, REJECTED, RequestClass
from tests.kernel.scene import Scene

KINDS = [RequestClass("reader", 3.0), RequestClass("writer", 1.0, writes=True)]


def times(spec):
    """The service times that 200 requests get, readers and writers apart."""
    scene = Scene(spec, [0] * 200, kinds=KINDS).run()
    found = {False: set(), True: set()}
    for call, answered_s in zip(scene.user.calls, scene.answered_s, strict=True):
        found[call.request_class == 1].add(answered_s)
    return found[False], found[True]


def test_reads_and_writes_take_their_own_time():
    assert times(DatabaseSpec(connections=200, read_time=1.0, write_time=4.0)) == ({1.0}, {4.0})


def test_writes_are_as_reads_unless_told():
    assert times(DatabaseSpec(connections=200, read_time=1.0)) == ({1.0}, {1.0})


def test_queries_wait_for_a_connection_in_order():
    scene = Scene(DatabaseSpec(connections=2, read_time=1.0), [0] * 5).run()
    assert scene.answered_s == [1, 1, 2, 2, 3]


def test_waiting_places_are_limited():
    scene = Scene(DatabaseSpec(connections=1, read_time=1.0, queue_limit=1), [0] * 3).run()
    assert scene.outcomes == [OK, OK, REJECTED]


def test_work_is_the_mean_over_reads_and_writes():
    spec = DatabaseSpec(connections=7, read_time=1.0, write_time=5.0)
    assert spec.work(KINDS) == (pytest.approx(2.0), 7)


def test_queries_may_go_by_priority():
    kinds = [RequestClass("reader"), RequestClass("writer", writes=True, priority=1)]
    spec = DatabaseSpec(connections=1, read_time=1.0, discipline="priority")
    scene = Scene(spec, [0, 0.1, 0.2], needs=[1, 1, 1], classes=[0, 0, 1], kinds=kinds).run()
    assert scene.answered_s == [1, 3, 2]


def test_shares_by_weight_go_with_one_connection():
    with pytest.raises(ValueError, match="by_weight goes with one worker"):
        DatabaseSpec(
            connections=2,
            read_time=1.0,
            discipline={"kind": "processor_sharing", "by_weight": True},
        )
