"""Small scenes: users who offer calls, and something downstream that answers them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Any

from simulator import runner
from simulator.kernel import OK, Call, Component, RequestClass, Simulation, Wiring, references
from simulator.results import Run
from simulator.scenario import Scenario
from simulator.scenario.checks import problems
from simulator.scenario.draft import Draft


class Downstream(Component):
    """Stands in for whatever comes next; remembers which calls got there, when, and their fate.

    Args:
        takes_s: time to an answer; None for silence.
        outcomes: of the first calls; all others are answered ok.
    """

    def __init__(self, sim, takes_s=0.0, outcomes=()):
        super().__init__("downstream", sim)
        self.takes_s = takes_s
        self.arrived_s, self.requests, self.finished_s, self.canceled_s = [], [], [], []
        self._outcomes = chain(outcomes, repeat(OK))

    def accept(self, call):
        self.arrived_s.append(self.sim.now)
        self.requests.append(call.request)
        call.give_up = self._canceled
        call.memo = next(self._outcomes)
        if self.takes_s is not None:
            self.hold(call, self.takes_s, (self._finish,))

    def _finish(self, call):
        self.finished_s.append(self.sim.now)
        call.give_up = None
        call.answer(call.memo)

    def _canceled(self, call):
        self.canceled_s.append(self.sim.now)


class User(Component):
    """Offers one call at each instant, and notes what became of it and when."""

    def __init__(self, sim):
        super().__init__("user", sim)
        self.calls, self.outcomes, self.answered_s = [], [], []

    def offer(self, target, at_s, requests):
        for place, (instant_s, request) in enumerate(zip(at_s, requests, strict=True)):
            call = Call(request, self, place)
            self.calls.append(call)
            self.outcomes.append(None)
            self.answered_s.append(None)
            self.hold(call, instant_s, (target.accept,))

    def returned(self, call, outcome, state):
        self.outcomes[state] = outcome
        self.answered_s[state] = self.sim.now


class Scene:
    """One or several components between a user and ``downstream``, which unknown names mean.

    Args:
        specs: by name, the first is the entry; or a single one, called ``it``.
        at_s: when the user offers a call.
        needs: for each call, in the order in which the components declare them; drawn if not given.
        keys, classes: for each call; none, and the first class, if not given.
        kinds: the request classes there are.
        key_count: how many keys requests may ask for.
        takes_s, outcomes: of ``Downstream``.
    """

    def __init__(
        self,
        specs: Any,
        at_s: Sequence[float],
        needs: Sequence[float | tuple[float, ...]] | None = None,
        keys: Sequence[Any] | None = None,
        classes: Sequence[int] | None = None,
        kinds: Sequence[RequestClass] = (),
        key_count: int = 0,
        takes_s: float | None = 0.0,
        outcomes: Iterable[int] = (),
        seed: int = 0,
    ) -> None:
        specs = specs if isinstance(specs, Mapping) else {"it": specs}
        wiring = Wiring({n: [each.name for each in references(of)] for n, of in specs.items()})
        zones = {each: zone for n, of in specs.items() for each, zone in of.zones(n).items()}
        self.sim = Simulation(seed, 0, kinds, key_count, wiring=wiring, zones=zones)
        self.downstream = Downstream(self.sim, takes_s, outcomes)
        self.groups = {
            name: [spec.build(each, self.sim) for each in spec.instances(name)]
            for name, spec in specs.items()
        }
        for component in chain.from_iterable(self.groups.values()):
            component.connect(lambda name: self.groups.get(name, [self.downstream]))
        self.it = next(iter(self.groups.values()))[0]
        self.user = User(self.sim)
        drawn = islice(self.sim.needs.requests(repeat(None)), len(at_s))
        requests = [
            (
                number,
                class_index if classes is None else classes[number],
                None if keys is None else keys[number],
                *(drawn_needs if needs is None else _as_tuple(needs[number])),
            )
            for number, class_index, _, *drawn_needs in drawn
        ]
        self.user.offer(self.it, at_s, requests)

    def run(self, until=None):
        self.sim.run(until)
        return self

    def at(self, instant_s, action, *arguments):
        """Have something done at an instant, before whatever else happens then."""
        event = self.sim.event()
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: action(*arguments))
        self.sim.schedule(event, 0, instant_s)
        return self

    def __getitem__(self, name):
        return self.groups[name][0]

    @property
    def outcomes(self):
        return self.user.outcomes

    @property
    def answered_s(self):
        return self.user.answered_s


def _as_tuple(needs):
    return needs if isinstance(needs, tuple) else (needs,)


def scenario(
    components: Mapping[str, Any],
    arrivals: Any = None,
    duration: float | None = 10.0,
    *,
    entry: str | None = None,
    keys: Any = None,
    classes: Any = None,
    run: Mapping[str, Any] | None = None,
    **sections: Any,
) -> Scenario:
    """A valid scenario from its parts; the entry is the first component unless named."""
    workload = {"arrivals": arrivals or {"kind": "poisson", "rate": 10.0}}
    workload |= {"keys": keys} if keys else {}
    workload |= {"classes": classes} if classes else {}
    tree = {
        "format": 1,
        "scenario": "scene",
        "title": "Scene",
        "chapter": "tests",
        "question": "What happens?",
        "system": {"entry": entry or next(iter(components)), "components": dict(components)},
        "workload": workload,
        "run": {"duration": duration, "seed": 1, **(run or {})},
        **sections,
    }
    found = Scenario.model_validate(tree)
    assert not (wrong := list(problems(Draft.of(found)))), wrong
    return found


def running(monkeypatch, setup):
    """Have ``setup(system, source)`` called when the components of a run are connected."""
    connect = runner._System.connect

    def connected(self, source):
        connect(self, source)
        setup(self, source)

    monkeypatch.setattr(runner._System, "connect", connected)


def digest(run: Run, only: Iterable[str] | None = None) -> str:
    """Identity of everything in the arrays of a run, or of its requests and some components."""
    names = sorted(run.components if only is None else only)
    rows = run.requests
    arrays = [
        rows.arrived_s,
        rows.latency_s,
        rows.outcome,
        rows.request_class,
        rows.attempts,
        run.tick_s,
    ]
    for name in names:
        record = run.components[name]
        for group in (record.totals, record.peaks, record.samples):
            arrays += [group[key] for key in sorted(group)]
    content = b"|".join(array.dtype.str.encode() + array.tobytes() for array in arrays)
    return hashlib.sha256(content + repr(names).encode()).hexdigest()
