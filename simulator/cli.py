"""The command line: results on stdout, everything else on stderr.

Exit codes: 0 fine, 1 a finding (or with ``--strict`` an objective) fails, 2 bad input, 3 our own
fault, 130 interrupted. What takes long to import is imported where it is used.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simulator.errors import Problem, ScenarioError, SimulatorError

if TYPE_CHECKING:
    from simulator.experiments.design import Design, Outcome
    from simulator.experiments.until import Goal

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
        parser=lambda text: _read_share(text),
        help="make runs until the relative error is at most so much, such as 1%; -n is the most",
    ),
]
Of = Annotated[str, typer.Option("--of", metavar="MEASURE", help="what --until looks at")]
Workers = Annotated[
    int | None, typer.Option(min=1, max=256, help="processes; one a processor if not given")
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Out = Annotated[
    Path | None,
    typer.Option(
        help="folder to write tables (CSV) and the JSON to", callback=lambda path: _made(path)
    ),
]
TimesKind = Literal["arrivals", "service"]
TimeUnit = Literal["ns", "us", "ms", "s", "min", "h", "d"]
Strict = Annotated[bool, typer.Option("--strict", help="exit with 1 if an objective is not met")]


def main() -> None:
    """Run a command; turn errors into sentences and exit codes."""
    try:
        app()
    except SimulatorError as error:
        _say("\n".join([str(error), *getattr(error, "__notes__", ())]))
        sys.exit(BAD_INPUT)
    except BrokenPipeError:  # whoever read our output has gone, as in `simulator list | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception:
        traceback.print_exc()
        _say("This is a fault of the simulator, not of your file. Please report the lines above.")
        sys.exit(OUR_FAULT)


def _made(folder: Path | None) -> Path | None:
    """Make the folder before anything is run, lest results be lost for want of one."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be made: {error.strerror}") from None
    return folder


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _print_json(document: Any) -> None:
    print(json.dumps(document, indent=2, allow_nan=False))


@app.command("list")
def list_cases(as_json: AsJson = False) -> None:
    """List the case studies that come with the program."""
    from simulator.scenario.load import catalogue, load

    cases = [load(path) for path in catalogue().values()]
    if as_json:
        fields = ("scenario", "title", "chapter", "level", "minutes", "tags", "question")
        _print_json([{name: case.plain()[name] for name in fields} for case in cases])
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
            _say(f"{file}: warning: {warning}")
    if as_json:
        names = ("file", "line", "column", "path", "message", "hint")
        _print_json([{name: getattr(each, name) for name in names} for each in problems])
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
    as_json: AsJson = False,
    out: Out = None,
    strict: Strict = False,
) -> None:
    """Run a case study several times and print what happened, with confidence intervals."""
    from simulator.experiments.design import designs
    from simulator.tables import run_tables, show, write_run

    (wanted,) = designs(case, [variant or []], changes or [], seed, replications or _most(until))
    outcome = _execute([wanted], workers, goal=_goal(wanted, of, until))
    summary = outcome.summaries()[0]
    if out is not None:
        write_run(summary, out)
        _say(f"wrote tables and result.json to {out}")
    if as_json:
        _print_json(summary.as_json())
    else:
        show(*run_tables(summary))
    _exit(outcome, strict and not all(each["met"] for each in summary.objectives()))


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
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Compare a variant with the baseline (or --variant), in pairs with the same random numbers."""
    from simulator.experiments.compare import compare as pair
    from simulator.experiments.design import designs
    from simulator.tables import comparison_table, show, write_comparison

    wanted = designs(
        case, [variant or [], against], changes or [], seed, replications or _most(until)
    )
    outcome = _execute(wanted, workers, goal=_goal(wanted[0], of, until))
    comparison = pair(*outcome.summaries())
    if out is not None:
        write_comparison(comparison, out)
        _say(f"wrote result.json and latency.svg to {out}")
    if as_json:
        _print_json(comparison.as_json())
    else:
        show(comparison_table(comparison))
    _exit(outcome, False)


@app.command()
def trace(
    case: Case,
    variant: Variants = None,
    changes: Changes = None,
    seed: Seed = None,
    replications: Replications = None,
    workers: Workers = None,
    slowest: Annotated[
        int, typer.Option(min=1, max=100, help="how many requests of each kind to show")
    ] = 1,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Show the slowest, a median and a failed request step by step, and where the time goes."""
    from simulator.experiments.design import designs
    from simulator.exports.traces import trace_document, trace_tables, write_traces
    from simulator.tables import show

    wanted = designs(case, [variant or []], changes or [], seed, replications)
    outcome = _execute(wanted, workers, examples=slowest)
    summary = outcome.summaries()[0]
    if not summary.traced():
        _say("no run got as far as to be traced")
        raise typer.Exit(INTERRUPTED)
    if out is not None:
        written = write_traces(summary, out)
        _say(f"wrote {', '.join(path.name for path in written)} to {out}")
    if as_json:
        _print_json(trace_document(summary))
    else:
        show(*trace_tables(summary))
    _exit(outcome, False)


@app.command()
def findings(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[ID|FILE]...")] = None,
    replications: Replications = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Check the findings of case studies by running them; all cases if none is named."""
    from simulator.experiments.design import designs
    from simulator.experiments.findings import check_findings, variants_needed
    from simulator.scenario.load import catalogue, load
    from simulator.tables import findings_table, show

    documents, failed = [], False
    for case in cases or catalogue():
        scenario = load(case)
        needed = [[name] for name in variants_needed(scenario.findings)]
        outcome = _execute(designs(case, needed, [], None, replications), workers)
        rows = {name: outcome.rows[place] for place, (name,) in enumerate(needed)}
        verdicts = check_findings(scenario.findings, rows)
        failed |= any(each.status != "confirmed" for each in verdicts)
        documents += [each.as_json(scenario.scenario) for each in verdicts]
        if not as_json:
            show(findings_table(scenario, verdicts))
        if outcome.interrupted:
            raise typer.Exit(INTERRUPTED)
    if as_json:
        _print_json(documents)
    if failed:
        raise typer.Exit(FAILS)


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
        typer.Option(help="folder to write fit.svg and fit.json to", callback=lambda p: _made(p)),
    ] = None,
) -> None:
    """Fit distributions to recorded arrivals or service times, and print YAML to paste."""
    from simulator.fitting.column import read
    from simulator.fitting.report import fit as fitted
    from simulator.tables import show

    report = fitted(read(file, column, kind, unit), unit)
    if out is not None:
        from simulator.plots.fitted import fit_picture
        from simulator.plots.paper import save

        save(fit_picture(report.lengths_s, report.curves(), report.title()), out / "fit.svg")
        text = json.dumps(report.as_json(), indent=2, allow_nan=False)
        (out / "fit.json").write_text(text + "\n", encoding="utf-8")
        _say(f"wrote fit.svg and fit.json to {out}")
    for text in report.warnings():
        _say(f"warning: {text}")
    if as_json:
        _print_json(report.as_json())
    else:
        show(*report.tables())
        print(report.yaml())


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from simulator.scenario.schema import schema as scenario_schema

    _print_json(scenario_schema())


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
    rounds: Annotated[int, typer.Option(min=1, max=100, help="of both models in both styles")] = 7,
    as_json: AsJson = False,
) -> None:
    """Measure how many times faster than idiomatic SimPy the engine is; takes about a minute."""
    from simulator import bench as benchmark
    from simulator.tables import bench_table, progress, show

    finished = []
    with progress("rounds", rounds * len(benchmark.MODELS)) as advance:
        for lap in benchmark.laps(rounds):
            finished.append(lap)
            share = len(finished) / (rounds * len(benchmark.MODELS))
            advance(share, f"{lap.model}: {lap.ratio:.2f} times idiomatic SimPy")
    summary = benchmark.summary(finished)
    if as_json:
        _print_json(summary)
    else:
        show(bench_table(summary))


@app.command("app")
def start_app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="to listen on")] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="open no browser window")] = False,
    address: Annotated[str, typer.Option(help="network address to listen on")] = "localhost",
) -> None:
    """Start the app in the browser."""
    from importlib.util import find_spec

    from simulator.bundled import bundled

    if find_spec("streamlit") is None:
        _say("the app needs Streamlit; install it with: pip install 'simulator[app]'")
        raise typer.Exit(BAD_INPUT)
    script = bundled("app.py")
    _say(f"The app runs at http://{address}:{port} (stop it with Ctrl-C)")
    options = {"server.port": port, "server.address": address, "server.headless": headless}
    arguments = [f"--{name}={str(value).lower()}" for name, value in options.items()]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *arguments]
    os.execv(sys.executable, command)  # in place of this process, so that a signal reaches it


def _read_share(text: str) -> float:
    from pydantic_core import PydanticCustomError

    from simulator.scenario.source import parse_scalar
    from simulator.units import SHARE

    try:
        share = SHARE.read(parse_scalar(text))
    except PydanticCustomError as error:
        raise typer.BadParameter(error.message()) from None
    except ScenarioError:
        raise typer.BadParameter(f"found {text!r}; must be a ratio, such as 1%") from None
    if not 0 < share < 1:
        raise typer.BadParameter(f"found {text}; must be more than 0% and less than 100%")
    return share


def _most(until: float | None) -> int | None:
    """Replications at most, if nobody says so: as the file says, or as it takes."""
    from simulator.experiments.until import MOST

    return None if until is None else MOST


def _goal(design: Design, of: str, until: float | None) -> Goal | None:
    from simulator.experiments.until import goal

    return None if until is None else goal(design, of, until)


def _execute(
    wanted: Sequence[Design], workers: int | None, examples: int = 0, goal: Goal | None = None
) -> Outcome:
    """Make all runs with a progress bar, or as many as a goal takes; Ctrl-C keeps the finished.

    If none is, and one design is run, the runs under way are kept as partial ones.
    """
    from simulator.experiments.design import Outcome
    from simulator.experiments.execute import execute
    from simulator.experiments.until import Sharpening
    from simulator.scenario.checks import warnings
    from simulator.tables import progress

    told = (text for each in wanted for text in [*each.left_out, *warnings(each.scenario)])
    for text in dict.fromkeys(told):
        _say(f"warning: {text}")
    outcome = Outcome(wanted)
    tasks = outcome.tasks(examples)
    sharpening = Sharpening(goal, len(wanted)) if goal is not None else None
    runs = execute(tasks, workers, curves=True, tell=lambda share: advance(share))
    with progress("runs", len(tasks)) as advance, closing(runs):
        try:
            for each in runs:
                outcome.add(each)
                words = f"{each.task.variant}, run {each.task.replication + 1}"
                if sharpening is not None:
                    sharpening.add(outcome.place(each.task), each.row)
                    words = sharpening.words()
                    if sharpening.enough is not None:
                        outcome.keep(sharpening.enough)
                        break
                advance(each.done / each.of, words)
        except KeyboardInterrupt:
            outcome.interrupted = True
    if outcome.interrupted:
        done = outcome.finished()
        _say(f"interrupted: {done} of {len(tasks)} runs were finished")
        if not outcome.tells_something():
            raise typer.Exit(INTERRUPTED)
    if sharpening is not None:
        _say(sharpening.words())
    return outcome


def _exit(outcome: Outcome, fails: bool) -> None:
    if outcome.interrupted:
        raise typer.Exit(INTERRUPTED)
    if fails:
        raise typer.Exit(FAILS)
