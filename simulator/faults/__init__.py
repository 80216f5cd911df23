"""Injected disturbances, one module a kind; each a process that acts on its targets."""

from simulator.faults import (
    breakdowns,
    cache_flush,
    clock_skew,
    crash,
    error_burst,
    latency_spike,
    packet_loss,
    partition,
    slowdown,
    zone_outage,
)
from simulator.faults.base import Fault, fault_kinds

__all__ = [
    "Fault",
    "breakdowns",
    "cache_flush",
    "clock_skew",
    "crash",
    "error_burst",
    "fault_kinds",
    "latency_spike",
    "packet_loss",
    "partition",
    "slowdown",
    "zone_outage",
]
