"""Commands that run a case study at many points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

import typer

from simulator.cli.options import (
    BAD_INPUT,
    FAILS,
    INTERRUPTED,
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
    print_json,
    read_share,
    read_time,
    say,
)
from simulator.cli.running import execute, leave, most, wanted_goal

MOST_AXES = 2  # of a map

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
        list[str] | None, typer.Option("--of", metavar="MEASURE", help="measures to show")
    ] = None,
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
    """Run a case study at many points, with the same random numbers at each."""
    from simulator.experiments.axes import axis
    from simulator.experiments.axes import points as points_of
    from simulator.experiments.design import designs
    from simulator.experiments.sweeps import designs_of, sweep_of
    from simulator.experiments.until import check_measure
    from simulator.exports.sweeps import sweep_tables, write_sweep
    from simulator.tables import show

    axes = [axis(text) for text in over]
    (base,) = designs(case, [variant or []], changes or [], seed, replications)
    measures = of or ["latency_p99_s"]
    for name in measures:
        check_measure(base, name)
    wanted = points_of(axes, sample, points, base.scenario.run.seed)
    outcome = execute(designs_of(base, wanted), workers, cluster, curves=False, store=store)
    have = [i for i, rows in enumerate(outcome.rows) if rows]
    found = sweep_of(axes, [wanted[i] for i in have], outcome.summaries())
    if out is not None:
        from simulator.plots.paper import save
        from simulator.plots.sweeps import frontier_picture, sweep_picture

        write_sweep(found, out)
        save(sweep_picture(found, measures[0]), out / "sweep.svg")
        save(frontier_picture(found), out / "frontier.svg")
        say(f"wrote result.json, runs.csv, sweep.svg and frontier.svg to {out}")
    if as_json:
        print_json(found.as_json())
    else:
        show(*sweep_tables(found, measures))
    leave(outcome, False)


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
    from simulator.experiments.axes import axis
    from simulator.experiments.design import designs
    from simulator.experiments.sweeps import designs_of
    from simulator.experiments.tornadoes import ends, tornado_of
    from simulator.experiments.until import check_measure
    from simulator.exports.sweeps import tornado_table, write_tornado
    from simulator.tables import show

    axes = [axis(text) for text in over]
    (base,) = designs(case, [variant or []], changes or [], seed, replications or most(until))
    check_measure(base, of)
    wanted = designs_of(base, ends(axes))
    outcome = execute(
        wanted, workers, cluster, goal=wanted_goal(base, of, until), curves=False, store=store
    )
    if not all(outcome.rows):
        raise typer.Exit(INTERRUPTED)
    found = tornado_of(axes, of, outcome.summaries())
    if out is not None:
        from simulator.plots.paper import save
        from simulator.plots.sweeps import tornado_picture

        write_tornado(found, out)
        save(tornado_picture(found), out / "tornado.svg")
        say(f"wrote result.json and tornado.svg to {out}")
    if as_json:
        print_json(found.as_json())
    else:
        show(tornado_table(found))
    leave(outcome, False)


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
    """Find the best of several variants, with 95 % confidence and no more runs than it takes."""
    from simulator.experiments.design import Design, designs
    from simulator.experiments.rankings import ranking_of
    from simulator.experiments.rows import Row
    from simulator.experiments.until import check_measure
    from simulator.exports.files import write_json
    from simulator.exports.searches import ranking_tables
    from simulator.scenario.claims import BASELINE
    from simulator.scenario.load import load
    from simulator.tables import show

    names = variant or [BASELINE, *load(case).variants]
    wanted = designs(
        case, [[] if each == BASELINE else [each] for each in names], changes or [], seed
    )
    check_measure(wanted[0], by)

    def make(some: Sequence[Design], first: int, runs: int) -> Sequence[Sequence[Row]] | None:
        some = [replace(each, scenario=each.scenario.with_run(replications=runs)) for each in some]
        outcome = execute(some, workers, cluster, curves=False, first=first, store=store)
        if outcome.interrupted:
            return None
        return [sorted(rows, key=lambda row: row.replication) for rows in outcome.rows]

    found = ranking_of(wanted, by, worth, make)
    if out is not None:
        write_json(found.as_json(), out / "result.json")
        say(f"wrote result.json to {out}")
    if as_json:
        print_json(found.as_json())
    else:
        show(*ranking_tables(found))
    if not found.complete:
        raise typer.Exit(INTERRUPTED)


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
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Find the cheapest design that keeps every objective of a case study."""
    from importlib.util import find_spec

    from simulator.experiments.axes import axis
    from simulator.experiments.design import Design, designs
    from simulator.experiments.searches import search_of
    from simulator.experiments.summary import Summary
    from simulator.experiments.until import check_measure
    from simulator.exports.files import write_json
    from simulator.exports.searches import search_tables
    from simulator.tables import show

    if find_spec("optuna") is None:
        say("a search needs Optuna; install it with: pip install 'simulator[optimize]'")
        raise typer.Exit(BAD_INPUT)
    axes = [axis(text) for text in over]
    (base,) = designs(case, [variant or []], changes or [], seed, replications)
    check_measure(base, by)

    def make(wanted: Sequence[Design], first: int) -> Sequence[Summary] | None:
        outcome = execute(wanted, workers, cluster, curves=False, first=first, store=store)
        return None if outcome.interrupted else outcome.summaries()

    found = search_of(base, axes, by, trials, make)
    if out is not None:
        write_json(found.as_json(), out / "result.json")
        say(f"wrote result.json to {out}")
    if as_json:
        print_json(found.as_json())
    else:
        show(*search_tables(found, axes))
    if found.interrupted:
        raise typer.Exit(INTERRUPTED)
    if found.winner is None:
        raise typer.Exit(FAILS)


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
    """Map how likely a system is still down some time after its trouble is over."""
    from simulator.experiments.axes import axis, points
    from simulator.experiments.design import designs
    from simulator.experiments.stability_maps import Look, map_of, watched
    from simulator.experiments.sweeps import designs_of
    from simulator.exports.files import write_json
    from simulator.exports.stability import stability_table
    from simulator.tables import show

    axes = [axis(text) for text in over]
    if len(axes) > MOST_AXES:
        raise typer.BadParameter(f"found {len(axes)} times --over; a map has one axis or two")
    (base,) = designs(case, [variant or []], changes or [], seed, replications)
    wanted, seen = points(axes), Look(after, look, below)
    made = watched(designs_of(base, wanted), seen)
    outcome = execute(made, workers, cluster, curves=False, store=store)
    found = map_of(axes, seen, made, wanted, outcome.rows)
    if out is not None:
        from simulator.plots.paper import save
        from simulator.plots.sweeps import stability_picture

        write_json(found.as_json(), out / "result.json")
        save(stability_picture(found), out / "stability.svg")
        say(f"wrote result.json and stability.svg to {out}")
    if as_json:
        print_json(found.as_json())
    else:
        show(*stability_table(found))
    leave(outcome, False)


@app.command()
def explain(
    case: Case,
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
    """Say where the time goes, and what would happen if each component were free."""
    from simulator.experiments.design import designs
    from simulator.experiments.explanations import explanation, freed
    from simulator.exports.explanations import explanation_tables
    from simulator.exports.files import write_json
    from simulator.tables import show

    (base,) = designs(case, [variant or []], changes or [], seed, replications)
    without = dict(freed(base))
    outcome = execute(
        [base, *without.values()],
        workers,
        cluster,
        examples=1,
        traced_designs=1,
        curves=False,
        store=store,
    )
    if not all(outcome.rows):
        raise typer.Exit(INTERRUPTED)
    summary, *others = outcome.summaries()
    found = explanation(summary, dict(zip(without, others, strict=True)))
    if out is not None:
        write_json(found.as_json(), out / "result.json")
        say(f"wrote result.json to {out}")
    if as_json:
        print_json(found.as_json())
    else:
        show(*explanation_tables(found))
    leave(outcome, False)
