"""Client: waits so long and no longer, and tries again.

Every try is a call of its own. A try that is not answered within ``timeout`` is given up; with
``cancels`` it is taken back from wherever it is, else it goes on and its late answer is dropped:
work done for nobody, which is how retries turn a short fault into a long one. ``deadline`` bounds
all tries and pauses together; when it has passed the request has timed out. An answer that comes at
the very end of either is in time. A server with ``heeds_callers`` knows of both, as where deadlines
are sent along, and does not begin a try that has been given up.

A failed try is made again after a pause (``backoff``), as long as there are ``retries`` left, the
``retry_budget`` of all requests together allows it, and the deadline has not passed. With a
``throttle`` the client refuses tries that it expects to be refused: such a call is rejected at
once, is not tried again, and is counted as throttled.

Clients may stand behind one another, as where every tier retries. Each counts the tries of the
calls that come to it; the record of a request shows those of the first client that it comes to.

A retry needs new service times unless ``same_work`` says that slow work is slow again.

Left out: what the client itself takes to send and receive; a limit to its open calls; waits that
the server asks for (Retry-After).

Source: Beyer et al., *Site Reliability Engineering*, 2016, chapters "Handling Overload" and
"Addressing Cascading Failures" (deadlines, retries, retry budgets, client-side throttling).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from simulator.components.client.plain import Client
from simulator.components.client.watchful import WatchfulClient
from simulator.kernel import ComponentSpec, Ref, Simulation, components
from simulator.policies.retrying import Backoff, Immediate, RetryBudget, backoffs, budgets
from simulator.policies.throttling import Throttle, throttles
from simulator.units import PositiveSeconds

__all__ = ["Client", "ClientSpec", "WatchfulClient"]

Retried = Literal["rejected", "timed_out", "failed"]


@components.register
class ClientSpec(ComponentSpec):
    """Sends each request on, with a timeout, retries and a budget for them."""

    kind: Literal["client"] = "client"
    next: Ref = Field(description="where its calls go")
    timeout: PositiveSeconds | None = Field(None, description="longest wait for one try")
    deadline: PositiveSeconds | None = Field(None, description="longest wait over all tries")
    cancels: bool = Field(
        False, description="whether a try that is given up stops its work (else it goes on unseen)"
    )
    retries: int = Field(0, ge=0, le=1000, description="tries after the first")
    retry_on: tuple[Retried, ...] = Field(
        ("rejected", "timed_out", "failed"), description="outcomes after which to try again"
    )
    backoff: Annotated[Backoff, backoffs] = Field(Immediate(), description="pause before a retry")
    retry_budget: Annotated[RetryBudget, budgets] | None = Field(
        None, description="limit to the retries of all requests together"
    )
    throttle: Annotated[Throttle, throttles] | None = Field(
        None,
        description="which tries it refuses itself, by what became of others; none if not given",
    )
    same_work: bool = Field(False, description="whether a retry needs what the first try needed")

    def contradictions(self) -> Iterator[str]:
        if self.timeout and self.deadline and self.timeout > self.deadline:
            yield f"timeout ({self.timeout:g} s) must not exceed deadline ({self.deadline:g} s)"

    def onward(self) -> dict[str, float]:
        return {self.next: 1.0}

    def build(self, name: str, sim: Simulation) -> Client:
        learns = self.retry_budget is not None and self.retry_budget.learns()
        return (WatchfulClient if learns or self.throttle else Client)(name, sim, self)
