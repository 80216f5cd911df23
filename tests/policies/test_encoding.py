"""What encodings say of messages: their size, and the time to write and to read them."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.distributions import distributions
from simulator.distributions.byte_sizes import byte_distributions
from simulator.policies.encoding import Json, Protobuf, Raw, Work, encodings


def test_size_is_a_fixed_part_and_so_much_for_each_value():
    assert Json(value_bytes=10.0, message_bytes=2.0).size_bytes(1000) == 10_002


def test_time_is_in_proportion_to_the_bytes_beside_a_fixed_part():
    json = Json(value_bytes=10, message_bytes=0, encode_per_byte=2e-9, per_message=1e-6)
    assert json.encode_s(1000) == pytest.approx(1e-6 + 20e-6)


def test_writing_and_reading_have_costs_of_their_own():
    json = Json(value_bytes=10, message_bytes=0, encode_per_byte=1e-9, decode_per_byte=3e-9)
    assert json.decode_s(500) == pytest.approx(3 * json.encode_s(500))


def test_text_takes_between_two_and_five_times_the_bytes_of_single_precision():
    for value_bytes in (8, 18):  # what the text of a number takes
        ratio = Json(value_bytes=value_bytes).size_bytes(1e6) / Protobuf().size_bytes(1e6)
        assert ratio == pytest.approx(value_bytes / 4, rel=1e-4)


def test_default_text_is_the_shortest_that_gives_a_single_precision_number_back():
    values = np.random.default_rng(1).random(2000, dtype=np.float32)
    text = sum(len(f"{value!s},") for value in values) / values.size
    assert Json().value_bytes == pytest.approx(text, rel=0.05)


def test_raw_memory_costs_nothing_but_its_bytes():
    assert (Raw().size_bytes(256), Raw().encode_s(256), Raw().decode_s(256)) == (1024, 0, 0)


def test_the_same_values_are_drawn_whatever_the_encoding():
    values = distributions.validate({"kind": "lognormal", "mean": 500.0, "cv": 2.0})
    drawn = [
        Work(values, encoding, writes=False).sample(np.random.default_rng(7), 100)
        for encoding in (Json(message_bytes=0), Protobuf(message_bytes=0))
    ]
    per_value = [11 * 2.3e-9, 4 * 0.25e-9]
    assert drawn[0] / per_value[0] == pytest.approx(drawn[1] / per_value[1])


def test_the_size_of_a_message_may_follow_from_its_encoding():
    values = {"kind": "exponential", "mean": 100.0}
    json = {"kind": "json", "value_bytes": 10.0, "message_bytes": "50B"}
    sizes = byte_distributions.validate({"kind": "encoded", "values": values, "encoding": json})
    drawn = sizes.sample(np.random.default_rng(3), 20_000)
    assert drawn.min() >= 50
    assert drawn.mean() == pytest.approx(1050, rel=0.03)
    assert sizes.average() == 1050
    assert sizes.moment(2) == pytest.approx(1050**2 + 1000**2)  # as exponential about 50
    assert sizes.moment(3) == pytest.approx((drawn**3).mean(), rel=0.1)


def test_a_time_per_byte_has_a_unit():
    json = encodings.validate({"kind": "json", "decode_per_byte": "5ns"})
    assert json.decode_per_byte == pytest.approx(5e-9)


@pytest.mark.parametrize("wrong", [{"value_bytes": 0}, {"message_bytes": -1}, {"per_message": -1}])
def test_values_without_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        Json(**wrong)
