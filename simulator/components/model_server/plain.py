"""Model servers that have their features at hand, and what all model servers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.components.model_server.warm_up import Warmth
from simulator.errors import SimulationError
from simulator.kernel import (
    FAILED,
    Call,
    Find,
    OrderedStation,
    Simulation,
    Timer,
    Uniform,
    count,
    ratio,
)
from simulator.kernel.call import IGNORED, NUMBER
from simulator.kernel.told import Told
from simulator.kernel.wiring import group_of
from simulator.policies.discipline import Fifo
from simulator.units import human
from simulator.world.predictions import POSITIVE, SAID

if TYPE_CHECKING:
    from simulator.components.model_server import ModelServerSpec

BITS = 8  # of a byte


class ModelServer(OrderedStation):
    """Keeps in the ``memo`` of a call that was begun the model that answers it, and its reading."""

    hits = count("positives that were seen", better="higher")
    misses = count("positives that were not seen", better="lower")
    false_alarms = count("negatives taken for positive", better="lower")
    passes = count("negatives taken for what they are", better="higher")
    recall = ratio("part of the positives that was seen", "hits", "hits", "misses", better="higher")
    precision = ratio(
        "part of those taken for positive that is", "hits", "hits", "false_alarms", better="higher"
    )

    def __init__(self, name: str, sim: Simulation, spec: ModelServerSpec) -> None:
        need = sim.needs.add(f"{group_of(name)}.service", spec.service_time)
        line = Fifo().start(sim, name, need)
        super().__init__(name, sim, spec.workers, spec.queue_limit, need, None, line)
        self.spec = spec
        self._error = sim.needs.add(f"{group_of(name)}.error", Uniform())
        self._world: Any = None  # of type World from `connect` on, as what follows
        self._model: Any = None
        self._reading: Any = None
        self._factor = 1.0
        self._warmth = None if spec.warm_up is None else Warmth(spec.warm_up, sim.now)
        self._kept = [spec.model, *spec.also_holds]  # in memory
        self._loading: _Load | None = None
        self._loaded = (self._turn,)

    def connect(self, find: Find) -> None:
        super().connect(find)
        spec, world = self.spec, self.sim.world
        self._world = world
        self._reading = world.reading(spec.feature_age, spec.feature_age_by_name, spec.missing)
        self._answer_by(spec.model)

    # Versions

    @property
    def version(self) -> str:
        """The version that answers the calls which are begun now."""
        return str(self._model.name)

    def serve(self, version: str) -> None:
        """Let another version of the model answer, as soon as it is in memory.

        It answers the calls that are begun from then on. The one before stays in memory as long as
        nothing else needs its room, so that turning back takes no time.

        Raises:
            SimulationError: it does not fit into the memory.
        """
        load, self._loading = self._loading, None
        if load is not None:  # another order, which is void now
            load.callbacks = IGNORED
            if load.stops:
                self.go_on()
        if not self.workers:  # a replica that is not there yet: it begins with this version
            self._kept = [version, *self.spec.also_holds]
            self._answer_by(version)
        elif version in self._kept:
            self._answer_by(version)
        else:
            self._make_room(version)
            self._load(version)

    def _load(self, version: str) -> None:
        takes_s = self.load_s([version])
        load = _Load(version, stops=self._model.name not in self._kept)
        if not takes_s:
            load.stops = False
            self._turn(load)
            return
        self._loading = load
        if load.stops:
            self.stop()
        self.hold(load, takes_s, self._loaded)

    def _turn(self, load: _Load) -> None:
        """The version is in memory: let it answer."""
        self._loading = None
        self._kept.append(load.version)
        self._answer_by(load.version)
        self._cool()
        if load.stops:
            self.go_on()

    def _answer_by(self, version: str) -> None:
        self._model = self._world.models[version]
        self._factor = self._model.spec.service_time_factor

    def _make_room(self, version: str) -> None:
        """Let versions leave the memory until another fits, the one that answers last of all."""
        memory = self.spec.memory_bytes
        if memory is None:
            return
        if self._bytes([version]) > memory:
            takes, has = human(self._bytes([version]), "B"), human(memory, "B")
            raise SimulationError(f"{version!r} takes {takes}; {self.name!r} has only {has}")
        leaving = [self._model.name, *(each for each in self._kept if each != self._model.name)]
        while self._bytes([*self._kept, version]) > memory:
            self._kept.remove(leaving.pop())

    def _bytes(self, versions: list[str]) -> float:
        return sum(float(self._world.models[each].spec.memory) for each in versions)

    def load_s(self, versions: list[str]) -> float:
        """How long it takes to load some versions, one after the other, in seconds."""
        bandwidth = self.spec.load_bandwidth
        return BITS * self._bytes(versions) / bandwidth if bandwidth is not None else 0.0

    # A new replica, or one after a crash

    def start_s(self) -> float:
        return self.load_s([self._model.name, *self.spec.also_holds])

    def enter(self) -> None:
        super().enter()
        self._kept = [self._model.name, *self.spec.also_holds]
        self._cool()

    def recover(self, hangs: bool = False) -> None:
        super().recover(hangs)
        self._cool()

    def _cool(self) -> None:
        if self._warmth is not None:
            self._warmth.cool(self.sim.now)

    # Calls

    def _begin(self, call: Call) -> None:
        self.wait_s.append(self.sim.now - call.since_s)
        call.give_up = self._leave_worker
        call.memo = (self._model, self._reading_of(call))
        takes_s = call.request[self._need] * self._slowness * self._factor
        if self._warmth is not None:
            takes_s *= self._warmth.factor(self.sim.now)
        self.hold(call, takes_s, self._finished)

    def _reading_of(self, call: Call) -> Any:
        """How the model gets to see the features of a call that is begun."""
        return self._reading

    def _pass_on(self, call: Call) -> None:
        number = call.request[NUMBER]
        if number >= 0:  # else nobody's request: a health check that is served like one
            errors: float = call.memo[0].spec.error_ratio
            if errors and call.request[self._error] < errors:
                self.served += 1
                self.failed += 1
                call.answer(FAILED)
                return
            self._judge(number, call)
        super()._pass_on(call)

    def _judge(self, number: int, call: Call) -> None:
        """Answer, count what is right about it, and let the call take the answer along."""
        world = self._world
        told = call if isinstance(call, Told) else None
        is_shadow = told is not None and told.is_shadow
        model, reading = call.memo
        row: int = world.predict(number, self.sim.now, model, reading, is_shadow, call.key)
        if told is not None:
            told.row = row
        flags: int = world.predictions.flags(row)
        if flags & POSITIVE:
            if flags & SAID:
                self.hits += 1
            else:
                self.misses += 1
        elif flags & SAID:
            self.false_alarms += 1
        else:
            self.passes += 1


class _Load(Timer):
    """A version on its way into memory.

    Attributes:
        version: its name.
        stops: whether nobody answers meanwhile.
    """

    __slots__ = ("stops", "version")

    def __init__(self, version: str, stops: bool) -> None:
        self.version = version
        self.stops = stops
