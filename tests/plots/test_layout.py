"""Where the parts of a diagram stand."""

from hypothesis import given
from hypothesis import strategies as st

from simulator.plots.layout import forward, layers, layout

NAMES = ["users", *"abcdef"]
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES[1:])), unique=True)


def test_parts_stand_in_layers_along_the_way_of_a_request():
    found = layout(["users", "cache", "db"], [("users", "cache"), ("cache", "db")])
    assert found.places == {"users": (0, 0.0), "cache": (1, 0.0), "db": (2, 0.0)}


def test_parts_of_one_layer_stand_beside_each_other():
    edges = [("users", "a"), ("users", "b"), ("b", "c")]
    found = layout(["users", "b", "a", "c"], edges).places
    assert {found["a"][1], found["b"][1]} == {-0.5, 0.5}
    assert found["c"][0] == 2


def test_an_edge_across_a_layer_passes_beside_the_part_that_stands_there():
    edges = [("users", "a"), ("users", "b"), ("a", "b")]
    found = layout(["users", "a", "b"], edges)
    ((layer, across),) = found.ways["users", "b"]
    assert layer == found.places["a"][0]
    assert abs(across - found.places["a"][1]) == 1


def test_a_circle_does_not_push_its_parts_apart():
    edges = [("users", "a"), ("a", "b"), ("b", "a"), ("b", "b"), ("b", "c")]
    assert layers(["users", "a", "b", "c"], edges) == {"users": 0, "a": 1, "b": 2, "c": 3}


@given(EDGES)
def test_no_edge_that_is_kept_leads_back(edges):
    kept = forward(NAMES, edges)
    layer_of = layers(NAMES, edges)
    assert set(kept) <= set(edges)
    assert all(layer_of[before] < layer_of[after] for before, after in kept)


@given(EDGES)
def test_no_two_things_stand_at_one_place(edges):
    found = layout(NAMES, edges)
    taken = [*found.places.values(), *(place for way in found.ways.values() for place in way)]
    assert len(taken) == len(set(taken))


@given(EDGES)
def test_where_there_is_no_circle_every_edge_is_kept(edges):
    rising = [(a, b) for a, b in edges if a < b and a != "users"]
    assert forward(NAMES, rising) == rising


def test_a_part_that_nothing_leads_to_stands_before_what_it_leads_to():
    edges = [("users", "a"), ("a", "b"), ("b", "c"), ("spare", "c")]
    assert layers(["users", "a", "b", "c", "spare"], edges)["spare"] == 2
