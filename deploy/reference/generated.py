"""Generate the reference: AsyncAPI 3, OpenAPI 3.1, a JSON Schema per event; detect incompatible changes."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.catalogue import answering, load_all, unstarted
from deploy.reference.asvs import asvs_page
from deploy.reference.index import index_page, summary_of
from deploy.reference.problems_page import problems_page
from deploy.reference.routes import routes_page
from deploy.routes import app_of
from shared.bus.topics import Topic, topic_name
from shared.contracts.base import Event, known_types
from shared.service import Service

Schema = dict[str, Any]


def published() -> dict[str, type[Event]]:
    """Return wire type → model of all events in `shared.contracts`, sorted."""
    load_all(unstarted())
    events = {wire: model for wire, model in known_types().items() if issubclass(model, Event)}
    return {wire: events[wire] for wire in sorted(events) if events[wire].__module__.startswith("shared.contracts")}


def schema_of(model: type[Event]) -> Schema:
    """Return the JSON Schema (2020-12) of an event's `data`, without `at`, which is the CloudEvents `time`."""
    schema = model.model_json_schema()
    schema["properties"].pop("at", None)
    schema["required"] = [name for name in schema.get("required", []) if name != "at"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"/schemas/{model.wire}", **schema}


def topics_of(model: type[Event]) -> list[str]:
    """Return the topics of an event: of audit events one for each service."""
    writers = [service.slug for service in load_all(unstarted())] if model.on == "audit" else [model.decided_in()]
    return [topic_name(writer, model.on) for writer in writers]


def asyncapi() -> Schema:
    """Return the AsyncAPI 3.0 document of all topics that other systems may read or write."""
    channels: dict[str, Schema] = {}
    operations: dict[str, Schema] = {}
    messages: dict[str, Schema] = {}
    for wire, model in published().items():
        for topic in topics_of(model):
            channel = {"address": topic, "description": Topic(topic).for_others, "messages": {}}
            channels.setdefault(topic, channel)["messages"][wire] = {"$ref": f"#/components/messages/{wire}"}
            action = "receive" if model.on == "inbox" else "send"
            operations[topic] = {"action": action, "channel": {"$ref": f"#/channels/{topic}"}}
        messages[wire] = {
            "name": wire,
            "summary": summary_of(model),
            "contentType": "application/cloudevents+json",
            "payload": {"$ref": f"./schemas/{wire}.json"},
        }
    info = {
        "title": "CareLoop",
        "version": "1",
        "description": "CloudEvents 1.0 on Kafka, structured mode (inbound topics take binary mode too). "
        "Fields marked x-personal travel sealed and are null once the person was erased.",
    }
    return {
        "asyncapi": "3.0.0",
        "info": info,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def openapi(service: Service) -> Schema:
    """Return the OpenAPI 3.1 document of a service."""
    document: Schema = app_of(service, unstarted()).openapi()
    return document


@cache
def generate() -> dict[str, str]:
    """Return path below docs/reference → text, for every generated file."""
    files = {"asyncapi.yaml": yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=110)}
    for service in answering(unstarted()):
        files[f"openapi/{service.slug}.json"] = _json(openapi(service))
    files["routes.md"] = routes_page(answering(unstarted()), unstarted())
    files["problems.md"] = problems_page(answering(unstarted()))
    files["asvs.md"] = asvs_page()
    files["index.md"] = index_page(answering(unstarted()), published(), asyncapi())
    for wire, model in published().items():
        files[f"schemas/{wire}.json"] = _json(schema_of(model))
    return files


def _json(document: Schema) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def stale(folder: Path) -> list[str]:
    """Return the committed files that differ from the generated ones, are missing, or are no longer generated."""
    texts = generate()
    committed = {
        str(path.relative_to(folder)): path for path in folder.rglob("*") if path.suffix in (".json", ".yaml", ".md")
    }
    differing = [name for name, text in texts.items() if name not in committed or committed[name].read_text() != text]
    return sorted({*differing, *(committed.keys() - texts.keys())})


def breaking(old: Schema, new: Schema) -> list[str]:
    """Return the changes from `old` to `new` that are incompatible for stored events or for consumers."""
    return _compare(old, new, old.get("$defs", {}), new.get("$defs", {}), "data")


def _compare(old: Schema, new: Schema, old_defs: Schema, new_defs: Schema, at: str) -> list[str]:
    old, new = _resolved(old, old_defs), _resolved(new, new_defs)
    if old.get("type") != new.get("type"):
        return [f"{at}: type {old.get('type')} became {new.get('type')}"]
    before, after = old.get("properties", {}), new.get("properties", {})
    changes = [f"{at}.{name} was removed" for name in before.keys() - after.keys()]
    newly_required = set(new.get("required", [])) - set(old.get("required", []))
    changes += [f"{at}.{name} became required: events already in the log lack it" for name in sorted(newly_required)]
    removed_values = set(old.get("enum", [])) - set(new.get("enum", [])) if "enum" in old else set()
    changes += [f"{at}: {value!r} is no longer allowed" for value in sorted(map(str, removed_values))]
    for name in before.keys() & after.keys():
        changes += _compare(before[name], after[name], old_defs, new_defs, f"{at}.{name}")
    if "items" in old and "items" in new:
        changes += _compare(old["items"], new["items"], old_defs, new_defs, f"{at}[]")
    return sorted(changes)


def _resolved(schema: Schema, defs: Schema) -> Schema:
    if "$ref" in schema:
        return dict(defs.get(schema["$ref"].rpartition("/")[2], {}))
    choices = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    return _resolved(choices[0], defs) if len(choices) == 1 else schema
