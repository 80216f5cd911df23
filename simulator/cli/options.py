"""What the commands have in common: the program itself, its options, where it speaks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simulator.errors import ScenarioError

if TYPE_CHECKING:
    from simulator.units import Unit

FINE, FAILS, BAD_INPUT, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(
    name="simulator",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Run system-design case studies: predict what breaks, simulate it, compare the fixes.",
)

Case = Annotated[str, typer.Argument(metavar="ID|FILE", help="id of a case study, or a YAML file")]
Variants = Annotated[
    list[str] | None, typer.Option("--variant", "-v", help="a variant; several are combined")
]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="change one value")
]
Seed = Annotated[int | None, typer.Option(min=0, help="instead of the file's seed")]
Replications = Annotated[
    int | None,
    typer.Option("--replications", "-n", min=1, max=10_000, help="instead of the file's number"),
]
Until = Annotated[
    float | None,
    typer.Option(
        metavar="RATIO",
        parser=lambda text: read_share(text),
        help="make runs until the relative error is at most so much, such as 1%; -n is the most",
    ),
]
Of = Annotated[str, typer.Option("--of", metavar="MEASURE", help="what --until looks at")]
Workers = Annotated[
    int | None, typer.Option(min=1, max=256, help="processes; one a processor if not given")
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="of a Dask scheduler, such as tcp://127.0.0.1:8786"),
]
Store = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="SIMULATOR_STORE",
        help="folder where runs are kept, so that none is made twice",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Out = Annotated[
    Path | None,
    typer.Option(
        help="folder to write tables (CSV) and the JSON to", callback=lambda path: made(path)
    ),
]
TimesKind = Literal["arrivals", "service"]
TimeUnit = Literal["ns", "us", "ms", "s", "min", "h", "d"]
Strict = Annotated[bool, typer.Option("--strict", help="exit with 1 if an objective is not met")]


def made(folder: Path | None) -> Path | None:
    """Make the folder before anything is run, lest results be lost for want of one."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be made: {error.strerror}") from None
    return folder


def read_share(text: str) -> float:
    """A ratio above 0 and below 1, as on the command line."""
    from simulator.units import SHARE

    share = _read(text, SHARE)
    if not 0 < share < 1:
        raise typer.BadParameter(f"found {text}; must be more than 0% and less than 100%")
    return share


def read_time(text: str) -> float:
    """A time above 0 in seconds, as on the command line."""
    from simulator.units import TIME

    time_s = _read(text, TIME)
    if not time_s > 0:
        raise typer.BadParameter(f"found {text}; must be more than 0 s")
    return time_s


def _read(text: Any, unit: Unit) -> float:
    from pydantic_core import PydanticCustomError

    from simulator.scenario.source import parse_scalar

    try:
        # a default is not text
        return float(unit.read(parse_scalar(text) if isinstance(text, str) else text))
    except PydanticCustomError as error:
        raise typer.BadParameter(error.message()) from None
    except ScenarioError:
        raise typer.BadParameter(f"found {text!r}; must be {unit.noun}") from None


def say(text: str) -> None:
    """Print what is not a result."""
    print(text, file=sys.stderr)


def print_json(document: Any) -> None:
    """Print a result for a program to read."""
    print(json.dumps(document, indent=2, allow_nan=False))
