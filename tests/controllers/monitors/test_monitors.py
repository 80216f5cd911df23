"""What monitors see of a world that changes, when, and what they make of one that does not."""

import numpy as np
import pytest

from simulator.runner import run
from simulator.stats import theory
from tests.kernel.scene import scenario

SERVER = {"kind": "model_server", "model": "old", "workers": 10, "service_time": 0.001}
ROUGHLY = 3.9  # standard errors
KS = {"kind": "ks", "alpha": 1e-6}


def world(*drifts, labels=None, **told):
    return {
        "positives": 0.3,
        "separation": 2.0,
        "features": {
            "amount": {"weight": 0.8},
            "velocity": {"weight": 0.6},
            "color": {"weight": 0},
        },
        "models": {"old": {"trained_at": -1.0}},
        "drifts": list(drifts),
        "labels": labels or {},
    } | told


def sudden(kind, at_s=100.0, **told):
    return {"kind": kind, "when": {"kind": "sudden", "from": at_s}} | told


def watched(behind, duration=200.0, rate=50.0, arrivals="constant", server=None, **monitor):
    """What the monitor of a model server recorded."""
    found = scenario(
        {"scorer": SERVER | (server or {})} | monitor.pop("beside", {}),
        {"kind": arrivals, "rate": rate},
        duration,
        world=behind,
        controllers={"monitor": {"every": 10.0} | monitor},
    )
    finished = run(found)
    measures = finished.component_measures("monitor")
    return measures, [each for each in finished.decisions if each.kind in ("fired", "cleared")]


MOVED = sudden("covariate", feature="color", by=1.0)
TURNED = sudden("concept", towards="velocity", degrees=60.0)
BROKEN = sudden("broken_feature", feature="amount")
MORE = sudden("label", positives=0.5)


def test_a_feature_that_moves_is_seen_at_the_next_look():
    measures, said = watched(world(MOVED), kind="input_drift", detector=KS)
    assert [(each.kind, each.at_s) for each in said] == [("fired", 110.0)]
    assert "color" in said[0].words
    assert measures["detected_after_mean_s"] == pytest.approx(10.0)
    assert measures["unnoticed_s"] == pytest.approx(10.0)
    assert measures["is_firing_mean"] == pytest.approx(90 / 200)
    assert measures["detected"] == measures["fired"] == 1
    assert measures["false_alarms"] == 0


def test_only_features_that_are_watched_are_seen():
    measures, _ = watched(
        world(MOVED), kind="input_drift", features=["amount", "velocity"], detector=KS
    )
    assert measures["fired"] == 0
    assert measures["unnoticed_s"] == pytest.approx(90.0)  # as of the last look


def test_a_feature_that_counts_for_nothing_moves_neither_scores_nor_attributions_nor_errors():
    for kind in ("prediction_drift", "attribution_drift", "performance"):
        detector = KS if kind != "performance" else {"kind": "chi_square", "alpha": 1e-6}
        measures, _ = watched(world(MOVED), kind=kind, detector=detector)
        assert measures["fired"] == 0, kind


def test_a_concept_that_turns_is_seen_by_labels_only_and_only_when_they_come():
    by_labels = {"kind": "performance", "detector": {"kind": "bound", "at_most": 0.25}}
    behind = world(TURNED, labels={"delay": 30.0}, positives=0.5)
    _, said = watched(behind, **by_labels)
    # Labels of after the change come from second 130 on.
    assert [each.at_s for each in said if each.kind == "fired"] == [140.0]


def test_as_long_as_nothing_changes_alarms_are_as_frequent_as_alpha_says():
    measures, _ = watched(
        world(),
        duration=4001.0,
        rate=20.0,
        kind="prediction_drift",
        detector={"kind": "ks", "alpha": 0.05},
        reference={"kind": "training", "rows": 100_000},
    )
    looks = measures["looks"]
    assert looks == 400
    assert measures["alarms"] / looks == pytest.approx(0.05, abs=ROUGHLY * 0.22 / looks**0.5)
    assert measures["false_alarms"] == measures["fired"] > 0
    assert measures["detected"] == measures["unnoticed_s"] == 0


@pytest.mark.parametrize("correction", ["bonferroni", "holm", "benjamini_hochberg"])
def test_many_features_raise_many_false_alarms_unless_that_is_corrected(correction):
    features = {f"f{place}": {} for place in range(20)}
    told = {"kind": "input_drift", "duration": 2000.0, "rate": 10.0}
    told |= {"reference": {"kind": "training", "rows": 50_000}}
    told |= {"detector": {"kind": "ks", "alpha": 0.05}}
    plain, _ = watched(world(features=features), **told)
    corrected, _ = watched(world(features=features), correction=correction, **told)
    looks, expected = plain["looks"], theory.any_alarm(0.05, 20)
    spread = (expected * (1 - expected) / looks) ** 0.5
    assert plain["alarms"] / looks == pytest.approx(expected, abs=ROUGHLY * spread)
    assert corrected["alarms"] / looks <= 0.05 + ROUGHLY * (0.05 * 0.95 / looks) ** 0.5


def test_so_many_features_have_to_have_changed_as_are_asked_for():
    measures, _ = watched(world(MOVED), kind="input_drift", detector=KS, changed=2)
    assert measures["fired"] == 0


def test_a_chart_of_scores_raises_alarms_as_often_as_its_run_length_says():
    # A feature with all the weight moves by one deviation: so does the score.
    drifted = sudden("covariate", at_s=0.0, feature="amount", by=1.0)
    behind = world(drifted, features={"amount": {}}, positives=1e-9)
    duration = 8000.0
    measures, _ = watched(
        behind,
        duration=duration,
        rate=1.0,
        kind="prediction_drift",
        every=1.0,
        least=1,
        detector={"kind": "cusum"},
        reference={"kind": "training", "rows": 1_000_000},
    )
    expected = duration / theory.cusum_run_length(1.0)
    # The standard deviation of a run length is about half its mean.
    assert measures["alarms"] == pytest.approx(expected, abs=ROUGHLY * 0.5 * expected**0.5 + 2)


@pytest.mark.parametrize("kind", ["cusum", "page_hinkley", "adwin"])
def test_late_labels_delay_an_alarm_by_just_so_much(kind):
    detector = {"kind": kind} | ({"subgroup": 25, "side": "above"} if kind == "cusum" else {})
    reported = [
        watched(
            world(TURNED, labels={"delay": delay_s}, positives=0.5),
            duration=400.0,
            kind="performance",
            every=1.0,
            detector=detector,
        )[0]["detected_after_mean_s"]
        for delay_s in (0.0, 60.0, 120.0)
    ]
    assert np.diff(reported) == pytest.approx([60.0, 60.0])
    assert reported[0] < 100


def test_a_broken_feature_shows_as_defaults_in_scores_and_in_attributions():
    measures, said = watched(world(BROKEN), kind="data_quality")
    assert [(each.kind, each.at_s) for each in said] == [("fired", 110.0)]
    assert "amount" in said[0].words
    assert measures["defaults_mean"] == pytest.approx(90 / 200)
    for kind in ("prediction_drift", "attribution_drift"):
        measures, _ = watched(world(BROKEN), kind=kind, detector=KS)
        assert measures["detected_after_mean_s"] == pytest.approx(10.0), kind


def test_a_few_defaults_are_allowed_and_what_is_out_of_range_is_not():
    told = {"kind": "data_quality", "default_ratio": 0.2}
    few = BROKEN | {"ratio": 0.1}
    assert watched(world(few), **told)[0]["fired"] == 0
    far = sudden("covariate", feature="color", by=20.0)
    measures, said = watched(world(far), **told)
    assert "color: out of range" in said[0].words
    assert measures["outside_mean"] == pytest.approx(90 / 200)


def test_more_positives_than_expected_show_in_the_calibration():
    measures, said = watched(world(MORE), kind="calibration", sigmas=5.0)
    assert [each.at_s for each in said] == [110.0]
    assert measures["observed_mean"] > measures["expected_mean"] + 0.03


def test_a_calibrated_model_expects_what_is_observed():
    measures, _ = watched(world(), kind="calibration", duration=1000.0, sigmas=5.0)
    assert measures["expected_mean"] == pytest.approx(measures["observed_mean"], abs=0.01)
    assert measures["fired"] == 0


def test_an_alarm_has_to_last_and_so_has_its_end():
    gone = MOVED | {"when": {"kind": "sudden", "from": 100.0, "until": 150.0}}
    _, said = watched(world(gone), kind="input_drift", detector=KS, **{"for": 20.0, "keep": 20.0})
    assert [(each.kind, each.at_s) for each in said] == [("fired", 130.0), ("cleared", 180.0)]
    short = MOVED | {"when": {"kind": "sudden", "from": 100.0, "until": 120.0}}
    _, said = watched(world(short), kind="input_drift", detector=KS, **{"for": 20.0})
    assert not said


def test_a_first_window_is_compared_with_and_waited_for():
    early = sudden("covariate", at_s=0.0, feature="color", by=1.0)
    told = {"kind": "input_drift", "detector": KS, "from": 40.0}
    measures, _ = watched(world(early), **told)
    assert measures["fired"] == 1
    measures, _ = watched(world(early), **told, reference={"kind": "window", "for": 40.0})
    assert measures["fired"] == 0  # it takes for normal what it met
    assert measures["looks"] == 15


def test_looks_with_too_few_rows_are_put_off():
    measures, _ = watched(world(), rate=1.0, least=25, kind="prediction_drift", detector="ddm")
    assert measures["looks"] == 6  # every 30 s, as 10 s bring ten rows only


def test_explanations_are_calls_of_a_part_of_the_answers():
    explainer = {"kind": "server", "workers": 1, "service_time": 0.05}
    told = {"kind": "attribution_drift", "detector": KS, "ratio": 0.1, "explainer": "explainer"}
    measures, said = watched(world(BROKEN), **told, beside={"explainer": explainer})
    assert measures["explained"] == pytest.approx(0.1 * 50 * 180, rel=0.1)
    assert measures["explanation_mean_s"] == pytest.approx(0.05, rel=0.05)
    assert said[0].at_s in (120.0, 130.0)  # explained in the interval after, looked at by its end


def test_an_explainer_that_is_overloaded_explains_less():
    explainer = {"kind": "server", "workers": 1, "service_time": 0.1, "queue_limit": 5}
    told = {"kind": "attribution_drift", "detector": KS, "explainer": "explainer"}
    measures, _ = watched(world(), **told, beside={"explainer": explainer})
    assert measures["explained"] == pytest.approx(10 * 190, rel=0.05)
    assert measures["unexplained"] == pytest.approx((50 - 10) * 180, rel=0.1)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"detector": "cusum", "window": 60.0}, "takes each number once, so that it has no window"),
        ({"detector": "psi", "correction": "holm"}, "needs a detector with an alpha: psi has none"),
        (
            {"detector": "ks", "reference": {"kind": "window", "for": 60.0}},
            r"from \(0 s\) must not be before the reference ends \(60 s\)",
        ),
        ({"detector": "ks", "model": "odl"}, "no model 'odl'; known: old"),
        ({"detector": "ks", "features": ["amuont"]}, "unknown feature 'amuont'"),
    ],
)
def test_what_cannot_be_watched_is_refused(told, message):
    with pytest.raises((ValueError, AssertionError), match=message):
        watched(world(), kind="input_drift", **told)


def test_without_a_world_there_is_nothing_to_watch():
    with pytest.raises((ValueError, AssertionError), match="the file has no world"):
        scenario(
            {"api": {"kind": "server", "service_time": 0.1}},
            controllers={"monitor": {"kind": "data_quality", "every": 10.0}},
        )


def test_training_data_tell_nothing_of_dollars():
    with pytest.raises(ValueError, match="training data tell nothing of usd"):
        watched(world(), kind="performance", of="usd", detector="shewhart")
