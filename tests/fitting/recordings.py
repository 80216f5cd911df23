"""Recordings made for a test: times drawn from a known distribution, in a CSV file."""

import csv
from pathlib import Path

import numpy as np

from simulator.distributions import distributions
from simulator.fitting.column import read
from simulator.fitting.report import fit

DATA = Path(__file__).parents[3] / "shared" / "data"


def drawn(law, n=5000, seed=3):
    """Draws of a distribution given as in a file."""
    return distributions.validate(law).sample(np.random.default_rng(seed), n)


def write(path, column, values):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[column], *([value] for value in values)])
    return path


def report(folder, values, kind="service", column="took"):
    """What is made of some service times, or of gaps between arrivals."""
    times = values if kind == "service" else np.cumsum(np.concatenate([[0.0], values]))
    path = write(folder / "times.csv", column, times.tolist())
    return fit(read(path, column, kind))
