"""Named streams, and needs by the number of the request."""

from itertools import islice, repeat

import numpy as np
import pytest

from simulator.distributions.parametric import Constant, Exponential
from simulator.kernel import RequestClass
from simulator.kernel.streams import BLOCK, Needs, Streams

N = 2 * BLOCK + 10  # into the third block
DEFAULT = (RequestClass("default"),)
SLOW, FAST = Exponential(mean=10.0), Exponential(mean=1.0)


def needs(*names, classes=DEFAULT, **by_class):
    found = Needs(Streams(1, 0), classes)
    for name in names:
        found.add(name, FAST, by_class.get(name.partition(".")[0]))
    return found


def column(needs, name, n=N):
    place = needs.add(name, FAST)
    return [request[place] for request in islice(needs.requests(repeat(None)), n)]


def test_a_stream_depends_on_seed_replication_and_name():
    def first(seed, replication, name):
        return Streams(seed, replication).uniforms(name)()

    assert first(1, 0, "a") == first(1, 0, "a")
    assert len({first(1, 0, "a"), first(2, 0, "a"), first(1, 1, "a"), first(1, 0, "b")}) == 4


def test_streams_are_uniform_and_unrelated():
    streams = Streams(1, 0)
    one, other = (np.array(list(islice(iter(streams.uniforms(n), 2), N))) for n in "ab")
    error = 5 / np.sqrt(N)
    assert one.mean() == pytest.approx(0.5, abs=error * np.sqrt(1 / 12))
    assert abs(np.corrcoef(one, other)[0, 1]) < error
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < error


def test_a_stream_asked_for_twice_begins_anew():
    streams = Streams(1, 0)
    assert streams.uniforms("a")() == streams.uniforms("a")()


def test_order_of_declaration_changes_no_need():
    assert column(needs("a", "b"), "a") == column(needs("b", "a"), "a")
    assert column(needs("a", "b"), "a") == column(needs("a"), "a")


def test_the_same_name_is_the_same_need():
    found = needs("a", "b")
    assert found.add("a", FAST) == found.add("a", SLOW)


def test_different_needs_of_a_request_are_unrelated():
    both = needs("a", "b")
    assert abs(np.corrcoef(column(both, "a"), column(both, "b"))[0, 1]) < 5 / np.sqrt(N)


def test_requests_are_numbered_in_order_of_arrival():
    found = list(islice(needs("a").requests(iter("xyz")), 5))
    assert [request[:3] for request in found] == [(0, 0, "x"), (1, 0, "y"), (2, 0, "z")]


def test_classes_come_in_their_shares_and_independently():
    classes = [RequestClass("a", 1.0), RequestClass("b", 3.0)]
    found = np.fromiter(islice(needs(classes=classes).class_indices(), N), int)
    error = 5 * np.sqrt(0.25 * 0.75 / N)
    assert found.mean() == pytest.approx(0.75, abs=error)
    assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) < 5 / np.sqrt(N)


def test_the_log_and_the_source_see_the_same_classes():
    found = needs(classes=[RequestClass("a"), RequestClass("b")])
    assert [*islice(found.class_indices(), N)] == [
        request[1] for request in islice(found.requests(repeat(None)), N)
    ]


def test_a_class_has_its_own_distribution():
    classes = [RequestClass("a"), RequestClass("b")]
    found = needs("api.service", classes=classes, api={"b": Constant(value=7.0)})
    requests = [*islice(found.requests(repeat(None)), N)]
    assert {request[3] for request in requests if request[1] == 1} == {7.0}
    others = [request[3] for request in requests if request[1] == 0]
    assert np.mean(others) == pytest.approx(1.0, abs=5 / np.sqrt(len(others)))


def test_renewed_needs_are_new_and_each_askers_own():
    found = needs("a", "b")
    first = next(found.requests(repeat(None)))[3:]
    (gold,), (silver,) = found.renewed("gold"), found.renewed("silver")
    drawn = [first, gold(), gold(), silver()]
    assert len({need for row in drawn for need in row}) == 8
    assert found.renewed("gold")[0]() == drawn[1]


def test_renewed_needs_follow_the_class():
    classes = [RequestClass("a"), RequestClass("b")]
    found = needs("api.service", classes=classes, api={"b": Constant(value=7.0)})
    of_a, of_b = found.renewed("client")
    assert of_b() == (7.0,)
    assert of_a() != (7.0,)


def test_without_needs_nothing_is_renewed():
    assert needs().renewed("client")[0]() == ()
