"""What users do: when they come, what they ask for, how long they wait between requests."""

from simulator.workload import bursts, mmpp, schedule, sessions, sums, trace, varying
from simulator.workload.workload import Workload

__all__ = ["Workload", "bursts", "mmpp", "schedule", "sessions", "sums", "trace", "varying"]
