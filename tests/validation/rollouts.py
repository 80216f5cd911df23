"""Rows about replicas that are replaced while they work; nothing in them is left to chance."""

from math import ceil, floor

from simulator.results import Run
from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"a05-rolling-update"}

REPLICAS, PART, START_S = 10, 0.25, 30.0
SURGE, UNAVAILABLE = ceil(PART * REPLICAS), floor(PART * REPLICAS)
UPDATE_S = theory.rolling_update_time(REPLICAS, SURGE, UNAVAILABLE, START_S)

PER_S = 1.0  # requests are beside the point

UPDATED = f"""
    system:
      entry: balancer
      components:
        balancer: {{kind: load_balancer, pool: api}}
        api: {{kind: server, replicas: {REPLICAS}, service_time: 1ms}}
    workload:
      arrivals: {{kind: constant, rate: {PER_S}/s}}
    controllers:
      rollout:
        kind: rolling_update
        of: api
        at: 60s
        start_time: {START_S}s
        max_surge: {PART:.0%}
        max_unavailable: {PART:.0%}
        grace: 0s
    """


def measure(run: Run) -> dict[str, float]:
    found = run.component_measures("rollout")
    update_s = found["updating_mean"] * (run.duration_s - run.warmup_s)
    return {
        "surge": found["existing_max"] - REPLICAS,
        "unavailable": found["missing_max"],
        "duration_s": update_s,
        "min_available": REPLICAS - found["missing_max"],
        "max_total": found["existing_max"],
        "waves": update_s / START_S,
    }


CASES = [
    Case(
        row="a05-rolling-update",
        name="a quarter more and a quarter fewer",
        sections=UPDATED,
        per_s=PER_S,
        measure=measure,
        expected={
            "surge": SURGE,
            "unavailable": UNAVAILABLE,
            "duration_s": UPDATE_S,
            "min_available": REPLICAS - UNAVAILABLE,
            "max_total": REPLICAS + SURGE,
            "waves": UPDATE_S / START_S,
        },
        quick=300,
        full=300,
        band=1e-6,
        fixed=True,
        exact=True,
    )
]
