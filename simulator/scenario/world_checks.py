"""Checks of the world against those who have to do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulator.components.model_server import ModelServerSpec
from simulator.errors import split_hint, unknown_name
from simulator.scenario.complaint import Complaint
from simulator.scenario.draft import Draft
from simulator.scenario.nodes import Path
from simulator.units import human
from simulator.world.models import ModelSpec
from simulator.world.users import USERS


def of_world(draft: Draft) -> Iterator[Complaint]:
    """Everything that is wrong between the world, its users, and what answers by it."""
    yield from _users(draft)
    yield from _models(draft)


def _users(draft: Draft) -> Iterator[Complaint]:
    """Whether users are known who are to be alike, and their name in reports is free."""
    world, workload = draft.world, draft.workload
    if world and world.alike is not None and workload and not workload.has_keys():
        words = "users are known by their keys; give workload.keys"
        yield Complaint(("world", "alike"), words, at_key=True)
    places: dict[str, Path] = {
        "component": ("system", "components", USERS),
        "controller": ("controllers", USERS),
    }
    names = {"component": draft.names, "controller": draft.controllers}
    for what, path in places.items():
        if draft.has_world and USERS in names[what]:
            words = f"{USERS!r} are those whom the world knows; choose another name for this {what}"
            yield Complaint(path, words, at_key=True)


def _models(draft: Draft) -> Iterator[Complaint]:
    """Whether model servers name models and features that there are, and have room for them."""
    for name, spec in draft.components.items():
        if not isinstance(spec, ModelServerSpec):
            continue
        path: Path = ("system", "components", name)
        if not draft.has_world:
            yield Complaint(path, f"{name!r} answers by a model; give world", at_key=True)
        if draft.world is None:
            continue
        yield from _held(path, spec, draft.world.models)
        named: list[tuple[Path, str]] = [
            *((("missing", place), each) for place, each in enumerate(spec.missing)),
            *((("fetched", place), each) for place, each in enumerate(spec.fetched)),
            *((("feature_age_by_name", each), each) for each in spec.feature_age_by_name),
        ]
        for steps, feature in named:
            if feature not in draft.world.features:
                message = unknown_name("feature", feature, draft.world.features)
                yield Complaint((*path, *steps), *split_hint(message))


def _held(
    path: Path, spec: ModelServerSpec, models: Mapping[str, ModelSpec]
) -> Iterator[Complaint]:
    """Whether there are the models that a server holds, and room for them."""
    named: list[tuple[Path, str]] = [(("model",), spec.model)]
    named += [(("also_holds", place), each) for place, each in enumerate(spec.also_holds)]
    for steps, model in named:
        if model not in models:
            yield Complaint((*path, *steps), *split_hint(unknown_name("model", model, models)))
    memory, takes = spec.memory_bytes, sum(models[m].memory for _, m in named if m in models)
    if memory is not None and takes > memory:
        field = "device" if spec.memory is None else "memory"
        found = f"{spec.device}, of {human(memory, 'B')}" if spec.memory is None else ""
        found = found or human(memory, "B")
        all_of_them = " and ".join(repr(model) for _, model in named)
        verb = "take" if spec.also_holds else "takes"
        yield Complaint((*path, field), f"found {found}; {all_of_them} {verb} {human(takes, 'B')}")
