"""The JSON Schema of scenario files, for editors."""

from __future__ import annotations

from typing import Any

from simulator.scenario.model import Scenario


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) with every registered kind."""
    document = Scenario.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
