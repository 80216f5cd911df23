"""Results as tables for whoever goes on computing with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.stats.intervals import Interval

if TYPE_CHECKING:
    import pandas as pd


class Tabular:
    """Something that can be had as a table."""

    __slots__ = ()

    def records(self) -> list[dict[str, Any]]:
        """The lines of the table, each as column -> value, in the units of the measures."""
        raise NotImplementedError

    def frame(self) -> pd.DataFrame:
        """The same as a data frame."""
        import pandas as pd  # here, because importing it takes long

        return pd.DataFrame(self.records())


def estimated(interval: Interval | None, name: str = "") -> dict[str, Any]:
    """The columns of an estimate: its mean and the half-width of its interval, or None for both."""
    start = f"{name}_" if name else ""
    mean = None if interval is None else interval.mean
    half_width = None if interval is None else interval.half_width
    return {name or "mean": mean, f"{start}half_width": half_width}
