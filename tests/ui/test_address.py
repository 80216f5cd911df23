"""What an address promises: to carry what differs from the file, to leave out what is wrong."""

from hashlib import sha256
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario import parse
from simulator.scenario.source import MAX_BYTES
from simulator.ui.address import LARGEST_SEED, Settings, query_of, settings_of
from simulator.ui.packing import MOST_CHARACTERS, packed, unpacked
from simulator.ui.shelf import OWN, Opened
from tests.small_case import TEXT

RATE, WORKERS, ORDER = (
    "workload.arrivals.rate",
    "system.components.api.workers",
    "system.components.api.discipline",
)
AS_WRITTEN = Settings(None, replications=3, seed=1)


def opened(case="small", text=TEXT):
    return Opened(case, parse(text, "small.yaml", None), text, "small.yaml", None)


def query(settings, case="small"):
    return dict(parse_qsl(query_of(opened(case), settings), strict_parsing=True))


def read(**parts):
    return settings_of(opened(), parts)


def ignored(**parts):
    """The only complaint about an address; nothing of it is used."""
    settings, (complaint,) = read(**parts)
    assert settings == AS_WRITTEN
    return complaint


def test_what_is_as_in_the_file_stays_out_of_the_address():
    assert query(AS_WRITTEN) == {"case": "small"}


def test_what_differs_is_named_as_on_the_command_line():
    changes = {RATE: 80.0, ORDER: "lifo"}
    assert query(Settings("three_workers", 5, 7, changes)) == {
        "case": "small",
        "compare": "three_workers",
        RATE: "80",
        ORDER: "lifo",
        "replications": "5",
        "seed": "7",
    }


@given(
    st.sampled_from([None, "three_workers"]),
    st.integers(1, 100),
    st.integers(0, LARGEST_SEED),
    st.fixed_dictionaries(
        {},
        optional={
            RATE: st.floats(10, 100).filter(lambda rate: rate != 50),
            WORKERS: st.sampled_from([1, 3, 4, 5]),
            ORDER: st.just("lifo"),
        },
    ),
)
def test_an_address_reads_back_as_what_it_was_made_of(variant, replications, seed, changes):
    settings = Settings(variant, replications, seed, changes)
    assert settings_of(opened(), query(settings)) == (settings, [])


def test_values_may_have_units():
    assert read(**{RATE: "80/s"}) == (Settings(None, 3, 1, {RATE: 80.0}), [])


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({RATE: "500"}, "'500' is not from 10/s to 100/s"),
        ({RATE: "fast"}, "'fast' is no value of it"),
        ({RATE: "nan"}, "is no value of it"),
        ({RATE: "[1, 2"}, "is no value of it"),
        ({WORKERS: "2.5"}, "'2.5' is no value of it"),
        ({WORKERS: "true"}, "'true' is no value of it"),
        ({WORKERS: "9"}, "'9' is not from 1 to 5"),
        ({ORDER: "random"}, "'random' is none of its choices"),
        ({"system.components.api.wokers": "3"}, "is no knob of this case"),
        ({"utm_source": "chat"}, "'utm_source' is no knob of this case"),
        ({"compare": "three_wokers"}, "did you mean 'three_workers'?"),
        ({"seed": "-1"}, "is not a whole number from 0"),
        ({"seed": str(2**53)}, "is not a whole number from 0"),
        ({"seed": "9" * 5000}, "is not a whole number from 0"),
        ({"seed": "²"}, "is not a whole number from 0"),
        ({"replications": "0"}, "is not a whole number from 1 to 100"),
    ],
)
def test_what_cannot_be_used_is_told_and_left_out(parts, words):
    assert words in ignored(**parts)


def test_one_bad_part_does_not_spoil_the_others():
    settings, complaints = read(**{RATE: "500", WORKERS: "3"})
    assert settings.changes == {WORKERS: 3}
    assert len(complaints) == 1


@given(st.dictionaries(st.text(), st.text()))
def test_no_address_is_an_error(parts):
    settings, complaints = settings_of(opened(), parts)
    assert isinstance(settings, Settings)
    assert all(isinstance(each, str) for each in complaints)


def test_a_file_of_ones_own_travels_along():
    parts = query(AS_WRITTEN, OWN)
    assert (parts["file"], unpacked(parts["text"])) == ("small.yaml", TEXT)


@given(st.text(max_size=2000))
def test_what_is_packed_comes_out_as_it_was(text):
    small = packed(text)
    assert small is None or unpacked(small) == text


def test_a_file_that_does_not_fit_stays_at_home():
    digests = [sha256(bytes([i])).hexdigest() for i in range(200)]  # cannot be compressed
    parts = dict(parse_qsl(query_of(opened(OWN, f"{TEXT}\n# {' '.join(digests)}"), AS_WRITTEN)))
    assert parts == {"case": OWN}


def test_a_file_that_would_unfold_to_more_than_a_file_may_hold_is_refused():
    small = packed("a" * (MAX_BYTES + 1))
    assert small is not None
    with pytest.raises(ValueError, match="too long"):
        unpacked(small)


@pytest.mark.parametrize("text", ["", "abc", "=", "!!!!", "a" * (MOST_CHARACTERS + 1), "ü"])
def test_what_was_not_packed_is_refused(text):
    with pytest.raises(ValueError, match=r"^it is"):
        unpacked(text)
