"""Whatever a cache is told, and whatever happens to it: nothing is lost, and nothing breaks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.components.cache import CacheSpec
from simulator.kernel import CANCELED, FAILED, OK, REJECTED, RequestClass
from simulator.policies.eviction import eviction_policies
from tests.kernel.scene import Scene

KINDS = [RequestClass("read", share=3.0), RequestClass("write", writes=True)]
OUTCOMES = {OK, FAILED, REJECTED, CANCELED}

times = st.integers(1, 12).map(lambda number: number / 4)


@st.composite
def specs(draw):
    """A cache with any options that go together."""
    told = {
        "eviction": draw(st.sampled_from(sorted(eviction_policies.kinds()))),
        "capacity": draw(st.none() | st.integers(1, 4)),
        "coalesces": draw(st.booleans()),
        "negative_ttl": draw(st.none() | times),
        "lookup_time": draw(st.sampled_from([0.0, 0.1])),
        "writes": draw(st.sampled_from(["around", "invalidate", "through", "back"])),
        "warm": draw(st.booleans()),
        "fill": draw(st.sampled_from(["set", "add"])),
    }
    if told["capacity"] is None or draw(st.booleans()):
        told |= {
            "ttl": draw(times) + 1,
            "ttl_jitter": draw(st.sampled_from([0.0, 0.5])),
            "ttl_from": draw(st.sampled_from(["fill", "last_use"])),
            "stale_for": draw(st.none() | times),
            "stale_if_error": draw(st.none() | times),
        }
        if told["ttl_from"] == "fill" and told["fill"] == "set":
            early = {
                "kind": draw(st.sampled_from(["xfetch", "ahead"])),
                "waits": draw(st.booleans()),
            }
            told["early_refresh"] = draw(st.none() | st.just(early))
    if told["writes"] == "back":
        told["flush_after"] = 0.5
    return CacheSpec(origin="downstream", **told)


@st.composite
def scenes(draw):
    """Some requests, an origin that may fail, users that may give up, and a flush or two."""
    count = draw(st.integers(1, 30))
    gaps_s = draw(st.lists(st.sampled_from([0.0, 0.1, 0.3, 1.0]), min_size=count, max_size=count))
    at_s = [sum(gaps_s[: i + 1]) for i in range(count)]
    scene = Scene(
        draw(specs()),
        at_s,
        keys=draw(st.lists(st.integers(0, 5), min_size=count, max_size=count)),
        classes=draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=count, max_size=count)),
        kinds=KINDS,
        key_count=6,
        takes_s=draw(st.sampled_from([0.0, 0.2, 0.7])),
        outcomes=draw(st.lists(st.sampled_from([OK, OK, FAILED, REJECTED]), max_size=20)),
        seed=draw(st.integers(0, 3)),
    )
    for who in draw(st.lists(st.integers(0, count - 1), max_size=3, unique=True)):
        call = scene.user.calls[who]
        scene.at(at_s[who] + 0.15, lambda call=call: call.cancel())
    for instant_s in draw(st.lists(st.sampled_from([0.5, 2.0, 5.0]), max_size=2, unique=True)):
        share = draw(st.sampled_from([0.5, 1.0]))
        scene.at(instant_s, scene.it.flush, share, share == 1 and draw(st.booleans()))
    return scene


@settings(max_examples=300)
@given(scenes())
def test_every_request_is_answered_and_counted_once_and_entries_are_as_many_as_counted(scene):
    scene.run(until=100)
    it, outcomes = scene.it, scene.outcomes
    assert set(outcomes) <= OUTCOMES, "each has one, and `answer` refuses a second"
    looked_up = it.hits + it.misses + it.writes
    assert len(outcomes) - outcomes.count(CANCELED) <= looked_up <= len(outcomes)
    assert it.entries == len(it._held) <= (it.spec.capacity or 6)
    assert it.stale_hits <= it.hits
    assert it.negative_hits + it.coalesced <= it.misses
    assert it.outdated_hits <= it.hits
    asked = it.loads + it.written_back
    passed = it.writes if it.spec.writes != "back" else 0
    assert asked <= len(scene.downstream.arrived_s) <= asked + it.writes
    assert len(scene.downstream.arrived_s) >= asked + passed
    assert not it._loading, "no load is under way any more"
    assert sum(entry.unsaved is not None for entry in it._held.values()) == it.dirty
    assert it.dirty == 0 or it.spec.flush_after is None
    if it.spec.capacity is not None:  # the order knows the same keys
        assert sorted(it._order.victim() for _ in range(it.entries)) == sorted(it._held)


@settings(max_examples=100)
@given(scenes())
def test_only_who_writes_back_can_lose_and_only_who_lets_entries_be_can_answer_outdated(scene):
    scene.run(until=100)
    it = scene.it
    if it.spec.writes != "back":
        assert (it.lost_writes, it.written_back) == (0, 0)
    if it.spec.writes in ("invalidate", "through"):
        assert it.outdated_hits == 0
