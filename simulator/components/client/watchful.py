"""A client that learns from what becomes of all its tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.components.client.plain import Client
from simulator.kernel import CANCELED, FAILED, OK, REJECTED, TIMED_OUT, Call, Simulation, count

if TYPE_CHECKING:
    from simulator.components.client import ClientSpec


class WatchfulClient(Client):
    """Tells its budget and its throttle of every answer, and refuses what the throttle says."""

    throttled = count("calls that it refused itself, at once or instead of a retry", better="lower")

    def __init__(self, name: str, sim: Simulation, spec: ClientSpec) -> None:
        super().__init__(name, sim, spec)
        luck = sim.uniforms(f"{name}.throttle")
        self._throttle = spec.throttle.start(luck, lambda: sim.now) if spec.throttle else None

    def accept(self, call: Call) -> None:
        if self._throttle is not None and self._throttle.refuses():
            self.throttled += 1
            call.answer(REJECTED)
        else:
            super().accept(call)

    def _retry(self, call: Call) -> None:
        if self._throttle is not None and self._throttle.refuses():
            self.throttled += 1
            call.answer(REJECTED)
        else:
            super()._retry(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        self._learn(FAILED if outcome == CANCELED else outcome)
        super().returned(call, outcome, state)

    def _expire(self, attempt: Call, call: Call) -> None:
        self._learn(TIMED_OUT)
        super()._expire(attempt, call)

    def _learn(self, outcome: int) -> None:
        if outcome == OK and self._throttle is not None:
            self._throttle.accepted()
        if self._budget is not None and (outcome == OK or outcome in self._retry_on):
            self._budget.answered(outcome == OK)
