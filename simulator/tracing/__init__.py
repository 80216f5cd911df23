"""What chosen requests of a run go through, written down while it goes on."""

from simulator.tracing.tracer import Sampled, TracedSimulation, Tracer

__all__ = ["Sampled", "TracedSimulation", "Tracer"]
