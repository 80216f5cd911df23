"""Levels that change when somebody looks, and not when a call comes or goes."""

from __future__ import annotations

from math import isnan

from simulator.kernel import Component


def show(owner: Component, name: str, value: float) -> None:
    """Let a level of a component have a value from now on; nan leaves it as it was."""
    if isnan(value):
        return
    area = getattr(owner, f"{name}_area") + (getattr(owner, name) - value) * owner.sim.now
    setattr(owner, name, value)
    setattr(owner, f"{name}_area", area)
    if value > getattr(owner, f"{name}_peak", value):
        setattr(owner, f"{name}_peak", value)
