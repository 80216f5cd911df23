"""When a claim counts as confirmed, refuted or undecided.

The 95 % t interval of 9, 10, 11 is 10 ± 2.48 (t = 4.303, s / √3 = 0.577).
"""

from math import inf, nan

import pytest

from simulator.experiments.findings import check, check_findings, variants_needed
from simulator.scenario.claims import Finding
from tests.experiments.rows import rows

AROUND_TEN = [9.0, 10.0, 11.0]


def finding(**claim):
    return Finding(claim="it is so", measure="latency_p99_s", **claim)


def status(values, others=None, during=None, **claim):
    made = {"baseline": rows(values, during=during)}
    if others is not None:
        made["other"] = rows(others, variant="other", during=during)
        claim["relative_to"] = "other"
    return check(finding(during=during, **claim), made).status


# -- one bound ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "at_most", "at_least"),
    [
        (13.0, "confirmed", "refuted"),
        (12.0, "undecided", "undecided"),
        (10.0, "undecided", "undecided"),
        (8.0, "undecided", "undecided"),
        (7.0, "refuted", "confirmed"),
    ],
)
def test_the_whole_interval_must_lie_on_one_side(bound, at_most, at_least):
    assert status(AROUND_TEN, at_most=bound) == at_most
    assert status(AROUND_TEN, at_least=bound) == at_least


@pytest.mark.parametrize(
    ("about", "within", "expected"),
    [
        (10.0, 3.0, "confirmed"),
        (10.0, 2.0, "undecided"),
        (10.0, 0.1, "undecided"),
        (14.0, 1.0, "refuted"),
        (6.0, 1.0, "refuted"),
        (13.0, 1.0, "undecided"),
    ],
)
def test_about_needs_the_interval_between_two_bounds(about, within, expected):
    assert status(AROUND_TEN, about=about, within=within) == expected


def test_runs_that_agree_to_the_digit_decide_by_themselves():
    assert status([10.0, 10.0], at_most=10.0) == "confirmed"
    assert status([10.0, 10.0], at_least=10.0) == "confirmed"
    assert status([10.0, 10.0], at_most=9.999) == "refuted"


def test_one_run_decides_nothing():
    assert status([10.0], at_most=1000.0) == "undecided"


@pytest.mark.parametrize("missing", [nan, inf])
def test_a_run_without_a_value_decides_nothing(missing):
    assert status([9.0, missing, 11.0], at_most=1000.0) == "undecided"


def test_no_run_at_all_decides_nothing():
    verdict = check(finding(at_most=1.0), {"baseline": []})
    assert (verdict.status, verdict.estimate, verdict.n) == ("undecided", None, 0)


# -- relative to another variant ---------------------------------------------------------------


def test_pairs_decide_what_means_apart_could_not():
    # The runs differ wildly, by far more than the bound is away, but each is half of its partner.
    others = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    values = [5.1, 9.9, 15.1, 19.9, 25.1, 29.9]
    assert status(values, at_most=0.6 * 35) == "undecided"
    assert status(values, others, at_most=0.6) == "confirmed"
    assert status(values, others, at_least=0.6) == "refuted"


def test_the_bound_is_a_multiple_of_the_partners_value():
    others = [20.0, 20.5, 19.5]
    assert status([10.0, 10.2, 9.9], others, at_most=0.6) == "confirmed"
    assert status([10.0, 10.2, 9.9], others, at_most=0.4) == "refuted"
    assert status([10.0, 10.2, 9.9], others, at_least=0.4) == "confirmed"
    assert status([10.0, 10.2, 9.9], others, about=0.5, within=0.05) == "confirmed"


def test_runs_are_paired_by_replication_in_whatever_order():
    made = {
        "baseline": list(reversed(rows([1.0, 2.0, 3.0]))),
        "other": rows([2.0, 4.0, 6.0], variant="other"),
    }
    verdict = check(finding(at_most=0.5, relative_to="other"), made)
    assert verdict.status == "confirmed"


def test_runs_without_a_partner_do_not_count():
    made = {
        "baseline": rows([1.0, None, 3.0, 4.0]),
        "other": rows([2.0, 4.0, 6.0, None, 0.1], variant="other"),
    }
    verdict = check(finding(at_most=0.5, relative_to="other"), made)
    assert (verdict.status, verdict.n) == ("confirmed", 2)


def test_a_pair_without_a_value_decides_nothing():
    assert status([1.0, 1.0, nan], [2.0, 2.0, 2.0], at_most=9.0) == "undecided"
    assert status([1.0, 1.0, 1.0], [2.0, 2.0, nan], at_most=9.0) == "undecided"


def test_a_multiple_is_shown_as_a_multiple():
    made = {"baseline": rows([10.0, 10.0]), "other": rows([20.0, 20.0], variant="other")}
    verdict = check(finding(at_most=0.6, relative_to="other"), made)
    assert (verdict.estimate, verdict.bound) == (0.5, 0.6)


# -- parts of a run, shares of runs ------------------------------------------------------------


def test_a_window_looks_at_a_part_of_the_run_only():
    assert status(AROUND_TEN, at_most=13.0, during=(60.0, 120.0)) == "confirmed"


@pytest.mark.parametrize(
    ("held", "of", "wanted", "expected"),
    [
        # Clopper-Pearson: 20 of 20 is at least 0.832; 0 of 20 at most 0.168; 10 of 20 0.27..0.73
        (20, 20, {"at_least": 0.8}, "confirmed"),
        (20, 20, {"at_least": 0.9}, "undecided"),
        (0, 20, {"at_least": 0.2}, "refuted"),
        (0, 20, {"at_most": 0.2}, "confirmed"),
        (10, 20, {"at_most": 0.2}, "refuted"),
        (10, 20, {"at_least": 0.5}, "undecided"),
        (1, 1, {"at_least": 0.5}, "undecided"),
    ],
)
def test_a_share_of_runs_is_held_against_its_exact_interval(held, of, wanted, expected):
    values = [1.0] * held + [3.0] * (of - held)
    assert status(values, at_most=2.0, in_runs=wanted) == expected


def test_in_a_run_without_a_value_the_comparison_does_not_hold():
    values = [1.0] * 10 + [nan] * 10
    verdict = check(finding(at_most=2.0, in_runs={"at_least": 0.2}), {"baseline": rows(values)})
    assert (verdict.status, verdict.estimate, verdict.n) == ("confirmed", 0.5, 20)


def test_a_share_of_pairs():
    values, others = [1.0] * 20, [1.5] * 20
    assert status(values, others, at_most=0.7, in_runs={"at_least": 0.8}) == "confirmed"
    assert status(values, others, at_most=0.6, in_runs={"at_most": 0.2}) == "confirmed"


# -- what is reported --------------------------------------------------------------------------


def test_a_verdict_carries_estimate_interval_bound_and_runs():
    verdict = check(finding(at_most=13.0), {"baseline": rows(AROUND_TEN)})
    assert (verdict.estimate, verdict.bound, verdict.n) == (10.0, 13.0, 3)
    assert (verdict.low, verdict.high) == pytest.approx((10 - 2.484, 10 + 2.484), abs=0.001)
    told = verdict.as_json("scene")
    assert told["scenario"] == "scene"
    assert told["status"] == "confirmed"


def test_what_has_no_value_is_null_in_json():
    told = check(finding(at_most=13.0), {"baseline": rows([nan, 1.0])}).as_json("scene")
    assert (told["estimate"], told["low"], told["high"]) == (None, None, None)


def test_each_finding_is_checked_by_itself():
    claims = [finding(at_most=13.0), finding(at_least=13.0)]
    found = check_findings(claims, {"baseline": rows(AROUND_TEN)})
    assert [verdict.status for verdict in found] == ["confirmed", "refuted"]


def test_variants_are_needed_once_in_order():
    claims = [
        finding(at_most=1.0, of="b", relative_to="a"),
        finding(at_most=1.0),
        finding(at_most=1.0, of="a"),
    ]
    assert variants_needed(claims) == ["b", "a", "baseline"]
