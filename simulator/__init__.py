"""A simulator of system-design case studies: predict what breaks, run it, compare the fixes.

    from simulator import apply, load, run

    scenario = load("slow_replica")
    print(run(scenario).latency(0.99), run(apply(scenario, "two_choices")).latency(0.99))

Everything else is reached by module.
"""

from simulator.errors import ScenarioError, SimulationError, SimulatorError
from simulator.results import Run
from simulator.runner import run
from simulator.scenario import Scenario, apply, load, parse
from simulator.version import __version__

__all__ = [
    "Run",
    "Scenario",
    "ScenarioError",
    "SimulationError",
    "SimulatorError",
    "__version__",
    "apply",
    "load",
    "parse",
    "run",
]
