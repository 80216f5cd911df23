"""Rows as runs would have left them, with the values that a test wants."""

from math import nan

from simulator.experiments.rows import Row


def rows(values, measure="latency_p99_s", variant="baseline", during=None, verdicts=None):
    """A row for each value of one measure; None for a run that was not made."""
    return [
        Row(
            variant=variant,
            seed=1,
            replication=replication,
            measures={measure: value if during is None else nan},
            windows={} if during is None else {during: {measure: value}},
            classes={},
            samples=100,
            verdict="stable" if verdicts is None else verdicts[replication],
            stopped_s=None,
            curves=None,
            wall_s=0.0,
        )
        for replication, value in enumerate(values)
        if value is not None
    ]
