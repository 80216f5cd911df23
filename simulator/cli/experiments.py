"""Commands that run a case study at many points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from simulator.cli.options import (
    AsJson,
    Case,
    Changes,
    Cluster,
    Of,
    Out,
    Replications,
    Seed,
    Store,
    Until,
    Variants,
    Workers,
    app,
    read_share,
    read_time,
)
from simulator.cli.running import deliver, leave, making

Over = Annotated[
    list[str],
    typer.Option(
        metavar="PATH=VALUES",
        help="what to turn: PATH=[2, 4, 8] or a range, PATH=10ms..80ms, with /8 in eight steps",
    ),
]


@app.command()
def sweep(
    case: Case,
    over: Over,
    sample: Annotated[
        Literal["grid", "lhs", "sobol"],
        typer.Option(help="all combinations, a Latin hypercube, or a Sobol' sequence"),
    ] = "grid",
    points: Annotated[int, typer.Option(min=1, max=10_000, help="of a sample")] = 32,
    of: Annotated[
        list[str] | None,
        typer.Option("--of", metavar="MEASURE", help="what to show, and what --until looks at"),
    ] = None,
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    until: Until = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Run a case study at many points, with the same random numbers at each."""
    from simulator.experiments.sweeps import sweep as swept
    from simulator.exports.sweeps import sweep_tables, write_runs

    measures = of or ["latency_p99_s"]
    with making(workers, cluster, store) as how:
        found = swept(
            case,
            over,
            sample=sample,
            points=points,
            variant=variant or (),
            changes=changes or (),
            seed=seed,
            replications=replications,
            until=until,
            of=measures,
            **how,
        )

    def write(folder: Path) -> list[str]:
        from simulator.plots.paper import save
        from simulator.plots.sweeps import frontier_picture, sweep_picture

        write_runs(found, folder)
        save(sweep_picture(found, measures[0]), folder / "sweep.svg")
        save(frontier_picture(found), folder / "frontier.svg")
        return ["runs.csv", "sweep.svg", "frontier.svg"]

    deliver(found, as_json, out, lambda: sweep_tables(found, measures), write)
    leave(found.interrupted)


@app.command()
def tornado(
    case: Case,
    over: Over,
    of: Of = "latency_p99_s",
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    until: Until = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Turn one value at a time, and see which of them matters most."""
    from simulator.experiments.tornadoes import tornado as turned
    from simulator.exports.sweeps import tornado_table

    with making(workers, cluster, store) as how:
        found = turned(
            case,
            over,
            of=of,
            variant=variant or (),
            changes=changes or (),
            seed=seed,
            replications=replications,
            until=until,
            **how,
        )

    def write(folder: Path) -> list[str]:
        from simulator.plots.paper import save
        from simulator.plots.sweeps import tornado_picture

        save(tornado_picture(found), folder / "tornado.svg")
        return ["tornado.svg"]

    deliver(found, as_json, out, lambda: [tornado_table(found)], write)
    leave(found.interrupted)


@app.command()
def rank(
    case: Case,
    variant: Annotated[
        list[str] | None,
        typer.Option("--variant", "-v", help="a variant to rank; all and the baseline if none"),
    ] = None,
    by: Annotated[str, typer.Option(metavar="MEASURE", help="what is best")] = "latency_p99_s",
    worth: Annotated[
        float,
        typer.Option(
            metavar="RATIO", parser=read_share, help="smallest difference that matters, as a part"
        ),
    ] = 0.05,
    changes: Changes = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Find the best of several variants, with 95 % confidence and no more runs than it takes.

    There is no --until: how many runs it takes follows from --worth.
    """
    from simulator.experiments.rankings import rank as ranked
    from simulator.exports.searches import ranking_tables

    with making(workers, cluster, store) as how:
        found = ranked(
            case, variant or (), by=by, worth=worth, changes=changes or (), seed=seed, **how
        )
    deliver(found, as_json, out, lambda: ranking_tables(found))
    leave(not found.complete)


@app.command()
def search(
    case: Case,
    over: Over,
    by: Annotated[
        str, typer.Option(metavar="MEASURE", help="what makes one design better than another")
    ] = "cost_per_hour_usd",
    trials: Annotated[int, typer.Option(min=1, max=10_000, help="designs to propose")] = 48,
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    until: Until = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Find the cheapest design that keeps every objective of a case study.

    --until looks at the measures of all objectives, of each design by itself.
    """
    from simulator.experiments.axes import axes_of
    from simulator.experiments.searches import search as searched
    from simulator.exports.searches import search_tables

    with making(workers, cluster, store) as how:
        found = searched(
            case,
            over,
            by=by,
            trials=trials,
            variant=variant or (),
            changes=changes or (),
            seed=seed,
            replications=replications,
            until=until,
            **how,
        )
    deliver(found, as_json, out, lambda: search_tables(found, axes_of(over)))
    leave(found.interrupted, found.winner is None)


@app.command()
def stability(
    case: Case,
    over: Over,
    after: Annotated[
        float, typer.Option(metavar="TIME", parser=read_time, help="from the end of the trouble on")
    ] = 60.0,
    look: Annotated[
        float, typer.Option("--for", metavar="TIME", parser=read_time, help="how long it looks")
    ] = 30.0,
    below: Annotated[
        float, typer.Option(metavar="RATIO", parser=read_share, help="of requests ok means down")
    ] = 0.5,
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Map how likely a system is still down some time after its trouble is over.

    There is no --until: a share of runs may be zero, and has no relative error then.
    """
    from simulator.experiments.stability_maps import stability as mapped
    from simulator.exports.stability import stability_table

    with making(workers, cluster, store) as how:
        found = mapped(
            case,
            over,
            after_s=after,
            for_s=look,
            below=below,
            variant=variant or (),
            changes=changes or (),
            seed=seed,
            replications=replications,
            **how,
        )

    def write(folder: Path) -> list[str]:
        from simulator.plots.paper import save
        from simulator.plots.sweeps import stability_picture

        save(stability_picture(found), folder / "stability.svg")
        return ["stability.svg"]

    deliver(found, as_json, out, lambda: stability_table(found), write)
    leave(found.interrupted)


@app.command()
def explain(
    case: Case,
    cohort: Annotated[
        str | None,
        typer.Option(
            metavar="COHORT",
            help="requests to account for, such as p99, p50..p90, rejected, a class, "
            "'during 10s..20s', or several of these with commas; p99 if not given",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="COHORT", help="those to set beside them; p50 if not given"),
    ] = None,
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    until: Until = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Say where the time goes, and what would happen if each component were free.

    --until looks at what each component is worth in the 99th percentile.
    """
    from simulator.experiments.explanations import explain as explained
    from simulator.exports.explanations import explanation_tables

    with making(workers, cluster, store) as how:
        found = explained(
            case,
            cohort=cohort,
            against=against,
            variant=variant or (),
            changes=changes or (),
            seed=seed,
            replications=replications,
            until=until,
            **how,
        )
    deliver(found, as_json, out, lambda: explanation_tables(found))
    leave(found.interrupted)
