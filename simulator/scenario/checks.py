"""Checks that look across the sections of a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from simulator.controllers import ReplicaController, controlled, of_replicas
from simulator.errors import nearest, split_hint, unknown_name
from simulator.kernel import ComponentSpec, RequestClass
from simulator.kernel.wiring import group_of
from simulator.results.measures import REQUEST_MEASURES
from simulator.scenario.claims import BASELINE
from simulator.scenario.complaint import Complaint
from simulator.scenario.draft import Draft
from simulator.scenario.model import Scenario
from simulator.scenario.nodes import Path
from simulator.scenario.traffic import endless, traffic
from simulator.scenario.variants import PathError, value_at
from simulator.scenario.world_checks import of_world

CHAPTER = re.compile(r"\d+_")  # what a folder is called that holds a chapter's case studies


def problems(draft: Draft) -> Iterator[Complaint]:
    """Everything that is wrong between sections that are right by themselves."""
    yield from _wiring(draft)
    for name, message, hint in endless(draft):
        yield Complaint(("system", "components", name), message, hint, at_key=True)
    yield from _zones(draft)
    yield from _workload(draft)
    yield from _faults(draft)
    yield from _controllers(draft)
    yield from of_world(draft)
    yield from _run(draft)
    yield from _names(draft)
    yield from _claims(draft)
    yield from _game(draft)


def place(scenario: Scenario, file: str, folder: FilePath | None) -> Iterator[Complaint]:
    """Whether the file lies where it says.

    An uploaded one lies nowhere, and one in a folder that is no chapter's may say what it likes.
    """
    if folder is None:
        return
    path = FilePath(file)
    if scenario.scenario != path.stem:
        yield Complaint(
            ("scenario",),
            f"found {scenario.scenario!r}; must be the file's name without its ending, "
            f"{path.stem!r}",
        )
    chapter = path.resolve().parent.name
    if scenario.chapter != chapter and CHAPTER.match(chapter):
        yield Complaint(
            ("chapter",), f"found {scenario.chapter!r}; must be the file's folder, {chapter!r}"
        )


def warnings(scenario: Scenario) -> list[str]:
    """What is allowed but worth a word: more load than can be borne, controllers without effect."""
    arrivals = scenario.workload.arrivals
    until_s = scenario.run.duration or arrivals.last_s() or 1.0
    idle = [
        f"{name} begins at {each.begins_s():g} s, when the run is over"
        for name, each in scenario.controllers.items()
        if each.begins_s() >= until_s
    ]
    return idle + _overloads(scenario, until_s)


def _overloads(scenario: Scenario, until_s: float) -> list[str]:
    """Components that are offered more than they can do."""
    arrivals = scenario.workload.arrivals
    rate = arrivals.mean_rate(until_s)
    if rate is None:
        return []
    classes = scenario.workload.expected_classes(until_s)
    offered = traffic(scenario.system, classes, rate)
    found = []
    for name, of_class in offered.items():
        if name in controlled(scenario.controllers):
            continue  # how many workers there are is up to the run
        load, workers = _load(scenario.system.components[name], classes, of_class)
        arriving = sum(of_class)
        if workers and load / workers >= 1:
            found.append(
                f"{name} is offered {load / workers:.3g} times what it can do: {arriving:.4g}/s of "
                f"{load / arriving:.3g} s each for {workers} worker(s); its queue can only grow"
            )
    return found


def _load(
    spec: ComponentSpec, classes: Sequence[RequestClass], rates: Sequence[float]
) -> tuple[float, int]:
    """Seconds of work that come to a component each second, and the workers who share them."""
    load, workers = 0.0, 0
    for each, rate in zip(classes, rates):
        work = spec.work([each])
        if work is not None and rate:
            mean_s, workers = work
            load += rate * mean_s
    return load, workers


def _wiring(draft: Draft) -> Iterator[Complaint]:
    members = draft.members()
    singles = {member for names in members.values() for member in names}
    unclear = draft.names - draft.components.keys()  # how many replicas these have
    for path, target, many, at_key in draft.named:
        if target not in members and target not in singles:
            if target.partition("[")[0] not in unclear:
                yield replace(_unknown_component(path, target, members, singles), at_key=at_key)
        elif not many and len(members.get(target, (target,))) > 1:
            yield Complaint(
                path,
                f"{target!r} has {len(members[target])} replicas; a load_balancer must choose "
                f"among them, or name one, {members[target][0]!r}",
                at_key=at_key,
            )
        elif objection := _objection(draft, path, target):
            yield Complaint(path, objection, at_key=at_key)
    for name, spec in draft.components.items():
        if len(spec.zone) > len(members[name]):
            few = f"{len(spec.zone)} zones for {len(members[name])} of it"
            yield Complaint(("system", "components", name, "zone"), f"found {few}; leave some out")
        for field, message in spec.objections(members):
            yield Complaint(("system", "components", name, field), message)


def _zones(draft: Draft) -> Iterator[Complaint]:
    """Zones that are turned to, and that nothing stands in."""
    if draft.components.keys() != draft.names:
        return  # who is unclear may stand anywhere
    specs = draft.components.items()
    zones = {zone for name, spec in specs for zone in spec.zones(name).values()}
    for name, spec in specs:
        for place, zone in enumerate(getattr(spec, "zone_order", ())):
            if zone not in zones:
                path = ("system", "components", name, "zone_order", place)
                yield Complaint(path, *split_hint(unknown_name("zone", zone, zones)))


def _objection(draft: Draft, path: Path, target: str) -> str:
    """What the component at a path has against the one that it names there."""
    sender = draft.components.get(str(path[2])) if len(path) > 2 else None
    receiver = draft.components.get(target.partition("[")[0])
    return sender.objection_to(receiver) if sender and receiver else ""


def _unknown_component(
    path: Path, target: str, members: Mapping[str, list[str]], singles: set[str]
) -> Complaint:
    message = f"found {target!r}; must be a component: {', '.join(sorted(members)) or 'none'}"
    close = nearest(target, [*members, *sorted(singles)])
    return Complaint(path, message, f"did you mean {close!r}?" if close else "")


def _workload(draft: Draft) -> Iterator[Complaint]:
    workload = draft.workload
    if workload is None:
        return
    for name, spec in draft.components.items():
        why = spec.needs_keys()
        if why and not workload.has_keys():
            yield Complaint(("system", "components", name), f"{name!r} {why}", at_key=True)
        for field in (
            "service_time_by_class",
            "by_class",
            "policy_by_class",
            "queue_limit_by_class",
            "share_by_class",
        ):
            for request_class in getattr(spec, field, ()):
                if request_class not in workload.classes:
                    known = workload.classes
                    wrong = split_hint(unknown_name("request class", request_class, known))
                    path = ("system", "components", name, field, request_class)
                    yield Complaint(path, *wrong, at_key=True)
    for steps, message in workload.arrivals.complaints(workload.classes):
        yield Complaint(("workload", "arrivals", *steps), *split_hint(message))


def _faults(draft: Draft) -> Iterator[Complaint]:
    are_all = draft.components.keys() == draft.names
    for place, fault in draft.faults.items():
        for field, message in fault.misfits(draft.components, are_all):
            yield Complaint(("faults", place, field), *split_hint(message))
        duration_s = draft.run.duration if draft.run else None
        targets = len(fault.targets(draft.components))
        for field, message in fault.objections(duration_s, targets):
            yield Complaint(("faults", place, field), message)


def _controllers(draft: Draft) -> Iterator[Complaint]:
    for each in draft.named_controllers:
        if each.name not in draft.controller_names:
            message = unknown_name("controller", each.name, draft.controller_names)
            yield Complaint(each.steps, *split_hint(message), at_key=each.at_key)
    for name, controller in draft.controllers.items():
        path: Path = ("controllers", name)
        if name in draft.names:
            words = f"{name!r} is a component; choose another name"
            yield Complaint(path, words, at_key=True)
        for steps, message in controller.objections(draft.plan()):
            yield Complaint((*path, *steps), *split_hint(message))
    yield from _groups(draft)


def _groups(draft: Draft) -> Iterator[Complaint]:
    """Whether each group has one controller of its replicas, and can have it."""
    seen: dict[str, str] = {}
    for name, controller in of_replicas(draft.controllers).items():
        path: Path = ("controllers", name)
        if controller.of in seen:
            words = f"{controller.of!r} is controlled by {seen[controller.of]!r}; must be another"
            yield Complaint((*path, "of"), f"{words} group, or leave one of them out")
        seen.setdefault(controller.of, name)
        yield from _group(draft, path, controller)


def _group(draft: Draft, path: Path, controller: ReplicaController) -> Iterator[Complaint]:
    """Whether replicas of the group that a controller names may come and go."""
    name = controller.of
    if name not in draft.components:
        if "[" in name:
            yield Complaint((*path, "of"), f"found {name!r}, one replica; must be a whole group")
        return
    spec = draft.components[name]
    if not spec.scales:
        able = [each for each, other in draft.components.items() if other.scales]
        words = f"replicas of this {spec.kind} cannot come and go; in this system these can"
        yield Complaint((*path, "of"), f"{words}: {', '.join(able) or 'none'}")
        return
    for field, message in controller.misfits(spec):
        yield Complaint((*path, field), message)
    senders = {
        str(each.steps[2])
        for each in draft.named
        if each.steps[:2] == ("system", "components") and group_of(each.name) == name
    }
    others = [each for each in sorted(senders) if not _is_balancer(draft, each)]
    if others or not senders:
        sends = f"{others[0]!r} sends it calls" if others else "nobody sends it calls"
        words = f"{sends}; only a load_balancer can follow replicas that come and go"
        yield Complaint((*path, "of"), words)


def _is_balancer(draft: Draft, name: str) -> bool:
    spec = draft.components.get(name)
    return spec is None or spec.follows_replicas


def _run(draft: Draft) -> Iterator[Complaint]:
    run, workload = draft.run, draft.workload
    if run is None:
        return
    if run.duration is None:
        if workload is not None and not workload.arrivals.is_finite():
            yield Complaint(("run",), "give a duration: these arrivals never end", at_key=True)
    elif run.warmup >= run.duration:
        yield Complaint(
            ("run", "warmup"),
            f"found {run.warmup:g} s; must be less than the duration, {run.duration:g} s",
        )


def _names(draft: Draft) -> Iterator[Complaint]:
    if BASELINE in draft.variants:
        yield Complaint(
            ("variants", BASELINE),
            f"{BASELINE!r} is the scenario without a variant; choose another name",
            at_key=True,
        )


def _claims(draft: Draft) -> Iterator[Complaint]:
    measures = draft.measures()
    complete = len(draft.components) == len(draft.names)
    known_variants = {BASELINE, *draft.variants}

    def measure(path: Path, name: str | None) -> Iterator[Complaint]:
        component = (name or "").partition(".")[0]
        judged = complete or "." not in (name or "") or component in draft.components
        if name is not None and name not in measures and judged:
            yield Complaint((*path, "measure"), *unknown_measure(name, measures))

    def variant(path: Path, name: str | None) -> Iterator[Complaint]:
        if name is not None and name not in known_variants:
            yield Complaint(path, *split_hint(unknown_name("variant", name, known_variants)))

    for place, objective in draft.slo.items():
        yield from measure(("slo", place), objective.measure)
    for place, finding in draft.findings.items():
        path: Path = ("findings", place)
        yield from measure(path, finding.measure)
        yield from variant((*path, "of"), finding.of)
        yield from variant((*path, "relative_to"), finding.relative_to)
        duration = draft.run.duration if draft.run else None
        if finding.during and duration and finding.during[1] > duration:
            yield Complaint(
                (*path, "during", 1),
                f"found {finding.during[1]:g} s; must be at most run.duration, {duration:g} s",
            )
    if draft.predict is not None:
        yield from measure(("predict",), draft.predict.measure)
        yield from variant(("predict", "of"), draft.predict.of)
        yield from variant(("predict", "relative_to"), draft.predict.relative_to)
        for place, choice in enumerate(draft.predict.choices):
            yield from measure(("predict", "choices", place), choice.measure)


def _game(draft: Draft) -> Iterator[Complaint]:
    game, run = draft.game, draft.run
    if game is None:
        return
    for steps, message in game.objections(draft.plan()):
        yield Complaint(("game", *steps), *split_hint(message))
    measures = draft.measures()
    for place, name in enumerate(game.score):
        if name not in measures and len(draft.components) == len(draft.names):
            yield Complaint(("game", "score", place), *unknown_measure(name, measures))
    if run is not None and run.duration is not None and game.start >= run.duration:
        limit = f"must be less than run.duration, {run.duration:g} s"
        yield Complaint(("game", "from"), f"found {game.start:g} s; {limit}")


def unknown_measure(name: str, measures: Mapping[str, object]) -> tuple[str, str]:
    """Word it with the measures of the same component, or with those of requests."""
    component, dot, _ = name.rpartition(".")
    near = [each for each in measures if dot and each.startswith(f"{component}.")]
    near = near or list(REQUEST_MEASURES)
    close = nearest(name, measures)
    hint = f"did you mean {close!r}?" if close else ""
    return f"unknown measure {name!r}; known: {', '.join(sorted(near))}", hint


def knobs(scenario: Scenario) -> Iterator[Complaint]:
    """Whether every knob turns something; a variant may replace what a knob turns."""
    tree = scenario.plain()
    for place, knob in enumerate(scenario.knobs):
        try:
            value_at(tree, knob.path)
        except PathError as error:
            yield Complaint(("knobs", place, "path"), *split_hint(str(error)))
