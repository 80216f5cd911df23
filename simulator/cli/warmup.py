"""The command that proposes how much of the beginning to leave out."""

from __future__ import annotations

from simulator.cli.options import (
    AsJson,
    Case,
    Changes,
    Cluster,
    Out,
    Replications,
    Seed,
    Store,
    Variants,
    Workers,
    app,
    print_json,
    say,
)
from simulator.cli.running import leave, making


@app.command()
def warmup(
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
    """Propose how much of the beginning to leave out, by MSER-5 on the average of all runs."""
    from simulator.experiments.design import base_of
    from simulator.experiments.making import Maker
    from simulator.experiments.warmups import proposal
    from simulator.exports.files import write_json

    base = base_of(case, variant or (), changes or (), seed, replications)
    with making(workers, cluster, store) as how, Maker(**how) as maker:
        summary = maker.make([base]).or_stop().summaries()[0]
    found = proposal(summary)
    if out is not None:
        from simulator.plots.paper import save
        from simulator.plots.warmups import warmup_picture

        write_json(found.document(), out / "result.json")
        save(warmup_picture(found), out / "warmup.svg")
        say(f"wrote result.json and warmup.svg to {out}")
    if as_json:
        print_json(found.document())
    else:
        print(found.words())
    leave(summary.interrupted, found.warmup_s is None)
