"""What a picture for paper shows."""

import numpy as np
import pytest

from simulator.experiments.rows import Curves
from simulator.plots.paper import latency_over_time, save


@pytest.fixture
def curve():
    start_s = np.arange(10.0)
    per_s = {"ok": np.full(10, 3.0), "failed": np.full(10, 1.0), "unfinished": np.zeros(10)}
    return Curves(start_s, start_s + 1, {"p99": np.full(10, 0.2)}, per_s, {})


def test_both_variants_are_named_and_told_apart_by_more_than_color(curve):
    figure = latency_over_time({"baseline": curve, "better": curve}, "Title")
    lines = figure.axes[0].get_lines()
    assert [line.get_label() for line in lines] == ["baseline", "better"]
    assert len({line.get_linestyle() for line in lines}) == 2


def test_answers_are_a_share_of_all_that_arrived(curve):
    figure = latency_over_time({"baseline": curve}, "Title")
    assert figure.axes[1].get_lines()[0].get_ydata() == pytest.approx(75)


def test_a_fault_is_shaded_even_if_it_is_over_at_once(curve):
    figure = latency_over_time({"baseline": curve}, "Title", faults=[(4.0, 4.0)])
    (shade,) = figure.axes[0].patches
    assert shade.get_x() == 4.0
    assert shade.get_width() > 0


def test_the_same_picture_is_the_same_file(curve, tmp_path):
    for name in ("a.svg", "b.svg"):
        save(latency_over_time({"baseline": curve}, "Title"), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
