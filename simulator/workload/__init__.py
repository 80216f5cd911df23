"""What users do: when they come, what they ask for, how long they wait between requests."""

from simulator.workload import trace
from simulator.workload.workload import Workload

__all__ = ["Workload", "trace"]
