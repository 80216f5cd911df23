"""The same scenario and seed give the same run: in any process, with any seed of hashing."""

import hashlib
import os
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from simulator.experiments.execution import execute
from simulator.experiments.rows import Task
from simulator.runner import run
from tests.kernel.scene import digest, scenario
from tests.laws.samples import EXPONENTIAL, WORKLOAD

ROOT = Path(__file__).parents[2]


def busy():
    """A system in which nearly everything draws random numbers and goes wrong."""
    return scenario(
        {
            "client": {
                "kind": "client",
                "next": "balancer",
                "timeout": 0.08,
                "retries": 2,
                "backoff": {"kind": "exponential", "base": 0.01, "jitter": 0.5},
            },
            "balancer": {"kind": "load_balancer", "pool": "api", "policy": "fewest_of_sample"},
            "api": {"kind": "server", "replicas": 3, "service_time": EXPONENTIAL, "next": "cache"},
            "cache": {"kind": "cache", "ttl": 0.5, "origin": "db", "coalesces": True},
            "db": {"kind": "database", "connections": 2, "read_time": EXPONENTIAL},
        },
        {"kind": "poisson", "rate": 60.0},
        20.0,
        faults=[
            {"kind": "error_burst", "of": "api", "from": 2.0, "for": 3.0, "ratio": 0.5},
            {"kind": "crash", "of": "api[2]", "from": 8.0, "for": 1.0},
        ],
        **WORKLOAD,
    )


def digest_of_row(row):
    """Identity of a row but for how long it took."""
    content = repr((row.measures, row.windows, row.classes, row.samples, row.verdict))
    if row.curves is not None:
        content += "".join(_plain(part) for part in astuple(row.curves))
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(part):
    if isinstance(part, dict):
        return "".join(f"{key}:{_plain(value)}" for key, value in part.items())
    return np.asarray(part).tobytes().hex()


def test_a_run_is_the_same_on_one_and_on_four_processes():
    tasks = [Task(busy(), "baseline", replication) for replication in range(4)]
    found = [
        {done.row.replication: digest_of_row(done.row) for done in execute(tasks, workers, True)}
        for workers in (1, 4)
    ]
    assert found[0] == found[1]
    assert len(set(found[0].values())) == 4, "replications differ"


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_run_does_not_depend_on_the_seed_of_hashing(hash_seed):
    code = (
        "from tests.laws.test_determinism import *; from simulator.scenario.draft import Draft;"
        "print(busy().digest(), digest(run(busy(), 3)), [*Draft.of(busy()).measures()])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    scenario_hash, run_digest, _ = told.stdout.split(maxsplit=2)
    assert scenario_hash == busy().digest()
    assert run_digest == digest(run(busy(), 3))


def test_the_name_of_the_variant_does_not_touch_the_numbers():
    assert digest(run(busy())) == digest(run(busy(), variant="other"))


def test_order_of_components_in_the_file_does_not_touch_the_numbers():
    forward = busy()
    tree = forward.plain()
    tree["system"]["components"] = dict(reversed(tree["system"]["components"].items()))
    backward = type(forward).model_validate(tree)
    assert digest(run(forward)) == digest(run(backward))
