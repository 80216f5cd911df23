"""The parts that systems are built of, one file a kind: parameters and behavior together."""

from simulator.components import (
    cache,
    circuit_breaker,
    client,
    codec,
    connection_pool,
    database,
    dns,
    edge,
    idempotency,
    link,
    load_balancer,
    parallel,
    rate_limiter,
    router,
    sequence,
    server,
)

__all__ = [
    "cache",
    "circuit_breaker",
    "client",
    "codec",
    "connection_pool",
    "database",
    "dns",
    "edge",
    "idempotency",
    "link",
    "load_balancer",
    "parallel",
    "rate_limiter",
    "router",
    "sequence",
    "server",
]
