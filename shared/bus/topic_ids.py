"""Topic ids: Kafka gives each topic a random id that is never reused; aiokafka's protocol version is too old to ask.

So the request (Metadata, version 10, KIP-516) is built here from aiokafka's own building blocks.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from shared.bus.clients import admin
from shared.settings_kafka import Kafka

_NONE = bytes(16)


class _Id(AbstractType[bytes]):
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)


_TAGS = ("tags", TaggedFields)
_BROKER = (("node_id", Int32), ("host", CompactString()), ("port", Int32), ("rack", CompactString()), _TAGS)
_PARTITION = (
    ("error_code", Int16),
    *((name, Int32) for name in ("partition", "leader", "leader_epoch")),
    *((name, CompactArray(Int32)) for name in ("replicas", "isr", "offline")),
    _TAGS,
)
_TOPIC = (
    ("error_code", Int16),
    ("name", CompactString()),
    ("id", _Id),
    ("internal", Boolean),
    ("partitions", CompactArray(*_PARTITION)),
    ("operations", Int32),
    _TAGS,
)


class _Response(Response):
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(*_BROKER)),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        ("topics", CompactArray(*_TOPIC)),
        ("operations", Int32),
        _TAGS,
    )


class _Wanted(RequestStruct):
    API_KEY = 3
    API_VERSION = 10
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        ("topics", CompactArray(("id", _Id), ("name", CompactString()), _TAGS)),
        *((name, Boolean) for name in ("create", "cluster_operations", "topic_operations")),
        _TAGS,
    )


class _Request(Request[_Wanted]):
    API_KEY = 3

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_Wanted]) -> _Wanted:
        return request_struct_class([(_NONE, name, {}) for name in self._names], False, False, False, {})


async def topic_ids(kafka: Kafka, names: Iterable[str]) -> dict[str, str]:
    """Topic → its id, for those that exist. Needs Kafka 2.8, so it does not work with the embedded broker."""
    async with admin(kafka) as client:
        answer: Any = await client._send_request(_Request(list(names)))
    return {name: str(UUID(bytes=id)) for error, name, id, *_ in answer.topics if not error and id != _NONE}
