"""How values become bytes: the size of a message, and what it costs to write and to read it.

An encoding is asked and answers: a component that encodes asks it how long that takes, and a link
how many bytes there are to carry (sizes of kind ``encoded``). Costs are in proportion to the bytes,
because text is written and read character by character and binary is copied; a fixed part for each
message may be added.

The defaults are for arrays of single-precision numbers, such as embeddings and features, in C++ or
Rust. Libraries of interpreted languages take ten times as long: measure, and set what is measured.

Left out: names and nesting (``message_bytes`` has what does not grow with the values), compression,
text that becomes shorter where values are round.
"""

from __future__ import annotations

from math import comb
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from simulator.distributions import Distribution, distributions
from simulator.distributions.byte_sizes import byte_distributions
from simulator.registry import Family, Spec
from simulator.units import Bytes, PositiveBytes, Seconds

encodings = Family("encoding")

VALUE_BYTES = "bytes for each value"
MESSAGE_BYTES = "bytes of each message beside its values"
ENCODE = "time to write a byte of a message"
DECODE = "time to read a byte of a message"


class Encoding(Spec):
    """Bytes of a message, and time to write and to read them."""

    kind: str
    value_bytes: PositiveBytes = Field(4.0, description=VALUE_BYTES)
    message_bytes: Bytes = Field(0.0, description=MESSAGE_BYTES)
    encode_per_byte: Seconds = Field(0.0, description=ENCODE)
    decode_per_byte: Seconds = Field(0.0, description=DECODE)
    per_message: Seconds = Field(
        0.0, description="time for each message, written or read, whatever its size"
    )

    def size_bytes(self, values: Any) -> Any:
        """Bytes of a message of so many values; a number, or an array of any shape."""
        return self.message_bytes + values * self.value_bytes

    def encode_s(self, values: Any) -> Any:
        """Seconds to write such a message."""
        return self.per_message + self.size_bytes(values) * self.encode_per_byte

    def decode_s(self, values: Any) -> Any:
        """Seconds to read it."""
        return self.per_message + self.size_bytes(values) * self.decode_per_byte


@encodings.register
class Json(Encoding):
    """Text. A single-precision number takes 10 characters and a comma, a double 18 and a comma.

    Source: 21 ns to write a single-precision number (README of the crate ryu), and 430 MB/s to read
    them (abseil in the README of fast_float, where libraries lie between 190 and 1040 MB/s).
    """

    kind: Literal["json"] = "json"
    value_bytes: PositiveBytes = Field(11.0, description=VALUE_BYTES)
    message_bytes: Bytes = Field(2.0, description=MESSAGE_BYTES)
    encode_per_byte: Seconds = Field(1.9e-9, description=ENCODE)
    decode_per_byte: Seconds = Field(2.3e-9, description=DECODE)


@encodings.register
class Protobuf(Encoding):
    """Packed binary, as gRPC sends it: single-precision numbers are four bytes each, copied.

    Source: Protocol Buffers, "Encoding" (packed repeated fields: tag, length, values); "gRPC over
    HTTP2" (a prefix of 5 bytes for each message). Four gigabytes a second are a round figure for a
    copy with its allocation.
    """

    kind: Literal["protobuf"] = "protobuf"
    message_bytes: Bytes = Field(10.0, description=MESSAGE_BYTES)
    encode_per_byte: Seconds = Field(0.25e-9, description=ENCODE)
    decode_per_byte: Seconds = Field(0.25e-9, description=DECODE)


@encodings.register
class Raw(Encoding):
    """Memory as it is: nothing to write and nothing to read, as FlatBuffers and Arrow have it."""

    kind: Literal["raw"] = "raw"


@byte_distributions.register
class Encoded(Distribution):
    """The size of a message as it follows from the number of its values and their encoding."""

    kind: Literal["encoded"] = "encoded"
    values: Annotated[Distribution, distributions] = Field(
        description="how many values there are; a plain number"
    )
    encoding: Annotated[Encoding, encodings] = Field(Json(), description="what makes bytes of them")
    unit: ClassVar[str] = "B"

    @property
    def stream(self) -> str | None:
        return self.values.stream

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        sizes: np.ndarray = self.encoding.size_bytes(self.values.sample(rng, size))
        return sizes

    def average(self) -> float:
        return float(self.encoding.size_bytes(self.values.average()))

    def moment(self, order: int) -> float:
        fixed, each = self.encoding.message_bytes, self.encoding.value_bytes
        return fixed**order + sum(
            comb(order, k) * fixed ** (order - k) * each**k * self.values.moment(k)
            for k in range(1, order + 1)
        )


class Work:
    """Draws the time that messages take, from the numbers of values in them.

    Args:
        values: draws the numbers of values.
        encoding: of the messages.
        writes: whether they are written, or read.
    """

    def __init__(self, values: Distribution, encoding: Encoding, writes: bool) -> None:
        self.stream = values.stream
        self._values = values
        self._encoding = encoding
        self._writes = writes

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Independent draws, in seconds, shape ``(size,)``."""
        values = self._values.sample(rng, size)
        work: np.ndarray = (
            self._encoding.encode_s(values) if self._writes else self._encoding.decode_s(values)
        )
        return work
