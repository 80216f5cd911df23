"""DNS: a name that stands for one of several targets, as resolvers remember it.

Each request belongs to one of a population of resolvers, by luck of its own. A resolver answers
from its cache for the time to live of the record; then it asks the authority, for which the call
that found no answer waits for ``lookup_time``. Calls that come to the same resolver meanwhile wait
for the same lookup. The run begins as after a long time: every resolver holds an answer, and what
is left of the times to live is spread evenly. Some resolvers may keep answers longer than they
should (``overstays``, ``overstay_factor``).

The authority answers with the first of the ``targets`` that is well, or spreads calls over all of
them (``answers``). What is well it knows from health checks: probes, each a call of its own that
meets a target as users would, finds it refusing or silent, and waits for ``timeout`` at most. After
so many failures in a row a target leaves the record, after so many successes it is back; if no
target is well they are all answered with, for want of something better. Resolvers learn of it when
they ask again, and not before: that is the time to live.

With ``pinned_for`` users are a population as well, and each keeps a connection to the target that
it was once sent to: for that time from its opening no name is looked up. A call that fails breaks
its connection; one that is given up does not, as where many share a connection of HTTP/2.

In a crash of this component the authority is down. Lookups fail, or are not answered if it hangs;
what resolvers hold goes on being used.

Left out: resolvers of unequal size; the tree of zones above the record, whose times to live are
long; answers kept because the authority is down (RFC 8767), and remembered failures (RFC 2308);
caches in applications, which count as resolvers that overstay; several places that check health;
connections that are closed because they are idle.

Source: RFC 1034, section 3.6, and RFC 1035, section 3.2.1 (time to live); Moura et al., "Cache Me
If You Can: Effects of DNS Time-to-Live", IMC 2019. The default intervals are those of Amazon Route
53 (developer guide, "Values that you specify when you create or update health checks").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from simulator.components.dns.names import Dns
from simulator.components.dns.pinned import PinnedDns
from simulator.distributions import Time
from simulator.distributions.parametric import Constant
from simulator.kernel import ComponentSpec, Reference, Simulation, components
from simulator.policies.naming import AnswerPolicy, Failover, answer_policies
from simulator.registry import Spec
from simulator.units import PositiveSeconds, Ratio

__all__ = ["Dns", "DnsHealthCheck", "DnsSpec", "PinnedDns"]


class DnsHealthCheck(Spec):
    """Probes each target at regular intervals, from an instant of its own on."""

    interval: PositiveSeconds = Field(30.0, description="time from one probe to the next")
    timeout: PositiveSeconds = Field(4.0, description="longest wait for an answer to a probe")
    failures: int = Field(
        3, ge=1, le=1000, description="probes not answered ok in a row after which a target is out"
    )
    successes: int = Field(
        3, ge=1, le=1000, description="probes answered ok in a row after which it is back"
    )

    def contradictions(self) -> Iterator[str]:
        if self.timeout > self.interval:
            yield f"timeout ({self.timeout:g} s) must not exceed interval ({self.interval:g} s)"


@components.register
class DnsSpec(ComponentSpec):
    """Sends each call to the target that its resolver takes a name for."""

    kind: Literal["dns"] = "dns"
    targets: Annotated[tuple[str, ...], Reference()] = Field(
        min_length=1, max_length=1000, description="what the name may stand for, in this order"
    )
    answers: Annotated[AnswerPolicy, answer_policies] = Field(
        Failover(), description="which of the targets that are well it stands for"
    )
    ttl: PositiveSeconds = Field(60.0, description="time that resolvers may keep an answer")
    lookup_time: Time = Field(
        Constant(value=0.0), description="time to ask the authority, where there is no answer"
    )
    resolvers: int = Field(1000, ge=1, le=1_000_000, description="resolvers, equally busy")
    overstays: Ratio = Field(0.0, description="part of the resolvers that keep answers too long")
    overstay_factor: Annotated[float, Field(ge=1, le=1e6, allow_inf_nan=False)] = Field(
        10.0, description="how many times longer these do"
    )
    health_check: DnsHealthCheck | None = Field(
        None, description="how it finds out which targets are well; all are if not given"
    )
    pinned_for: PositiveSeconds | None = Field(
        None, description="age at which a user's connection is closed; none is kept if not given"
    )
    users: int = Field(
        10_000, ge=1, le=10_000_000, description="users, with a connection each, if it is kept"
    )

    suffers = frozenset({"crash"})

    def contradictions(self) -> Iterator[str]:
        if objection := self.answers.objection_to(len(self.targets)):
            yield objection
        if self.pinned_for is not None and self.users < self.resolvers:
            yield f"users ({self.users}) must not be fewer than resolvers ({self.resolvers})"

    def freed(self) -> dict[str, Any]:
        return {"lookup_time": 0.0}

    def onward(self) -> dict[str, float]:
        found = dict.fromkeys(self.targets, 0.0)
        for name, share in zip(self.targets, self.answers.shares(len(self.targets)), strict=True):
            found[name] += share
        return found

    def build(self, name: str, sim: Simulation) -> Dns:
        return (Dns if self.pinned_for is None else PinnedDns)(name, sim, self)
