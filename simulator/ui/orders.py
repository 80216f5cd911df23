"""What a page orders to be run."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.experiments.findings import variants_needed
from simulator.experiments.job import Order, Wanted
from simulator.experiments.predictions import variants_asked
from simulator.scenario.claims import BASELINE
from simulator.ui.address import Settings
from simulator.ui.shelf import Opened


def order_of(opened: Opened, settings: Settings) -> Order:
    """The case as the knobs stand, a variant beside it, and what its prediction is about.

    The prediction is about the case as it is written, so knobs do not change that part.
    """
    changes = dict(settings.changes)
    turned = [Wanted(set=changes)]
    if settings.variant is not None:
        turned.append(Wanted(variant=settings.variant, set=changes))
    asked = opened.scenario.predict
    written = [Wanted(variant=name) for name in (variants_asked(asked) if asked else ())]
    runs = settings.replications, settings.seed
    return _order(opened, [*turned, *written], *runs, examples=1)


def findings_order(opened: Opened) -> Order:
    """All that the findings are about, as the file has it."""
    scenario = opened.scenario
    names = [BASELINE, *variants_needed(scenario.findings)]
    wanted = [Wanted(variant=name) for name in names]
    return _order(opened, wanted, scenario.run.replications, scenario.run.seed)


def _order(
    opened: Opened,
    designs: Iterable[Wanted],
    replications: int,
    seed: int,
    examples: int = 0,
) -> Order:
    different: list[Wanted] = []
    for each in designs:
        if each not in different:
            different.append(each)
    return Order(
        text=opened.text,
        file=opened.file,
        folder=opened.folder,
        designs=tuple(different),
        replications=replications,
        seed=seed,
        examples=examples,
    )
