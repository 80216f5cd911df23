"""Commands beside the case studies: fitting, reference, speed, and the app."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli.options import (
    AsJson,
    TimesKind,
    TimeUnit,
    app,
    made,
    print_json,
    say,
)

if TYPE_CHECKING:
    from simulator.bench import Lap, PoolLap


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(metavar="CSV", help="recorded times, with a header")],
    column: Annotated[str | None, typer.Option(help="the column to fit")] = None,
    kind: Annotated[
        TimesKind | None, typer.Option(help="of times; told from the column if not given")
    ] = None,
    unit: Annotated[TimeUnit, typer.Option(help="of numbers without a unit")] = "s",
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="folder to write fit.svg and fit.json to", callback=lambda p: made(p)),
    ] = None,
) -> None:
    """Fit distributions to recorded arrivals or service times, and print YAML to paste."""
    from simulator.exports.files import write_json
    from simulator.fitting.column import read
    from simulator.fitting.report import fit as fitted
    from simulator.tables import show

    report = fitted(read(file, column, kind, unit), unit)
    if out is not None:
        from simulator.plots.fitted import fit_picture
        from simulator.plots.paper import save

        save(fit_picture(report.lengths_s, report.curves(), report.title()), out / "fit.svg")
        write_json(report.as_json(), out / "fit.json")
        say(f"wrote fit.svg and fit.json to {out}")
    for text in report.warnings():
        say(f"warning: {text}")
    if as_json:
        print_json(report.as_json())
    else:
        show(*report.tables())
        print(report.yaml())


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from simulator.scenario.schema import schema as scenario_schema

    print_json(scenario_schema())


@app.command()
def docs(
    folder: Annotated[Path, typer.Option(help="to write to")] = Path("docs/reference"),
) -> None:
    """Write the reference pages of all kinds of component, policy, fault ... as Markdown."""
    from simulator.reference import write

    for path in write(folder):
        print(path)


@app.command()
def bench(
    rounds: Annotated[
        int | None, typer.Option(min=1, max=100, help="7 if not given, of --pool 5")
    ] = None,
    pool: Annotated[
        bool,
        typer.Option("--pool", help="many short runs by two processes instead; five minutes"),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how many times faster than idiomatic SimPy the engine is; takes about a minute."""
    from simulator import bench as benchmark
    from simulator.tables import bench_table, pool_table, show

    if pool:
        summary = benchmark.pool_summary(_pool_laps(rounds or benchmark.POOL_ROUNDS))
    else:
        summary = benchmark.summary(_laps(rounds or benchmark.ROUNDS))
    if as_json:
        print_json(summary)
    else:
        show(pool_table(summary) if pool else bench_table(summary))


def _laps(rounds: int) -> list[Lap]:
    from simulator import bench as benchmark
    from simulator.tables import progress

    finished: list[Lap] = []
    with progress("rounds") as advance:
        for lap in benchmark.laps(rounds):
            finished.append(lap)
            words = f"{lap.model}: {lap.ratio:.2f} times idiomatic SimPy"
            advance(len(finished), rounds * len(benchmark.MODELS), words)
    return finished


def _pool_laps(rounds: int) -> list[PoolLap]:
    from simulator import bench as benchmark
    from simulator.tables import progress

    finished: list[PoolLap] = []
    with progress("rounds") as advance:
        for lap in benchmark.pool_laps(rounds):
            finished.append(lap)
            advance(len(finished), rounds, f"{lap.ratio:.2f} times one process")
    return finished


@app.command("app")
def start_app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="to listen on")] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="open no browser window")] = False,
    address: Annotated[str, typer.Option(help="network address to listen on")] = "localhost",
) -> None:
    """Start the app in the browser."""
    from simulator.bundled import bundled
    from simulator.errors import require

    require("streamlit", "Streamlit", "the app", "app")
    script = bundled("app.py")
    say(f"The app runs at http://{address}:{port} (stop it with Ctrl-C)")
    options = {"server.port": port, "server.address": address, "server.headless": headless}
    arguments = [f"--{name}={str(value).lower()}" for name, value in options.items()]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *arguments]
    os.execv(sys.executable, command)  # in place of this process, so that a signal reaches it
