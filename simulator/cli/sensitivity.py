"""The command that says what the variance of a measure is owed to."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli.experiments import Over
from simulator.cli.options import (
    FAILS,
    INTERRUPTED,
    AsJson,
    Case,
    Changes,
    Cluster,
    Of,
    Out,
    Seed,
    Store,
    Variants,
    Workers,
    app,
    print_json,
    say,
)
from simulator.cli.running import execute, leave


@app.command()
def sensitivity(
    case: Case,
    over: Over,
    of: Of = "latency_p99_s",
    rows: Annotated[
        int, typer.Option(min=8, max=5_000, help="of the design; each has a point a value, and two")
    ] = 64,
    replications: Annotated[
        int, typer.Option("--replications", "-n", min=2, max=1_000, help="runs of each point")
    ] = 2,
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Divide the variance of a measure up among uncertain values, by Sobol' indices."""
    from simulator.experiments.axes import axis
    from simulator.experiments.design import designs
    from simulator.experiments.sensitivities import sensitivity_of, varied
    from simulator.experiments.until import check_measure
    from simulator.exports.files import write_json
    from simulator.exports.sensitivity import sensitivity_tables
    from simulator.tables import show

    axes = [axis(text) for text in over]
    (base,) = designs(case, [variant or []], changes or [], seed)
    check_measure(base, of)
    wanted = varied(base, axes, rows, replications)
    runs = f"{len(wanted) * replications:,} runs"
    say(f"{rows} rows of {len(axes) + 2} points, each run {replications} times: {runs}")
    outcome = execute(wanted, workers, cluster, curves=False, store=store)
    found = sensitivity_of(base, axes, of, outcome.rows, replications)
    if found is None:
        say(f"too few rows have a value of {of} at all their points")
        raise typer.Exit(INTERRUPTED if outcome.interrupted else FAILS)
    if out is not None:
        from simulator.plots.paper import save
        from simulator.plots.sensitivities import sensitivity_picture

        write_json(found.as_json(), out / "result.json")
        save(sensitivity_picture(found), out / "sensitivity.svg")
        say(f"wrote result.json and sensitivity.svg to {out}")
    if as_json:
        print_json(found.as_json())
    else:
        show(*sensitivity_tables(found))
    leave(outcome, False)
