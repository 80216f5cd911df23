"""What watches models: their inputs, their answers, and how good these turn out to be."""

from simulator.controllers.monitors import (
    attribution_drift,
    calibration,
    data_quality,
    input_drift,
    performance,
    prediction_drift,
)
from simulator.controllers.monitors.base import Finding, Monitor, MonitorSpec

__all__ = [
    "Finding",
    "Monitor",
    "MonitorSpec",
    "attribution_drift",
    "calibration",
    "data_quality",
    "input_drift",
    "performance",
    "prediction_drift",
]
