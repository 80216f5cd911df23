"""Injected disturbances, one module a kind; each a process that acts on its targets."""

from simulator.faults import (
    bad_deploy,
    breakdowns,
    brown_out,
    cache_flush,
    clock_skew,
    crash,
    error_burst,
    gc_pause,
    latency_spike,
    packet_loss,
    partition,
    slowdown,
    thundering_reconnect,
    zone_outage,
)
from simulator.faults.base import Fault, fault_kinds

__all__ = [
    "Fault",
    "bad_deploy",
    "breakdowns",
    "brown_out",
    "cache_flush",
    "clock_skew",
    "crash",
    "error_burst",
    "fault_kinds",
    "gc_pause",
    "latency_spike",
    "packet_loss",
    "partition",
    "slowdown",
    "thundering_reconnect",
    "zone_outage",
]
