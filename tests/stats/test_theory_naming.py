"""What the closed forms of names that fail over promise."""

import pytest
from scipy.integrate import quad

from simulator.stats import theory


def test_mean_detection_is_the_middle_of_its_bounds():
    for failures in (1, 3, 10):
        bounds = theory.check_detection_bounds(7.0, failures)
        assert theory.check_detection_delay(7.0, failures) == pytest.approx(sum(bounds) / 2)


def test_the_area_under_the_outdated_share_is_half_the_time_to_live():
    area, _ = quad(lambda t: theory.outdated_ratio(t, 60.0), 0, 200, points=[60.0])
    assert area == pytest.approx(theory.outdated_quantile_s(0.5, 60.0))


def test_a_quantile_is_where_so_many_have_learned_of_it():
    at_s = theory.outdated_quantile_s(0.9, 60.0)
    assert theory.outdated_ratio(at_s, 60.0) == pytest.approx(0.1)


def test_idle_resolvers_ask_as_often_as_they_are_asked():
    assert theory.lookup_rate(1000, ttl_s=1e-9, arrival_rate=5.0) == pytest.approx(5.0)
    assert theory.lookup_rate(1000, ttl_s=60.0, arrival_rate=1e9) == pytest.approx(1000 / 60)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: theory.check_detection_bounds(0, 3), "interval_s must be above 0, got 0"),
        (lambda: theory.outdated_ratio(-1, 60), "after_s must be 0 or more, got -1"),
        (lambda: theory.outdated_quantile_s(1.5, 60), "share must be between 0 and 1, got 1.5"),
        (lambda: theory.lookup_rate(10, 60, 0), "arrival_rate must be above 0, got 0"),
    ],
)
def test_arguments_out_of_range_are_refused(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
