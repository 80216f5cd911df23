"""What runs leave behind, and what is read off it."""

from simulator.results.measures import OUTCOMES, Measure, Reported
from simulator.results.run import Beyond, ComponentRecord, Decision, Requests, Run, Strike, Tally
from simulator.results.spans import Spans

__all__ = [
    "OUTCOMES",
    "Beyond",
    "ComponentRecord",
    "Decision",
    "Measure",
    "Reported",
    "Requests",
    "Run",
    "Spans",
    "Strike",
    "Tally",
]
