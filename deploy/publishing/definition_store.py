"""Reading definition files, comparing them with the topics, and publishing: version first, then what is current."""

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
from shared.bus.producer import Producer
from shared.bus.reading import read_to_end
from shared.bus.topics import topic_name
from shared.bus.writing import ROOM, Out, fits, send_groups
from shared.clock import SharedClock
from shared.codec import describe
from shared.contracts.base import changed
from shared.definitions import Definition, Definitions, Status, kinds
from shared.settings import Settings
from shared.settings_kafka import Kafka

VISIBLE_SECONDS = 5
_STEPS = get_args(Status)
_STAMP = {"applied_by", "applied_at"}


class BadDefinition(Exception):
    """The text names file, document and field."""


class ChangedMeanwhile(BadDefinition):
    """Somebody else published."""

    def __init__(self) -> None:
        super().__init__("somebody else published definitions at the same time, so nothing was written: repeat")


@dataclass(frozen=True, slots=True)
class Change:
    """What applying one definition would do; `fields` are those that differ from what is there."""

    definition: Definition
    what: Literal["new", "same", "changed", "conflict"]
    becomes_current: bool
    fields: tuple[str, ...] = ()


def read_files(paths: Iterable[Path]) -> list[Definition]:
    """Every YAML document of these files and folders. Raises `BadDefinition`."""
    files = [file for path in paths for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])]
    found: list[Definition] = []
    for file in files:
        try:
            documents = list(documents_in(file.read_bytes()))
        except NotYaml as error:
            raise BadDefinition(f"{file} is no YAML of definitions: {error}") from error
        for number, document in enumerate(documents, 1):
            if document is not None:
                where = f"{file} document {number}"
                made = _definition(where, document)
                if any(made.ref == other.ref for other in found):
                    raise BadDefinition(f"{where}: {made.ref} stands twice in what is applied")
                found.append(made)
    return found


def _definition(where: str, document: Any) -> Definition:
    kind = document.get("kind") if isinstance(document, dict) else None
    model = kinds().get(kind) if isinstance(kind, str) else None
    if model is None:
        said = f"{kind[:40]!r}" if isinstance(kind, str) else "no text"
        raise BadDefinition(f"{where}: `kind` is {said}, known are {', '.join(sorted(kinds()))}")
    try:
        made = model.model_validate({name: value for name, value in document.items() if name not in ("kind", *_STAMP)})
        written = made.model_dump_json().encode()
    except ValidationError as error:
        raise BadDefinition(f"{where} ({kind} {str(document.get('id'))[:80]}): {describe(error)}") from error
    except ValueError as error:
        raise BadDefinition(f"{where} ({kind}): it holds half a character (a lone surrogate)") from error
    if not fits([Out(made.ref, written)], ROOM - 1000):  # who applied it comes to it
        raise BadDefinition(f"{where} ({made.ref}) is larger than a record ({ROOM // 1024} KB): split it")
    return made


def topic_of(kind: str) -> str:
    """The definitions topic of the service that owns a kind."""
    return _topic(kinds()[kind].owner)


def _topic(owner: str) -> str:
    return topic_name(owner, "definitions")


async def published(kafka: Kafka, owners: Iterable[str] | None = None) -> Definitions:
    """Everything on the definitions topics of these services, else on all."""
    snapshot = Definitions()
    topics = sorted({topic_of(kind) for kind in kinds()} if owners is None else {_topic(owner) for owner in owners})
    async for records in read_to_end(kafka, [TopicPartition(topic, 0) for topic in topics]):
        for record in records:
            if record.value is not None:
                snapshot = snapshot.applied(record.key.decode(), record.value)
    return snapshot


def compare(wanted: Iterable[Definition], known: Definitions) -> list[Change]:
    """What each definition would change. A draft may change; later only the status may, and only forwards."""
    versions = {definition.ref: definition for definition in known.all()}
    changes = []
    for definition in wanted:
        there = versions.get(definition.ref)
        fields = _differing(there, definition) if there else ()
        current = known.current_version(definition.kind, definition.id)
        newer = definition.status == "published" and (current is None or definition.version > current)
        changes.append(Change(definition, _what(there, definition, fields), newer, fields))
    return changes


def _what(there: Definition | None, wanted: Definition, fields: tuple[str, ...]) -> Any:
    if there is None or not fields:
        return "same" if there else "new"
    forwards = _STEPS.index(wanted.status) >= _STEPS.index(there.status)
    return "changed" if forwards and (there.status == "draft" or {*fields} <= {"status", "reviewed_by"}) else "conflict"


def _differing(there: Definition, wanted: Definition) -> tuple[str, ...]:
    one, other = (definition.model_dump(mode="json", exclude=_STAMP) for definition in (there, wanted))
    return tuple(name for name in other if one.get(name) != other[name])


def refusals(changes: Iterable[Change], known: Definitions) -> list[str]:
    """One sentence for each reason why these changes cannot be applied."""
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
    return [*fixed, *wrong, *missing(changes, known), *_misfits(changes, known)]


def missing(changes: Iterable[Change], known: Definitions) -> list[str]:
    """One sentence for each reference of a published definition to something that is not in force."""
    changes = list(changes)
    coming = {c.definition.any_version for c in changes if c.definition.status == "published"}
    wrong = []
    for definition in (change.definition for change in changes if change.definition.status == "published"):
        for ref in dict.fromkeys(reference.to for reference in definition.references):
            if ref not in coming and known.find(kinds()[ref.kind], ref.id) is None:
                wrong.append(f"{definition.ref} names {ref}, which is not published")
    return wrong


def _misfits(changes: list[Change], known: Definitions) -> Iterator[str]:
    """What will not do for who refers to it, where one of the two comes into force.

    Every published version of a user counts: what was begun under an older one goes on under it.
    """
    after, fresh = known, set[str]()
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


async def write(settings: Settings, changes: Iterable[Change], by: str, must_fit: bool = False) -> None:
    """Publish in the name of `by`, on Kafka all or none: all versions first, then what is current.

    Whoever begins later fences whoever is at it, and what was compared must still be so: two that publish at the same
    time do not overwrite each other. `must_fit` asks for `refusals` once more, also of what others published since.
    Raises `ChangedMeanwhile`.
    """
    stamp = {"applied_by": by, "applied_at": SharedClock(settings.clock_file)()}
    changes = list(changes)
    try:
        async with started(producer(settings.kafka, f"{settings.environment}.definitions")) as writer:
            known = await published(settings.kafka)
            if not all(_still(change, known) for change in changes) or (must_fit and refusals(changes, known)):
                raise ChangedMeanwhile
            async with writer.transaction() if settings.kafka.transactions else nullcontext():
                await _put_all(writer, changes, stamp)
            await _until_read(settings.kafka, [change.definition for change in changes])
    except (ProducerFenced, InvalidProducerEpoch) as error:
        raise ChangedMeanwhile from error


async def _until_read(kafka: Kafka, written: list[Definition]) -> None:
    """A transaction is over a moment before its readers know."""
    for _ in range(VISIBLE_SECONDS * 20):
        if all(change.what == "same" for change in compare(written, await published(kafka))):
            break
        await asyncio.sleep(0.05)


def _still(change: Change, known: Definitions) -> bool:
    [now] = compare([change.definition], known)
    return now.what == change.what and (now.becomes_current or not change.becomes_current or change.what == "same")


async def _put_all(writer: Producer, changes: list[Change], stamp: dict[str, Any]) -> None:
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
