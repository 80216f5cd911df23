"""A simulator of system-design case studies: predict what breaks, run it, compare the fixes.

    from simulator import apply, load, run

    scenario = load("slow_replica")
    print(run(scenario).latency(0.99), run(apply(scenario, "two_choices")).latency(0.99))

``run`` makes one run. What makes many has the name of its command, takes what that takes, and
returns an object with a table (``records()``, ``frame()``) and the command's document
(``as_json()``):

    from simulator import compare

    found = compare("slow_replica", against="two_choices", until=0.01, of="latency_p99_s")
    print(found.differences["latency_p99_s"].interval)

Everything else is reached by module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from simulator.errors import SimulatorError
from simulator.runner import run
from simulator.scenario import apply, load
from simulator.version import __version__ as __version__

if TYPE_CHECKING:
    from simulator.experiments.comparisons import compare
    from simulator.experiments.explanations import explain
    from simulator.experiments.rankings import rank
    from simulator.experiments.replications import replicate
    from simulator.experiments.searches import search
    from simulator.experiments.stability_maps import stability
    from simulator.experiments.sweeps import sweep
    from simulator.experiments.tornadoes import tornado

__all__ = [
    "SimulatorError",
    "apply",
    "load",
    "run",
    "replicate",
    "compare",
    "sweep",
    "tornado",
    "rank",
    "search",
    "stability",
    "explain",
]

_EXPERIMENTS = {
    "replicate": "replications",
    "compare": "comparisons",
    "sweep": "sweeps",
    "tornado": "tornadoes",
    "rank": "rankings",
    "search": "searches",
    "stability": "stability_maps",
    "explain": "explanations",
}


def __getattr__(name: str) -> Any:
    """Import an experiment when it is first asked for: processes that only run do without."""
    if name not in _EXPERIMENTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"simulator.experiments.{_EXPERIMENTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
