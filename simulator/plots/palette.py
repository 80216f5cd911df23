"""Colors that the color-blind can tell apart, readable on light and on dark ground.

Source: Okabe and Ito, *Color Universal Design*, 2008.
"""

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILION, GRAY = "#56B4E9", "#D55E00", "#999999"

SERIES = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, "#B8A800", GRAY)
"""Of lines; the yellow is darker than theirs, which cannot be seen as a line on white."""

DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))
"""Of lines, so that color is not all that tells them apart."""

PERCENTILES = {"p99": VERMILION, "p95": ORANGE, "p50": SKY}
PERCENTILE_DASHES = {"p99": (1, 0), "p95": (6, 3), "p50": (2, 2)}

OUTCOMES = {
    "ok": GREEN,
    "rejected": ORANGE,
    "timed out": PINK,
    "failed": VERMILION,
    "unfinished": GRAY,
}

QUIET = "#7F7F7F"
"""Of labels inside a chart: four to one against white and against Streamlit's dark ground."""
