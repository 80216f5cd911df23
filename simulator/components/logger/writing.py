"""A logger at work: whose records wait where, and who waits for them."""

from __future__ import annotations

from collections import deque
from math import prod
from typing import TYPE_CHECKING, Any

from simulator.components.logger.pipe import Pipe
from simulator.kernel import (
    CANCELED,
    OK,
    Call,
    Component,
    Find,
    Simulation,
    Timer,
    count,
    level,
    ratio,
    samples,
)
from simulator.kernel.call import IGNORED, NUMBER
from simulator.policies.sampling import is_chosen

if TYPE_CHECKING:
    from simulator.components.logger import LoggerSpec


class Batch:
    """The records of one call.

    Attributes:
        records, size: how many, and their bytes.
        outcome: of the call, with which it goes on.
        call: that waits for them; None if none does.
        since_s: since when it waits.
    """

    __slots__ = ("call", "outcome", "records", "since_s", "size")

    def __init__(self, records: int, size: int, outcome: int, since_s: float) -> None:
        self.records = records
        self.size = size
        self.outcome = outcome
        self.call: Call | None = None
        self.since_s = since_s


class Logger(Component):
    written = count("records written", better="higher")
    lost = count("records lost, for want of room or because the log was down", better="lower")
    lost_of_failures = count("records lost of calls that were not ok", better="lower")
    left_out = count("records of written levels that sampling left out")
    written_bytes = count("bytes written", unit="B")
    spent_usd: float = count("dollars for what was written", better="lower", unit="$")
    buffered_bytes = level(
        "bytes that wait to be written or are being written", "lower", peaks=True, unit="B"
    )
    writing = level("whether something is being written: 1, or 0")
    blocked = level("calls that wait for the log", better="lower", peaks=True)
    blocked_s = samples("time that the log kept a call")
    lost_ratio = ratio(
        "part of the records that was lost", "lost", "lost", "written", better="lower"
    )
    utilization = ratio("part of the time in which something was written", "writing")
    resting = "service"

    def __init__(self, name: str, sim: Simulation, spec: LoggerSpec) -> None:
        super().__init__(name, sim)
        self.spec = spec
        self._next: Component | None = None
        self._size = sim.needs.add(f"{name}.record_size", spec.record_size)
        self._records = spec.made(spec.records)
        self._of_failures = self._records + spec.made(spec.records_of_failures)
        self._price: float = spec.price_per_byte()
        self._pipe = Pipe(spec.rate / 8, (spec.peak_rate or spec.rate) / 8, spec.burst)
        self._queue: deque[Batch] = deque()  # in the buffer, the oldest first
        self._outside: deque[Batch] = deque()  # for which there is no room in the buffer yet
        self._under_way: list[Batch] = []  # what is being written
        self._timer = Timer()
        self._frozen: list[tuple[float, Any]] = []
        self._outages = 0
        self._stops = 0
        self._slowdowns: list[float] = []
        self._written = (self._finish,)
        self._leave = self._let_go

    def connect(self, find: Find) -> None:
        if self.spec.next is not None:
            (self._next,) = find(self.spec.next)

    def probe(self, call: Call) -> None:
        if self._next is None:
            call.answer(OK)
        else:
            self._next.probe(call)

    def pace(self, call: Call) -> float:
        """1 while the call's own records are being written, 0 while it waits for that."""
        return float(not self._stops and any(each.call is call for each in self._under_way))

    def accept(self, call: Call) -> None:
        if self._next is None:
            self._log(call, OK)
        else:
            call.return_to(self, None)
            self._next.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        self._log(call, outcome)

    def _log(self, call: Call, outcome: int) -> None:
        """Take a call's records, and let it go on as soon as it may."""
        records = self._records if outcome == OK else self._of_failures
        keep = self.spec.keep if outcome == OK else self.spec.keep_failures
        number = call.request[NUMBER]
        if not records or number < 0:  # a check, on behalf of no request
            call.answer(outcome)
            return
        if not is_chosen(number, keep):
            self.left_out += records
            call.answer(outcome)
            return
        size = round(records * call.request[self._size])
        batch = Batch(records, size, outcome, self.sim.now)
        if self._take(batch) or outcome == CANCELED:  # for which nobody waits
            self.blocked_s.append(0.0)
            call.answer(outcome)
        else:
            self._keep_waiting(call, batch)

    def _take(self, batch: Batch) -> bool:
        """Take records; whether their call may go on at once."""
        spec = self.spec
        if self._outages:
            self._lose(batch)
        elif spec.mode == "sync":
            self._put(batch)
            return False
        elif not self._outside and self._fits(batch):
            self._put(batch)
        elif spec.when_full == "block":
            self._outside.append(batch)
            return False
        elif spec.when_full == "drop_oldest" and self._make_room(batch):
            self._put(batch)
        else:
            self._lose(batch)
        return True

    def _fits(self, batch: Batch) -> bool:
        """Whether there is room; what is larger than the buffer has it to itself."""
        return not self.buffered_bytes or self.buffered_bytes + batch.size <= self.spec.buffer

    def _make_room(self, batch: Batch) -> bool:
        """Lose what has waited longest until there is room; whether there is some then."""
        while self._queue and not self._fits(batch):
            oldest = self._queue.popleft()
            self._shift_bytes(-oldest.size)
            self._lose(oldest)
        return self._fits(batch)

    def _lose(self, batch: Batch) -> None:
        self.lost += batch.records
        if batch.outcome != OK:
            self.lost_of_failures += batch.records

    def _shift_bytes(self, size: int) -> None:
        self.buffered_bytes += size
        self.buffered_bytes_area -= size * self.sim.now
        if self.buffered_bytes > self.buffered_bytes_peak:
            self.buffered_bytes_peak = self.buffered_bytes

    # Writing

    def _put(self, batch: Batch) -> None:
        self._shift_bytes(batch.size)
        self._queue.append(batch)
        self._begin()

    def _begin(self) -> None:
        """Write what waits, unless something is being written already."""
        if self._under_way or self._stops or not self._queue:
            return
        batch = self._queue.popleft()
        self._under_way.append(batch)
        size = batch.size
        while self._queue and size + self._queue[0].size <= self.spec.flush_size:
            batch = self._queue.popleft()
            self._under_way.append(batch)
            size += batch.size
        self.writing = 1
        self.writing_area -= self.sim.now
        takes_s = self.spec.write_time + self._pipe.takes_s(size, self.sim.now)
        self.hold(self._timer, takes_s * prod(self._slowdowns), self._written)

    def _end_write(self) -> list[Batch]:
        """Write no more; what was being written."""
        batches, self._under_way = self._under_way, []
        if batches:
            self.writing = 0
            self.writing_area += self.sim.now
        return batches

    def _finish(self, timer: Any) -> None:
        free = self._end_write()  # those whose calls may go on
        for batch in free:
            self._shift_bytes(-batch.size)
            self.written += batch.records
            self.written_bytes += batch.size
            self.spent_usd += batch.size * self._price
        while self._outside and self._fits(self._outside[0]):
            batch = self._outside.popleft()
            self._shift_bytes(batch.size)
            self._queue.append(batch)
            free.append(batch)
        self._begin()
        self._set_free(free)

    # Calls that wait

    def _keep_waiting(self, call: Call, batch: Batch) -> None:
        self.blocked += 1
        self.blocked_area -= self.sim.now
        if self.blocked > self.blocked_peak:
            self.blocked_peak = self.blocked
        batch.call = call
        call.memo = batch
        call.give_up = self._leave

    def _let_go(self, call: Call) -> None:
        batch: Batch = call.memo
        batch.call = None
        self.blocked -= 1
        self.blocked_area += self.sim.now

    def _set_free(self, batches: list[Batch]) -> None:
        for batch in batches:
            call = batch.call
            if call is not None:  # else it went on at once, or was taken back
                self._let_go(call)
                call.give_up = None
                self.blocked_s.append(self.sim.now - batch.since_s)
                call.answer(batch.outcome)

    # Faults

    def crash(self, hangs: bool = False) -> None:
        """Lose what is here and what comes, or write nothing any more, until ``recover``."""
        if hangs:
            self.stop()
            return
        self._outages += 1
        lost = [*self._end_write(), *self._queue, *self._outside]
        self._shift_bytes(-self.buffered_bytes)
        self._queue.clear()
        self._outside.clear()
        self._frozen = []
        self._timer.callbacks = IGNORED
        self._timer = Timer()  # the other one still lies in the event list
        for batch in lost:
            self._lose(batch)
        self._set_free(lost)

    def recover(self, hangs: bool = False) -> None:
        """End one crash."""
        if hangs:
            self.go_on()
        else:
            self._outages -= 1

    def stop(self) -> None:
        """Let writing rest until ``go_on``."""
        self._stops += 1
        if self._stops == 1:
            self._frozen = self.withdraw(self._written)

    def go_on(self) -> None:
        """End one stop; after the last one, what was being written goes on where it was."""
        self._stops -= 1
        if not self._stops:
            frozen, self._frozen = self._frozen, []
            for left_s, timer in frozen:
                self.hold(timer, left_s, self._written)
            self._begin()

    def slow_down(self, factor: float) -> None:
        """Make writing take ``factor`` times as long, also what is left of the write begun."""
        self._slowdowns.append(factor)
        self._stretch(factor)

    def speed_up(self, factor: float) -> None:
        """End a slowdown by ``factor``."""
        self._slowdowns.remove(factor)
        self._stretch(1 / factor)

    def _stretch(self, factor: float) -> None:
        self.stretch(self._written, factor)
        self._frozen = [(left_s * factor, timer) for left_s, timer in self._frozen]
