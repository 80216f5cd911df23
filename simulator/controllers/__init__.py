"""What watches a running system and changes it: the control plane, one module a kind."""

from simulator.controllers import autoscaler, rolling_update
from simulator.controllers.base import Controller, controlled, controller_kinds, make_room

__all__ = [
    "Controller",
    "autoscaler",
    "controlled",
    "controller_kinds",
    "make_room",
    "rolling_update",
]
