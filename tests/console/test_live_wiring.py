"""What deciders write on a real broker reaches an open stream."""

import asyncio
import time
from contextlib import suppress

import pytest

from console.live.hub import TOPICS, Live
from console.live.presence import Presence
from shared.bus import clients
from shared.bus.topics import TOPIC_SETTINGS, Topic, create
from shared.bus.writing import Out, send_groups
from shared.settings import Settings
from tests.console.desks import KEY
from tests.console.test_live import HERE, LIU, asked
from tests.console.test_live_stream import record
from tests.support.eventually import eventually

pytestmark = pytest.mark.wiring
FOLLOWUP = "careloop.followup.events.v1"


async def test_a_stream_hears_what_is_written_and_what_is_no_event_stops_nothing(parts: Settings) -> None:
    live = Live(parts.kafka, bytes.fromhex(KEY))
    running = asyncio.create_task(live.run())
    async with clients.admin(parts.kafka) as admin:
        await create(admin, [Topic(name, TOPIC_SETTINGS["events"], 2) for name in TOPICS], parts.kafka)
    try:
        await eventually(live.ready.is_set)
        stream, refused = live.opened(LIU, [asked(live, HERE)], "")
        assert refused == []
        async with clients.started(clients.producer(parts.kafka)) as writer:
            good = record("followup", "careloop.followup.task_scheduled.v1", "p-1").value
            for value in (b"no event", good):
                await send_groups(writer, FOLLOWUP, 1, [[Out("p-1", value)]])
        notes = []

        def told() -> int:
            notes.extend(stream.take(time.monotonic()))
            return len(notes)

        await eventually(told)
        assert notes[0].fields["id"] == "p-1"
        await live.saying.say([Presence("wang", HERE, "typing")])
        await eventually(lambda: live.present.at(HERE, "liu") == [("wang", "typing")])
        assert stream.places() == [HERE]
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
