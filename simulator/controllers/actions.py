"""What somebody on call can do about trouble: each action once, whoever decides on it.

An action is done at an instant. It knows nothing of what is wrong, and may do harm: a restart
loses the calls inside, and a machine that is asked for comes when it comes.

Left out: actions that fail, and those that need a second person's consent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from simulator.kernel import Simulation
from simulator.registry import Family, Spec
from simulator.units import Ratio, Seconds

if TYPE_CHECKING:
    from simulator.controllers.base import LiveController, Plan, Process

action_kinds = Family("action")


@dataclass(frozen=True)
class Reach:
    """What whoever acts has a hand on.

    Attributes:
        sim: the run.
        find: the live components behind a name.
        controllers: live, by name.
    """

    sim: Simulation
    find: Callable[[str], list[Any]]
    controllers: Mapping[str, LiveController]


class Action(Spec):
    """Something that is done to the running system."""

    kind: str

    def do(self, reach: Reach) -> None:
        """Do it, now; what takes time goes on by itself."""
        raise NotImplementedError

    def words(self) -> str:
        """What was done, in words for the log of events."""
        raise NotImplementedError

    def misfits(self, plan: Plan) -> Iterator[tuple[str, str]]:
        """Why it cannot be done there: the field and a message."""
        raise NotImplementedError


@action_kinds.register
class Restart(Action):
    """Ends all replicas of a component, or one after another, and starts them again.

    What was queued and in service fails; what comes meanwhile is refused. What slows a replica
    down from outside, or comes with its version, is there again afterwards.
    """

    kind: Literal["restart"] = "restart"
    of: str = Field(description="a component, or a group")
    takes: Seconds = Field(30.0, description="time until a replica is there again")
    rolling: bool = Field(False, description="whether the next one waits until one is there again")

    def do(self, reach: Reach) -> None:
        members = reach.find(self.of)
        rounds = [[each] for each in members] if self.rolling else [members]
        reach.sim.process(self._restart(reach.sim, rounds))

    def _restart(self, sim: Simulation, rounds: list[list[Any]]) -> Process:
        for members in rounds:
            for each in members:
                each.crash()
            yield sim.timeout(self.takes)
            for each in members:
                each.recover()

    def words(self) -> str:
        return f"{self.of} is restarted{', one by one' if self.rolling else ''}"

    def misfits(self, plan: Plan) -> Iterator[tuple[str, str]]:
        spec = plan.components.get(self.of.partition("[")[0])
        if message := plan.unknown(self.of, "component"):
            yield "of", message
        elif spec is not None and not spec.can_have("crash"):
            able = [name for name, each in plan.components.items() if each.can_have("crash")]
            found = f"this {spec.kind} cannot be restarted; in this system these can"
            yield "of", f"{found}: {', '.join(able) or 'none'}"


@action_kinds.register
class Flush(Action):
    """Empties a cache, as when what it holds is wrong."""

    kind: Literal["flush"] = "flush"
    of: str = Field(description="a cache, or a group of them")

    def do(self, reach: Reach) -> None:
        for each in reach.find(self.of):
            each.flush()

    def words(self) -> str:
        return f"{self.of} is emptied"

    def misfits(self, plan: Plan) -> Iterator[tuple[str, str]]:
        spec = plan.components.get(self.of.partition("[")[0])
        if message := plan.unknown(self.of, "component"):
            yield "of", message
        elif spec is not None and not spec.can_have("cache_flush"):
            yield "of", f"this {spec.kind} holds nothing that could be emptied"


@action_kinds.register
class Scale(Action):
    """Lets there be another number of replicas."""

    kind: Literal["scale"] = "scale"
    of: str = Field(description="the controller of the replicas, of kind manual_scaling")
    replicas: int = Field(ge=1, le=10_000, description="how many there are to be")

    def do(self, reach: Reach) -> None:
        fleet: Any = reach.controllers[self.of]
        fleet.want(self.replicas)
        fleet.changed()

    def words(self) -> str:
        return f"{self.of} is told to have {self.replicas} replicas"

    def misfits(self, plan: Plan) -> Iterator[tuple[str, str]]:
        spec: Any = plan.controllers.get(self.of)
        if message := plan.unknown(self.of, "controller"):
            yield "of", message
        if spec is None:
            return
        if spec.kind != "manual_scaling":
            yield "of", f"{self.of!r} is of kind {spec.kind!r}; must be a manual_scaling"
        elif self.replicas > spec.max_replicas:
            yield "replicas", f"found {self.replicas}; must be at most {spec.max_replicas}"


@action_kinds.register
class Shift(Action):
    """Gives the arms of a splitter other shares."""

    kind: Literal["shift"] = "shift"
    of: str = Field(description="a splitter")
    shares: dict[str, Ratio] = Field(min_length=1, description="arm -> part of the calls it gets")

    def do(self, reach: Reach) -> None:
        (splitter,) = reach.find(self.of)
        splitter.split(self.shares)

    def words(self) -> str:
        parts = ", ".join(f"{arm} {share:.4g}" for arm, share in self.shares.items())
        return f"{self.of} splits anew: {parts}"

    def misfits(self, plan: Plan) -> Iterator[tuple[str, str]]:
        spec: Any = plan.components.get(self.of)
        if message := plan.unknown(self.of, "component"):
            yield "of", message
        if spec is None:
            return
        if spec.kind != "splitter":
            yield "of", f"{self.of!r} is a {spec.kind}; must be a splitter"
            return
        if sorted(self.shares) != sorted(spec.arms):
            yield "shares", f"name each arm of {self.of}: {', '.join(spec.arms)}"
        if abs(sum(self.shares.values()) - 1) > 1e-9:
            yield "shares", f"the shares add up to {sum(self.shares.values()):g}; must be 1"


@action_kinds.register
class RollBack(Action):
    """Takes a release back."""

    kind: Literal["roll_back"] = "roll_back"
    of: str = Field(description="a release")

    def do(self, reach: Reach) -> None:
        release: Any = reach.controllers[self.of]
        release.roll_back("by hand")

    def words(self) -> str:
        return f"{self.of} is rolled back by hand"

    def misfits(self, plan: Plan) -> Iterator[tuple[str, str]]:
        spec: Any = plan.controllers.get(self.of)
        if message := plan.unknown(self.of, "controller"):
            yield "of", message
        elif spec is not None and not spec.can_roll_back:
            yield "of", f"{self.of!r} is of kind {spec.kind!r}, which cannot be rolled back"


@action_kinds.register
class Retrain(Action):
    """Asks for a new version of a model, trained on what is known by then."""

    kind: Literal["retrain"] = "retrain"
    of: str = Field(description="a retraining")

    def do(self, reach: Reach) -> None:
        trainer: Any = reach.controllers[self.of]
        trainer.ask("by hand")

    def words(self) -> str:
        return f"{self.of} is asked for a new version"

    def misfits(self, plan: Plan) -> Iterator[tuple[str, str]]:
        spec: Any = plan.controllers.get(self.of)
        if message := plan.unknown(self.of, "controller"):
            yield "of", message
        elif spec is not None and spec.kind != "retraining":
            yield "of", f"{self.of!r} is of kind {spec.kind!r}; must be a retraining"
