"""What the linter cannot see: a room of a service names no collection, topic or type of a room above or beside it."""

import ast
import configparser
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from deploy.catalogue import load, unstarted
from shared.contracts.base import known_types

ROOT = Path(__file__).parents[2]
SERVICES = {name: load(name, unstarted()) for name in ("contacts", "his_adapter")}
"""The services that are cut into rooms."""
ROOT_ROOM = "the root"
PUBLISHED = ("events", "raw")
"""Kinds of topics that every room may read: events are published, raw messages belong to the service."""


def room_of(module: str) -> str:
    """The room of a module: the package below that of the service."""
    return module.split(".")[2] if module.count(".") > 2 else ROOT_ROOM


def levels(name: str) -> dict[str, int]:
    """Room → its level, 0 for the lowest; rooms of one level know nothing of each other. The root is above all."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    layers = config[f"importlinter:contract:{name.replace('_', '-')}-layers"]["layers"].strip().split("\n")
    named = [[each.strip() for each in re.split(r"[|:]", line)] for line in reversed(layers)]
    levels = {room: level for level, rooms in enumerate(named) for room in rooms}
    rooms = {
        room: level for room, level in levels.items() if (ROOT / "services" / name / room / "__init__.py").exists()
    }
    return rooms | {ROOT_ROOM: len(layers)}


def owners(name: str) -> dict[str, str]:
    """Text by which something of a service can be reached → the room that it is in."""
    service, home = SERVICES[name], f"services.{name}."
    collections = {
        each.collection: room_of(each.fold.__module__)
        for each in service.projections
        if each.fold.__module__.startswith(home)
    }
    deciders = {each.name: room_of(each.decide.__module__) for each in service.deciders}
    wires = {
        wire: room_of(model.__module__) for wire, model in known_types().items() if model.__module__.startswith(home)
    }
    return collections | deciders | wires


def text_of(node: ast.AST, scope: Mapping[str, Any]) -> str | None:
    """The text of a literal, or of a constant (`X`, `X.collection`) of the module; None for other expressions."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            value = scope.get(name)
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            value = getattr(scope.get(name), attr, None)
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr=inner), attr=attr):
            value = getattr(getattr(scope.get(name), inner, None), attr, None)
        case _:
            return None
    return value if isinstance(value, str) else None


def called(node: ast.expr) -> str:
    """The last name of what is called or subscripted, without a leading underscore: `self._database` is `database`."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.removeprefix("_")


def named(source: str, scope: Mapping[str, Any]) -> Iterator[str]:
    """Texts that name a collection, a topic of commands, or a message's type; `scope`: the names of the module.

    Collections: `database["x"]`, `ReadModel(deps, "x")`, and constants that are handed to any call, which may read it.
    Commands: `topic_name("x", "commands")`, `send("x", …)`, `envelope("x", …)`.
    """
    for node in ast.walk(ast.parse(source)):
        texts: Iterable[ast.expr] = ()
        match node:
            case ast.Subscript(value=value, slice=text) if called(value) in ("database", "db"):
                texts = [text]
            case ast.Call(func=ast.Name(id="ReadModel"), args=[_, *names]):
                texts = names
            case ast.Call(func=ast.Name(id="topic_name"), args=[text, kind]):
                texts = [text] if text_of(kind, scope) not in PUBLISHED else []
            case ast.Call(func=func, args=[text, *_]) if called(func) in ("send", "envelope"):
                texts = [text]
            case ast.Call(args=args):
                texts = [each for each in args if not isinstance(each, ast.Constant)]
            case ast.Constant(value=str(text)) if text.startswith("careloop."):
                yield text
        yield from filter(None, (text_of(each, scope) for each in texts))


def out_of_reach(service: str, room: str, source: str, scope: Mapping[str, Any] = MappingProxyType({})) -> list[str]:
    """The texts in a module of a room that name something of a room above or beside it."""
    level, owner = levels(service), owners(service)
    texts = (text for text in named(source, scope) if owner.get(text, room) != room)
    return [text for text in texts if level[owner[text]] >= level[room]]


@pytest.mark.parametrize("service", SERVICES)
def test_every_room_names_only_what_it_might_import(service: str) -> None:
    files = sorted((ROOT / "services" / service).glob("*/**/*.py"))
    modules = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files}
    assert set(map(room_of, modules.values())) == levels(service).keys() - {ROOT_ROOM}
    wrong = {
        module: out_of_reach(service, room_of(module), file.read_text(), vars(import_module(module)))
        for file, module in modules.items()
    }
    assert {module: texts for module, texts in wrong.items() if texts} == {}


def test_what_a_room_names_above_or_beside_it_is_noticed() -> None:
    assert out_of_reach("his_adapter", "formats", 'deps.database["files"]') == ["files"]
    assert out_of_reach(
        "his_adapter", "requests", 'self._deps.database["packets"]\nReadModel(deps, "files", "watches")'
    ) == [
        "packets",
        "watches",
    ]
    assert out_of_reach("his_adapter", "facts", 'topic_name("his-requests", "commands")') == ["his-requests"]
    assert out_of_reach("his_adapter", "facts", 'A = "careloop.his-requests.hear_answer.v1"') == [
        "careloop.his-requests.hear_answer.v1"
    ]
    assert (
        out_of_reach(
            "his_adapter", "packets", 'deps.database["files"]\ndeps.database["packets"]\ndeps.database["humans"]'
        )
        == []
    )
    feeds = SimpleNamespace(collection="feeds")
    for source in (
        "deps.database[FEEDS]",
        'self._database["feeds"]',
        "self.db[FEEDS]",
        "ReadModel(deps, MODEL.collection)",
        "super().__init__(deps, projections.MODEL.collection)",
    ):
        scope = {"FEEDS": "feeds", "MODEL": feeds, "projections": SimpleNamespace(MODEL=feeds)}
        assert out_of_reach("his_adapter", "payments", source, scope) == ["feeds"], source
    assert out_of_reach("his_adapter", "facts", "deps.sender.send(TARGET, [])", {"TARGET": "his-payments"})
    assert out_of_reach("contacts", "registry", 'ReadModel(deps, "person_360", "clusters")') == ["person_360"]
    assert out_of_reach("contacts", "access", 'deps.database["erasures"]\ndeps.database["timeline"]') == ["erasures"]
    assert out_of_reach("contacts", "erasure", 'topic_name("contacts", "commands")') == ["contacts"]
