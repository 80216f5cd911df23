"""The command line: results on stdout, everything else on stderr.

Exit codes: 0 fine, 1 a finding (or with ``--strict`` an objective) fails, 2 bad input, 3 our own
fault, 130 interrupted. What takes long to import is imported where it is used.
"""

from __future__ import annotations

import os
import sys
import traceback

from simulator.cli import cases as _cases  # noqa: F401  registers its commands, as the others do
from simulator.cli import experiments as _experiments  # noqa: F401
from simulator.cli import runs as _runs  # noqa: F401
from simulator.cli import sensitivity as _sensitivity  # noqa: F401
from simulator.cli import tools as _tools  # noqa: F401
from simulator.cli import warmup as _warmup  # noqa: F401
from simulator.cli.options import BAD_INPUT, OUR_FAULT, app, say
from simulator.errors import SimulatorError

__all__ = ["main"]


def main() -> None:
    """Run a command; turn errors into sentences and exit codes."""
    try:
        app()
    except SimulatorError as error:
        say("\n".join([str(error), *getattr(error, "__notes__", ())]))
        sys.exit(BAD_INPUT)
    except BrokenPipeError:  # whoever read our output has gone, as in `simulator list | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception:
        traceback.print_exc()
        say("This is a fault of the simulator, not of your file. Please report the lines above.")
        sys.exit(OUR_FAULT)
