"""What watches a running system and changes it: the control plane, one module a kind."""

from simulator.controllers import (
    alerting,
    autoscaler,
    manual_scaling,
    monitors,
    retraining,
    rolling_update,
    runbook,
    scraper,
)
from simulator.controllers.base import (
    Controller,
    Plan,
    ReplicaController,
    Site,
    controlled,
    controller_kinds,
    make_room,
    of_replicas,
)
from simulator.controllers.releases import ab_test, bandit, blue_green, canary, feature_flag

__all__ = [
    "alerting",
    "Controller",
    "Plan",
    "ReplicaController",
    "Site",
    "ab_test",
    "autoscaler",
    "bandit",
    "blue_green",
    "canary",
    "controlled",
    "controller_kinds",
    "feature_flag",
    "make_room",
    "manual_scaling",
    "monitors",
    "of_replicas",
    "retraining",
    "rolling_update",
    "runbook",
    "scraper",
]
