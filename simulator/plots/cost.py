"""What the components cost, one bar each."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from simulator.plots.axes import DOLLARS, from_zero
from simulator.plots.palette import BLUE, QUIET
from simulator.units import human

BAR_HEIGHT = 34  # pixels


def cost(per_hour: Mapping[str, float]) -> alt.LayerChart:
    """Dollars an hour by component, the dearest first.

    Args:
        per_hour: name -> dollars an hour, replicas together.
    """
    rows = [(name, value, f"{human(value, '$')}/h") for name, value in per_hour.items()]
    base = alt.Chart(pd.DataFrame(rows, columns=["component", "value", "shown"])).encode(
        y=alt.Y("component:N", sort="-x", title=None, axis=alt.Axis(domain=False, ticks=False)),
        x=alt.X(
            "value:Q",
            title=None,
            scale=from_zero(max(per_hour.values(), default=0.0)),
            axis=alt.Axis(labelExpr=DOLLARS, tickCount=4),
        ),
    )
    bars = base.mark_bar(color=BLUE, cornerRadiusEnd=3, height=18)
    bars = bars.encode(tooltip=["component:N", "shown:N"])
    text = base.mark_text(align="left", dx=6, color=QUIET).encode(text="shown:N")
    return alt.layer(bars, text).properties(height=BAR_HEIGHT * len(rows) + 30)
