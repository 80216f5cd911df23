"""Whatever needs many runs: replications, comparisons, findings."""

from simulator.experiments.compare import Comparison, compare
from simulator.experiments.execute import Progress, execute
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
    "compare",
    "execute",
    "row_of",
    "summarize",
]
