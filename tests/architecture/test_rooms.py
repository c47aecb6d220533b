"""What the linter cannot see: a room of his_adapter names no collection, topic or type of a room above or beside it."""

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

from deploy.catalogue import load, unstarted
from shared.contracts.base import known_types

ROOT = Path(__file__).parents[2]
HOME = "services.his_adapter"
SERVICE = load("his_adapter", unstarted())
ROOT_ROOM = "the root"


def room_of(module: str) -> str:
    """The room of a module: the package below that of the service."""
    return module.removeprefix(f"{HOME}.").split(".")[0] if module.count(".") > 2 else ROOT_ROOM


def levels() -> dict[str, int]:
    """Room → its level, 0 for the lowest; rooms of one level know nothing of each other."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    layers = config["importlinter:contract:his-adapter-layers"]["layers"].split("\n")
    rooms = [[name.strip() for name in line.split("|")] for line in reversed(layers) if line and ":" not in line]
    return {room: level for level, names in enumerate(rooms) for room in names if room != "bootstrap"}


def owners() -> dict[str, str]:
    """Text by which something of a room can be reached → that room."""
    collections = {each.collection: room_of(each.fold.__module__) for each in SERVICE.projections if of_home(each.fold)}
    deciders = {each.name: room_of(each.decide.__module__) for each in SERVICE.deciders}
    wires = {wire: room_of(model.__module__) for wire, model in known_types().items() if of_home(model)}
    return collections | deciders | wires


def of_home(thing: object) -> bool:
    return thing.__module__.startswith(HOME)


def named(source: str) -> Iterator[str]:
    """Texts that name a collection (`database["x"]`, `ReadModel(deps, "x")`), a topic, or a type of message."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="database"), slice=ast.Constant(value=str(text))):
                yield text
            case ast.Call(func=ast.Name(id="ReadModel"), args=[_, *names]):
                yield from (str(each.value) for each in names if isinstance(each, ast.Constant))
            case ast.Call(func=ast.Name(id="topic_name"), args=[ast.Constant(value=str(text)), *_]):
                yield text
            case ast.Constant(value=str(text)) if text.startswith("careloop."):
                yield text


def out_of_reach(room: str, source: str) -> list[str]:
    """The texts in a module of a room that name something of a room above or beside it."""
    level, owner = levels(), owners()
    texts = (text for text in named(source) if owner.get(text, room) != room)
    return [text for text in texts if level[owner[text]] >= level[room]]


def test_every_room_names_only_what_it_might_import() -> None:
    files = sorted((ROOT / "services/his_adapter").glob("*/**/*.py"))
    rooms = {file: room_of(".".join(file.relative_to(ROOT).with_suffix("").parts)) for file in files}
    assert set(rooms.values()) == levels().keys()
    wrong = {str(file.relative_to(ROOT)): out_of_reach(room, file.read_text()) for file, room in rooms.items()}
    assert {file: texts for file, texts in wrong.items() if texts} == {}


def test_what_a_room_names_above_or_beside_it_is_noticed() -> None:
    assert out_of_reach("formats", 'deps.database["messages"]') == ["messages"]
    assert out_of_reach("requests", 'self._deps.database["packets"]\nReadModel(deps, "files", "watches")') == [
        "packets",
        "watches",
    ]
    assert out_of_reach("facts", 'topic_name("his-requests", "commands")') == ["his-requests"]
    assert out_of_reach("facts", 'A = "careloop.his-requests.hear_answer.v1"') == [
        "careloop.his-requests.hear_answer.v1"
    ]
    assert out_of_reach("packets", 'deps.database["files"]\ndeps.database["packets"]\ndeps.database["humans"]') == []
