"""Rows about replicas of which some are enough, read off the strikes of random breakdowns."""

from collections.abc import Iterator

from simulator.results import Run
from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"d01-availability", "d02-mttdl"}

MTBF_S, MTTR_S, REPLICAS, NEEDED = 100.0, 5.0, 3, 2
MONTH_MIN = 30 * 24 * 60
PER_S = 0.01  # a request now and then; what is up is seen all the time


def replicas(crews: str) -> str:
    return f"""
        system:
          entry: balancer
          components:
            balancer: {{kind: load_balancer, pool: node}}
            node: {{kind: server, replicas: {REPLICAS}, service_time: 10ms}}
        workload:
          arrivals: {{kind: poisson, rate: {PER_S}/s}}
        faults:
          - {{kind: breakdowns, of: node, mtbf: {MTBF_S}s, mttr: {MTTR_S}s{crews}}}
        """


def downs(run: Run) -> Iterator[tuple[float, float, int]]:
    """From when to when how many replicas were down."""
    steps = [(each.start_s, 1) for each in run.strikes] + [(each.end_s, -1) for each in run.strikes]
    since_s, down = 0.0, 0
    for at_s, step in sorted(steps):
        yield since_s, at_s, down
        since_s, down = at_s, down + step
    yield since_s, run.duration_s, down


def up_ratio(run: Run, needed: int) -> float:
    """Part of the time after the warm-up in which so many replicas were up."""
    up_s = sum(
        max(0.0, until_s - max(from_s, run.warmup_s))
        for from_s, until_s, down in downs(run)
        if REPLICAS - down >= needed
    )
    return up_s / (run.duration_s - run.warmup_s)


def time_to_failure(run: Run, least_down: int) -> float:
    """Mean time from when all are up again after so many were down until so many are down again.

    What has no memory is at that instant as it was in the beginning.
    """
    found, began_s = [], None
    for from_s, _, down in downs(run):
        if down == 0 and began_s is None:
            began_s = from_s
        elif down >= least_down and began_s is not None:
            found.append(from_s - began_s)
            began_s = None
    return sum(found) / len(found)


def apart(run: Run) -> dict[str, float]:
    quorum = up_ratio(run, NEEDED)
    return {
        "node": run.component_measures("node")["up_mean"] / REPLICAS,
        "series_n": up_ratio(run, REPLICAS),
        "parallel_n": up_ratio(run, 1),
        "k_of_n_indep_repair": quorum,
        "mttf_system_indep_repair": time_to_failure(run, REPLICAS - NEEDED + 1),
        "downtime_min_per_30d_k_of_n": (1 - quorum) * MONTH_MIN,
    }


def one_crew(run: Run) -> dict[str, float]:
    quorum = up_ratio(run, NEEDED)
    return {
        "k_of_n_single_crew": quorum,
        "downtime_min_per_30d_single_crew": (1 - quorum) * MONTH_MIN,
    }


def known(needed: int, crews: int | None = None) -> float:
    return theory.k_of_n_availability(MTBF_S, MTTR_S, REPLICAS, needed, crews)


FAILURES = 3 / (MTBF_S + MTTR_S)  # a second, of all replicas together, about


def system(name, crews, measure, expected, quick, full):
    """The system; lengths in failures."""
    return Case(
        row="d01-availability",
        name=name,
        sections=replicas(crews),
        per_s=FAILURES,
        measure=measure,
        expected=expected,
        quick=quick,
        full=full,
    )


LOSES_PER_S, REBUILT_PER_S = 0.01, 0.5  # of one disk of a mirrored pair

PAIR = Case(
    row="d02-mttdl",
    name="a mirrored pair",
    sections=f"""
        system:
          entry: volume
          components:
            volume: {{kind: load_balancer, pool: disk}}
            disk: {{kind: server, replicas: 2, service_time: 10ms}}
        workload:
          arrivals: {{kind: poisson, rate: {PER_S / 10}/s}}
        faults:
          - kind: breakdowns
            of: disk
            mtbf: {1 / LOSES_PER_S}s
            mttr: {1 / REBUILT_PER_S}s
            crews: 1
        """,
    per_s=1 / theory.mean_time_to_data_loss(LOSES_PER_S, REBUILT_PER_S),  # in losses
    measure=lambda run: {"MTTDL": time_to_failure(run, 2)},
    expected={"MTTDL": theory.mean_time_to_data_loss(LOSES_PER_S, REBUILT_PER_S)},
    quick=420,
    full=1100,
    width=0.03,
    warmup=0.0,
)

CASES = [
    PAIR,
    system(
        "three replicas, each repaired at once",
        "",
        apart,
        {
            "node": theory.availability(MTBF_S, MTTR_S),
            "series_n": known(REPLICAS),
            "parallel_n": known(1),
            "k_of_n_indep_repair": known(NEEDED),
            "mttf_system_indep_repair": theory.k_of_n_mean_time_to_failure(
                MTBF_S, MTTR_S, REPLICAS, NEEDED
            ),
            "downtime_min_per_30d_k_of_n": (1 - known(NEEDED)) * MONTH_MIN,
        },
        quick=10_000,
        full=90_000,
    ),
    system(
        "three replicas and one crew",
        ", crews: 1",
        one_crew,
        {
            "k_of_n_single_crew": known(NEEDED, crews=1),
            "downtime_min_per_30d_single_crew": (1 - known(NEEDED, crews=1)) * MONTH_MIN,
        },
        quick=10_000,
        full=90_000,
    ),
]
