"""Checks the delivery promise on the log: each event id once, no sequence gap, read models agree, no mail twice."""

from collections import Counter
from dataclasses import dataclass, field

import orjson
from aiokafka import TopicPartition

from deploy.catalogue import load, load_all
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.operating.dlq import letters
from deploy.operating.rebuild import Rebuild
from shared import mongo
from shared.bus.consuming import read_to_end
from shared.codec import Codec
from shared.host.deps import key_ring
from shared.settings import Settings
from tests.support.systems import Patient


@dataclass
class EventLog:
    """The events of all deciders: how often each id occurs, and the sequence numbers by (topic, key)."""

    ids: Counter[str] = field(default_factory=Counter)
    sequences: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    @property
    def doubled(self) -> list[str]:
        """Event ids that occur in the log more than once."""
        return [id for id, count in self.ids.items() if count > 1]

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """Aggregates whose sequences, without repeated events, are not 1, 2, 3 …"""
        return [
            line
            for line, numbers in self.sequences.items()
            if sorted(set(numbers)) != [*range(1, len(set(numbers)) + 1)]
        ]

    @property
    def forked(self) -> list[tuple[str, str]]:
        """Aggregates in which two different events have the same sequence number."""
        return [line for line, numbers in self.sequences.items() if len(numbers) != len(set(numbers))]


async def read_log(settings: Settings) -> EventLog:
    """Read the events topics; repeated ids are counted and otherwise ignored."""
    log = EventLog()
    tps: list[TopicPartition] = []
    for service in load_all(settings):
        tps += service.partitions("events", settings.kafka.partitions)
    async for records in read_to_end(settings.kafka, tps):
        for record in records:
            raw = orjson.loads(record.value)
            log.ids[raw["id"]] += 1
            if log.ids[raw["id"]] == 1:
                log.sequences.setdefault((record.topic, record.key.decode()), []).append(raw["sequence"])
    return log


async def holds(system: System, director: Director, patients: list[Patient], exactly_once: bool) -> None:
    """Check that the log, the readers and every patient's messages are as promised."""
    log = await read_log(system.settings)
    assert log.ids, "nothing was decided at all"
    assert log.gaps == []
    assert log.forked == []
    if exactly_once:
        assert log.doubled == []
    refused = await letters(system.settings, load_all(system.settings))
    assert [letter.detail for _, letter in refused.values()] == []
    await readers_agree(system)
    await nobody_is_lost(director, patients)


async def readers_agree(system: System) -> None:
    """Check that every collection equals the fold of the log."""
    async with mongo.connected(system.settings.mongo.url) as client:
        codec = Codec(key_ring(system.settings, client))
        for service in load_all(system.settings):
            built = load(service.name, system.settings)
            for projection in built.collections:
                report = await Rebuild(built, projection, system.settings, client, codec).run()
                assert (projection.collection, report.different) == (projection.collection, [])
                assert report.before == report.after


async def nobody_is_lost(director: Director, patients: list[Patient]) -> None:
    """Check that each patient's reminder and survey are delivered or unknown, and that none was mailed twice."""
    for patient in patients:
        [person] = await director.find(patient.identifier)
        messages = (await director.careloop.notify.list_messages(person=person.person_id)).data
        own = [message for message in messages if message.purpose != "alert"]
        assert sorted(message.template.split("/")[1] for message in own) == [
            "medication-reminder",
            "survey-invitation",
        ]
        came = Counter(mail.message_id for mail in director.mails_to(patient.mail))
        assert set(came.values()) <= {1}, came
        delivered = [message for message in own if message.status == "delivered"]
        unknown = [message for message in own if message.status == "unknown"]
        assert len(delivered) + len(unknown) == 2, own
        assert len(delivered) <= len(came) <= 2
