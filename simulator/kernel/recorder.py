"""What a run writes down: a row a request, and every measure at regular instants.

Counts and areas under levels are only ever read at ticks; what happened between two ticks is the
difference. One small table of running totals thus gives the averages of the whole window, of any
part of it whose ends are ticks, and the curves over time.

Memory is bounded: rows and samples are kept up to a cap; of later ones each interval between two
ticks has its counts and log-bucket histograms.
"""

from __future__ import annotations

from array import array
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import islice
from math import nan
from typing import Any

import numpy as np

from simulator.kernel.call import NUMBER, UNFINISHED, Call
from simulator.kernel.component import Component
from simulator.kernel.overflow import Overflow
from simulator.kernel.simulation import Simulation
from simulator.kernel.streams import Needs
from simulator.results import Beyond, ComponentRecord, Requests
from simulator.stats.sketch import Histogram

CAP = 5_000_000  # rows, and samples of one measure, that are kept one by one
MOST_SAMPLES = 2  # times the cap, of all measures together
BLOCK = 4096  # rows made room for at a time
NOT_ANSWERED = array("d", [nan]) * BLOCK
ONE_ATTEMPT = array("H", [1]) * BLOCK
MOST_ATTEMPTS = 2**16 - 1  # what the column holds


class RequestLog:
    """A row a request, in order of arrival: 20 bytes each, up to a cap.

    A row is opened when the request arrives and completed when it is answered; one that is never
    answered stays UNFINISHED. The workload writes into the columns itself where it can, because a
    method call would cost more than the stores.

    Args:
        needs: know the class of each request.
        deadlines_s: of each class by name, in the order of ``needs.names``.
        cap: rows that are kept.
    """

    def __init__(self, needs: Needs, deadlines_s: Sequence[float | None], cap: int = CAP) -> None:
        self._cap = cap
        self._class_indices = needs.name_indices_in_order()
        self.arrived_s = array("d")
        self.latency_s = array("d")
        self.outcome = bytearray()
        self.request_class = bytearray()
        self.attempts = array("H")
        self.open: int | None = None  # requests without an outcome, once they have been counted
        self._names = needs.name_indices
        self._overflow = Overflow(deadlines_s)
        self.tick = self._overflow.tick

    def grow(self, arrived_s: float, request_class: int) -> int:
        """Note the arrival of a request for which there is no row yet, and return the room now.

        Below the cap a block of rows is added, which are not answered yet; beyond it the request
        is only counted.
        """
        room = len(self.latency_s)
        if room >= self._cap:
            self._overflow.arrived(arrived_s, self._names[request_class])
            return room
        block = min(BLOCK, self._cap - room)
        self.latency_s.extend(NOT_ANSWERED[:block])
        self.outcome.extend(bytes([UNFINISHED]) * block)
        self.request_class.extend(islice(self._class_indices, block))
        self.attempts.extend(ONE_ATTEMPT[:block])
        self.arrived_s.append(arrived_s)
        return room + block

    def answered(self, call: Call, outcome: int, arrived_s: float, now_s: float) -> None:
        """Note an outcome the long way: of a request without a row, or after ``count_open``."""
        number = call.request[NUMBER]
        latency_s = now_s - arrived_s
        if number < len(self.latency_s):
            self.latency_s[number] = latency_s
            self.outcome[number] = outcome
            self.attempts[number] = min(call.attempts, MOST_ATTEMPTS)
        else:
            request_class = self._names[call.request_class]
            self._overflow.answered(arrived_s, latency_s, outcome, request_class, call.attempts)
        if self.open is not None:
            self.open -= 1

    def count_open(self) -> int:
        """How many of the requests that have arrived have no outcome yet; kept in ``open``."""
        with_row = self.outcome.count(UNFINISHED, 0, len(self.arrived_s))
        self.open = with_row + self._overflow.open
        return self.open

    def requests(self) -> Requests:
        """The rows as read-only arrays."""
        n = len(self.arrived_s)
        return Requests(
            _frozen(self.arrived_s, float, n),
            _frozen(self.latency_s, float, n),
            _frozen(self.outcome, np.uint8, n),
            _frozen(self.request_class, np.uint8, n),
            _frozen(self.attempts, np.uint16, n),
        )

    def beyond(self) -> Beyond | None:
        """What is known of the requests without a row; None if all have one."""
        return self._overflow.beyond()


class Recorder:
    """Reads all components at every tick.

    Args:
        sim: the run.
        components: what to read, by name.
        step_s: seconds between regular ticks.
        marks_s: further instants that must be ticks: ends of windows to be measured.
        log: is told of every tick.
        cap: samples of one measure kept one by one; fewer if there are many measures.
    """

    def __init__(
        self,
        sim: Simulation,
        components: Mapping[str, Component],
        step_s: float,
        marks_s: Iterable[float],
        log: RequestLog,
        cap: int = CAP,
    ) -> None:
        self.sim = sim
        self._log = log
        self.tick_s = array("d")
        self._step_s = step_s
        self._marks_s = sorted(set(marks_s))
        forms = [m.form for each in components.values() for m in each.measures.values()]
        cap = min(cap, MOST_SAMPLES * cap // max(1, forms.count("samples")))
        self._records = [_ComponentReader(each, cap) for each in components.values()]
        sim.process(self._tick())

    def _tick(self) -> Generator[Any, Any, None]:
        while True:
            self.read()
            yield self.sim.timeout(self._next_s() - self.sim.now)

    def _next_s(self) -> float:
        """The next regular tick, or a mark that comes before it.

        Counted from zero, so that no rounding adds up and no tick comes twice.
        """
        now_s = self.sim.now
        regular_s = (int(now_s / self._step_s * (1 + 1e-12)) + 1) * self._step_s
        return min([regular_s, *(mark_s for mark_s in self._marks_s if now_s < mark_s)])

    def read(self) -> None:
        """Take down every running total; at most once an instant."""
        now_s = self.sim.now
        if not self.tick_s or self.tick_s[-1] < now_s:
            self.tick_s.append(now_s)
            self._log.tick(now_s, self._next_s())
            for record in self._records:
                record.read(now_s, len(self.tick_s) - 2)

    def ticks(self) -> np.ndarray:
        """The instants of all ticks, shape ``(ticks,)``."""
        return _frozen(self.tick_s, float, len(self.tick_s))

    def components(self, costs: Mapping[str, float]) -> dict[str, ComponentRecord]:
        """What every component recorded, by name."""
        return {each.component.name: each.record(costs) for each in self._records}


class _ComponentReader:
    def __init__(self, component: Component, cap: int) -> None:
        self.component = component
        forms = {name: measure.form for name, measure in component.measures.items()}
        self._counts = [name for name, form in forms.items() if form == "count"]
        self._levels = [name for name, form in forms.items() if form == "level"]
        self._samples = [name for name, form in forms.items() if form == "samples"]
        self._totals = {n: array("d") for n in self._counts + self._levels + self._samples}
        peaked = [name for name in self._levels if component.measures[name].peaks]
        self._peaks = {name: array("d") for name in peaked}
        self._cap = cap
        self._left_out = dict.fromkeys(self._samples, 0)
        self._beyond: dict[str, dict[int, Histogram]] = {name: {} for name in self._samples}

    def read(self, now_s: float, interval: int) -> None:
        """Take down the totals; ``interval`` is the tick with which what ends now began."""
        component, totals = self.component, self._totals
        component.settle()
        for name in self._counts:
            totals[name].append(getattr(component, name))
        for name in self._levels:
            area = getattr(component, f"{name}_area") + getattr(component, name) * now_s
            totals[name].append(area)
        for name, peaks in self._peaks.items():
            peaks.append(getattr(component, f"{name}_peak"))
            setattr(component, f"{name}_peak", getattr(component, name))
        for name in self._samples:
            kept = getattr(component, name)
            totals[name].append(len(kept) + self._left_out[name])
            if len(kept) > self._cap:
                self._left_out[name] += len(kept) - self._cap
                self._beyond[name][interval] = Histogram()
                self._beyond[name][interval].add(np.array(kept[self._cap :]))
                del kept[self._cap :]

    def record(self, costs: Mapping[str, float]) -> ComponentRecord:
        component = self.component
        kept = {name: getattr(component, name) for name in self._samples}
        return ComponentRecord(
            measures=component.measures,
            totals={name: _frozen(each, float, len(each)) for name, each in self._totals.items()},
            peaks={name: _frozen(each, float, len(each)) for name, each in self._peaks.items()},
            samples={
                name: _frozen(each, float, min(len(each), self._cap)) for name, each in kept.items()
            },
            beyond={name: each for name, each in self._beyond.items() if each},
            cost_per_hour=costs[component.name],
        )


def _frozen(values: Any, dtype: Any, n: int) -> np.ndarray:
    """A read-only array of the first n values, without copying them."""
    found = np.frombuffer(values, dtype, n) if n else np.empty(0, dtype)
    found.flags.writeable = False
    return found
