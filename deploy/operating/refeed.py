"""Copy the messages of hospital systems from an old log to a new one, after the site key leaked (ADR 26).

The old log is only read. Messages keep their ids, senders and times, and are historical: they start no messages to
patients.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from deploy.catalogue import load
from services.his_adapter.formats.common.storing import store
from shared import canary, mongo
from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.codec import Codec
from shared.contracts.base import changed
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.contracts.upcasters import UPCASTERS
from shared.envelope import Envelope
from shared.host.deps import build, key_ring
from shared.settings import Settings


class SameSiteKey(ValueError):
    """Both settings have the same site key, so that a copy would be of no use."""


@dataclass(slots=True)
class Refed:
    """Number of messages copied, left out, and erased in the old log; number of records that cannot be read."""

    messages: int = 0
    left: int = 0
    erased: int = 0
    unreadable: int = 0


async def refeed(old: Settings, new: Settings, leave: Collection[str] = ()) -> Refed:
    """Copy all messages but those of the senders in `leave`; return when they are durable in the new log.

    Leave out sources that the new system polls from their beginning. A second run stores the messages again; they
    count as repeats. Raises `SameSiteKey`, and `OtherKeys` if the keys of one of the settings are not those of its log.
    """
    if old.keys.site_key == new.keys.site_key:
        raise SameSiteKey("both settings have the same CARELOOP_KEYS__SITE: a new log is for a new one")
    refed = Refed()
    async with build(load("his_adapter", new), new, _raised) as deps:
        async for messages in _received(old, refed):
            copied = [message for message in messages if message.sender not in leave]
            await store(deps, copied, [])
            refed.messages += len(copied)
            refed.left += len(messages) - len(copied)
    return refed


def _raised(error: BaseException) -> None:
    raise error


async def _received(old: Settings, refed: Refed) -> AsyncIterator[Sequence[HospitalMessageReceived]]:
    """Yield batches of messages that can be decrypted, in the order of each sender; count the others in `refed`."""
    tps = [TopicPartition(topic_name("his-adapter", "raw"), number) for number in range(old.kafka.partitions)]
    async with mongo.connected(old.mongo.url) as client:
        ring = key_ring(old, client)
        await canary.check(old, ring)
        codec = Codec(ring, UPCASTERS)
        async for records in read_to_end(old.kafka, tps):
            decoded = await codec.decode(records)
            refed.unreadable += sum(not isinstance(record, Envelope) for record in decoded)
            events = [record.data for record in decoded if isinstance(record, Envelope)]
            messages = [event for event in events if isinstance(event, HospitalMessageReceived)]
            refed.erased += sum(message.text is None for message in messages)
            yield [changed(message, historical=True) for message in messages if message.text is not None]
        ring.close()
