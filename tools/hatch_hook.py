"""Put the compiled engine into the wheel if ``SIMULATOR_COMPILE=1``; else the wheel is pure."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

IS_WANTED = os.environ.get("SIMULATOR_COMPILE") == "1"


class CompiledEngine(BuildHookInterface[Any]):
    """Compiles before the wheel is packed."""

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling."""
        return ["mypy[mypyc]>=2.4,<3"] if IS_WANTED else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name the products and the platform that they are for."""
        if not IS_WANTED or version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "tools"))
        from native import BUILD, compiled

        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for path in compiled():
            build_data["force_include"][str(BUILD / path)] = path.as_posix()
