"""For every kind of open arrivals a few that show what it does; about 10 a second on average."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TRACE = Path(__file__).parents[2] / "scenarios" / "1_system_design" / "trace_replay.csv"

CALM_AND_BUSY = {"calm": {"rate": 5.0, "stays": 8.0}, "busy": {"rate": 50.0, "stays": 1.0}}
THREE = {
    "off": {"rate": 0.0, "to": {"on": 0.5}},
    "on": {"rate": 10.0, "to": {"off": 0.2, "burst": 0.3}},
    "burst": {"rate": 40.0, "stays": 0.5},
}
SKEWED = {"kind": "empirical", "values": [1, 2, 30], "weights": [6, 3, 1]}

PROCESSES: dict[str, dict[str, Any]] = {
    "poisson": {"kind": "poisson", "rate": 10.0},
    "constant": {"kind": "constant", "rate": 10.0},
    "renewal, even": {"kind": "renewal", "gap": {"kind": "gamma", "mean": 0.1, "cv": 0.3}},
    "renewal, bursty": {"kind": "renewal", "gap": {"kind": "lognormal", "mean": 0.1, "cv": 3.0}},
    "schedule": {
        "kind": "schedule",
        "rate": 5.0,
        "steps": [{"at": 20.0, "rate": 0.0}, {"at": 30.0, "rate": 15.0}],
        "spikes": [{"at": 12.0, "for": 0.01, "extra": 5000.0}],
    },
    "diurnal": {"kind": "diurnal", "rate": 10.0, "amplitude": 0.8, "period": 40.0, "peak": 15.0},
    "diurnal, with nights": {"kind": "diurnal", "rate": 10.0, "amplitude": 1.0, "period": 7.0},
    "diurnal, flat": {"kind": "diurnal", "rate": 10.0, "amplitude": 0.0, "period": 7.0},
    "flash crowd": {
        "kind": "flash_crowd",
        "rate": 5.0,
        "at": 20.0,
        "ramp": 5.0,
        "peak": 60.0,
        "plateau": 3.0,
        "half_life": 4.0,
    },
    "flash crowd, sudden": {
        "kind": "flash_crowd",
        "rate": 1.0,
        "at": 20.0,
        "peak": 9000.0,
        "half_life": 0.05,
    },
    "mmpp": {"kind": "mmpp", "states": CALM_AND_BUSY},
    "mmpp of three": {"kind": "mmpp", "states": THREE},
    "batch": {"kind": "batch", "rate": 2.5, "size": 4},
    "batch of any size": {"kind": "batch", "rate": 2.0, "size": SKEWED},
    "cron": {"kind": "cron", "every": 10.0, "requests": 100, "at": 3.0},
    "cron, spread": {
        "kind": "cron",
        "rate": 4.0,
        "every": 10.0,
        "requests": {"kind": "geometric", "mean": 50.0},
        "spread": 2.0,
    },
    "herd": {"kind": "herd", "clients": 2000, "at": 12.0, "spread": 10.0},
    "sum": {
        "kind": "sum",
        "of": {
            "web": {"kind": "poisson", "rate": 4.0},
            "app": {"kind": "diurnal", "rate": 4.0, "period": 30.0},
            "jobs": {"kind": "cron", "every": 20.0, "requests": 60},
        },
    },
    "trace": {"kind": "trace", "path": str(TRACE), "column": "arrived_s"},
}
