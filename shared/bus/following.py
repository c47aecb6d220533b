"""Follow whole topics without a group: what a process keeps of them in memory, and builds again at each start."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import TopicPartition

from shared.bus.clients import groupless_consumer, started
from shared.bus.group import Fatal
from shared.pulse import Pulse
from shared.settings_kafka import Kafka


async def follow(
    kafka: Kafka,
    partitions: Sequence[TopicPartition],
    take: Callable[[Any], None],
    ready: asyncio.Event,
    pulse: Pulse,
    fatal: Fatal,
) -> None:
    """Give `take` each record from the beginning on, until cancelled.

    `ready` is set once all that was there at the start is taken. An error is told to `fatal` and raised.
    """
    try:
        async with started(groupless_consumer(kafka, waits=True)) as consumer:
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            while True:
                pulse.beat()
                if all([await consumer.position(each) >= ends[each] for each in partitions]):
                    ready.set()
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        take(record)
    except Exception as error:
        fatal(error)
        raise
    finally:
        pulse.rest()
