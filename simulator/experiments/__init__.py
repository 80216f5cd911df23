"""Whatever needs many runs: replications, comparisons, findings."""

from simulator.experiments.comparisons import Comparison, comparison_of
from simulator.experiments.execution import Progress, execute
from simulator.experiments.findings import Verdict, check_findings
from simulator.experiments.rows import Row, row_of
from simulator.experiments.summary import Summary, summarize

__all__ = [
    "Comparison",
    "Progress",
    "Row",
    "Summary",
    "Verdict",
    "check_findings",
    "comparison_of",
    "execute",
    "row_of",
    "summarize",
]
