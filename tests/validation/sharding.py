"""Rows about keys that are spread over shards by a hash."""

import numpy as np

from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"h02-balls-bins"}

KEYS, SHARDS = 100, 10


def hottest(run):
    """Of each hundred requests in a row, how many the shard got that got most.

    A hash sends a new key to any shard alike, which is what a random choice does.
    """
    counts = []
    for shard in range(1, SHARDS + 1):
        number = np.rint(run.components[f"in{shard}"].samples["came_s"] * KEYS).astype(int) - 1
        counts.append(np.bincount(number // KEYS, minlength=len(run.requests) // KEYS + 1))
    whole = len(run.requests) // KEYS
    fullest = np.max(counts, axis=0)[:whole].mean()
    return {"mean_max": fullest, "max_over_mean": fullest / (KEYS / SHARDS)}


METERS = "\n".join(
    f"            in{i}: {{kind: meter, next: 'shard[{i}]'}}" for i in range(1, SHARDS + 1)
).strip()
MEAN = theory.hottest_shard_mean(KEYS, SHARDS)

HOTTEST = Case(
    row="h02-balls-bins",
    name="100 keys on 10 shards",
    sections=f"""
        system:
          entry: hash
          components:
            hash:
              kind: load_balancer
              pool: [{", ".join(f"in{i}" for i in range(1, SHARDS + 1))}]
              policy: random
            {METERS}
            shard: {{kind: server, replicas: {SHARDS}, service_time: 1ms}}
        workload:
          arrivals: {{kind: constant, rate: {KEYS}/s}}
        """,
    per_s=KEYS,
    measure=hottest,
    expected={"mean_max": MEAN, "max_over_mean": MEAN / (KEYS / SHARDS)},
    quick=4_000,
    full=100_000,
    width=0.01,
)

CASES = [HOTTEST]
