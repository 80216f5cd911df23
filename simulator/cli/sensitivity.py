"""The command that says what the variance of a measure is owed to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.experiments import Over
from simulator.cli.options import (
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
)
from simulator.cli.running import deliver, leave, making


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
    from simulator.experiments.sensitivities import sensitivity as divided
    from simulator.exports.sensitivity import sensitivity_tables

    with making(workers, cluster, store) as how:
        found = divided(
            case,
            over,
            of=of,
            rows=rows,
            replications=replications,
            variant=variant or (),
            changes=changes or (),
            seed=seed,
            **how,
        )

    def write(folder: Path) -> list[str]:
        from simulator.plots.paper import save
        from simulator.plots.sensitivities import sensitivity_picture

        save(sensitivity_picture(found), folder / "sensitivity.svg")
        return ["sensitivity.svg"]

    deliver(found, as_json, out, lambda: sensitivity_tables(found), write)
    leave(found.interrupted)
