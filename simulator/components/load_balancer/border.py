"""The border of a zone: calls that cross it take their time, there and back."""

from __future__ import annotations

from typing import Any

from simulator.kernel import CANCELED, Answer, Call, Component, Simulation


class Border(Component):
    """Delays calls on their way to a replica in another zone, and answers on their way back.

    Args:
        name: of the load balancer whose calls cross.
        sim: the run.
        latency_s: of each direction, in seconds.
    """

    resting = "network"

    def __init__(self, name: str, sim: Simulation, latency_s: float) -> None:
        super().__init__(name, sim)
        self._latency_s = latency_s
        self._over = (self._arrive,)
        self._back = (self._return,)

    def cross(self, call: Call, replica: Component) -> None:
        """Hand a call to a replica beyond the border."""
        call.return_to(self, replica)
        self.hold(call, self._latency_s, self._over)

    def _arrive(self, call: Call) -> None:
        replica: Component = call.back[1]
        replica.accept(call)

    def returned(self, call: Call, outcome: int, state: Any) -> None:
        if outcome == CANCELED:
            call.answer(CANCELED)
        else:
            call.give_up = self._forget
            call.memo = answer = Answer(call, outcome)
            self.hold(answer, self._latency_s, self._back)

    def _return(self, answer: Answer) -> None:
        call = answer.call
        if call.memo is answer:  # else taken back meanwhile
            call.memo = call.give_up = None
            call.answer(answer.outcome)

    def _forget(self, call: Call) -> None:
        call.memo = None
