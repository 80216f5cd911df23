"""Distributions of bytes: those of times, but for the unit."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from simulator.distributions.byte_sizes import Size

SAMPLES = {
    "constant": {"value": "4KB"},
    "uniform": {"low": "1KB", "high": "3KB"},
    "exponential": {"mean": "12KB"},
    "lognormal": {"p50": "4KiB", "p99": "1MB"},
    "bounded_pareto": {"index": 1.1, "least": "1KB", "most": "1MB"},
    "empirical": {"values": ["1KB", "1MB"], "weights": [9, 1]},
}


def read(value):
    return TypeAdapter(Size).validate_python(value)


@pytest.mark.parametrize("kind", SAMPLES)
def test_sizes_have_the_mean_that_they_say(kind):
    law = read({"kind": kind, **SAMPLES[kind]})
    sizes = law.sample(np.random.default_rng(1), 200_000)
    spread = 4 * sizes.std() / np.sqrt(sizes.size)
    assert law.average() == pytest.approx(sizes.mean(), abs=spread + 1e-9 * law.average())


def test_a_size_alone_is_always_the_same():
    assert read("4KB") == read(4000) == read({"kind": "constant", "value": 4000})


def test_a_time_is_no_size_and_errors_speak_of_bytes():
    with pytest.raises(ValidationError, match="is not a size in bytes"):
        read({"kind": "exponential", "mean": "80ms"})
    with pytest.raises(ValidationError, match="low is 5000 B; must be less than high, 4000 B"):
        read({"kind": "uniform", "low": "5KB", "high": "4KB"})
    with pytest.raises(ValidationError, match="p50 is 5000 B; must be less than p99, 4000 B"):
        read({"kind": "lognormal", "p50": "5KB", "p99": "4KB"})
    with pytest.raises(ValidationError, match="unknown distribution of bytes 'gamma'"):
        read({"kind": "gamma", "mean": "5KB", "cv": 1})
