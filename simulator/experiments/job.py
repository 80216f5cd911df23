"""Runs for a program that must not run them itself, such as the app: a process that speaks JSON.

    python -m simulator.experiments.job < order.json

It reads an ``Order`` from standard input and writes one JSON object a line:

* ``{"event": "progress", "done": 3, "of": 16, "share": 0.21, "requests_per_s": 250000.0}`` after a
  run and while one is under way: ``share`` is that of all the simulated time;
* ``{"event": "result", "complete": false, ...}`` now and then, with the document of the runs so
  far, so that whoever ends the job early keeps them; the last one is complete;
* ``{"event": "error", "message": ..., "problems": [...]}`` if it cannot go on.

If ``SIMULATOR_STORE`` names a folder, runs are looked up and stored there (``store``).

An interrupt (SIGINT) to this process alone ends it in an orderly way: if no run is finished yet,
those under way are stopped, and the last document is that of what they had. Its designs say
``"complete": false``; there are no comparisons and no verdicts on claims in it.

Empty lines are its pulse. When nobody can read them any more it ends, and its workers with it:
it leads a process group of its own, which whoever started it ends as a whole.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread
from time import perf_counter, sleep
from typing import Any, TextIO

from pydantic import Field

from simulator.errors import ScenarioError, SimulatorError
from simulator.experiments.design import Design, Outcome, design
from simulator.experiments.document import document
from simulator.experiments.execution import Progress, execute
from simulator.experiments.rows import Task
from simulator.experiments.store import VARIABLE, stored_in
from simulator.experiments.studies import Plan, Study
from simulator.registry import Spec
from simulator.scenario import Scenario, parse
from simulator.scenario.claims import BASELINE
from simulator.version import __version__

PULSE_S = 0.25
PARTIAL_S = 0.5  # between documents of the runs so far: building one takes a while


class Wanted(Spec):
    """A design to be run: a variant and what else is changed."""

    variant: str = Field(BASELINE, description="name of the variant")
    set: dict[str, Any] = Field({}, description="dotted path -> value, over the variant's")

    def design_of(self, scenario: Scenario) -> Design:
        """The scenario with all of this applied and checked."""
        return design(scenario, () if self.variant == BASELINE else (self.variant,), self.set)


class Order(Spec):
    """What a job is to run."""

    text: str = Field(description="the scenario file")
    file: str = Field(description="its name in problems")
    folder: str | None = Field(None, description="where its paths lead from; none: not allowed")
    designs: tuple[Wanted, ...] = Field(min_length=1, description="the first is the reference")
    study: Study | None = Field(
        None, description="to be made of the first design, whose document is then the result"
    )
    replications: int = Field(ge=1, le=10_000, description="runs of each design")
    seed: int = Field(ge=0, description="fixes every random number")
    examples: int = Field(
        0, ge=0, le=100, description="requests of each kind to trace in the first run of a design"
    )
    workers: int | None = Field(None, ge=1, description="processes; as many as processors if none")

    def digest(self) -> str:
        """Identity of the result: of everything but how fast it is to be had."""
        text = self.model_dump_json(exclude={"workers"})
        return sha256(f"{__version__}\n{text}".encode()).hexdigest()


class Channel:
    """Where a job reports to. When nobody listens any more, the job ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()

    def send(self, event: str, **content: Any) -> None:
        """Report something; NaN, which JSON does not have, is an error of ours."""
        self._write(json.dumps({"event": event, **content}, allow_nan=False))

    def keep_alive(self) -> None:
        """Show for ever that this process is there, and find out whether the other one is."""
        while True:
            sleep(PULSE_S)
            self._write("")

    def _write(self, line: str) -> None:
        try:
            with self._lock:
                self._stream.write(f"{line}\n")
                self._stream.flush()
        except BrokenPipeError:
            os.killpg(0, signal.SIGTERM)


def main() -> None:
    """Run what is ordered on standard input."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    channel = Channel(sys.stdout)
    Thread(target=channel.keep_alive, daemon=True).start()
    try:
        _run(Order.model_validate_json(sys.stdin.read()), channel)
    except ScenarioError as error:
        channel.send("error", message="", problems=[asdict(each) for each in error.problems])
    except SimulatorError as error:
        channel.send("error", message=str(error), problems=[])
    except Exception as error:
        traceback.print_exc()
        message = f"The simulation broke off: {type(error).__name__}. This is a fault of ours."
        channel.send("error", message=message, problems=[])


def _run(order: Order, channel: Channel) -> None:
    folder = Path(order.folder) if order.folder else None
    settings = {"seed": order.seed, "replications": order.replications}
    scenario = parse(order.text, order.file, folder).with_run(**settings)
    report = _report(order, scenario, channel)
    place = os.environ.get(VARIABLE)
    with stored_in(Path(place) if place else None, _warn) as store:
        curves = order.study is None
        runs = execute(report.tasks, order.workers, curves, report.under_way, store=store)
        try:
            for finished in runs:
                report.finished(finished)
        except KeyboardInterrupt:
            report.interrupted()


def _report(order: Order, scenario: Scenario, channel: Channel) -> _Report:
    """What is to be run, and how it will be told."""
    wanted = [each.design_of(scenario) for each in order.designs]
    if order.study is None:
        outcome = Outcome(wanted)
        return _Report(scenario, outcome, channel, outcome.tasks(order.examples, 1))
    plan = order.study.plan(wanted[0])
    outcome = Outcome(plan.designs())
    tasks = outcome.tasks(examples=int(plan.traced), traced_designs=1)
    return _Report(scenario, outcome, channel, tasks, plan)


def _warn(text: str) -> None:
    """Tell whoever runs the app, not its visitors: nothing is lost."""
    sys.stderr.write(f"warning: {text}\n")


class _Report:
    """What is told of a job while it runs."""

    def __init__(
        self,
        scenario: Scenario,
        outcome: Outcome,
        channel: Channel,
        tasks: list[Task],
        plan: Plan | None = None,
    ) -> None:
        self.tasks = tasks
        self._plan = plan
        self._scenario, self._outcome, self._channel = scenario, outcome, channel
        self._began_s = self._reported_s = perf_counter()
        self._requests = 0.0
        self._done = 0

    def under_way(self, share: float) -> None:
        speed = self._requests / (perf_counter() - self._began_s)
        numbers = {"done": self._done, "of": len(self.tasks)}
        self._channel.send("progress", **numbers, share=share, requests_per_s=speed)

    def finished(self, run: Progress) -> None:
        self._outcome.add(run)
        if run.row.stopped_s is not None:
            return
        self._done = run.done
        if not run.is_stored:
            self._requests += run.row.measures["arrived"]
        self.under_way(run.done / run.of)
        is_last = run.done == run.of
        is_time = perf_counter() - self._reported_s > PARTIAL_S
        if is_last or (is_time and self._outcome.rows[0]):
            self._send_result(is_last)

    def interrupted(self) -> None:
        if self._outcome.rows[0]:
            self._send_result(False)

    def _send_result(self, is_complete: bool) -> None:
        if self._plan is None:
            content: dict[str, Any] | None = document(self._scenario, self._outcome)
        else:
            content = self._plan.document(self._outcome)
        if content is not None:
            self._channel.send("result", **{**content, "complete": is_complete})
        self._reported_s = perf_counter()


if __name__ == "__main__":
    main()
