"""New rows of needs for calls that go where the request has been."""

from itertools import islice, repeat

import numpy as np
import pytest

from simulator.distributions import distributions
from simulator.kernel import Renewal, RequestClass, Simulation, renewal

TIME = distributions.validate({"kind": "exponential", "mean": 1.0})
OTHER = distributions.validate({"kind": "exponential", "mean": 10.0})


class Rows:
    """A run with one need, and whoever renews it."""

    def __init__(self, count=1, more=(), classes=()):
        self.sim = Simulation(seed=3, classes=classes)
        self.need = self.sim.needs.add("api.service", TIME, {"slow": OTHER})
        for name in more:
            self.sim.needs.add(name, OTHER)
        self.renewal = Renewal(self.sim, "again")
        self.renewal.prepare(count)

    def requests(self, count):
        return list(islice(self.sim.needs.requests(repeat(None)), count))

    def renewed(self, request, place=0):
        """The request after a round."""
        return self.renewal.renewed(request, place)


def test_the_new_row_depends_on_the_request_alone_and_not_on_the_order():
    forth, back = Rows(), Rows()
    requests = forth.requests(3000)
    assert requests == back.requests(3000)
    one = {request[0]: forth.renewal.renewed(request) for request in requests}
    two = {request[0]: back.renewal.renewed(request) for request in reversed(requests)}
    assert one == two


def test_rows_that_were_dropped_are_drawn_again_and_are_the_same(monkeypatch):
    kept, forgetful = Rows(), Rows()
    requests = kept.requests(3000)[::700] * 3
    one = [kept.renewal.renewed(request) for request in requests]
    monkeypatch.setattr(renewal, "MOST_VALUES", 1)
    assert [forgetful.renewal.renewed(request) for request in requests] == one
    assert len(forgetful.renewal._blocks) == 1


def test_a_need_more_leaves_the_others_as_they_were():
    one, two = Rows(), Rows(more=["db.query", "cache.luck"])
    for alone, beside in zip(one.requests(50), two.requests(50), strict=True):
        for _ in range(3):
            alone, beside = one.renewed(alone), two.renewed(beside)
            assert alone[one.need] == beside[two.need]


def test_more_rows_leave_the_first_ones_as_they_were():
    few, many = Rows(count=2), Rows(count=5)
    for request in few.requests(20):
        assert many.renewal.all_renewed(request)[:2] == few.renewal.all_renewed(request)


def test_rounds_and_places_are_independent_draws_of_the_same_law():
    rows = Rows(count=3)
    requests = rows.requests(4000)
    columns = [
        [request[rows.need] for request in requests],
        *([rows.renewed(each, place)[rows.need] for each in requests] for place in range(3)),
        [rows.renewed(rows.renewed(each))[rows.need] for each in requests],
        [rows.renewed(rows.renewed(rows.renewed(each)))[rows.need] for each in requests],
    ]
    values = np.array(columns)
    assert values.mean(axis=1) == pytest.approx(1.0, abs=3.9 / np.sqrt(4000))
    correlations = np.corrcoef(values)[np.triu_indices(len(values), 1)]
    assert np.abs(correlations).max() < 3.9 / np.sqrt(4000)
    assert len(np.unique(values)) == values.size


def test_a_class_draws_from_its_own_law():
    classes = [RequestClass("quick"), RequestClass("slow")]
    rows = Rows(classes=classes)
    drawn = {0: [], 1: []}
    for request in rows.requests(4000):
        drawn[request[1]].append(rows.renewed(request)[rows.need])
    for index, mean in ((0, 1.0), (1, 10.0)):
        error = mean / np.sqrt(len(drawn[index]))
        assert np.mean(drawn[index]) == pytest.approx(mean, abs=3.9 * error)
