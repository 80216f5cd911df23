"""Two versions of a model behind a splitter, and an experiment on their users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.kernel.scene import scenario

DURATION_S = 200.0
RATE = 10.0

TEST = {"kind": "ab_test", "of": "split", "control": "old", "treatment": "new"}
TEST |= {"every": 5.0, "counts": "harmed", "effect": 0.1}


def trial_of(trial: bool = True, second: dict[str, Any] | None = None, **told: Any) -> Any:
    """A scenario with an A/B test called ``trial``, and maybe a second one that only looks."""
    system = {key: told.pop(key) for key in SYSTEM & told.keys()}
    first = TEST | {"units": 500} | told
    first = {field: value for field, value in first.items() if value is not None}
    controllers = {"trial": first} if trial else {}
    if second is not None:
        controllers["second"] = first | {"ships": False} | second
    return two_versions(controllers, **system)


def bandit_of(policy: Any, **told: Any) -> Any:
    """A scenario with a bandit called ``bandit`` that goes by conversions."""
    system = {key: told.pop(key) for key in SYSTEM & told.keys()}
    bandit = {"kind": "bandit", "of": "split", "every": 5.0, "counts": "conversions"}
    return two_versions({"bandit": bandit | {"policy": policy} | told}, **system)


SYSTEM = frozenset({"bugs", "bugs_of_old", "errors", "labels", "keys", "rate", "duration"})
SYSTEM |= {"old_share", "sticky", "world", "faults_until", "alike"}


def two_versions(
    controllers: dict[str, Any],
    bugs: float = 0.0,
    bugs_of_old: float = 0.0,
    errors: float = 0.0,
    labels: dict[str, Any] | None = None,
    keys: int = 1_000_000,
    rate: float = RATE,
    duration: float = DURATION_S,
    old_share: float = 0.5,
    sticky: str = "key",
    world: bool = True,
    faults_until: float = 0.0,
    alike: dict[str, float] | None = None,
) -> Any:
    """A scenario in which half of the requests are positive, and nearly all are told apart.

    Args:
        bugs, bugs_of_old: part of the requests that the new and the old version get wrong.
        errors: part of its calls that the new one fails.
        faults_until: until when all calls to the new one fail.
    """
    arms = {"old": {"to": "old", "share": old_share}, "new": {"to": "new", "share": 1 - old_share}}
    served = {"kind": "model_server", "workers": 50, "service_time": 0.01}
    components = {
        "split": {"kind": "splitter", "sticky": sticky, "arms": arms},
        "old": served | {"model": "v1"},
        "new": served | {"model": "v2"},
    }
    models = {"v1": {"bug_ratio": bugs_of_old}, "v2": {"bug_ratio": bugs, "error_ratio": errors}}
    outcomes = {"hit": {"usd": 1.0}, "miss": {"harms": True}, "unanswered": {"harms": True}}
    behind = {"positives": 0.5, "separation": 8.0, "features": {"x": {}}, "models": models}
    behind |= {"outcomes": outcomes, "labels": labels or {}}
    behind |= {"alike": alike} if alike else {}
    fault = {"kind": "crash", "of": "new", "from": 0.0, "until": faults_until}
    return scenario(
        components,
        {"kind": "poisson", "rate": rate},
        duration,
        controllers=controllers,
        **({"world": behind} if world else {}),
        **({"faults": [fault]} if faults_until else {}),
        keys={"kind": "uniform", "count": keys},
    )


def problems_of(make: Callable[..., Any], *args: Any, **told: Any) -> str:
    """What is wrong with such a scenario, in words."""
    with pytest.raises((AssertionError, ValueError)) as found:
        make(*args, **told)
    return str(found.value)
