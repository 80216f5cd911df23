"""The reference pages, written from the specs themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from simulator.controllers import controller_kinds, life_cycle
from simulator.controllers.actions import action_kinds
from simulator.distributions import distributions
from simulator.distributions.byte_sizes import byte_distributions
from simulator.faults import fault_kinds
from simulator.kernel import components
from simulator.policies.balancing import balancing_policies
from simulator.policies.bandits import bandit_policies
from simulator.policies.bucketing import bucketings
from simulator.policies.encoding import encodings
from simulator.policies.eviction import eviction_policies
from simulator.policies.expiry import refresh_policies
from simulator.policies.hedging import hedge_delays
from simulator.policies.judging import judges
from simulator.policies.limiting import limiting_policies
from simulator.policies.retrying import backoffs, budgets
from simulator.policies.sampling import sampling_policies
from simulator.policies.scaling import scaling_policies
from simulator.policies.shedding import shedding_policies
from simulator.policies.stopping import stopping_rules
from simulator.policies.throttling import throttles
from simulator.policies.transport import transports
from simulator.registry import Family, Spec
from simulator.results.measures import (
    COST_MEASURES,
    REQUEST_MEASURES,
    WORLD_MEASURES,
    Reported,
    reported,
)
from simulator.units import Unit
from simulator.workload.arrivals import arrival_processes
from simulator.workload.keys import key_distributions
from simulator.workload.sizes import size_distributions
from simulator.workload.workload import ClassSpec, Workload
from simulator.world import WorldSpec
from simulator.world.courses import courses
from simulator.world.drifts import drift_kinds
from simulator.world.features import forms
from simulator.world.users import USERS, Users

NOTE = "<!-- Written by `simulator docs` from the code; change the docstrings instead. -->"

PAGES: dict[str, tuple[str, tuple[Family, ...]]] = {
    "components": ("Components", (components,)),
    "workload": ("Workloads", (arrival_processes, size_distributions, key_distributions)),
    "distributions": ("Distributions", (distributions, byte_distributions)),
    "policies": (
        "Policies",
        (
            *(balancing_policies, backoffs, budgets, throttles, hedge_delays, eviction_policies),
            *(refresh_policies, encodings, transports, limiting_policies, shedding_policies),
            *(sampling_policies, scaling_policies, judges, stopping_rules, bandit_policies),
        ),
    ),
    "faults": ("Faults", (fault_kinds,)),
    "controllers": ("Controllers", (controller_kinds, action_kinds, bucketings)),
    "world": ("The world", (drift_kinds, courses, forms)),
}


def write(folder: Path) -> list[Path]:
    """Write every page to a folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {name: [*_page(title, families)] for name, (title, families) in PAGES.items()}
    pages["workload"] += _workload_sections()
    life = inspect.cleandoc(life_cycle.__doc__ or "")
    pages["controllers"] += ["## Replicas that come and go", "", life]
    pages["world"] += _world_sections()
    pages["measures"] = [*_measures_page()]
    written = []
    for name, lines in pages.items():
        path = folder / f"{name}.md"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _page(title: str, families: tuple[Family, ...]) -> Iterator[str]:
    yield from (f"# {title}", "", NOTE, "")
    for family in families:
        if len(families) > 1:
            yield from (f"## {family.noun.capitalize()}", "")
        for kind, spec in family.kinds().items():
            yield from _kind(kind, spec, "###" if len(families) > 1 else "##")
            if family in (components, controller_kinds):
                yield from _component_measures(kind, spec)


def _kind(kind: str, spec: type[Spec], heading: str) -> Iterator[str]:
    module = inspect.getmodule(spec)
    is_own_module = module is not None and module.__name__.endswith(f".{kind}")
    texts = [spec.__doc__ or "", (module.__doc__ or "") if is_own_module and module else ""]
    yield from (f"{heading} `{kind}`", "", inspect.cleandoc(max(texts, key=len)), "")
    yield from _field_table(spec)
    yield from _parts(spec, set())


def _parts(spec: type[Spec], told: set[type[Spec]]) -> Iterator[str]:
    """The specs in the fields of a spec, and in theirs, each once."""
    for name, info in spec.model_fields.items():
        for part in _specs([info.annotation]):
            if "kind" in part.model_fields or part in told:  # has a place of its own
                continue
            told.add(part)
            yield from (f"Each of `{name}`: {inspect.cleandoc(part.__doc__ or '')}", "")
            yield from _field_table(part)
            yield from _parts(part, told)


def _field_table(spec: type[Spec]) -> Iterator[str]:
    fields = {info.alias or name: info for name, info in spec.model_fields.items()}
    fields.pop("kind", None)
    if "cost_per_hour" in fields:  # of the base, and so the first; what is special comes first
        fields["cost_per_hour"] = fields.pop("cost_per_hour")
    if fields:
        yield from ("| field | meaning | default |", "|---|---|---|")
        for name, info in fields.items():
            yield f"| `{name}` | {_meaning(info)} | {_default(info)} |"
        yield ""


def _specs(annotations: Any) -> Iterator[type[Spec]]:
    """The specs in annotations, however deep they stand."""
    for each in annotations:
        if inspect.isclass(each) and issubclass(each, Spec):
            yield each
        else:
            yield from _specs(get_args(each))


def _meaning(info: FieldInfo) -> str:
    units = [mark for mark in _marks([*info.metadata, info.annotation]) if mark.scales]
    unit = f" ({units[0].noun.split()[-1]}, e.g. `{units[0].example}`)" if units else ""
    return f"{info.description or ''}{unit}"


def _marks(parts: Any) -> Iterator[Unit]:
    """The units in an annotation, however deep they stand."""
    for part in parts:
        if isinstance(part, Unit):
            yield part
        else:
            yield from _marks(get_args(part))


def _default(info: FieldInfo) -> str:
    value = info.default
    if value is PydanticUndefined:
        return "required"
    if value is None or value == () or value == {}:
        return "none"
    if isinstance(value, Spec):
        return f"`{value.kind}`" if hasattr(value, "kind") else "see below"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _component_measures(kind: str, spec: type[Spec]) -> Iterator[str]:
    """The measures of every class that a kind may be built as."""
    module = inspect.getmodule(spec)
    classes = [each for each in vars(module).values() if _is_component(each, module)]
    found: dict[str, Reported] = {}
    for each in classes:
        for name, measure in each.measures.items():
            found |= reported(name, measure)
    yield from _measure_table(found)


def _is_component(value: Any, module: Any) -> bool:
    return (
        inspect.isclass(value)
        and f"{value.__module__}.".startswith(f"{module.__name__}.")  # of the package, if it is one
        and hasattr(value, "measures")
    )


def _workload_sections() -> Iterator[str]:
    yield from ("## Workload", "", "What `workload` says of all requests:", "")
    yield from _field_table(Workload)
    yield from ("## Request classes", "", "What `workload.classes` says of each:", "")
    yield from _field_table(ClassSpec)


def _world_sections() -> Iterator[str]:
    yield from ("## World", "", inspect.cleandoc(WorldSpec.__doc__ or ""), "")
    yield from _field_table(WorldSpec)
    yield from _parts(WorldSpec, set())


def _measures_page() -> Iterator[str]:
    yield from ("# Measures of requests and cost", "", NOTE, "")
    yield "Measures of components are on the page of the [components](components.md)."
    yield ""
    yield from _measure_table({**REQUEST_MEASURES, **COST_MEASURES, **WORLD_MEASURES})
    yield from ("## Users", "", "Of a scenario with a `world` also:", "")
    of_users: dict[str, Reported] = {}
    for name, measure in Users.measures.items():
        of_users |= {f"{USERS}.{k}": each for k, each in reported(name, measure).items()}
    yield from _measure_table(of_users)


def _measure_table(found: dict[str, Reported]) -> Iterator[str]:
    yield from ("| measure | unit | better | meaning |", "|---|---|---|---|")
    for name, each in found.items():
        yield f"| `{name}` | {each.unit} | {each.better or ''} | {each.description} |"
    yield ""
