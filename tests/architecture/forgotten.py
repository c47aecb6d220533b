"""What is missing after somebody added a service, or something to one: a sentence for each, which names the place."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from deploy.catalogue import unstarted
from deploy.reference.routes import app_of, routes_of
from shared.contracts.base import Event, known_types
from shared.contracts.timeline import timelines
from shared.contracts.timers import TimerCancelled, TimerSet
from shared.decider import Decider
from shared.definitions import kinds
from shared.host.run import roles_of
from shared.policy import Policy
from shared.projector import Projection
from shared.service import Service

FILES = ("__init__", "commands", "domain", "policies", "projections", "answers", "api", "bootstrap", "definitions")
IN_THE_ROOM = ("answers", "commands", "domain", "policies")
"""Files that a service which is cut into rooms has in the room of its first decider."""


def forgotten(service: Service, root: Path) -> list[str]:
    """What is missing of a service whose folder is `root`/services, its tests `root`/tests; [] where nothing is."""
    checks = (_files, _tests, _run, _scopes, _timers, _shown, _read, _uses)
    return list(dict.fromkeys(sentence for check in checks for sentence in check(service, root)))


def declares_a_rule(source: str) -> bool:
    """Whether a module makes a policy or a projection."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(isinstance(made, ast.Name) and made.id in ("Policy", "Projection") for made in calls)


def _modules(service: Service, root: Path) -> dict[Path, ModuleType]:
    files = sorted((root / "services" / service.name).rglob("*.py"))
    return {file: import_module(".".join(file.relative_to(root).with_suffix("").parts)) for file in files}


def room_of(service: Service, root: Path) -> Path:
    """The folder of a service that holds the rules of the decider by its name; its root if it has no rooms."""
    [decide] = [decider.decide for decider in service.deciders if decider.name == service.slug]
    return root.joinpath(*decide.__module__.split(".")[:-1])


def _files(service: Service, root: Path) -> Iterator[str]:
    folder = root / "services" / service.name
    for name in FILES:
        file = (room_of(service, root) if name in IN_THE_ROOM else folder) / f"{name}.py"
        if name == "definitions":
            file = next(folder.rglob("definitions.py"), file)
        if not file.exists():
            yield f"{file.relative_to(root)} is missing"
        elif not ast.get_docstring(ast.parse(file.read_text())):
            yield f"{file.relative_to(root)} does not say what it is"
    if not (folder / "problems.yaml").exists():
        yield f"{folder.relative_to(root)}/problems.yaml is missing"


def _tests(service: Service, root: Path) -> Iterator[str]:
    """A rule that only flows reach is known by nobody: each says in a sentence what it makes of which event."""
    for file in (root / "services" / service.name).rglob("*.py"):
        name, *folders = file.relative_to(root / "services").with_suffix("").parts
        tests = root / "tests" / name / f"test_{'_'.join(folders)}.py"
        if declares_a_rule(file.read_text()) and not (
            tests.exists() and f"from services.{'.'.join([name, *folders])} import" in tests.read_text()
        ):
            yield f"{file.relative_to(root)} has no {tests.relative_to(root)}"


def _run(service: Service, root: Path) -> Iterator[str]:
    """What is made and left out of the bootstrap shows nothing, and no test of its own notices."""
    run = (*service.policies, *service.collections, *([service.inbox] if service.inbox else []))
    deciders = {decider.name for decider in service.deciders}
    for file, module in _modules(service, root).items():
        if declares_a_rule(file.read_text()) or file.stem == "domain":
            for each in _made(module):
                if each not in run and not (isinstance(each, Decider) and each.name in deciders):
                    name = each.collection if isinstance(each, Projection) else getattr(each, "name", "its decider")
                    yield f"{name} of {file.relative_to(root)} is not in the `Service` of {service.name}"


def _made(module: ModuleType) -> Iterator[Policy | Projection | Decider[Any]]:
    """The policies, projections and deciders that stand in a module, alone or in a list."""
    for value in vars(module).values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Policy | Projection | Decider):
                yield each


def _scopes(service: Service, root: Path) -> Iterator[str]:
    declared = {f"{owner}:{duty}" for owner, duties in service.scopes.items() for duty in duties}
    wanted: set[str] = set()
    for route in routes_of(service, app_of(service, unstarted())):
        if route.path == "/internal/status":  # of every process, for operators
            continue
        asked = set(re.findall(r"[\w-]+:[\w-]+", route.authentication.wants))
        wanted |= asked
        yield from (f"{scope} of {route.method} {route.path} is in no `scopes`" for scope in asked - declared)
    yield from (f"{scope} of `scopes` is wanted by no route" for scope in declared - wanted)


def _events(service: Service) -> list[type[Event]]:
    """The events whose wire types name a decider of the service."""
    deciders = {decider.name for decider in service.deciders}
    events = [model for model in known_types().values() if issubclass(model, Event)]
    return [model for model in events if model.wire.split(".")[1] in deciders]


def _timers(service: Service, root: Path) -> Iterator[str]:
    kept = {model for types in service.timers.values() for model in types.events}
    for model in _events(service):
        if issubclass(model, TimerSet | TimerCancelled) and model not in kept:
            yield f"{model.wire} is in no `timers` of a decider of {service.name}: nobody wakes it"


def _shown(service: Service, root: Path) -> Iterator[str]:
    about = [model.wire for model in _events(service) if "person_id" in model.model_fields]
    if about and service.shown_in_timelines and service.name not in timelines() and not _shows_timelines(service):
        yield f"shared/contracts/{service.name}.py has no `TIMELINE`, though {about[0]} is about a person"


def _shows_timelines(service: Service) -> bool:
    return any(projection.collection == "timeline" for projection in service.projections)


def _read(service: Service, root: Path) -> Iterator[str]:
    owned = sorted(name for name, kind in kinds().items() if kind.owner == service.slug)
    if owned and service.slug not in service.definitions_from:
        yield f"{service.name} owns {owned[0]} and is not in its `definitions_from`"


def _uses(service: Service, root: Path) -> Iterator[str]:
    for role in service.uses.keys() - set(roles_of(service)):
        yield f"`uses` of {service.name} names the role {role}, which it does not have"
