"""What hospitals sent to an old log, put onto a new one: the way on after the site key leaked (ADR 26).

The old log is only read. Messages keep their ids, senders and times, and are historical: they message nobody.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from deploy.catalogue import load
from services.his_adapter.formats.common.storing import store
from shared import canary, mongo
from shared.bus.reading import read_to_end
from shared.bus.topics import topic_name
from shared.codec import Codec
from shared.contracts.base import changed
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.contracts.upcasters import UPCASTERS
from shared.envelope import Envelope
from shared.host.deps import build, key_ring
from shared.settings import Settings


class SameSiteKey(ValueError):
    """Nothing would be gained."""


@dataclass(slots=True)
class Refed:
    """How many messages were put there, left, are erased in the old log; how many records cannot be read."""

    messages: int = 0
    left: int = 0
    erased: int = 0
    unreadable: int = 0


async def refeed(old: Settings, new: Settings, leave: Collection[str] = ()) -> Refed:
    """Return once everything is durable in the new log. Repeated, it stores again what is then known as a repeat.

    What the senders in `leave` sent stays behind: sources that the new system reads from their beginning.

    Raises `SameSiteKey`, and `OtherKeys` where one of the settings does not fit its log.
    """
    if old.keys.site_key == new.keys.site_key:
        raise SameSiteKey("both settings have the same CARELOOP_KEYS__SITE: a new log is for a new one")
    refed = Refed()
    async with build(load("his_adapter", new), new, _raised) as deps:
        async for messages in _received(old, refed):
            taken = [each for each in messages if each.sender not in leave]
            await store(deps, taken, [])
            refed.messages += len(taken)
            refed.left += len(messages) - len(taken)
    return refed


def _raised(error: BaseException) -> None:
    raise error


async def _received(old: Settings, refed: Refed) -> AsyncIterator[Sequence[HospitalMessageReceived]]:
    """Those that still open, batch by batch in the order of each sender; the others are counted."""
    partitions = [TopicPartition(topic_name("his-adapter", "raw"), number) for number in range(old.kafka.partitions)]
    async with mongo.connected(old.mongo.url) as client:
        ring = key_ring(old, client)
        await canary.check(old, ring)
        codec = Codec(ring, UPCASTERS)
        async for records in read_to_end(old.kafka, partitions):
            read = await codec.decode(records)
            refed.unreadable += sum(not isinstance(each, Envelope) for each in read)
            messages = [each.data for each in read if isinstance(each, Envelope)]
            told = [each for each in messages if isinstance(each, HospitalMessageReceived)]
            refed.erased += sum(each.text is None for each in told)
            yield [changed(each, historical=True) for each in told if each.text is not None]
        ring.close()
