"""The row about early refresh by chance (XFetch) of one hot key."""

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"c05-xfetch"}

LOAD_S = 0.1


def sections(rate, ttl_s, refresh=""):
    """One key; the request that starts a load waits for it, and so shows in the log."""
    return f"""
        system:
          entry: cache
          components:
            cache: {{kind: cache, origin: origin, ttl: {ttl_s}s{refresh}}}
            origin: {{kind: server, workers: 10000, service_time: {LOAD_S}s}}
        workload:
          arrivals: {{kind: poisson, rate: {rate}/s}}
          keys: {{kind: uniform, count: 1}}
        """


def xfetch(beta):
    return f", early_refresh: {{kind: xfetch, beta: {beta}, waits: true}}"


class Refreshes:
    """The refreshes of a run: a load, and those begun while it is under way.

    Every load restarts the time to live. The first refresh of a run, which follows nothing, is
    left out.
    """

    def __init__(self, run, ttl_s):
        rows = run.requests
        loads = np.flatnonzero((rows.latency_s != 0) & np.isfinite(rows.latency_s))
        begun_s = rows.arrived_s[loads]
        is_first = np.diff(begun_s, prepend=-np.inf) > ttl_s / 2
        firsts = np.flatnonzero(is_first)
        lasts = np.append(firsts[1:] - 1, len(loads) - 1)
        expires_s = begun_s[lasts[:-1]] + LOAD_S + ttl_s
        self.ahead_s = np.maximum(0.0, expires_s - begun_s[firsts[1:]])
        self.extra_loads = (lasts - firsts)[1:-1]  # the last one may not be over


def measure(ttl_s, keys):
    def read(run):
        refreshes = Refreshes(run, ttl_s)
        found = {
            "mean_early_gap_before_expiry": refreshes.ahead_s.mean(),
            "mean_extra_loads_per_refresh": refreshes.extra_loads.mean(),
            "extra_loads_without_xfetch": refreshes.extra_loads.mean(),
            "part that reaches expiry": (refreshes.ahead_s == 0).mean(),
        }
        return {key: found[key] for key in keys}

    return read


HOT = (100.0, LOAD_S, 1.0)
EXPECTED = {
    "mean_early_gap_before_expiry": theory.xfetch_mean_gap(*HOT),
    "mean_extra_loads_per_refresh": theory.xfetch_extra_loads(*HOT),
}

# The shorter time to live is five times what a load is ahead on average, and chances fall
# exponentially: nothing depends on it.
AHEAD = [
    Case(
        row="c05-xfetch",
        name=f"one key that lives {ttl_s:g} s",
        sections=sections(100, ttl_s, xfetch(beta=1)),
        per_s=100.0,
        measure=measure(ttl_s, EXPECTED),
        expected=EXPECTED,
        quick=quick,
        full=full,
        width=0.03,
    )
    for ttl_s, quick, full in ((10.0, None, 2_000_000), (1.5, 65_000, None))
]

WITHOUT = Case(
    row="c05-xfetch",
    name="one key without early refresh",
    sections=sections(100, 10.0),
    per_s=100.0,
    measure=measure(10.0, ["extra_loads_without_xfetch"]),
    expected={
        "extra_loads_without_xfetch": theory.stampede_loads_per_expiry(100.0, LOAD_S) - 1,
    },
    quick=40_000,
    full=150_000,
    width=0.03,
)

# Not numbers of the row: a key for which the first load is often too late.
COOL = (20.0, LOAD_S, 0.5)

LATE = Case(
    row="c05-xfetch",
    name="a key that is not so hot",
    sections=sections(20, 2.0, xfetch(beta=0.5)),
    per_s=20.0,
    measure=measure(2.0, ["part that reaches expiry"]),
    expected={"part that reaches expiry": theory.xfetch_expiry_probability(*COOL)},
    quick=24_000,
    full=80_000,
    width=0.03,
)

CASES = [*AHEAD, WITHOUT, LATE]
