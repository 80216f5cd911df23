"""Error budgets and alerts on burn rates, through scenario files with evenly spread errors.

Calls come like a metronome, and exactly one of so many is bad, so that nothing is left to chance
but the grain of calls and looks.
"""

import math

import pytest

from simulator.runner import run
from simulator.stats import theory
from tests.validation.harness import scenario

KEYS = {
    **{
        f"s01-budget-{place}": {
            *("budget_minutes", "per_year_hours_365d", "bad_requests_allowed_per_million")
        }
        for place in range(3)
    },
    "s02-burn-rate": {"rows", "published"},
    "s03-multiwindow": {
        *("fires_at_s", "resolves_after_outage_end_s"),
        *("long_window_cond_at_s", "short_window_cond_at_s"),
    },
    "s04-apdex": {"apdex", "exp_apdex"},
}

HOUR_S = 3600.0

FILE = """
system:
  entry: api
  components:
    api: {{kind: server, workers: unlimited, service_time: 1us}}
workload:
  arrivals: {{kind: constant, rate: {rate}}}
faults: {faults}
controllers:
  objective: {{kind: slo, of: api, objective: {objective}, period: 30d, interval: {interval}s}}
  alert: {{kind: burn_rate_alert, slo: objective, windows: {windows}}}
"""


def errors(rate, ratio, from_s, until_s):
    """Strikes that make one call of ``1 / ratio`` fail, each as long as one call takes to come."""
    if ratio == 1:
        each = [(from_s, until_s - from_s)]
    else:
        gap_s = 1 / (rate * ratio)
        count = math.ceil((until_s - from_s) / gap_s)
        each = [(from_s + (place + 0.5) * gap_s, 0.999 / rate) for place in range(count)]
    strikes = [
        f"{{kind: error_burst, of: api, ratio: 1, from: {start:.9g}s, for: {lasts:.9g}s}}"
        for start, lasts in each
    ]
    return f"[{', '.join(strikes)}]"


def alerted(rate, objective, windows, ratio, outage_s, before_s, after_s, interval_s):
    """A run that is well, then bad, then well again; when bad began, and the alert's decisions."""
    faults = errors(rate, ratio, before_s, before_s + outage_s)
    shown = [
        f"{{burn_rate: {burn}, long: {long_s}s{f', short: {short_s}s' if short_s else ''}}}"
        for burn, long_s, short_s in windows
    ]
    told = {"rate": rate, "faults": faults, "objective": objective, "interval": interval_s}
    text = FILE.format(**told, windows=f"[{', '.join(shown)}]")
    return run(scenario(text, before_s + outage_s + after_s))


def instants(finished, kind):
    return [each.at_s for each in finished.decisions if each.kind == kind]


CASES = [  # rate of calls, which makes the grain small, then as published
    *[(10.0, 14.4, 1, 1.0), (4.0, 6, 6, 1.0), (0.5, 1, 72, 1.0), (10.0, 36, 1, 1.0)],
    *[(6.25, 14.4, 1, 0.0144), (1.0, 14.4, 1, 0.05), (1.0, 6, 6, 0.01), (0.5, 1, 72, 0.002)],
]


@pytest.mark.validation
@pytest.mark.parametrize("place", range(len(CASES)))
def test_an_alert_detects_resets_and_costs_budget_as_published(place, published):
    row = published("s02-burn-rate")
    told, expected = row["parameters"], row["expected"]["rows"][place]
    rate, burn, window_h, ratio = CASES[place]
    assert [burn, window_h, ratio] == told["cases"][place]
    window_s, tolerance = window_h * HOUR_S, row["tolerance"]["rel"]
    detects_s = theory.burn_detection_time(told["slo"], burn, window_s, ratio)
    lasts_s = 1.05 * detects_s if detects_s < math.inf else window_s
    finished = alerted(
        rate=rate,
        objective=told["slo"],
        windows=[(burn, window_s, None)],
        ratio=ratio,
        outage_s=lasts_s,
        before_s=window_s,
        after_s=window_s if detects_s < math.inf else 1.0,
        interval_s=min(lasts_s / 100, 60.0),
    )
    fired_s, cleared_s = instants(finished, "fired"), instants(finished, "cleared")
    if expected["detection_hours"] is None:
        assert fired_s == []
        return
    found_h = (fired_s[0] - window_s) / HOUR_S
    assert found_h == pytest.approx(expected["detection_hours"], rel=tolerance)
    reset_h = (cleared_s[0] - window_s - lasts_s) / HOUR_S
    assert reset_h == pytest.approx(expected["reset_hours_long_window"], rel=tolerance)
    spent = finished.component_measures("alert")["spent_when_fired_mean"]
    assert spent == pytest.approx(expected["budget_consumed_at_fire"], rel=tolerance)
    assert len(fired_s) == len(cleared_s) == 1


@pytest.mark.validation
@pytest.mark.parametrize("place", range(3))
def test_a_short_window_resets_what_a_long_one_detects(place, published):
    row = published("s03-multiwindow")
    told, expected = row["parameters"], row["expected"]
    outage_s, before_s = 60 * told["outage_min"][place], HOUR_S
    finished = alerted(
        rate=20.0,
        objective=told["slo"],
        windows=[(told["burn"], told["long_h"] * HOUR_S, 60 * told["short_min"])],
        ratio=1.0,
        outage_s=outage_s,
        before_s=before_s,
        after_s=600.0,
        interval_s=0.5,
    )
    grain_s = row["tolerance"]["abs"] + 0.5
    fired_s, cleared_s = instants(finished, "fired"), instants(finished, "cleared")
    if expected["fires_at_s"][place] is None:
        assert fired_s == []
        return
    assert fired_s[0] - before_s == pytest.approx(expected["fires_at_s"][place], abs=grain_s)
    resolves_s = cleared_s[0] - before_s - outage_s
    published_s = expected["resolves_after_outage_end_s"][place]
    assert resolves_s == pytest.approx(published_s, abs=grain_s)


@pytest.mark.validation
@pytest.mark.parametrize("place", range(3))
def test_an_outage_of_a_tenth_of_the_budget_spends_a_tenth_of_it(place, published):
    row = published(f"s01-budget-{place}")
    objective, minutes = row["parameters"]["slo"], row["expected"]["budget_minutes"]
    outage_s = 60 * minutes / 10
    finished = alerted(
        rate=100 / outage_s,
        objective=objective,
        windows=[(1.0, 60.0, None)],
        ratio=1.0,
        outage_s=outage_s,
        before_s=outage_s / 2,
        after_s=outage_s / 2,
        interval_s=outage_s / 50,
    )
    measures = finished.component_measures("objective")
    assert measures["budget_spent_max"] == pytest.approx(0.1, rel=0.01)  # a tenth of the minutes


@pytest.mark.validation
def test_apdex_of_a_run_is_that_of_its_latencies(published):
    """Exponential latencies of the published mean, many calls at once."""
    row = published("s04-apdex")
    told = row["parameters"]
    text = f"""
        system:
          entry: api
          components:
            api:
              kind: server
              workers: unlimited
              service_time: {{kind: exponential, mean: {told["exp_mean"]}s}}
        workload: {{arrivals: {{kind: poisson, rate: 100/s}}}}
        controllers: {{objective: {{kind: slo, of: api, apdex_target: {told["T"]}s}}}}
        """
    found = [
        run(scenario(text, 100.0), each).component_measures("objective")["apdex"]
        for each in range(8)
    ]
    a_target, all_of_it = (math.exp(-of * told["T"] / told["exp_mean"]) for of in (1, 4))
    second = (1 - a_target) + (a_target - all_of_it) / 4  # of 1, a half and nothing
    expected = row["expected"]["exp_apdex"]
    error = math.sqrt((second - expected**2) / (8 * 100 * 100))
    assert sum(found) / 8 == pytest.approx(expected, abs=3.9 * error)
