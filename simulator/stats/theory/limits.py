"""What the closed forms ask of their arguments, and how they say no."""

from __future__ import annotations


def require_positive(**arguments: float) -> None:
    """Refuse the first argument that is not above zero, by name.

    Raises:
        ValueError: an argument is zero, negative or nan.
    """
    for name, value in arguments.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0, got {value:g}")


def require_share(**arguments: float) -> None:
    """Refuse the first argument that is no part of a whole, by name.

    Raises:
        ValueError: an argument is below 0, above 1 or nan.
    """
    for name, value in arguments.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be from 0 to 1, got {value:g}")


def stable_load(arrival_rate: float, service_rate: float, servers: int = 1) -> float:
    """Offered load λ/μ in erlangs of a queue that has a steady state.

    Raises:
        ValueError: a rate is not above 0, there is no server, or the load is not below
            ``servers``.
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers)
    load = arrival_rate / service_rate
    if load >= servers:
        raise ValueError(
            f"no steady state: {servers} server(s) can take a load below {servers}, "
            f"got {arrival_rate:g}/s at {service_rate:g}/s each, a load of {load:.3g}"
        )
    return load


def require_quantile(q: float) -> None:
    """Refuse a share that no unbounded time has as a quantile.

    Raises:
        ValueError: ``q`` is below 0, or 1 or more.
    """
    if not 0 <= q < 1:
        raise ValueError(f"q must be at least 0 and below 1, got {q:g}")
