"""The command about runs that are stored: what there is, and what may go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.options import AsJson, Store, app, made, print_json, read_time, say


@app.command()
def runs(
    case: Annotated[
        str | None, typer.Argument(metavar="[ID|FILE]", help="only those of this case study")
    ] = None,
    store: Store = None,
    variant: Annotated[
        str | None, typer.Option("--variant", "-v", help="only those of this variant")
    ] = None,
    older_than: Annotated[
        float | None,
        typer.Option(metavar="TIME", parser=read_time, help="only those stored longer ago: 30d"),
    ] = None,
    outdated: Annotated[
        bool, typer.Option("--outdated", help="only those of another engine, of no use to this one")
    ] = False,
    prune: Annotated[bool, typer.Option("--prune", help="remove the runs listed")] = False,
    parquet: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="folder to write the numbers of the runs listed to, as Parquet"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the runs in a store, the latest first; export them, or remove those not wanted."""
    from contextlib import closing

    from simulator.experiments.catalogue import FILE, Catalogue, now_s
    from simulator.experiments.identity import engine
    from simulator.exports.parquet import check_installed, write_parquet
    from simulator.exports.runs import runs_table
    from simulator.tables import show

    if store is None:
        raise typer.BadParameter("no store is named; give --store DIR, or set SIMULATOR_STORE")
    if not (store / FILE).is_file():
        raise typer.BadParameter(f"no runs are stored in {store}")
    if parquet is not None:
        check_installed()
        made(parquet)
    now, this = now_s(), engine()
    with closing(Catalogue(store)) as catalogue:
        chosen = [
            each
            for each in catalogue.entries()
            if (case is None or each.scenario == Path(case).stem)
            and (variant is None or each.variant == variant)
            and (older_than is None or now - each.stored_s > older_than)
            and not (outdated and each.engine == this)
        ]
        if parquet is not None:
            files = write_parquet(catalogue, chosen, parquet, lambda text: say(f"warning: {text}"))
            say(f"wrote {' and '.join(files)} to {parquet}")
        if prune:
            catalogue.remove([each.key for each in chosen])
    if as_json:
        print_json([each.as_json() for each in chosen])
    else:
        show(*runs_table(chosen, now))
    if prune:
        say(f"removed {len(chosen)} runs from {store}")
