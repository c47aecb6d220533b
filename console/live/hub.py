"""Reads the events topics and tells every open stream of it."""

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from aiokafka import AIOKafkaConsumer, TopicPartition
from markupsafe import Markup

from console.live import presence
from console.live.changes import SCREENED, Change, History, change_of
from console.live.passes import LIFETIME, Passes
from console.live.presence import Present, Saying
from console.live.stream import Stream, Wanted
from console.roles import scopes_of
from shared.bus.clients import admin, groupless_consumer, start, stop
from shared.bus.topics import topic_name
from shared.contracts.staff import Staff
from shared.envelope import Unreadable
from shared.positions import vector
from shared.problems import Problem
from shared.pulse import Pulse
from shared.settings_kafka import Kafka

log = logging.getLogger(__name__)
TOPICS = frozenset({*(topic_name(decider, "events") for decider in SCREENED), presence.TOPIC.name})
LOOK_SECONDS = 1.0
"""How often it is looked whether the topics are there, until they are."""
MOST_STREAMS = 20
"""Most streams of one person: one a browser, and those whose end is not noticed yet. The oldest makes room."""


def deciders_for(staff: Staff) -> frozenset[str]:
    """The deciders whose events somebody with these roles may see."""
    scopes = set(scopes_of(staff.roles))
    return frozenset(each for each in SCREENED if f"{each.partition('-')[0]}:read" in scopes)


class Live:
    """The last changes, who is where, and the streams that hear of both. `key` seals passes."""

    def __init__(self, kafka: Kafka, key: bytes) -> None:
        self._kafka = kafka
        self._streams: WeakKeyDictionary[Stream, str] = WeakKeyDictionary()  # one that was never begun has no end
        self.history, self.passes = History(), Passes(key)
        self.present, self.saying = Present(), Saying(kafka)
        self.ready, self.pulse = asyncio.Event(), Pulse()

    @property
    def streams(self) -> int:
        """The number of open streams."""
        return len(self._streams)

    async def run(self) -> None:
        """Read until cancelled."""
        consumer = groupless_consumer(self._kafka, waits=True)
        try:
            await self.saying.start()
            await start(consumer)
            await self._assign(consumer)
            self.ready.set()
            while True:
                self.pulse.beat()
                batch = await consumer.getmany(timeout_ms=500, max_records=1000)
                for records in batch.values():
                    for record in records:
                        self.read(record)
                self.told(self.present.left(time.monotonic()))
        finally:
            self.pulse.rest()
            await self.saying.stop()
            await stop(consumer)

    async def _assign(self, consumer: AIOKafkaConsumer) -> None:
        """Begin at the ends of all events topics that screens show, once they are there."""
        while not (partitions := await self._partitions()):
            self.pulse.beat()
            await asyncio.sleep(LOOK_SECONDS)
        consumer.assign(partitions)
        for partition, end in (await consumer.end_offsets(partitions)).items():
            consumer.seek(partition, end)

    async def _partitions(self) -> list[TopicPartition]:
        """The partitions of the events topics; none until all topics are there with their partitions."""
        async with admin(self._kafka) as broker:
            if not TOPICS.issubset(await broker.list_topics()):
                return []
            described = await broker.describe_topics(sorted(TOPICS))
        parts = {each["topic"]: [part["partition"] for part in each["partitions"]] for each in described}
        return [TopicPartition(name, n) for name, own in parts.items() for n in own] if all(parts.values()) else []

    def read(self, record: Any) -> None:
        """Take one record of an events topic, or of who is where."""
        if record.topic == presence.TOPIC.name:
            self.told([self.present.take(record.value, time.monotonic())])
            return
        try:
            change = change_of(self.history.last + 1, record)
        except (Unreadable, ValueError, TypeError, AttributeError, KeyError) as error:
            place = f"{record.topic}-{record.partition} offset {record.offset}"
            log.error("passed over %s, which is no event: %s", place, type(error).__name__)
            return
        if change:
            self.tell(change)

    def tell(self, change: Change) -> None:
        """Keep a change and offer it to every stream."""
        self.history.add(change)
        now = time.monotonic()
        for stream in list(self._streams):
            stream.offer(change, now)

    def told(self, subjects: Iterable[str]) -> None:
        """Offer to every stream who is at these subjects now."""
        now = time.monotonic()
        for subject in filter(None, subjects):
            for stream in list(self._streams):
                stream.offer_place(subject, now)

    def opened(self, staff: Staff, asked: Iterable[str], heard: str) -> tuple[Stream, list[int]]:
        """A stream for the passes that a browser asks with, and the numbers of those that are no longer good.

        Each is `<pass>~<mark>` with the mark up to which its tab heard; `heard`: up to which all did. The stream begins
        with what came since.
        """
        wanted: dict[str, Wanted] = {}
        refused = []
        for number, (text, _, mark) in enumerate(each.partition("~") for each in asked):
            granted = self.passes.opened(text, staff)
            marks = [granted.mark, mark, heard] if granted else []
            since = [at for at in map(self.history.number, marks) if at is not None]
            if granted is None or not since or granted.mark.partition("-")[0] != self.history.boot:
                refused.append(number)
                continue
            for key in granted.keys:
                before = wanted.get(key, Wanted(max(since), granted.until))
                wanted[key] = Wanted(min(before.since, max(since)), max(before.until, granted.until))
        stream, now = Stream(deciders_for(staff), wanted), time.monotonic()
        for change in self.history.since(min((each.since for each in wanted.values()), default=self.history.last)):
            stream.offer(change, now)
        for subject in self.present.among(stream.keys):
            stream.offer_place(subject, now)
        self._admit(stream, staff)
        return stream, refused

    def _admit(self, stream: Stream, staff: Staff) -> None:
        own = [each for each, reader in self._streams.items() if reader == staff.id]
        for oldest in own[: max(0, len(own) + 1 - MOST_STREAMS)]:
            oldest.end()
            self.closed(oldest)
        self._streams[stream] = staff.id

    def closed(self, stream: Stream) -> None:
        """A browser is gone."""
        self._streams.pop(stream, None)

    def attributes(self, staff: Staff, source: str, subjects: Iterable[str], position: str | None = None) -> Markup:
        """The attributes of a part of a page that shows these subjects (`<decider>/<id>`) and stays current.

        `source`: where it is asked for again. `position`: of the answer that it shows; None if there was none.
        """
        number = self.history.last
        if not self.ready.is_set():
            number = -1  # nothing is read yet, so the part is asked for again
        elif position:
            number = self._shown_at(position)
        listed = list(dict.fromkeys(subjects))
        sealed = self.passes.sealed(staff, self.history.mark(number), listed)
        template = Markup('data-live="{}" data-from="{}" data-pass="{}" data-lasts="{}"')
        return template.format(" ".join(listed), source, sealed, int(LIFETIME))

    def _shown_at(self, position: str) -> int:
        try:
            return self.history.shown_at(vector(position))
        except Problem:
            return self.history.last
