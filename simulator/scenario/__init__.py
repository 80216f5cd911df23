"""Scenario files: text to a validated scenario, with every problem located."""

from simulator.scenario.load import load, parse
from simulator.scenario.model import Scenario
from simulator.scenario.variants import apply

__all__ = ["Scenario", "apply", "load", "parse"]
