"""What a picture of a fit shows."""

import numpy as np
import pytest
from scipy import stats

from simulator.plots.fitted import fit_picture
from simulator.plots.paper import save

TIMES_S = np.random.default_rng(1).exponential(0.1, 5000)
TRUE = stats.expon(scale=0.1)
LAWS = {"exponential": TRUE, "lognormal": stats.lognorm(s=1.2, scale=0.05)}


def curves(axes):
    return {line.get_label(): line.get_data() for line in axes.get_lines()}


@pytest.fixture
def panels():
    return fit_picture(TIMES_S, LAWS, "Title").axes


def test_every_law_is_drawn_beside_the_data_and_told_apart_by_more_than_color(panels):
    assert [*curves(panels[0])] == ["measured", *LAWS]
    styles = {line.get_linestyle() for line in panels[0].get_lines()[1:]}
    assert len(styles) == len(LAWS)


def test_the_measured_curve_is_the_share_that_lasts_longer(panels):
    times_s, longer = curves(panels[0])["measured"]
    for t, share in zip(times_s[::50], longer[::50], strict=True):
        assert share == pytest.approx((t <= TIMES_S).mean())


def test_the_tail_is_kept_value_by_value(panels):
    times_s, _ = curves(panels[0])["measured"]
    assert times_s[-5:].tolist() == np.sort(TIMES_S)[-5:].tolist()


def test_a_law_that_fits_lies_on_the_diagonal_and_another_does_not(panels):
    middle = slice(20, -40)
    measured_s, fitted_s = curves(panels[1])["exponential"]
    assert fitted_s[middle] == pytest.approx(measured_s[middle], rel=0.15)
    measured_s, fitted_s = curves(panels[1])["lognormal"]
    assert not np.allclose(fitted_s[middle], measured_s[middle], rtol=0.15)


def test_quantiles_of_a_law_are_its_own(panels):
    measured_s, fitted_s = curves(panels[1])["exponential"]
    rank = np.searchsorted(np.sort(TIMES_S), measured_s[100])
    assert fitted_s[100] == pytest.approx(TRUE.ppf((rank + 0.5) / 5000), rel=1e-2)


def test_the_same_picture_is_the_same_file(tmp_path):
    for name in ("a.svg", "b.svg"):
        save(fit_picture(TIMES_S, LAWS, "Title"), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_equal_times_and_no_law_are_a_picture_all_the_same(tmp_path):
    save(fit_picture(np.full(30, 0.25), {}, "Title"), tmp_path / "equal.svg")
