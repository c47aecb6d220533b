"""What the linter cannot see: a room of a service names no collection, topic or type of a room above or beside it."""

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.catalogue import load, unstarted
from shared.contracts.base import known_types

ROOT = Path(__file__).parents[2]
SERVICES = {name: load(name, unstarted()) for name in ("contacts", "his_adapter")}
"""The services that are cut into rooms."""
ROOT_ROOM = "the root"


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


def named(source: str) -> Iterator[str]:
    """Texts that name a collection (`database["x"]`, `ReadModel(deps, "x")`), a topic of commands, a message's type."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="database"), slice=ast.Constant(value=str(text))):
                yield text
            case ast.Call(func=ast.Name(id="ReadModel"), args=[_, *names]):
                yield from (str(each.value) for each in names if isinstance(each, ast.Constant))
            case ast.Call(
                func=ast.Name(id="topic_name"), args=[ast.Constant(value=str(text)), ast.Constant(value=kind)]
            ):
                if kind != "events":  # these are published for everybody
                    yield text
            case ast.Constant(value=str(text)) if text.startswith("careloop."):
                yield text


def out_of_reach(service: str, room: str, source: str) -> list[str]:
    """The texts in a module of a room that name something of a room above or beside it."""
    level, owner = levels(service), owners(service)
    texts = (text for text in named(source) if owner.get(text, room) != room)
    return [text for text in texts if level[owner[text]] >= level[room]]


@pytest.mark.parametrize("service", SERVICES)
def test_every_room_names_only_what_it_might_import(service: str) -> None:
    files = sorted((ROOT / "services" / service).glob("*/**/*.py"))
    rooms = {file: room_of(".".join(file.relative_to(ROOT).with_suffix("").parts)) for file in files}
    assert set(rooms.values()) == levels(service).keys() - {ROOT_ROOM}
    wrong = {str(file.relative_to(ROOT)): out_of_reach(service, room, file.read_text()) for file, room in rooms.items()}
    assert {file: texts for file, texts in wrong.items() if texts} == {}


def test_what_a_room_names_above_or_beside_it_is_noticed() -> None:
    assert out_of_reach("his_adapter", "formats", 'deps.database["messages"]') == ["messages"]
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
    assert out_of_reach("contacts", "registry", 'ReadModel(deps, "person_360", "clusters")') == ["person_360"]
    assert out_of_reach("contacts", "access", 'deps.database["erasures"]\ndeps.database["timeline"]') == ["erasures"]
    assert out_of_reach("contacts", "erasure", 'topic_name("contacts", "commands")') == ["contacts"]
