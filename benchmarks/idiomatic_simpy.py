"""The two benchmark models as SimPy's tutorial would have them: processes and resources.

This is the unit of all speed ratios, so it is written to be fast within that style: no monitoring
wrappers, no logging, latencies and outcomes in plain lists.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import simpy

SIGMA = 0.8
MU = math.log(0.070) - SIGMA**2 / 2


@dataclass
class Log:
    """What a model records: a value a request."""

    arrived_s: list[float] = field(default_factory=list)
    latency_s: list[float] = field(default_factory=list)
    ok: list[bool] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)

    def add(self, arrived_s: float, latency_s: float, ok: bool, attempts: int) -> None:
        self.arrived_s.append(arrived_s)
        self.latency_s.append(latency_s)
        self.ok.append(ok)
        self.attempts.append(attempts)


def mm1(requests: int, seed: int) -> Log:
    """One worker at load 0.8."""
    draw, env, log = random.Random(seed), simpy.Environment(), Log()
    server = simpy.Resource(env, 1)

    def request():
        arrived_s = env.now
        with server.request() as turn:
            yield turn
            yield env.timeout(draw.expovariate(1.0))
        log.add(arrived_s, env.now - arrived_s, True, 1)

    def users():
        for _ in range(requests):
            yield env.timeout(draw.expovariate(0.8))
            env.process(request())

    env.process(users())
    env.run()
    return log


def _load(server: simpy.Resource) -> int:
    return server.count + len(server.queue)


def pipeline(requests: int, seed: int) -> Log:
    """Client with timeout and retries, two choices, four servers, a cache, a database."""
    draw, env, log = random.Random(seed), simpy.Environment(), Log()
    apps = [simpy.Resource(env, 8) for _ in range(4)]
    database = simpy.Resource(env, 16)

    def attempt():
        try:
            app = min(draw.sample(apps, 2), key=_load)
            with app.request() as turn:
                yield turn
                yield env.timeout(draw.lognormvariate(MU, SIGMA))
            yield env.timeout(draw.expovariate(1000.0))
            if draw.random() >= 0.8:
                with database.request() as turn:
                    yield turn
                    yield env.timeout(draw.expovariate(5.0))
        except simpy.Interrupt:
            pass

    def request():
        arrived_s = env.now
        for tries in (1, 2, 3):
            trying = env.process(attempt())
            answered = yield trying | env.timeout(1.0)
            if trying in answered:
                log.add(arrived_s, env.now - arrived_s, True, tries)
                return
            trying.interrupt()
            if tries < 3:
                yield env.timeout(0.1 * 2 ** (tries - 1) * (0.5 + draw.random()))
        log.add(arrived_s, env.now - arrived_s, False, 3)

    def users():
        for _ in range(requests):
            yield env.timeout(draw.expovariate(360.0))
            env.process(request())

    env.process(users())
    env.run()
    return log


MODELS = {"mm1": mm1, "pipeline": pipeline}
