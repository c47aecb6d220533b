"""Read definition files, compare them with the topics, and publish: first the versions, then which is in force."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import orjson
from aiokafka import TopicPartition
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced
from pydantic import ValidationError

from deploy.publishing.yaml_files import NotYaml, documents_in
from shared.bus.clients import producer, started
from shared.bus.consuming import read_to_end
from shared.bus.producer import Producer
from shared.bus.topics import topic_name
from shared.bus.writing import ROOM, Out, fits, send_groups
from shared.clock import SharedClock
from shared.codec import describe
from shared.contracts.base import changed
from shared.definitions import Definition, Definitions, Status, kinds
from shared.settings import Settings
from shared.settings_kafka import Kafka

VISIBLE_SECONDS = 5
"""Seconds to wait until a committed transaction is visible to readers."""
_STEPS = get_args(Status)
_STAMP = {"applied_by", "applied_at"}


class BadDefinition(Exception):
    """A definition is invalid; the text names file, document and field."""


class ChangedMeanwhile(BadDefinition):
    """Another process published definitions at the same time; nothing was written."""

    def __init__(self) -> None:
        super().__init__("somebody else published definitions at the same time, so nothing was written: repeat")


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """What applying one definition changes; `fields` are those that differ from the published version."""

    definition: Definition
    what: Literal["new", "same", "changed", "conflict"]
    becomes_current: bool
    fields: tuple[str, ...] = ()


def read_files(paths: Iterable[Path]) -> list[Definition]:
    """Return the definitions in all YAML documents of these files and folders. Raises `BadDefinition`."""
    files = [file for path in paths for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])]
    definitions: list[Definition] = []
    for file in files:
        try:
            documents = list(documents_in(file.read_bytes()))
        except NotYaml as error:
            raise BadDefinition(f"{file} is no YAML of definitions: {error}") from error
        for number, document in enumerate(documents, 1):
            if document is not None:
                where = f"{file} document {number}"
                definition = _definition(where, document)
                if any(definition.ref == other.ref for other in definitions):
                    raise BadDefinition(f"{where}: {definition.ref} stands twice in what is applied")
                definitions.append(definition)
    return definitions


def _definition(where: str, document: Any) -> Definition:
    kind = document.get("kind") if isinstance(document, dict) else None
    model = kinds().get(kind) if isinstance(kind, str) else None
    if model is None:
        shown = f"{kind[:40]!r}" if isinstance(kind, str) else "no text"
        raise BadDefinition(f"{where}: `kind` is {shown}, known are {', '.join(sorted(kinds()))}")
    fields = {name: value for name, value in document.items() if name not in ("kind", *_STAMP)}
    try:
        definition = model.model_validate(fields)
        encoded = definition.model_dump_json().encode()
    except ValidationError as error:
        raise BadDefinition(f"{where} ({kind} {str(document.get('id'))[:80]}): {describe(error)}") from error
    except ValueError as error:
        raise BadDefinition(f"{where} ({kind}): it holds half a character (a lone surrogate)") from error
    if not fits([Out(definition.ref, encoded)], ROOM - 1000):  # leaves room for `applied_by` and `applied_at`
        raise BadDefinition(f"{where} ({definition.ref}) is larger than a record ({ROOM // 1024} KB): split it")
    return definition


def topic_of(kind: str) -> str:
    """Return the definitions topic of the service that owns a kind."""
    return _topic(kinds()[kind].owner)


def _topic(owner: str) -> str:
    return topic_name(owner, "definitions")


async def published(kafka: Kafka, owners: Iterable[str] | None = None) -> Definitions:
    """Read the definitions topics of these services, or of all, to their ends."""
    snapshot = Definitions()
    topics = sorted({topic_of(kind) for kind in kinds()} if owners is None else {_topic(owner) for owner in owners})
    async for records in read_to_end(kafka, [TopicPartition(topic, 0) for topic in topics]):
        for record in records:
            if record.value is not None:
                snapshot = snapshot.applied(record.key.decode(), record.value)
    return snapshot


def compare(wanted: Iterable[Definition], present: Definitions) -> list[DefinitionChange]:
    """Return what each definition changes. A draft may change; afterwards only its status may, and only forwards."""
    versions = {definition.ref: definition for definition in present.all()}
    changes = []
    for definition in wanted:
        old = versions.get(definition.ref)
        fields = _differing(old, definition) if old else ()
        current = present.current_version(definition.kind, definition.id)
        newer = definition.status == "published" and (current is None or definition.version > current)
        changes.append(DefinitionChange(definition, _what(old, definition, fields), newer, fields))
    return changes


def _what(old: Definition | None, wanted: Definition, fields: tuple[str, ...]) -> Any:
    if old is None or not fields:
        return "same" if old else "new"
    forwards = _STEPS.index(wanted.status) >= _STEPS.index(old.status)
    allowed = old.status == "draft" or {*fields} <= {"status", "reviewed_by"}
    return "changed" if forwards and allowed else "conflict"


def _differing(old: Definition, wanted: Definition) -> tuple[str, ...]:
    """Return the fields that differ, by value: sets are written in any order."""
    fields = [name for name in type(wanted).model_fields if name not in _STAMP]
    return tuple(name for name in fields if getattr(old, name) != getattr(wanted, name))


def refusals(changes: Iterable[DefinitionChange], present: Definitions) -> list[str]:
    """Return one sentence for each reason why these changes cannot be applied."""
    changes = list(changes)
    fixed = [
        f"{c.definition.ref} is fixed since it was reviewed or published ({', '.join(c.fields)} differ): "
        "raise its version"
        for c in changes
        if c.what == "conflict"
    ]
    wrong = [
        f"{c.definition.ref}: {mistake}"
        for c in changes
        if c.what in ("new", "changed") and c.definition.status != "retired"
        for mistake in c.definition.mistakes()
    ]
    return [*fixed, *wrong, *missing(changes, present), *_misfits(changes, present)]


def missing(changes: Iterable[DefinitionChange], present: Definitions) -> list[str]:
    """Return one sentence for each reference of a published definition to one that is not in force."""
    changes = list(changes)
    coming = {c.definition.any_version for c in changes if c.definition.status == "published"}
    wrong = []
    for definition in (change.definition for change in changes if change.definition.status == "published"):
        for ref in dict.fromkeys(reference.to for reference in definition.references):
            if ref not in coming and present.find(kinds()[ref.kind], ref.id) is None:
                wrong.append(f"{definition.ref} names {ref}, which is not published")
    return wrong


def _misfits(changes: list[DefinitionChange], present: Definitions) -> Iterator[str]:
    """Yield one sentence for each definition that does not fit a reference to it, if one of both comes into force.

    All published versions of the referring definition are checked: what began under an older one continues under it.
    """
    after, fresh = present, set[str]()
    for change in changes:
        after = after.with_version(change.definition)
        if change.becomes_current:
            after = after.with_current(change.definition.kind, change.definition.id, change.definition.version)
            fresh.add(change.definition.ref)
    for user in (definition for definition in after.all() if definition.status == "published"):
        for reference in user.references:
            used = after.find(kinds()[reference.to.kind], reference.to.id)
            if used and {user.ref, used.ref} & fresh:
                older = after.current_version(user.kind, user.id) != user.version
                still = " goes on for what began under it until it is retired, and" if older else ""
                for why in used.misfits(reference):
                    yield f"{user.ref}{still} names {used.ref} ({reference.where}): {why}"


async def write(settings: Settings, changes: Iterable[DefinitionChange], by: str, must_fit: bool = False) -> None:
    """Publish changes as `by`: all versions first, then which are in force. On Kafka, in one transaction.

    Two processes that publish at the same time do not overwrite each other: the later one fences the earlier one, and
    the comparison is repeated before writing. `must_fit` also repeats `refusals`. Raises `ChangedMeanwhile`.
    """
    stamp = {"applied_by": by, "applied_at": SharedClock(settings.clock_file)()}
    changes = list(changes)
    try:
        async with started(producer(settings.kafka, f"{settings.environment}.definitions")) as writer:
            present = await published(settings.kafka)
            if not all(_still(change, present) for change in changes) or (must_fit and refusals(changes, present)):
                raise ChangedMeanwhile
            async with writer.transaction() if settings.kafka.transactions else nullcontext():
                await _put_all(writer, changes, stamp)
            await _until_read(settings.kafka, [change.definition for change in changes])
    except (ProducerFenced, InvalidProducerEpoch) as error:
        raise ChangedMeanwhile from error


async def _until_read(kafka: Kafka, written: list[Definition]) -> None:
    """Wait until the changes are visible: a committed transaction reaches readers with a delay."""
    for _ in range(VISIBLE_SECONDS * 20):
        if all(change.what == "same" for change in compare(written, await published(kafka))):
            break
        await asyncio.sleep(0.05)


def _still(change: DefinitionChange, present: Definitions) -> bool:
    """Return whether a new comparison has the same result."""
    [now] = compare([change.definition], present)
    return now.what == change.what and (now.becomes_current or not change.becomes_current or change.what == "same")


async def _put_all(writer: Producer, changes: list[DefinitionChange], stamp: dict[str, Any]) -> None:
    for change in changes:
        d = change.definition
        if change.what in ("new", "changed"):
            await _put(writer, d.kind, d.ref, changed(d, **stamp).model_dump(mode="json"))
    for change in changes:
        if change.becomes_current:
            d = change.definition
            await _put(writer, d.kind, str(d.any_version), {"version": d.version})


async def _put(writer: Producer, kind: str, key: str, value: dict[str, Any]) -> None:
    await send_groups(writer, topic_of(kind), 0, [[Out(key, orjson.dumps(value))]])
