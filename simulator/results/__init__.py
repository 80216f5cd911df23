"""What runs leave behind, and what is read off it."""

from simulator.results.measures import OUTCOMES, Measure, Reported
from simulator.results.run import Beyond, ComponentRecord, Requests, Run, Strike, Tally
from simulator.results.spans import Spans

__all__ = [
    "OUTCOMES",
    "Beyond",
    "ComponentRecord",
    "Measure",
    "Reported",
    "Requests",
    "Run",
    "Spans",
    "Strike",
    "Tally",
]
