"""Rows about workers who get in one another's way, as barriers make it happen on every round.

Each round all N workers first do what each can do by itself, then what is for one at a time, and in
the end every worker tells every other one what it has done, one message at a time. A round thus
takes as long as the law says to the last digit, and nothing is left to chance.
"""

from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"n02-usl"}

ALONE, CONTENTION, COHERENCY = 1000.0, 0.05, 0.001
ROUNDS = 3


def case(workers, coherency, key, measure, expected, quick=True):
    pairs = workers * (workers - 1) if coherency else 0
    steps = ["own", "shared", *(["agree"] if pairs else [])]
    agree = f"agree: {{kind: parallel, calls: bus, times: {pairs}}}" if pairs else ""
    own_s, shared_s, message_s = (
        part / ALONE for part in (1 - CONTENTION, CONTENTION, coherency or COHERENCY)
    )
    per_s = theory.usl_throughput(workers, ALONE, CONTENTION, coherency) / workers
    return Case(
        row="n02-usl",
        name=f"{workers} workers" + ("" if coherency else ", nothing to agree on"),
        sections=f"""
            system:
              entry: round
              components:
                round: {{kind: sequence, steps: [{", ".join(steps)}]}}
                own: {{kind: parallel, calls: worker, times: {workers}}}
                worker: {{kind: server, workers: {workers}, service_time: {own_s!r}s}}
                shared: {{kind: parallel, calls: lock, times: {workers}}}
                lock: {{kind: server, service_time: {shared_s!r}s}}
                bus: {{kind: server, service_time: {message_s!r}s}}
                {agree}
            workload:
              arrivals: {{kind: closed_loop, users: 1, think_time: 0s}}
            """,
        per_s=per_s,
        measure=lambda run: {key: measure(workers / run.request_measures()["latency_mean_s"])},
        expected={key: expected},
        quick=ROUNDS + 1 if quick else None,
        full=ROUNDS + 1,
        width=1e-6,
        fixed=True,
        exact=True,
        warmup=0.0,
    )


CASES = [
    *(
        case(
            workers,
            COHERENCY,
            f"X.{workers}",
            lambda per_s: per_s,
            theory.usl_throughput(workers, ALONE, CONTENTION, COHERENCY),
            quick=workers <= 32,
        )
        for workers in (1, 2, 4, 8, 16, 32, 64)
    ),
    case(
        16,
        0.0,
        "amdahl_speedup_16",
        lambda per_s: per_s / ALONE,
        theory.usl_throughput(16, 1.0, CONTENTION),
    ),
]
