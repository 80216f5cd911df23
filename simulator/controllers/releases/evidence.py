"""Evidence: what is known of each arm of a splitter since a trial began, for a judge to see.

What callers saw of an arm is counted call by call. What its answers meant to users is known of
calls that were answered in time, once their labels have come in. The series have a value for each
interval: of calls whose outcome became known in it, of labels that came in, and of the measures of
the arm's components over its length.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from simulator.controllers.releases.gauges import Gauge
from simulator.kernel import OK
from simulator.policies.judging import Evidence

if TYPE_CHECKING:
    from simulator.components.splitter import Answers, Arm
    from simulator.world.predictions import Predictions

OF_LATENCY = {"latency_p50_s": 50, "latency_p90_s": 90, "latency_p95_s": 95, "latency_p99_s": 99}
OF_CALLERS = ("calls_per_s", "failed_ratio", "latency_mean_s", *OF_LATENCY)
OF_LABELS = ("harmed_ratio", "usd_mean")
METRICS = (*OF_CALLERS, *OF_LABELS)
"""Series that there are of every arm, whatever stands behind it; those of labels need a world."""


class Labels:
    """What the answers of an arm meant to the users that they reached, in any order.

    Attributes:
        known_s: when that is known of each, or infinite.
        usd: dollars that each brought.
        harms: whether it harmed the user.
    """

    def __init__(self) -> None:
        self.known_s = np.empty(0)
        self.usd = np.empty(0)
        self.harms = np.empty(0, bool)

    def add(self, log: Predictions, answers: Answers) -> None:
        """Look up what models had said to the calls that were answered ok."""
        told = answers.row >= 0
        if not told.any():
            return
        places = answers.row[told]
        first, end = int(places.min()), int(places.max()) + 1
        rows = log.since(first, end).chosen(places - first)
        # Not before the user has the answer, however early the truth is known.
        known_s = np.maximum(rows.known_s, (answers.sent_s + answers.latency_s)[told])
        self.known_s = np.concatenate([self.known_s, known_s])
        self.usd = np.concatenate([self.usd, rows.usd])
        self.harms = np.concatenate([self.harms, rows.harms])

    def between(self, from_s: float, to_s: float) -> np.ndarray:
        """Which became known after one instant and by another."""
        return (self.known_s > from_s) & (self.known_s <= to_s)


class ArmWatch:
    """Follows one arm through a trial.

    Args:
        arm: of a splitter; rows of its calls are kept from now on.
        log: of what models predict; None without a world.
        gauges: of the arm's components, by the name of the metric.
    """

    def __init__(
        self, arm: Arm, log: Predictions | None = None, gauges: Mapping[str, Gauge] | None = None
    ) -> None:
        arm.keep()
        self._arm = arm
        self._log = log
        self._gauges = gauges or {}
        self.begin(0.0)

    def begin(self, now_s: float) -> None:
        """Begin a new trial: calls that were sent before are none of it."""
        self._begun_s = self._closed_s = now_s
        self._row = self._arm.known
        self._labels = Labels()
        self._users = self._failed = 0
        self._latency_s = np.empty(0)
        self._since: tuple[int, int, int] = (0, 0, 0)  # users, failed, answered at the last close
        names = METRICS if self._log is not None else OF_CALLERS
        self._series: dict[str, list[float]] = {name: [] for name in (*names, *self._gauges)}
        for gauge in self._gauges.values():
            gauge.begin(now_s)

    def look(self, now_s: float) -> Evidence:
        """All that is known by now."""
        self._take_in()
        known = self._labels.between(-np.inf, now_s)
        return Evidence(
            users=self._users,
            failed=self._failed,
            labeled=int(np.count_nonzero(known)),
            harmed=int(np.count_nonzero(self._labels.harms[known])),
            latency_s=self._latency_s,
            usd=self._labels.usd[known],
            series={name: np.array(values) for name, values in self._series.items()},
        )

    def close(self, now_s: float) -> None:
        """End an interval: each series gets a value of the time since the last one ended."""
        self._take_in()
        row = self._of_callers(now_s - self._closed_s)
        if self._log is not None:
            row |= self._of_labels(self._labels.between(self._closed_s, now_s))
        row |= {name: gauge.read(now_s) for name, gauge in self._gauges.items()}
        for name, value in row.items():
            self._series[name].append(value)
        self._closed_s = now_s
        self._since = (self._users, self._failed, self._latency_s.size)

    def counts(self, answers: Answers) -> np.ndarray:
        """Which of some calls count in the trial."""
        mine: np.ndarray = answers.sent_s >= self._begun_s
        return mine

    def _take_in(self) -> None:
        """See to the calls whose outcome became known since the last time."""
        answers = self._arm.since(self._row)
        self._row = self._arm.known
        mine = self.counts(answers)
        answers = type(answers)(*(column[mine] for column in answers))
        ok = answers.outcome == OK
        self._users += len(ok)
        self._failed += int(np.count_nonzero(~ok))
        self._latency_s = np.concatenate([self._latency_s, answers.latency_s[ok]])
        if self._log is not None:
            self._labels.add(self._log, answers)

    def _of_callers(self, seconds: float) -> dict[str, float]:
        users, failed, answered = self._since
        users, failed = self._users - users, self._failed - failed
        latency_s = self._latency_s[answered:]
        found = {
            "calls_per_s": users / seconds if seconds else nan,
            "failed_ratio": failed / users if users else nan,
            "latency_mean_s": float(latency_s.mean()) if latency_s.size else nan,
        }
        percents = list(OF_LATENCY.values())
        values = np.percentile(latency_s, percents) if latency_s.size else [nan] * len(percents)
        return found | dict(zip(OF_LATENCY, map(float, values), strict=True))

    def _of_labels(self, new: np.ndarray) -> dict[str, float]:
        if not new.any():
            return dict.fromkeys(OF_LABELS, nan)
        harmed = float(self._labels.harms[new].mean())
        return {"harmed_ratio": harmed, "usd_mean": float(self._labels.usd[new].mean())}
