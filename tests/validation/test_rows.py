"""Published and theoretical results, reproduced through scenario files.

The rows themselves are in the modules of ``PARTS``: for each system the scenario, what is read off
a run, and the closed form that it must agree with. Here it is seen that closed forms and published
numbers are the same, that simulations agree with them, and that no published number is forgotten.
"""

import pytest

from tests.validation import (
    arrivals,
    balancing,
    caches,
    calls,
    clients,
    disciplines,
    eviction,
    handshakes,
    hedging,
    herds,
    losses,
    naming,
    noise,
    queues,
    redelivery,
    redundancy,
    refreshing,
    retries,
    rollouts,
    scaling,
    sharding,
    sharing,
    variability,
    workers,
)
from tests.validation import test_backoff_contention as contention
from tests.validation import test_batch_means as batch_means
from tests.validation import test_burn_rates as burn_rates
from tests.validation import test_common_random_numbers as common_random_numbers
from tests.validation import test_coordinated_omission as coordinated_omission
from tests.validation import test_hashing as hashing
from tests.validation import test_operational_laws as exact_laws
from tests.validation import test_overload as overload
from tests.validation import test_statistical_laws as statistical_laws
from tests.validation import test_turns as turns

PARTS = (
    *(arrivals, queues, losses, sharing, balancing, caches, calls, eviction, refreshing),
    *(clients, variability, noise, sharding, herds, naming, handshakes, redundancy),
    *(disciplines, workers, retries, redelivery, scaling),
    *(rollouts, hedging),
)
CASES = [case for part in PARTS for case in part.CASES]
ROWS = sorted(set().union(*(part.ROWS for part in PARTS)))

ELSEWHERE = {
    common_random_numbers.ROW: common_random_numbers.KEYS,
    statistical_laws.ROW: exact_laws.KEYS | statistical_laws.KEYS,
    batch_means.ROW: batch_means.KEYS,
    contention.ROW: contention.KEYS,
    **overload.KEYS,
    coordinated_omission.ROW: coordinated_omission.KEYS,
    hashing.ROW: hashing.KEYS,
    turns.ROW: turns.KEYS,
    **burn_rates.KEYS,
    # Statistics and closed forms, which need no run: see tests/stats.
    "q02-mm1-asymvar": {"n_for_1pct_95CI_halfwidth"},
    "c01-small-cache": {"LRU_Che"},
    "c02-che": {"T_C_requests"},
    "d02-mttdl": {"approx"},
    "n02-usl": {"N_peak", "X_peak", "amdahl_limit_X"},
    "q32-halfin-whitt": {"alpha_limit", "c", "beta_effective"},
    "o01-mser5": {
        "truncate_batches",
        "truncate_observations",
        "mser_statistic",
        "truncated_mean",
        "raw_mean",
    },
    "o04-percentile-ci": {"lower_rank", "upper_rank", "true", "relative_halfwidth_approx"},
    "s05-histogram-quantile": {"A", "B", "C"},
    # Vectors of pure policies: see tests/policies.
    "a01-hpa-replicas": {"replicas", "utilization", "extra_replicas"},
    "a02-hpa-policies": {"replicas"},
    "a03-hpa-stabilise": {"replicas"},
    "a04-rolling-fenceposts": {"surge_unavailable"},
    "h04-envoy-priority": {"percent_load"},
    "r01-token-bucket": {"A", "B", "long_run"},
    "r02-gcra": {"result"},
    "r03-sliding-window": {"estimate", "allowed_next"},
    "r04-fixed-window-burst": {
        "fixed_window_allowed",
        "sliding_log_allowed",
        "sliding_counter_allowed_second_burst",
        "token_bucket_burst100_rate100per60_allowed",
    },
    "r07-grpc-throttle": {
        "result",
        "retries_blocked_after_failures",
        "steady_failure_fraction_at_which_tokens_fall",
    },
    "r08-retry-budget": {"retries"},
    "r10-backoff-means": {
        *("expo", "equal_mean", "full_mean", "decorr_mean_no_cap"),
        *("expo_total", "equal_total", "full_total"),
    },
    "r13-codel": {"first_drop", "drop_times_ms_from_first"},
    "r11-breaker-consec": {"states", "counts_after_5F"},
    "r11-breaker-ratio": {"states", "fourth_concurrent"},
    "r12-breaker-r4j": {"A_states", "A_failure_rate", "B_states", "B_slow_rate", "C"},
    "r14-limits": {"A", "B", "C", "D", "AIMD"},
    "t04-hedge": {"hedge_delay"},
    "r17-phi": {"phi_published_akka", "phi_logistic", "phi_exact_normal", "stats_example"},
    "s06-ddsketch": {"gamma", "index", "representative", "guarantee"},
}

# Published numbers that are not reproduced: row, key, reason.
EXCUSED = {
    ("t05-tied", "jsq2_note"): "a remark; what it is about is the row q25-jsq2",
    ("q25-jsq2", "truncation_mass"): "an error of the published computation, not of a system",
    ("q25-jsq2-o2", "truncation_mass"): "an error of the published computation, not of a system",
    ("s08-closed-vs-open", "open_W_at_99pct"): (
        "takes 1.5 thousand million requests to know within the row's 2 %, so slowly does a queue "
        "at 99 % forget; the same system is simulated at 90 %"
    ),
    ("q26-supermarket", "lam=0.95.d=1"): (
        "one choice is M/M/1, which at this load forgets its beginning after so many service times "
        "that 500 replicas would take more than ten million requests a replication"
    ),
    **{
        ("q26-supermarket", f"lam=0.99.d={of}"): (
            "the same closed form, at a load where it takes a thousand replicas and five million "
            "requests a replication until nothing is left of the beginning"
        )
        for of in (1, 2, 3, 5)
    },
    ("q26-supermarket", "finite_N.N=100 lam=.99 d=2 (sim +-.09)"): (
        "a hundred replicas at this load forget their beginning in as many million requests"
    ),
    ("c04-stampede", "loads_if_load_time_exponential_mean_L"): (
        "holds if only the first load sent may fill the entry; here whichever is back first does, "
        "which of many exponential ones is soon: `loads until the first is back` instead"
    ),
    ("c02-che", "hit_item100"): (
        "one request in 1,100 asks for it, so that the band would take 250 million requests; "
        "`hits of keys 51 to 200` instead"
    ),
    ("c05-xfetch", "p_reaches_expiry"): (
        "one refresh in 22,000, so that the band would take 370 million refreshes; `part that "
        "reaches expiry` of a key that is not so hot instead, of which the same formula holds"
    ),
    ("q17-burke", "interdeparture_lag1_corr"): (
        "zero, of which no error can be a small part; see tests/validation/test_departures.py"
    ),
}

RELATIVE = (  # what a row calls its relative limit
    "max_rel_halfwidth",
    "rel",
    "rel_high",
    "rel_exact",
    "rel_approx",
)

WIDTHS = [
    pytest.param(case, full, id=f"{case}-{'full' if full else 'quick'}", marks=marks)
    for case in CASES
    for full, marks in ((False, ()), (True, pytest.mark.slow))
    if (case.full if full else case.quick) is not None
]


@pytest.mark.validation
@pytest.mark.parametrize(("case", "full"), WIDTHS)
def test_simulation_agrees_with_theory(case, full, note):
    found = case.estimates(full)
    for each in found:
        note(each, full)
    missed = [str(each) for each in found if not each.agrees]
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_theory_agrees_with_the_published_row(case, published):
    row = published(case.row)
    numbers = flat(row["expected"])
    known = {key: each for key, each in case.expected.items() if plain(key) in numbers}
    assert known == pytest.approx({key: numbers[plain(key)] for key in known}, rel=1e-6)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case_is_as_strict_as_its_row(case, published):
    tolerance = published(case.row)["tolerance"]
    own = (case.width, None) if case.band is None else (None, case.band)
    relative = [tolerance[key] for key in RELATIVE if key in tolerance] or [None]
    assert own in [(each, tolerance.get("abs")) for each in relative]


@pytest.mark.parametrize("row", [*ROWS, *ELSEWHERE])
def test_every_published_number_is_reproduced_or_excused(row, published, record_property):
    reproduced = {plain(key) for case in CASES if case.row == row for key in case.expected}
    reproduced |= ELSEWHERE.get(row, set())
    excused = {key: reason for (of, key), reason in EXCUSED.items() if of == row}
    for key, reason in excused.items():
        record_property("excused", (row, key, reason))
    assert not reproduced & excused.keys()
    known = flat(published(row)["expected"], whole=reproduced | excused.keys())
    missing = {key for key in known if key not in reproduced and plain(key) not in reproduced}
    assert missing == excused.keys()


def test_every_row_has_a_case():
    assert {case.row for case in CASES} == set(ROWS)


def flat(numbers, whole=()):
    """The numbers of a row by their keys, ``key.part`` for the parts of a list or a mapping.

    Args:
        numbers: by their keys.
        whole: keys that are not taken apart.
    """
    found = {}
    for key, value in numbers.items():
        parts = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(parts, dict) and key not in whole:
            found |= {f"{key}.{part}": number for part, number in parts.items()}
        else:
            found[key] = value
    return found


def plain(key):
    """A key without its remark in brackets."""
    return key.partition(" (")[0]
