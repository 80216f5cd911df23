"""What was fitted, in words, as JSON, and as YAML to paste."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.fitting.arrivals import Arrivals, observe
from simulator.fitting.candidates import Candidate, Written, candidates
from simulator.fitting.column import Column, located, unit_in
from simulator.fitting.text import flow, rate, time
from simulator.units import human

FAR = 0.1  # Kolmogorov-Smirnov distance that one sees at a glance
OFF = 0.05  # relative error of a mean that changes the load
DRAWN = 3  # candidates in the picture
AS_RATE = {"exponential": "poisson", "constant": "constant"}  # gaps -> a process of their own


@dataclass(frozen=True)
class Report:
    """The candidates for a column, and what to make of them.

    Attributes:
        column: what was read.
        unit: that its numbers were read in.
        lengths_s: what the candidates were fitted to: service times, or gaps between arrivals.
        found: the candidates, the best first; none if all lengths are the same.
        refused: of the kinds that do not fit, why.
        arrivals: what else is seen of arrivals.
        zeros: service times of 0, which were left out.
    """

    column: Column
    unit: str
    lengths_s: np.ndarray
    found: list[Candidate]
    refused: Mapping[str, str]
    arrivals: Arrivals | None = None
    zeros: int = 0

    @cached_property
    def mean_s(self) -> float:
        return float(self.lengths_s.mean())

    @cached_property
    def cv(self) -> float:
        return float(self.lengths_s.std() / self.mean_s)

    def yaml(self) -> str:
        """A field of a scenario file: the best candidate, and the others as comments."""
        if not self.found:
            return self._field({"kind": "constant", "value": time(self.mean_s)})
        best, *others = (self._field(each.written) for each in self.found)
        if self.arrivals is not None and not self.arrivals.is_steady:
            others.append(f"arrivals: {flow(_schedule(self.arrivals))}")
        return "\n".join([best, *(f"# {other}" for other in others)])

    def _field(self, written: Written) -> str:
        if self.arrivals is None:
            return f"service_time: {flow(written)}"
        if written["kind"] in AS_RATE:
            process = {"kind": AS_RATE[written["kind"]], "rate": rate(1 / self.mean_s)}
            return f"arrivals: {flow(process)}"
        return f"arrivals: {flow({'kind': 'renewal', 'gap': written})}"

    def warnings(self) -> Iterator[str]:
        """What somebody who pastes the YAML ought to know."""
        hint = unit_in(self.column.name)
        if hint not in (None, self.unit):
            yield f"the column's name says {hint}; its numbers were read as {self.unit}: see --unit"
        if self.zeros:
            yield f"{self.zeros} times of 0 were left out"
        if self.arrivals is not None:
            yield from self.arrivals.warnings()
        if not self.found:
            return
        best = self.found[0]
        if best.distance > FAR:
            instead = "draw from the measured times (kind: empirical)"
            if self.arrivals is not None:
                instead = "replay the record (kind: trace)"
            yield f"even the best fit is {best.distance:.2f} off; {instead} instead"
        if abs(best.spec.average() / self.mean_s - 1) > OFF:
            yield (
                f"its mean is {human(best.spec.average(), 's')}, that of the data "
                f"{human(self.mean_s, 's')}: the load will differ by as much"
            )

    def tables(self) -> Iterator[RenderableType]:
        """What was seen, and the candidates."""
        yield escape(self.title())
        yield self._summary()
        if self.found:
            yield self._candidates()

    def title(self) -> str:
        """What was read."""
        what = "arrivals" if self.arrivals is not None else "service times"
        return f"{self.column.path.name}, {self.column.name}: {self.column.seconds.size:,} {what}"

    def _summary(self) -> Table:
        table = Table(box=None, show_header=False)
        for row in self._facts():
            table.add_row(*row)
        return table

    def _facts(self) -> Iterator[tuple[str, str]]:
        of = ""
        if self.arrivals is not None:
            yield "rate", human(self.arrivals.rate_per_s, "/s")
            of = " gap"
        yield f"mean{of}", human(self.mean_s, "s")
        yield f"cv{of}", f"{self.cv:.3g}"
        for q in (0.5, 0.99):
            yield f"p{100 * q:g}{of}", human(float(np.quantile(self.lengths_s, q)), "s")
        if self.arrivals is not None:
            yield "correlation of gaps", f"{self.arrivals.correlation:.3f}"
            for each in self.arrivals.dispersion:
                yield f"dispersion over {human(each.window_s, 's')}", f"{each.index:.3g}"

    def _candidates(self) -> Table:
        table = Table(box=None, header_style="bold")
        table.add_column("distribution")
        for head in ("AIC − best", "KS distance", "mean", "parameters"):
            table.add_column(head, justify="right")
        for each in self.found:
            table.add_row(
                each.kind,
                f"{each.aic - self.found[0].aic:,.1f}",
                f"{each.distance:.4f}",
                human(each.spec.average(), "s"),
                str(each.parameters),
            )
        if self.refused:
            reasons = "; ".join(f"{kind} ({reason})" for kind, reason in self.refused.items())
            table.caption = escape(f"do not fit: {reasons}")
            table.caption_justify = "left"
        return table

    def curves(self) -> dict[str, Any]:
        """The laws of the best candidates by name, for a picture."""
        return {each.kind: each.law for each in self.found[:DRAWN]}

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        document: dict[str, Any] = {
            "file": str(self.column.path),
            "column": self.column.name,
            "kind": self.column.kind,
            "n": self.column.seconds.size,
            "mean_s": self.mean_s,
            "cv": self.cv,
            "candidates": [_as_json(each) for each in self.found],
            "refused": dict(self.refused),
            "warnings": [*self.warnings()],
            "yaml": self.yaml(),
        }
        if self.arrivals is not None:
            document["arrivals"] = {
                "rate_per_s": self.arrivals.rate_per_s,
                "gap_correlation": self.arrivals.correlation,
                "constant_rate_p_value": self.arrivals.unsteady,
                "dispersion": [
                    {"window_s": each.window_s, "index": each.index}
                    for each in self.arrivals.dispersion
                ],
            }
        return document


def _schedule(arrivals: Arrivals) -> Written:
    """A Poisson process with the rate of each tenth of the record."""
    first, *later = map(rate, arrivals.tenths_per_s)
    steps = [
        {"at": time(i * arrivals.tenth_s), "rate": each} for i, each in enumerate(later, start=1)
    ]
    return {"kind": "schedule", "rate": first, "steps": steps}


def _as_json(candidate: Candidate) -> dict[str, Any]:
    return {
        "kind": candidate.kind,
        "distribution": dict(candidate.written),
        "parameters": candidate.parameters,
        "aic": candidate.aic,
        "log_likelihood": candidate.log_likelihood,
        "ks_distance": candidate.distance,
        "mean_s": candidate.spec.average(),
    }


def fit(column: Column, unit: str = "s") -> Report:
    """Fit every kind of distribution to a column.

    Raises:
        SimulatorError: all arrivals at one instant, or hardly any service time above 0.
    """
    arrivals, zeros = None, 0
    if column.kind == "arrivals":
        if column.seconds[-1] == column.seconds[0]:
            raise located(column.path, 1, column.name, "all rows are at the same instant")
        arrivals = observe(column.seconds)
        lengths_s = arrivals.gaps_s
    else:
        lengths_s = column.seconds[column.seconds > 0]
        zeros = column.seconds.size - lengths_s.size
        if lengths_s.size < 2:
            raise located(column.path, 1, column.name, "found hardly a time above 0")
    same = lengths_s.max() <= lengths_s.min() * (1 + 1e-9)
    found, refused = ([], {}) if same else candidates(lengths_s)
    return Report(column, unit, lengths_s, found, refused, arrivals, zeros)
