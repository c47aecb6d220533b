"""Searches for planted values in every record of the broker, document of the database, file, span and metric."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bson
import orjson
from ahocorasick_rs import BytesAhoCorasick
from aiokafka import TopicPartition
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from shared import mongo
from shared.bus.clients import groupless_consumer, started
from shared.bus.consuming import read_to_end
from shared.settings import Settings
from tests.support.planted import Kind, PlantedValue

_ID = re.compile(r"(?=.*\d)[0-9A-Za-z~_.-]{12,}|\d+")
_OURS = ("admin", "config", "local")
"""Databases of MongoDB itself; `local` is its journal, kept for its window."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A planted value that was found: the place and the encoding."""

    place: str
    kind: Kind
    spelling: str
    story: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind} of {self.story}, as {self.spelling}"


class _Needles:
    """Searches for thousands of encodings in one pass."""

    def __init__(self, needles: Iterable[tuple[bytes, PlantedValue, str]]) -> None:
        self._known = list(needles)
        self._automaton = BytesAhoCorasick([needle for needle, _, _ in self._known])

    def within(self, data: bytes) -> dict[PlantedValue, str]:
        """Each planted value in these bytes, with the first encoding in which it occurs."""
        hits = {index for index, _, _ in self._automaton.find_matches_as_indexes(data, overlapping=True)}
        return {mark: how for _, mark, how in (self._known[index] for index in sorted(hits, reverse=True))}


class Search:
    """Searches bytes for planted values."""

    def __init__(self, planted: Iterable[PlantedValue]) -> None:
        all_marks = list(planted)
        self._lowered = _Needles((needle, mark, how) for mark in all_marks for how, needle in mark.spellings())
        self._exact = _Needles((needle, mark, how) for mark in all_marks for how, needle in mark.in_base64())

    def within(self, place: str, data: bytes) -> list[Sighting]:
        """Each planted value in these bytes, with the first encoding in which it occurs."""
        hits = self._exact.within(data) | self._lowered.within(data.lower())
        return [Sighting(place, mark.kind, how, mark.story) for mark, how in hits.items()]

    def inside(self, place: str, value: Any) -> Iterator[Sighting]:
        """Each planted value in nested mappings and lists; the place contains its path."""
        if isinstance(value, Mapping) and value.keys() == {"key", "value"}:  # an attribute, as OTLP has it
            yield from self.inside(f"{place}[{value['key']}]", list(value["value"].values()))
        elif isinstance(value, Mapping):
            for name, inner in value.items():
                yield from self.within(f"{place} (the name of a field)", str(name).encode())
                yield from self.inside(f"{place}.{'*' if _ID.fullmatch(str(name)) else name}", inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                yield from self.inside(place, inner)
        else:
            yield from self.within(place, value if isinstance(value, bytes) else str(value).encode())

    def record(self, place: str, record: Any) -> Iterator[Sighting]:
        """Each planted value in key, headers and value of a record."""
        yield from self.within(f"{place} key", record.key or b"")
        for name, value in record.headers or ():
            yield from self.within(f"{place} header {name}", name.encode() + b"\n" + (value or b""))
        if not self.within(place, record.value or b""):
            return
        try:
            document = orjson.loads(record.value)
        except orjson.JSONDecodeError:
            document = record.value
        kind = document.get("type", "") if isinstance(document, dict) else ""
        sightings = list(self.inside(f"{place} {kind}".strip(), document))
        yield from sightings or self.within(f"{place} {kind} (as bytes)", record.value)


async def in_the_log(search: Search, settings: Settings) -> list[Sighting]:
    """Search every record of every topic."""
    async with started(groupless_consumer(settings.kafka)) as consumer:
        topics = await consumer.topics()
        partitions = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in consumer.partitions_for_topic(topic) or ()
        ]
    assert any(partition.topic.endswith(".raw.v1") for partition in partitions), topics
    sightings = list[Sighting]()
    async for records in read_to_end(settings.kafka, partitions):
        for record in records:
            sightings += search.record(f"topic {record.topic}", record)
    return sightings


async def in_the_database(search: Search, settings: Settings) -> list[Sighting]:
    """Search every document of every collection, and the collections' names."""
    sightings = list[Sighting]()
    async with mongo.connected(settings.mongo.url) as client:
        for name in await client.list_database_names():
            if name in _OURS:
                continue
            for collection in await client[name].list_collection_names():
                place = f"collection {name}.{re.sub(r'__[0-9]+$', '', collection)}"
                sightings += search.within(f"{place} (its name)", collection.encode())
                async for document in client[name][collection].find({}):
                    if search.within(place, bson.encode(document)):
                        sightings += search.inside(place, document)
    return sightings


def in_the_files(search: Search, folder: Path, leave: Iterable[Path]) -> list[Sighting]:
    """Search contents and name of every file below a folder, except below the folders to `leave`."""
    sightings, left = list[Sighting](), tuple(leave)
    for path in sorted(folder.rglob("*")):
        if any(path.is_relative_to(each) for each in left):
            continue
        where = "/".join("*" if _ID.fullmatch(part) else part for part in path.relative_to(folder).parts)
        sightings += search.within("the name of a file", path.name.encode())
        if path.is_file():
            sightings += search.within(f"file {where}", path.read_bytes())
    return sightings


def in_what_is_exported(search: Search, posted: Mapping[str, list[bytes]]) -> list[Sighting]:
    """Search the bodies that were posted to a collector, by path."""
    sightings = list[Sighting]()
    for path, kind in (("/v1/traces", ExportTraceServiceRequest), ("/v1/metrics", ExportMetricsServiceRequest)):
        assert posted[path], f"nothing came to {path}"
        for body in posted[path]:
            if search.within(path, body):
                sightings += search.inside(f"export {path}", MessageToDict(kind.FromString(body)))
    return sightings
