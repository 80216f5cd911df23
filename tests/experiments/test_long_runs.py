"""Ten million requests in bounded memory, and as right as theory."""

import json
import subprocess
import sys
from math import log

import pytest

PROGRAM = """
import json, resource, sys
from simulator.experiments.rows import row_of
from simulator.runner import run
from tests.kernel.scene import scenario

duration_s, cap = float(sys.argv[1]), int(sys.argv[2])
api = {"kind": "server", "service_time": {"kind": "exponential", "mean": 0.008}}
arrivals = {"kind": "poisson", "rate": 100.0}
found = scenario({"api": api}, arrivals, duration_s, run={"warmup": 100.0})
row = row_of(run(found, cap=cap), with_curves=True)
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"megabytes": kilobytes / 1024, "verdict": row.verdict, **row.measures}))
"""

MEAN_S = 1 / (125 - 100)  # of a single queue at 0.8: the latency is exponential
P99_S = MEAN_S * log(100)
WAIT_P99_S = MEAN_S * log(0.8 * 100)


def long_run(requests, cap):
    """What a process of its own says of a single queue at 80 % of its capacity."""
    command = [sys.executable, "-c", PROGRAM, str(requests / 100), str(cap)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.mark.slow
@pytest.mark.validation
def test_ten_million_requests_take_less_than_500_megabytes_and_agree_with_theory():
    found = long_run(10_000_000, 5_000_000)
    assert found["arrived"] > 9_900_000
    assert found["megabytes"] < 500
    assert found["verdict"] == "stable"
    # standard errors at this length: about 0.2 % of the mean and 0.4 % of the percentiles
    assert found["latency_mean_s"] == pytest.approx(MEAN_S, rel=0.01)
    assert found["latency_p99_s"] == pytest.approx(P99_S, rel=0.02)
    assert found["api.wait_p99_s"] == pytest.approx(WAIT_P99_S, rel=0.02)


def test_memory_does_not_grow_with_the_length_beyond_the_cap():
    short, long = (long_run(requests, 20_000) for requests in (100_000, 400_000))
    assert long["arrived"] > 3.8 * short["arrived"]
    assert long["megabytes"] < short["megabytes"] + 5
