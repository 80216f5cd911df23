"""What a visitor orders to be found out, and the command that does the same."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.experiments.job import Order, Wanted
from simulator.experiments.studies import Study
from simulator.plots.turned import Turned
from simulator.scenario import Scenario, apply
from simulator.scenario.claims import BASELINE
from simulator.ui.shelf import OWN, Opened

MEASURES = (
    *("latency_p99_s", "latency_p50_s", "latency_mean_s", "success_ratio", "goodput_per_s"),
    "cost_per_hour_usd",
)
"""That a picture may show."""


@dataclass(frozen=True)
class Asked:
    """A study as the widgets stand.

    Attributes:
        order: what is run.
        designs: how many there are to run.
        turned: what is turned, in order.
        measure: that the command is to show.
    """

    order: Order
    designs: int
    turned: Sequence[Turned] = field(default=())
    measure: str = "latency_p99_s"

    @property
    def study(self) -> Study:
        """What is to be found out."""
        assert self.order.study is not None
        return self.order.study

    @property
    def purpose(self) -> str:
        """The part of the page that its result is for."""
        return f"study:{self.study.kind}"

    def words(self) -> str:
        """What it costs."""
        runs = self.order.replications
        return f"{self.designs} designs, {runs} runs each: {self.designs * runs} runs"


def study_order(
    opened: Opened, study: Study, variant: str | None, replications: int, seed: int
) -> Order:
    """An order for a study of a variant, or of the case as its file has it."""
    return Order(
        text=opened.text,
        file=opened.file,
        folder=opened.folder,
        designs=(Wanted(variant=variant or BASELINE),),
        study=study,
        replications=replications,
        seed=seed,
    )


def freed_parts(scenario: Scenario, variant: str | None) -> int:
    """How many components an explanation makes free in turn."""
    if variant is not None:
        scenario = apply(scenario, variant)
    return sum(bool(spec.freed()) for spec in scenario.system.components.values())


def command(opened: Opened, asked: Asked) -> str:
    """The command line that makes the same study."""
    study, order = asked.study, asked.order
    words = ["simulator", study.kind, opened.file if opened.case == OWN else opened.case]
    (wanted,) = order.designs
    if wanted.variant != BASELINE:
        words += ["-v", wanted.variant]
    for text in study.over:
        words += ["--over", text]
    if study.kind == "stability":
        words += ["--after", f"{study.after:g}s", "--for", f"{study.length:g}s"]
    elif study.kind != "explain":
        words += ["--of", asked.measure]
    words += ["-n", str(order.replications)]
    if order.seed != opened.scenario.run.seed:
        words += ["--seed", str(order.seed)]
    return shlex.join(words)
