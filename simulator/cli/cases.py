"""Commands about case studies: what there is, what is wrong, what happens."""

from __future__ import annotations

from typing import Annotated

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
    Strict,
    Until,
    Variants,
    Workers,
    app,
    print_json,
    say,
)
from simulator.cli.running import deliver, leave, making
from simulator.errors import Problem, ScenarioError


@app.command("list")
def list_cases(as_json: AsJson = False) -> None:
    """List the case studies that come with the program."""
    from simulator.scenario.load import catalogue, load

    cases = [load(path) for path in catalogue().values()]
    if as_json:
        fields = ("scenario", "title", "chapter", "level", "minutes", "tags", "question")
        print_json([{name: case.plain()[name] for name in fields} for case in cases])
        return
    from simulator.tables import case_table, show

    show(case_table(cases))


@app.command()
def check(files: Annotated[list[str], typer.Argument()], as_json: AsJson = False) -> None:
    """Check scenario files and print every problem with its place."""
    from simulator.scenario.checks import warnings
    from simulator.scenario.load import load

    problems: list[Problem] = []
    for file in files:
        try:
            scenario = load(file)
        except ScenarioError as error:
            problems += error.problems
            continue
        if not as_json:
            print(
                f"{file}: fine, with {len(scenario.variants)} variants "
                f"and {len(scenario.findings)} findings"
            )
        for warning in warnings(scenario):
            say(f"{file}: warning: {warning}")
    if as_json:
        names = ("file", "line", "column", "path", "message", "hint")
        print_json([{name: getattr(each, name) for name in names} for each in problems])
    else:
        for problem in problems:
            print(problem)
    if problems:
        raise typer.Exit(BAD_INPUT)


@app.command()
def run(
    case: Case,
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    until: Until = None,
    of: Of = "latency_mean_s",
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
    strict: Strict = False,
) -> None:
    """Run a case study several times and print what happened, with confidence intervals."""
    from simulator.experiments.replications import replicate
    from simulator.tables import run_tables, write_run

    with making(workers, cluster, store) as how:
        summary = replicate(
            case,
            variant=variant or (),
            changes=changes or (),
            seed=seed,
            replications=replications,
            until=until,
            of=of,
            **how,
        )
    deliver(
        summary,
        as_json,
        out,
        lambda: run_tables(summary),
        lambda folder: write_run(summary, folder),
    )
    leave(summary.interrupted, strict and not all(each["met"] for each in summary.objectives()))


@app.command()
def compare(
    case: Case,
    against: Annotated[
        list[str], typer.Option(help="the variant to compare with; several combine")
    ],
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    until: Until = None,
    of: Of = "latency_mean_s",
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Compare a variant with the baseline (or --variant), in pairs with the same random numbers."""
    from simulator.experiments.comparisons import compare as compared
    from simulator.tables import comparison_table, write_comparison

    with making(workers, cluster, store) as how:
        found = compared(
            case,
            against,
            variant=variant or (),
            changes=changes or (),
            seed=seed,
            replications=replications,
            until=until,
            of=of,
            **how,
        )
    deliver(
        found,
        as_json,
        out,
        lambda: [comparison_table(found)],
        lambda folder: write_comparison(found, folder),
    )
    leave(found.interrupted)


@app.command()
def trace(
    case: Case,
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    slowest: Annotated[
        int, typer.Option(min=1, max=100, help="how many requests of each kind to show")
    ] = 1,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Show the slowest, a median and a failed request step by step, and where the time goes."""
    from simulator.experiments.design import base_of
    from simulator.experiments.making import Maker
    from simulator.exports.traces import trace_document, trace_tables, write_traces
    from simulator.tables import show

    base = base_of(case, variant or (), changes or (), seed, replications)
    with making(workers, cluster, store) as how, Maker(**how) as maker:
        outcome = maker.make([base], examples=slowest, curves=True)
        summary = outcome.or_stop().summaries()[0]
    if not summary.traced():
        say("no run got as far as to be traced")
        raise typer.Exit(INTERRUPTED)
    if out is not None:
        written = write_traces(summary, out)
        say(f"wrote {', '.join(path.name for path in written)} to {out}")
    if as_json:
        print_json(trace_document(summary))
    else:
        show(*trace_tables(summary))
    leave(summary.interrupted)


@app.command()
def findings(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[ID|FILE]...")] = None,
    replications: Replications = None,
    workers: Workers = None,
    cluster: Cluster = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Check the findings of case studies by running them; all cases if none is named."""
    from simulator.experiments.design import designs
    from simulator.experiments.findings import check_findings, variants_needed
    from simulator.experiments.making import Maker
    from simulator.scenario.load import catalogue, load
    from simulator.tables import findings_table, show

    documents, failed = [], False
    for case in cases or catalogue():
        scenario = load(case)
        needed = [[name] for name in variants_needed(scenario.findings)]
        wanted = designs(case, needed, (), None, replications)
        with making(workers, cluster, store) as how, Maker(**how) as maker:
            outcome = maker.make(wanted).or_stop()
        rows = {name: outcome.rows[place] for place, (name,) in enumerate(needed)}
        verdicts = check_findings(scenario.findings, rows)
        failed |= any(each.status != "confirmed" for each in verdicts)
        documents += [each.as_json(scenario.scenario) for each in verdicts]
        if not as_json:
            show(findings_table(scenario, verdicts))
        if outcome.interrupted:
            raise typer.Exit(INTERRUPTED)
    if as_json:
        print_json(documents)
    if failed:
        raise typer.Exit(FAILS)
