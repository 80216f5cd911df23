"""What text with a unit means, and what is refused rather than guessed."""

import math
import re
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from simulator.units import (
    TIME,
    BitsPerSecond,
    Bytes,
    Dollars,
    PerSecond,
    PositiveSeconds,
    Quantity,
    Ratio,
    Seconds,
    human,
)


def read(annotation: Any, value: object) -> float:
    return TypeAdapter(annotation).validate_python(value)


def refusal(annotation: Any, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        read(annotation, value)
    (line,) = caught.value.errors()
    return line["msg"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3ns", 3e-9),
        ("10us", 1e-5),
        ("250ms", 0.25),
        ("80 ms", 0.08),
        ("1.5s", 1.5),
        (".5s", 0.5),
        ("2min", 120),
        ("1h", 3600),
        ("1d", 86400),
        ("1e3ms", 1.0),
        (3, 3.0),
        (0.25, 0.25),
        (0, 0.0),
    ],
)
def test_times_are_seconds(text, seconds):
    assert read(Seconds, text) == seconds


@pytest.mark.parametrize(
    ("text", "rate"), [("300/s", 300), ("20/min", 1 / 3), ("5/h", 5 / 3600), (40, 40), ("3 /s", 3)]
)
def test_rates_are_per_second(text, rate):
    assert read(PerSecond, text) == rate


@pytest.mark.parametrize(("text", "ratio"), [(0, 0), (1, 1), (0.25, 0.25), ("5%", 0.05)])
def test_ratios_are_fractions_of_one(text, ratio):
    assert read(Ratio, text) == ratio


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4KB", 4000),
        ("4kB", 4000),
        ("4KiB", 4096),
        ("1.5MB", 1.5e6),
        ("2 GiB", 2**31),
        ("20B", 20),
        (7, 7),
    ],
)
def test_sizes_are_bytes_and_a_thousand_is_no_1024(text, size):
    assert read(Bytes, text) == size


@pytest.mark.parametrize(
    ("text", "bits"), [("100Mbit/s", 1e8), ("1 Gbit/s", 1e9), ("12.5MB/s", 1e8), (9600, 9600)]
)
def test_bandwidths_are_bits_per_second(text, bits):
    assert read(BitsPerSecond, text) == bits


def test_sizes_and_bandwidths_without_sense_are_refused():
    assert "is not a size in bytes; write a number and one of B, kB" in refusal(Bytes, "4Kb")
    assert "is not a bandwidth; write a number and one of bit/s" in refusal(BitsPerSecond, "1Mbps")
    assert "greater than 0" in refusal(BitsPerSecond, 0)
    assert "greater than or equal to 0" in refusal(Bytes, "-1KB")


@pytest.mark.parametrize(("text", "dollars"), [("$0.40", 0.4), ("$ 3", 3), (0.4, 0.4)])
def test_dollars_may_have_their_sign(text, dollars):
    assert read(Dollars, text) == dollars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500ms", 0.5),
        ("300/s", 300),
        ("5%", 0.05),
        ("$3", 3),
        (7, 7),
        (-0.1, -0.1),
        ("-5ms", -0.005),
    ],
)
def test_quantities_take_every_unit_and_differences_too(text, value):
    assert read(Quantity, text) == value


@given(st.integers(1, 10**15))
def test_small_units_lose_no_digit(number):
    assert TIME.read(f"{number}us") == float(f"{number}e-6")


def test_unit_that_is_not_one_is_refused_with_the_ones_that_are():
    assert refusal(PerSecond, "400 rps") == (
        "'400 rps' is not a rate; write a number and one of /s, /min, /h, such as 400/s"
    )
    assert refusal(Seconds, "5 seconds") == (
        "'5 seconds' is not a time; "
        "write a number and one of ns, us, ms, s, min, h, d, such as 80ms"
    )
    assert refusal(Dollars, "0.40 EUR") == (
        "'0.40 EUR' is not an amount of money; write $ and a number, such as $0.40"
    )
    assert refusal(Quantity, "3 parsec").endswith(
        "write a number and one of ns, us, ms, s, min, h, d, /s, /min, /h, %, "
        "B, kB, KB, MB, GB, KiB, MiB, GiB, "
        "bit/s, kbit/s, Mbit/s, Gbit/s, B/s, kB/s, MB/s, GB/s "
        "or $ and a number, such as 500ms"
    )


@pytest.mark.parametrize(
    ("annotation", "value", "name"),
    [
        (Seconds, True, "true"),
        (Seconds, None, "nothing"),
        (Seconds, [1], "a list"),
        (Seconds, "80", "'80'"),
        (Seconds, "ms", "'ms'"),
        (Seconds, "80MS", "'80MS'"),
        (Seconds, "1,000ms", "'1,000ms'"),
        (Seconds, "٣s", "'٣s'"),
        (Seconds, "nan s", "'nan s'"),
        (Seconds, "300/s", "'300/s'"),
        (Seconds, "$3ms", "'$3ms'"),
        (PerSecond, "300", "'300'"),
        (Ratio, False, "false"),
        (Ratio, "yes", "'yes'"),
        (Dollars, "3", "'3'"),
    ],
)
def test_nothing_is_guessed(annotation, value, name):
    assert refusal(annotation, value).startswith(f"{name} is not a")


@pytest.mark.parametrize(
    ("annotation", "value", "bound"),
    [
        (Seconds, "-3s", "greater than or equal to 0"),
        (PositiveSeconds, 0, "greater than 0"),
        (PerSecond, "0/s", "greater than 0"),
        (Ratio, 1.01, "less than or equal to 1"),
        (Ratio, "101%", "less than or equal to 1"),
        (Dollars, "$-3", "greater than or equal to 0"),
        (Seconds, math.inf, "finite"),
        (Seconds, math.nan, "finite"),
        (Seconds, "1e999s", "finite"),
        (Quantity, math.nan, "finite"),
    ],
)
def test_bounds_hold_for_numbers_and_for_text(annotation, value, bound):
    assert bound in refusal(annotation, value)


def test_field_may_narrow_the_bounds():
    assert "less than or equal to 60" in refusal(Annotated[Seconds, Field(le=60)], "2min")


def test_editor_is_told_of_the_number_and_of_the_text():
    number, text = TypeAdapter(Seconds).json_schema()["anyOf"]
    assert number == {"type": "number", "minimum": 0}
    assert text["type"] == "string"


@pytest.mark.parametrize("annotation", [Seconds, PerSecond, Ratio, Dollars, Quantity])
@pytest.mark.parametrize(
    "text",
    ["80ms", "8 min", "3/s", "3 /min", "5%", "$3", "$ .5", "80", "ms", "$3ms", "3 %s", "1e2h"],
)
def test_pattern_for_editors_admits_what_is_read_and_nothing_else(annotation, text):
    _, form = TypeAdapter(annotation).json_schema()["anyOf"]
    try:
        read(annotation, text)
        is_read = True
    except ValidationError as error:
        is_read = error.errors()[0]["type"] != "not_a_quantity"
    assert bool(re.search(form["pattern"], text)) == is_read


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.25, "s", "250 ms"),
        (0.0812345, "s", "81.2 ms"),
        (8.98, "s", "8.98 s"),
        (59.99, "s", "1 min"),
        (0.9999, "s", "1 s"),
        (90, "s", "1.5 min"),
        (7200, "s", "2 h"),
        (1e7, "s", "2,778 h"),
        (3e-9, "s", "3 ns"),
        (4.2e-5, "s", "42 us"),
        (0, "s", "0 s"),
        (-0.02, "s", "-20 ms"),
        (300, "/s", "300/s"),
        (0.892, "ratio", "89.2 %"),
        (1, "ratio", "100 %"),
        (0.99987, "ratio", "99.99 %"),
        (0.999999, "ratio", "99.9999 %"),
        (0.0004, "ratio", "0.04 %"),
        (0.4, "$", "$0.40"),
        (1234.5, "$", "$1,234.50"),
        (-3, "$", "-$3.00"),
        (0.00012, "$", "$0.00012"),
        (71234, "", "71,234"),
        (0.0123456, "", "0.0123"),
        (-0.0, "", "0"),
        (7, "replicas", "7 replicas"),
        (math.nan, "s", "n/a"),
        (math.inf, "s", "∞"),
        (-math.inf, "s", "-∞"),
    ],
)
def test_numbers_for_people_are_short(value, unit, text):
    assert human(value, unit) == text


@given(st.floats(0, 1, exclude_max=True))
def test_less_than_everything_is_never_written_as_100_per_cent(ratio):
    assert human(ratio, "ratio") != "100 %" or ratio > 1 - 1e-13
