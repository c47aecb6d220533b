"""Checks that the configured keys belong to this log, by a record that contains a ciphertext and an HMAC.

Without it, a system that starts on an old log with another site key would register every patient anew, and one with
another key store could decrypt nothing.
"""

import orjson
from aiokafka import AIOKafkaProducer, TopicPartition

from shared.bus.consuming import read_to_end
from shared.bus.topics import TOPIC_SETTINGS, Topic
from shared.bus.writing import Out, send_groups
from shared.ciphers import KEY_BYTES
from shared.ids import identifier_key
from shared.sealing import KeyRing
from shared.settings import Settings

TOPIC = Topic("careloop.system.keys.v1", TOPIC_SETTINGS["state"], 1)
_KEY = "log-canary"
_WORD = b"careloop"


class OtherKeys(Exception):
    """The log was written with other keys; the text names the setting."""


async def check(settings: Settings, ring: KeyRing) -> bool:
    """Whether the log has its record. Raises `OtherKeys` if the configured keys do not fit it."""
    record: dict[str, str] = {}
    async for records in read_to_end(settings.kafka, [TopicPartition(TOPIC.name, 0)]):
        record = orjson.loads(records[-1].value)
    if not record:
        return False
    if record["site"] != _site(settings):
        raise OtherKeys("this log was written under another CARELOOP_KEYS__SITE: restore the key it was started with")
    keys = await ring.load([_KEY])
    if not keys.knows(_KEY):
        raise OtherKeys("this log belongs to another key store (CARELOOP_KEYS__STORE, __FILE): restore that one")
    keys.open(_KEY, record["box"], _KEY)
    if await ring.outgrown(_KEY):
        raise OtherKeys("this log was re-wrapped under 32 bytes: CARELOOP_KEYS__MASTER does not go back to one of 16")
    return True


async def keep(settings: Settings, ring: KeyRing, producer: AIOKafkaProducer) -> bool:
    """Whether this log is new: then write its record. Raises `OtherKeys` if the record does not fit.

    A new log needs keys of 32 bytes; shorter ones exist in old logs.
    """
    if await check(settings, ring):
        return False
    if ring.masters.short or len(settings.keys.site_key) < KEY_BYTES:
        raise OtherKeys("a new log needs CARELOOP_KEYS__MASTER and __SITE of 32 bytes: `careloop keys new` makes them")
    keys = await ring.load([_KEY], create=True)
    record = {"site": _site(settings), "box": keys.seal(_KEY, _WORD, _KEY)}
    await send_groups(producer, TOPIC.name, 0, [[Out(_KEY, orjson.dumps(record))]])
    return True


def _site(settings: Settings) -> str:
    return identifier_key(settings.keys.site_key, "canary", "careloop")
