"""Names that others depend on, in Kafka, MongoDB, settings, clients and scripts.

`python -m tests.world.past.names FILE` lists those of this version. None of them may go; more may come.
"""

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import typer
from aiokafka import TopicPartition
from pydantic import BaseModel
from pydantic_settings import BaseSettings

from deploy import cli
from deploy.catalogue import mounts
from shared.bus.topics import topic_name
from shared.contracts.base import known_types
from shared.decider.runtime import DeciderPartition
from shared.definitions import kinds
from shared.mongo import database_name
from shared.service import Service
from shared.settings import Settings
from tests.world.machine import product

ROUTES = Path(__file__).parents[3] / "docs/reference/routes.md"
ROW = re.compile(r"^\|([a-z-]+)\|`([A-Z]+ [^`]+)`\|", re.MULTILINE)
Shape = dict[str, Any]
"""The fields of a message: name → the fields of its value."""


def names() -> dict[str, Any]:
    """All names, by kind."""
    settings, services = product()
    return {
        "topics": sorted(topic.name for each in services for topic in each.topics(transactions=True)),
        "groups": sorted(group for each in services for group in each.groups()),
        "transactional ids": sorted(name for each in services for name in _transactional(each, settings)),
        "policies": sorted(
            f"{policy.target} {policy.name}"
            for each in services
            for policy in (*each.policies, *([each.inbox] if each.inbox else []))
        ),
        "collections": sorted(
            f"{database_name(each.name)}.{projection.collection}"
            for each in services
            for projection in each.collections
        ),
        "settings": sorted(name for group in _all(BaseSettings) for name in _settings(group)),
        "mounts": sorted(f"{mount} {name}" for mount, name in mounts().items()),
        "routes": sorted(f"{service} {route}" for service, route in ROW.findall(ROUTES.read_text())),
        "commands": sorted(_commands()),
        "messages": {
            wire: fields(model) for wire, model in sorted(known_types().items()) if wire.startswith("careloop.")
        },
        "definitions": {kind: fields(model) for kind, model in sorted(kinds().items())},
    }


def _transactional(service: Service, settings: Settings) -> Iterator[str]:
    nothing: Any = None
    for decider in service.deciders:
        place = TopicPartition(topic_name(decider.name, "commands"), 0)
        decider_partition = DeciderPartition(decider, place, settings, nothing, nothing, nothing, nothing, "")
        yield decider_partition._transactional_id


def _all(base: type[BaseSettings]) -> list[type[BaseSettings]]:
    below = [each for child in base.__subclasses__() for each in (child, *_all(child))]
    return [each for each in below if each.__module__.split(".")[0] in ("shared", "services", "deploy")]


def _settings(group: type[BaseModel], prefix: str = "") -> Iterator[str]:
    prefix = prefix or str(group.model_config.get("env_prefix", ""))
    for name, field in group.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _settings(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def _commands() -> Iterator[str]:
    app = typer.Typer()
    for family in cli.FAMILIES:
        import_module(f"deploy.cli.{family}").register(app)
    return _within(typer.main.get_command(app), "careloop")


def _within(command: Any, path: str) -> Iterator[str]:
    if inner := getattr(command, "commands", None):
        for name, each in inner.items():
            yield from _within(each, f"{path} {name}")
    else:
        yield path
        yield from (f"{path} {option}" for parameter in command.params for option in parameter.opts)


def fields(model: type[BaseModel]) -> Shape:
    """The names of a model's fields as they are serialized, at any depth."""
    schema = model.model_json_schema()
    return _fields(schema, schema.get("$defs", {}), ())


def _fields(schema: Any, definitions: dict[str, Any], above: tuple[str, ...]) -> Shape:
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return {} if name in above else _fields(definitions[name], definitions, (*above, name))
    shape: Shape = {name: _fields(inner, definitions, above) for name, inner in schema.get("properties", {}).items()}
    within = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    within += [inner for name in ("items", "additionalProperties") if isinstance(inner := schema.get(name), dict)]
    for inner in (*within, *schema.get("prefixItems", ())):
        shape = _joined(shape, _fields(inner, definitions, above))
    return shape


def _joined(one: Shape, other: Shape) -> Shape:
    return one | {name: _joined(one.get(name, {}), inner) for name, inner in other.items()}


def gone(then: Any, now: Any, path: str = "") -> list[str]:
    """The names of `then` that are missing in `now`, each with its path."""
    if isinstance(then, list):
        return [f"{path}: {name}" for name in then if name not in now]
    return [
        missing
        for name, inner in then.items()
        for missing in (
            [f"{path}: {name}".removeprefix(": ")]
            if name not in now
            else gone(inner, now[name], f"{path}.{name}".strip("."))
        )
    ]


def text() -> bytes:
    """All names as JSON, with one name or message per line."""
    blocks = []
    for heading, named in names().items():
        if isinstance(named, list):
            inner = [orjson.dumps(name).decode() for name in named]
            blocks.append(f"{orjson.dumps(heading).decode()}: [\n" + ",\n".join(inner) + "\n]")
        else:
            inner = [f"{orjson.dumps(name).decode()}: {orjson.dumps(shape).decode()}" for name, shape in named.items()]
            blocks.append(f"{orjson.dumps(heading).decode()}: {{\n" + ",\n".join(inner) + "\n}")
    return ("{\n" + ",\n".join(blocks) + "\n}\n").encode()


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(text())
