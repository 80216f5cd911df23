"""Whether the books of a run must balance to the last call."""

from __future__ import annotations

from simulator.components.cache import CacheSpec
from simulator.components.circuit_breaker import CircuitBreakerSpec
from simulator.components.client import ClientSpec
from simulator.components.codec import CodecSpec
from simulator.components.concurrency_limiter import ConcurrencyLimiterSpec
from simulator.components.connection_pool import ConnectionPoolSpec
from simulator.components.database import DatabaseSpec
from simulator.components.fallback import FallbackSpec
from simulator.components.hedge import HedgeSpec
from simulator.components.idempotency import IdempotencySpec
from simulator.components.load_balancer import LoadBalancerSpec
from simulator.components.logger import LoggerSpec
from simulator.components.mirror import MirrorSpec
from simulator.components.parallel import ParallelSpec
from simulator.components.rate_limiter import RateLimiterSpec
from simulator.components.router import RouterSpec
from simulator.components.sequence import SequenceSpec
from simulator.components.server import ServerSpec
from simulator.components.splitter import SplitterSpec
from simulator.components.tracing import TracingSpec
from simulator.kernel import ComponentSpec
from simulator.scenario import Scenario


def counts_all(scenario: Scenario) -> bool:
    """Whether every call is served or counted as something else, because none is taken back."""
    return all(map(_lets_go_on, scenario.system.components.values()))


def _lets_go_on(spec: ComponentSpec) -> bool:
    """Whether a component takes no call back that it has made; in doubt it does."""
    match spec:
        case ClientSpec():
            return not spec.cancels or not (spec.timeout or spec.deadline)
        case LoadBalancerSpec():
            return not spec.is_watchful()  # probes have a timeout
        case ParallelSpec() | FallbackSpec() | HedgeSpec():
            return not spec.takes_back()
        case ServerSpec() | DatabaseSpec() | CodecSpec() | ConnectionPoolSpec():
            return True
        case CacheSpec() | RouterSpec() | SequenceSpec() | RateLimiterSpec() | MirrorSpec():
            return True
        case CircuitBreakerSpec() | ConcurrencyLimiterSpec() | IdempotencySpec() | SplitterSpec():
            return True
        case LoggerSpec() | TracingSpec():
            return True
    return False
