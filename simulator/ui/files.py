"""Scenarios written back as files."""

from __future__ import annotations

from typing import Any

import yaml

from simulator.scenario import Scenario


def yaml_of(scenario: Scenario) -> str:
    """The scenario as YAML that reads back as the same; what is empty is left out."""
    plain = {name: _full(value) for name, value in scenario.plain().items() if _says(value)}
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)


def _full(value: Any) -> Any:
    """The value without the empty parts of its mappings."""
    if isinstance(value, dict):
        return {name: _full(part) for name, part in value.items() if _says(part)}
    if isinstance(value, list):
        return [_full(part) for part in value]
    return value


def _says(value: Any) -> bool:
    return value is not None and value != [] and value != {} and value != ""
