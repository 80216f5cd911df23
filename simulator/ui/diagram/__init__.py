"""The system as a diagram: what calls what, and after a run how busy each part was.

Drawn as SVG in the page itself: no other server is asked for anything. The layers come from here;
where on the screen they go is decided in the browser, which knows how wide it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from simulator.controllers import controlled
from simulator.kernel import references
from simulator.plots.layout import Edge, layers, layout
from simulator.scenario import Scenario
from simulator.units import human

HERE = Path(__file__).parent
USERS = "@users"  # no component can be called that
RARE_PER_S = 0.1  # requests; what is rarer is said by the hour
MOST_CELLS = 12  # replicas drawn one by one

_draw = st.components.v2.component(
    "simulator_diagram",
    html=(HERE / "diagram.html").read_text("utf-8"),
    css=(HERE / "diagram.css").read_text("utf-8"),
    js=(HERE / "diagram.js").read_text("utf-8"),
)


def diagram(
    scenario: Scenario,
    design: Mapping[str, Any] | None,
    selected: str | None,
    key: str,
    on_select: Callable[[], None],
) -> None:
    """Draw a system.

    Args:
        scenario: with everything applied.
        design: what its runs came to; None before the first.
        selected: the part that is pointed out.
        key: of the component; its ``node`` in the session is the part that was chosen last.
        on_select: called when a part is chosen.
    """
    found = edges(scenario)
    drawn = layout([USERS, *scenario.system.components], found)
    data = {
        "nodes": [_users(scenario)]
        + [_node(name, scenario, design) for name in scenario.system.components],
        "edges": [{"from": a, "to": b, "way": drawn.ways.get((a, b))} for a, b in found],
        "places": drawn.places,
        "selected": selected,
        "colored": design is not None,
    }
    _draw(key=key, data=data, on_node_change=on_select)


def depth(scenario: Scenario) -> int:
    """How many layers the diagram has, that of the users included."""
    return 1 + max(layers([USERS, *scenario.system.components], edges(scenario)).values())


def edges(scenario: Scenario) -> list[Edge]:
    """Who sends calls to whom, replicas under the name of their group; users come first."""
    found = [(USERS, scenario.system.entry)]
    for name, spec in scenario.system.components.items():
        found += [(name, each.name.partition("[")[0]) for each in references(spec)]
    return list(dict.fromkeys(found))


def table(scenario: Scenario, design: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """The diagram for those who do not see it: a part a row, in the order of the calls."""
    calls: dict[str, list[str]] = {}
    for before, after in edges(scenario):
        calls.setdefault(before, []).append(after)
    nodes = [_users(scenario)]
    nodes += [_node(name, scenario, design) for name in scenario.system.components]
    return [
        {
            "Part": node["title"],
            "What it is": node["sentence"].partition(": ")[2],
            "Calls": ", ".join(calls.get(node["name"], [])) or "nobody",
        }
        for node in nodes
    ]


def _users(scenario: Scenario) -> dict[str, Any]:
    arrivals = scenario.workload.arrivals
    rate = arrivals.mean_rate(scenario.run.duration or arrivals.last_s() or 1.0)
    words = arrivals.kind.replace("_", " ")
    if rate is not None:
        said = human(rate, "/s") if rate >= RARE_PER_S else human(rate * 3600, "/h")
        words = f"{said} on average"
    return {
        "name": USERS,
        "title": "users",
        "lines": [words],
        "utilization": None,
        "replicas": [],
        "fault": "",
        "sentence": f"users: {words}",
    }


def _node(name: str, scenario: Scenario, design: Mapping[str, Any] | None) -> dict[str, Any]:
    spec = scenario.system.components[name]
    members = spec.instances(name)
    measures = design["components"] if design else {}
    utilization = _mean(measures, name, "utilization")
    queued = _mean(measures, name, "queued_mean")
    faults = [
        fault.kind.replace("_", " ")
        for fault in scenario.faults
        if not set(fault.targets(scenario.system.components)).isdisjoint(members)
    ]
    shown = members if 1 < len(members) <= MOST_CELLS else []
    kind = _kind(spec, len(members), name in controlled(scenario.controllers))
    return {
        "name": name,
        "title": name,
        "lines": _lines(name, kind, utilization, queued),
        "utilization": utilization,
        "replicas": [
            {"name": each, "utilization": _mean(measures, each, "utilization")} for each in shown
        ],
        "stacked": len(members) > 1,
        "fault": faults[0] if faults else "",
        "sentence": _sentence(name, kind, utilization, queued, faults),
    }


def _lines(name: str, kind: str, utilization: float | None, queued: float | None) -> list[str]:
    """What stands under the name of a part; its kind only if that says something new."""
    found = [] if kind == name else [kind]
    if utilization is not None:
        found.append(f"{human(utilization, 'ratio')} busy")
    if queued is not None:
        found.append(f"{human(round(queued, 1))} waiting")
    return found


def _mean(measures: Mapping[str, Any], name: str, measure: str) -> float | None:
    return measures.get(name, {}).get(measure, {}).get("mean")


def _kind(spec: Any, replicas: int, come_and_go: bool) -> str:
    kind = str(spec.kind).replace("_", " ")
    if come_and_go:
        return f"{kind} × {spec.replicas} at first"
    return f"{kind} × {replicas}" if replicas > 1 else kind


def _sentence(
    name: str,
    kind: str,
    utilization: float | None,
    queued: float | None,
    faults: list[str],
) -> str:
    """What the picture of a part says, for those who do not see it."""
    parts = [f"{name}: {kind}"]
    if utilization is not None:
        parts.append(f"{human(utilization, 'ratio')} utilized")
    if queued is not None:
        parts.append(f"{human(round(queued, 1))} waiting on average")
    parts += [f"has a {fault}" for fault in faults]
    return ", ".join(parts)
