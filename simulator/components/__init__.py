"""The parts that systems are built of, one file a kind: parameters and behavior together."""

from simulator.components import (
    cache,
    client,
    database,
    load_balancer,
    parallel,
    router,
    sequence,
    server,
)

__all__ = [
    "cache",
    "client",
    "database",
    "load_balancer",
    "parallel",
    "router",
    "sequence",
    "server",
]
