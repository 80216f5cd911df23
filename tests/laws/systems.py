"""Random valid scenarios: one to eight components, any options, a load and some troubles.

Components are drawn from the last one backward, so that each sends its calls to some that are there
already. How many calls a request can become is bounded: what a run costs stays in bounds.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from simulator.kernel import references
from simulator.kernel.wiring import group_of
from simulator.policies.balancing import balancing_policies
from simulator.policies.concurrency import concurrency_policies
from simulator.policies.detection import failure_detectors
from simulator.policies.eviction import eviction_policies
from simulator.policies.limiting import limiting_policies
from tests.kernel.scene import scenario

DURATION_S = 5.0
MOST_CALLS = 40  # that one request becomes, all tries together
RATE = 60.0

times = st.sampled_from(
    [
        0.004,
        {"kind": "exponential", "mean": 0.04},
        {"kind": "lognormal", "mean": 0.01, "cv": 2.0},
        {"kind": "constant", "value": 0.0},
    ]
)
seconds = st.sampled_from([0.02, 0.1, 1.0])
ratios = st.sampled_from([0.1, 0.5, 1.0])
flags = st.booleans()

arrivals = st.sampled_from(
    [
        {"kind": "poisson", "rate": RATE},
        {"kind": "constant", "rate": RATE},
        {"kind": "renewal", "gap": {"kind": "lognormal", "mean": 1 / RATE, "cv": 3.0}},
        {"kind": "batch", "rate": RATE / 5, "size": 5},
        {"kind": "cron", "every": 1.0, "requests": 20, "rate": RATE / 2},
        {"kind": "flash_crowd", "rate": 10.0, "at": 2.0, "peak": 60.0, "half_life": 1.0},
        {"kind": "closed_loop", "users": 8, "think_time": {"kind": "exponential", "mean": 0.2}},
        {"kind": "sessions", "users": {"kind": "poisson", "rate": 10.0}, "requests": 3}
        | {"think_time": {"kind": "exponential", "mean": 0.1}},
    ]
)


class Parts:
    """The components so far, what each makes of a call at most, and where calls may go."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.components: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, int] = {}
        self.groups: set[str] = set()

    def targets(self, times: int, groups: bool) -> list[str]:
        """Those that a call may go to so many times."""
        return [
            name
            for name, calls in self.calls.items()
            if calls * times < MOST_CALLS and (groups or name not in self.groups)
        ]

    def to(self, times: int = 1) -> str | None:
        """One component to send calls to; None if there is none that will do."""
        found = self.targets(times, groups=False)
        return self.draw(st.sampled_from(found)) if found else None

    def some(self, most: int, groups: bool = False) -> list[str]:
        """A few components to send calls to, maybe none."""
        found = self.targets(most * 3, groups)
        return (
            self.draw(st.lists(st.sampled_from(found), min_size=1, max_size=most)) if found else []
        )

    def add(self, spec: dict[str, Any], calls: int = 0, is_group: bool = False) -> str:
        name = f"c{len(self.components)}"
        self.components[name] = spec
        self.calls[name] = 1 + calls
        if is_group:
            self.groups.add(name)
        return name


def server(parts: Parts) -> None:
    draw = parts.draw
    replicas = draw(st.sampled_from([1, 1, 1, 2, 3])) if parts.components else 1
    told: dict[str, Any] = {
        "kind": "server",
        "service_time": draw(times),
        "workers": draw(st.sampled_from([1, 2, 3, "unlimited"])),
        "replicas": replicas,
    }
    if to := draw(st.sampled_from([None, parts.to()])):
        told |= {"next": to}
    if told["workers"] == "unlimited":
        told["blocking"] = bool(to) and draw(flags)
    else:
        told |= {"queue_limit": draw(st.sampled_from([None, 0, 5]))}
        told |= draw(st.sampled_from(["order", "batch", "share"]).flatmap(_ways_to_serve))
        if to and "batch_size" not in told and told["discipline"]["kind"] != "processor_sharing":
            told["blocking"] = draw(flags)
        if "batch_size" in told and told["queue_limit"] == 0:
            told["queue_limit"] = 8
        if told["discipline"].get("by_weight"):
            told["workers"] = 1
        elif draw(flags):
            told |= _shedding(draw, told)
    parts.add(told, parts.calls.get(to, 0), is_group=told["replicas"] > 1)


def _shedding(draw: Any, told: dict[str, Any]) -> dict[str, Any]:
    """Whom a server turns away, if it serves calls from a line, one by one."""
    discipline = told["discipline"]
    is_plain = discipline["kind"] not in ("processor_sharing", "srpt")
    if not is_plain or "batch_size" in told or discipline.get("preemptive"):
        return {}
    found: dict[str, Any] = {"queue_limit_by_class": draw(st.sampled_from([{}, {"writer": 1}]))}
    if draw(flags):
        found["discipline"] = {"kind": "adaptive_lifo", "threshold": 2}
    if told["queue_limit"]:
        found["when_full"] = draw(st.sampled_from(["tail", "head", "least_urgent"]))
    if kind := draw(st.sampled_from([None, "codel", "controlled_delay"])):
        found["shedding"] = {"kind": kind, "target": 0.005, "interval": 0.05}
    return found


def _ways_to_serve(way: str) -> st.SearchStrategy[dict[str, Any]]:
    preemptive = st.fixed_dictionaries(
        {"kind": st.sampled_from(["lifo", "priority", "shortest_job_first"]), "preemptive": flags}
    )
    plain = st.sampled_from(["fifo", "random", "weighted_fair", "srpt"])
    plain = plain.map(lambda kind: {"kind": kind})
    patience = st.none() | seconds
    match way:
        case "order":
            return st.fixed_dictionaries({"discipline": plain | preemptive, "patience": patience})
        case "batch":
            calm = plain.filter(lambda each: each["kind"] != "srpt")
            sizes = st.fixed_dictionaries(
                {
                    "batch_size": st.integers(2, 4),
                    "batch_wait": st.sampled_from([0.0, 0.02]),
                    "batch_growth": st.sampled_from([0.0, 0.003]),
                }
            )
            ordered = st.fixed_dictionaries({"discipline": calm, "patience": patience})
            return st.tuples(ordered, sizes).map(lambda both: both[0] | both[1])
        case _:
            shares = st.fixed_dictionaries(
                {"kind": st.just("processor_sharing"), "by_weight": flags}
            )
            return st.fixed_dictionaries({"discipline": shares})


def database(parts: Parts) -> None:
    draw = parts.draw
    parts.add(
        {
            "kind": "database",
            "connections": draw(st.integers(1, 3)),
            "read_time": draw(times),
            "write_time": draw(st.none() | times),
            "queue_limit": draw(st.sampled_from([None, 0, 5])),
        }
    )


def client(parts: Parts) -> None:
    draw = parts.draw
    retries = draw(st.integers(0, 2))
    if to := parts.to(retries + 1):
        told = {
            "kind": "client",
            "next": to,
            "timeout": draw(st.none() | seconds),
            "deadline": draw(st.none() | st.just(2.0)),
            "cancels": draw(flags),
            "retries": retries,
            "same_work": draw(flags),
            "backoff": draw(
                st.sampled_from(["immediate", {"kind": "exponential", "base": 0.05, "jitter": 0.5}])
            ),
        }
        parts.add(told, parts.calls[to] * (retries + 1))


def load_balancer(parts: Parts) -> None:
    draw = parts.draw
    if pool := list(dict.fromkeys(parts.some(3, groups=True))):
        policy = draw(st.sampled_from(sorted(balancing_policies.kinds())))
        told = {"kind": "load_balancer", "pool": pool, "policy": policy}
        if draw(flags):
            told |= _watchful(draw)
        parts.add(told, max(parts.calls[name] for name in pool))


def _watchful(draw: Any) -> dict[str, Any]:
    """What a load balancer knows of health, and where it stands."""
    checks = {"interval": 0.5, "timeout": 0.2, "jitter": 0.2, "answer_time": 0.01}
    checks |= {"detector": draw(st.sampled_from(sorted(failure_detectors.kinds())))}
    ejections = {"consecutive_errors": 2, "interval": 0.5, "base_ejection_time": 0.5}
    return {
        "health_check": checks | {"deep": draw(flags)},
        "outlier_detection": draw(st.none() | st.just(ejections | {"timeout": 0.1})),
        "panic_threshold": draw(st.sampled_from([0.0, 0.5])),
    }


def cache(parts: Parts) -> None:
    draw = parts.draw
    if to := parts.to(2):
        told: dict[str, Any] = {"kind": "cache", "origin": to, "lookup_time": draw(times)}
        if draw(flags):
            told["hit_ratio"] = draw(ratios)
        else:
            told |= {
                "capacity": draw(st.sampled_from([None, 5, 20])),
                "eviction": draw(st.sampled_from(sorted(eviction_policies.kinds()))),
                "ttl": draw(st.sampled_from([0.2, 2.0])),
                "coalesces": draw(flags),
                "stale_for": draw(st.none() | seconds),
                "stale_if_error": draw(st.none() | seconds),
                "negative_ttl": draw(st.none() | seconds),
                "writes": draw(st.sampled_from(["around", "invalidate", "through"])),
                "warm": draw(flags),
            }
        parts.add(told, 2 * parts.calls[to])


def sequence(parts: Parts) -> None:
    if steps := parts.some(3):
        told = {"steps": steps, "on_error": parts.draw(st.sampled_from(["end", "go_on"]))}
        parts.add({"kind": "sequence", **told}, sum(parts.calls[name] for name in steps))


def parallel(parts: Parts) -> None:
    draw = parts.draw
    if calls := list(dict.fromkeys(parts.some(3, groups=True))):
        sizes = [parts.components[name].get("replicas", 1) for name in calls]
        told = {
            "kind": "parallel",
            "calls": calls,
            "wait_for": draw(st.none() | st.integers(1, sum(sizes))),
            "cancels": draw(flags),
        }
        each = [parts.calls[name] * size for name, size in zip(calls, sizes, strict=True)]
        parts.add(told, sum(each))


def mirror(parts: Parts) -> None:
    draw = parts.draw
    to, shadow = parts.to(), parts.to()
    if to and shadow:
        told: dict[str, Any] = {"kind": "mirror", "next": to, "shadow": shadow}
        told["share"] = draw(st.sampled_from([0.2, 1.0]))
        told["mode"] = draw(st.sampled_from(["asynchronous", "synchronous"]))
        if told["mode"] == "asynchronous":
            told |= {"senders": draw(st.integers(1, 3)), "queue_limit": draw(st.integers(0, 4))}
        told["timeout"] = draw(st.none() | seconds)
        told["mirrors_writes"] = draw(flags)
        parts.add(told, parts.calls[to] + parts.calls[shadow])


def router(parts: Parts) -> None:
    if names := list(dict.fromkeys(parts.some(2))):
        share = parts.draw(st.sampled_from([0.2, 0.5]))
        told = {"kind": "router", "routes": dict.fromkeys(names, share)}
        parts.add(told, max(parts.calls[name] for name in names))


def splitter(parts: Parts) -> None:
    draw = parts.draw
    if names := parts.some(2):
        told = {
            "kind": "splitter",
            "arms": {f"arm{i}": {"to": to, "share": 1 / len(names)} for i, to in enumerate(names)},
            "sticky": draw(st.sampled_from(["request", "key"])),
            "patience": draw(st.none() | seconds),
        }
        parts.add(told, max(parts.calls[name] for name in names))


def connection_pool(parts: Parts) -> None:
    draw = parts.draw
    if to := parts.to():
        told = {
            "kind": "connection_pool",
            "next": to,
            "size": draw(st.integers(1, 4)),
            "acquire_timeout": draw(st.none() | seconds),
            "queue_limit": draw(st.sampled_from([None, 5])),
        }
        parts.add(told, parts.calls[to])


def link(parts: Parts) -> None:
    draw = parts.draw
    if to := parts.to():
        told: dict[str, Any] = {"kind": "link", "next": to, "latency": draw(times)}
        told["loss"] = draw(st.sampled_from([0.0, 0.0, 0.05]))
        if draw(flags):
            told |= {"bandwidth": 4e6, "request_size": 500.0, "min_rto": 0.1}
            told["response_size"] = {"kind": "exponential", "mean": 6000.0}
            kinds = st.sampled_from(["http1", "http2", "http3"])
            told["transport"] = draw(st.none() | kinds.flatmap(_connections))
            if told["transport"]:
                told["handshakes"] = draw(st.sampled_from([None, parts.to()]))
        parts.add(told, parts.calls[to])


def _connections(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.just(kind),
            "connections": st.integers(1, 3),
            "idle_timeout": st.sampled_from([None, 0.0, 0.05]),
            "slow_start": flags,
        }
    )


def codec(parts: Parts) -> None:
    draw = parts.draw
    if to := parts.to():
        told = {
            "kind": "codec",
            "next": to,
            "encoding": {"kind": "json", "decode_per_byte": 1e-7, "encode_per_byte": 1e-7},
            "request_values": {"kind": "exponential", "mean": 5000.0},
            "response_values": 1000.0,
            "side": draw(st.sampled_from(["server", "client"])),
            "workers": draw(st.integers(1, 3)),
            "queue_limit": draw(st.sampled_from([None, 5])),
            "blocking": draw(flags),
        }
        parts.add(told, parts.calls[to])


def dns(parts: Parts) -> None:
    draw = parts.draw
    if targets := parts.some(2):
        told = {
            "kind": "dns",
            "targets": targets,
            "answers": draw(st.sampled_from(["failover", "round_robin"])),
            "ttl": draw(seconds),
            "resolvers": draw(st.sampled_from([1, 20])),
            "lookup_time": draw(times),
            "health_check": draw(st.none() | st.just({"interval": 0.1, "timeout": 0.03})),
            "pinned_for": draw(st.none() | seconds),
        }
        parts.add(told, max(parts.calls[name] for name in targets))


def edge(parts: Parts) -> None:
    draw = parts.draw
    if points := parts.some(3, groups=True):
        told = {"kind": "edge", "points": points, "latency": draw(times)}
        if len(points) > 1:
            told |= {"astray": draw(st.sampled_from([0.0, 0.3])), "astray_latency": 0.05}
        parts.add(told, max(parts.calls[name] for name in points))


def circuit_breaker(parts: Parts) -> None:
    draw = parts.draw
    if to := parts.to():
        common = {"open_for": draw(seconds), "half_open_calls": draw(st.integers(1, 3))}
        options: dict[str, Any] = {
            "consecutive": {"failures": 2, "interval": draw(st.none() | seconds)},
            "ratio": {"failure_ratio": 0.5, "interval": draw(st.none() | seconds)},
            "window": {
                "window_calls": 5,
                "window_time": draw(st.none() | st.just(1.0)),
                "min_calls": 3,
                "slow_after": draw(seconds),
                "automatic": draw(flags),
                "max_half_open": draw(st.none() | seconds),
            },
        }
        kind = draw(st.sampled_from(sorted(options)))
        policy = {"kind": kind, **common, **options[kind]}
        parts.add({"kind": "circuit_breaker", "next": to, "policy": policy}, parts.calls[to])


def concurrency_limiter(parts: Parts) -> None:
    draw = parts.draw
    if to := parts.to():
        policy: dict[str, Any] = {
            "kind": draw(st.sampled_from(sorted(concurrency_policies.kinds())))
        }
        if policy["kind"] == "fixed":
            policy["limit"] = draw(st.integers(1, 4))
        else:
            policy |= {"initial": 3, "least": 1, "most": 10, "window": draw(st.none() | seconds)}
        told: dict[str, Any] = {"kind": "concurrency_limiter", "next": to, "policy": policy}
        if draw(flags):
            told["share_by_class"] = {"writer": draw(ratios)}
        else:
            told["max_wait"] = draw(st.just(0.0) | seconds)
        parts.add(told, parts.calls[to])


def fallback(parts: Parts) -> None:
    draw = parts.draw
    if ways := parts.some(2):
        told: dict[str, Any] = {"kind": "fallback", "primary": ways[0], "cancels": draw(flags)}
        told["after"] = draw(st.none() | seconds)
        if len(ways) > 1:
            told["secondary"] = ways[1]
        parts.add(told, sum(parts.calls[name] for name in ways))


def rate_limiter(parts: Parts) -> None:
    draw = parts.draw
    if to := parts.to():
        bucket = {"rate": draw(st.sampled_from([20.0, 100.0])), "burst": draw(st.integers(1, 5))}
        window = {"limit": draw(st.integers(3, 10)), "window": draw(seconds)}
        kind = draw(st.sampled_from(sorted(limiting_policies.kinds())))
        replicas = draw(st.sampled_from([1, 1, 3])) if bucket["burst"] >= 3 else 1
        told: dict[str, Any] = {"kind": "rate_limiter", "next": to, "replicas": replicas}
        told["policy"] = {"kind": kind, **(bucket if kind.endswith("bucket") else window)}
        told["per"] = draw(st.sampled_from(["all", "class"]))
        told["max_wait"] = draw(st.just(0.0) | seconds)
        if replicas > 1:
            told["quota"] = draw(st.sampled_from(["shared", "split", "each"]))
            if told["quota"] == "shared":
                told["sync_every"] = draw(st.just(0.0) | seconds)
        parts.add(told, parts.calls[to], is_group=replicas > 1)


def idempotency(parts: Parts) -> None:
    draw = parts.draw
    if to := parts.to():
        told: dict[str, Any] = {"kind": "idempotency", "next": to, "ttl": draw(seconds)}
        told["mode"] = draw(st.sampled_from(["enforce", "observe"]))
        told["in_progress"] = draw(st.sampled_from(["wait", "refuse"]))
        told["keeps"] = draw(st.sampled_from(["ok", "every_answer"]))
        parts.add(told, parts.calls[to])


ENDS = [server, database]
KINDS = [
    *ENDS,
    *(client, load_balancer, cache, sequence, parallel, router, connection_pool, link, codec),
    *(dns, edge, circuit_breaker, concurrency_limiter, fallback, rate_limiter, idempotency),
    *(mirror, splitter),
]


COLLECTIONS = st.sampled_from(
    [
        {"interval": {"kind": "exponential", "mean": 0.5}, "pause": 0.05},
        {"interval": 0.5, "factor": 3.0, "pause": {"kind": "exponential", "mean": 0.05}},
        {"heap": 1e6, "allocation": {"kind": "exponential", "mean": 1e5}, "pause": 0.05},
    ]
)


AT_RANDOM = {
    "breakdowns": st.fixed_dictionaries(
        {"mtbf": st.just(1.0), "mttr": st.just(0.2), "work": st.sampled_from(["lost", "resumes"])}
    ),
    "gc_pause": COLLECTIONS,
}
WORSE = {"factor": 3.0, "ratio": 0.3}
AT_TIMES: dict[str, Any] = {
    "cache_flush": st.just({}),
    "crash": st.just({"for": 0.4}),
    "slowdown": st.sampled_from([0.5, 5.0]).map(lambda factor: {"for": 1.0, "factor": factor}),
    "clock_skew": st.sampled_from([-1.0, 0.3]).map(lambda offset: {"for": 1.0, "offset": offset}),
    "latency_spike": st.just({"for": 1.0, "added": 0.05}),
    "packet_loss": ratios.map(lambda ratio: {"for": 1.0, "ratio": ratio}),
    "error_burst": ratios.map(lambda ratio: {"for": 1.0, "ratio": ratio}),
    "bad_deploy": st.just(WORSE | {"stagger": 0.1, "detected_after": 0.5}),
    "brown_out": st.just(WORSE | {"for": 1.0, "ramp_up": 0.2, "ramp_down": 0.3}),
    "thundering_reconnect": st.sampled_from(
        [{}, {"backoff": {"kind": "fixed", "pause": 0.05, "jitter": "full"}, "timeout": 0.1}]
    ),
}


def _fault(draw: Any, name: str, kind: str, hang: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind, "of": name}
    if kind in AT_RANDOM:
        return found | draw(AT_RANDOM[kind])
    start = {
        "from": draw(st.sampled_from([0.0, 0.5, 2.0])),
        "every": draw(st.none() | st.just(1.5)),
    }
    return found | start | draw(AT_TIMES[kind]) | ({"hang": hang} if kind == "crash" else {})


@st.composite
def systems(draw: Any, hang: bool = False) -> Any:
    """A scenario; with ``hang`` crashes are silent."""
    parts = Parts(draw)
    draw(st.sampled_from(ENDS))(parts)
    more = draw(st.integers(0, 6))
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=more, max_size=more)):
        kind(parts)
    entry = draw(st.sampled_from(parts.targets(1, groups=False)[-2:]))
    if draw(st.integers(0, 3)):  # mostly somebody gives up and takes his calls back
        patience = {"timeout": draw(st.sampled_from([0.1, 0.02])), "cancels": True}
        entry = parts.add({"kind": "client", "next": entry, **patience})
    sections = {
        "keys": {"kind": "zipf", "count": 30},
        "classes": {
            "reader": {"share": 4.0, "priority": 1, "weight": 2.0},
            "writer": {"share": 1.0, "operation": "write"},
        },
    }
    calm = scenario(
        parts.components,
        draw(arrivals),
        DURATION_S,
        entry=entry,
        run={"drain": draw(st.sampled_from([0.0, 60.0]))},
        **sections,
    )
    faults = [
        _fault(draw, name, kind, hang)
        for name, spec in calm.system.components.items()
        for kind in sorted(spec.suffers)
        if spec.can_have(kind) and draw(st.integers(0, 5)) == 0
    ]
    meetings = [
        (name, group_of(each.name))
        for name, spec in calm.system.components.items()
        for each in references(spec)
    ]
    pairs = [(sender, to) for sender, to in dict.fromkeys(meetings) if sender != to]
    if pairs and draw(st.integers(0, 2)) == 0:
        faults.append(_partition(draw, *draw(st.sampled_from(pairs)), hang))
    return type(calm).model_validate(calm.plain() | {"faults": faults})


def _partition(draw: Any, one: str, other: str, hang: bool) -> dict[str, Any]:
    return {
        "kind": "partition",
        "between": [one],
        "and": [other],
        "from": draw(st.sampled_from([0.0, 0.5, 2.0])),
        "for": 0.4,
        "every": draw(st.none() | st.just(1.5)),
        "one_way": draw(flags),
        "refuses": not hang,
    }
