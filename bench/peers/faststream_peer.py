# /// script
# requires-python = ">=3.11"
# dependencies = ["faststream[kafka]==0.7.8", "orjson", "uvloop"]
# ///
"""BOOTSTRAP TOPIC OUT GROUP DIRECTORY: counts per key in memory, at least once, and writes each record on."""

import asyncio
import sys
from collections import Counter
from typing import Any

import orjson
import uvloop
from faststream import FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from pydantic import BaseModel

bootstrap, topic, out, group, _ = sys.argv[1:]
broker = KafkaBroker(bootstrap, logger=None)
counts: Counter[str] = Counter()


class Command(BaseModel):
    """What is used of the record."""

    id: str
    subject: str
    data: dict[str, Any]


async def decoded(message: KafkaMessage) -> Any:
    """The record's JSON."""
    return orjson.loads(message.body)


@broker.subscriber(topic, group_id=group, auto_offset_reset="earliest", decoder=decoded, auto_commit_interval_ms=200)
@broker.publisher(out)
async def number(command: Command) -> dict[str, Any]:
    """The record with its number."""
    counts[command.subject] += 1
    return {**command.model_dump(), "sequence": counts[command.subject]}


uvloop.install()
asyncio.run(FastStream(broker, logger=None).run())
