"""The puller role: reads servers that do not push. Whoever is assigned the directory's one partition is the reader."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
from aiokafka import TopicPartition

from services.his_adapter.definitions import Feed
from services.his_adapter.fhir.export import Export, Failed, Position
from services.his_adapter.fhir.intake import FhirIntake
from services.his_adapter.fhir.resource import Invalid
from services.his_adapter.storing import note
from shared.contracts.his_adapter import FeedAdvanced
from shared.host.deps import Deps
from shared.host.roles import loop

log = logging.getLogger(__name__)
LOOK = 2.0
"""Seconds between two looks at what is due; also how soon a failed feed is tried again, doubled up to `LONGEST`."""
LONGEST = 600.0


class Reader:
    """A `PartitionHandler` that reads feeds for as long as the partition is its own."""

    def __init__(self, deps: Deps) -> None:
        self._deps, self._intake = deps, FhirIntake(deps)
        self._task: asyncio.Task[None] | None = None
        self._waits: dict[str, tuple[float, float]] = {}
        self._at: dict[str, Position] = {}

    async def open(self, committed: int) -> int:
        """From now on it is this process that reads."""
        self._task = asyncio.create_task(self._run())
        return committed

    async def close(self) -> None:
        """Somebody else goes on where we stopped."""
        if self._task:
            self._task.cancel()

    async def work(self, records: Sequence[Any]) -> None:
        """The events themselves say nothing to a reader."""

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=60, follow_redirects=True) as client:
            while True:
                for feed in self._deps.definitions.snapshot.current(Feed):
                    await self._look(client, feed)
                await asyncio.sleep(LOOK)

    async def _look(self, client: httpx.AsyncClient, feed: Feed) -> None:
        """Read a feed that is due; trouble is noted, and tried again later and later."""
        until, wait = self._waits.get(feed.id, (0.0, LOOK))
        now = asyncio.get_running_loop().time()
        if now < until:
            return
        try:
            if await self._due(feed):
                await self._read(client, feed)
            self._waits.pop(feed.id, None)
        except (Failed, httpx.HTTPError) as error:
            log.warning("feed %s: %s", feed.id, error)
            self._waits[feed.id] = (now + wait, min(wait * 2, LONGEST))
            position = await self._position(feed)
            if isinstance(error, Failed):  # it is asked for anew; a line that was cut is read on
                position = Position(since=position.since)
            await self._note(feed, position, trouble=str(error) or type(error).__name__)
        except Exception as error:
            self._deps.fatal(error)
            raise

    async def _position(self, feed: Feed) -> Position:
        """Where we are; of what another process read, where its last note says, or a little before."""
        if feed.id not in self._at:
            found = await self._deps.database["feeds"].find_one({"_id": feed.id})
            self._at[feed.id] = Position.model_validate(found["position"]) if found else Position()
        return self._at[feed.id]

    async def _due(self, feed: Feed) -> bool:
        position = await self._position(feed)
        if position.status_url or not position.since:
            return True
        every = timedelta(minutes=feed.every_minutes)
        return self._deps.clock() - datetime.fromisoformat(position.since) >= every

    async def _read(self, client: httpx.AsyncClient, feed: Feed) -> None:
        """One export to its end, or on from where it was left. What it brings first is history and messages nobody."""
        secret = self._deps.settings.feeds.get(feed.id)
        export = Export(client, feed, secret.get_secret_value() if secret else "")
        position, sender = await self._position(feed), f"feed/{feed.id}"
        if not position.status_url:
            position = await export.ask(position)
            await self._note(feed, position)
        manifest = await export.manifest(position)
        async for part in export.lines(manifest, position):
            if part.deleted:
                for line in filter(bytes.strip, part.lines):
                    with suppress(Invalid):  # kept as a dead letter
                        await self._intake.bundle(line, sender)
            else:
                await self._intake.many(part.lines, sender, historical=not position.since)
            await self._note(feed, part.then, read=len(part.lines))
        await export.end(position)
        since = manifest.transactionTime.isoformat()
        await self._note(feed, Position(since=since), since=since)

    async def _note(self, feed: Feed, position: Position, **more: Any) -> None:
        told = FeedAdvanced(at=self._deps.clock(), feed=feed.id, position=position.model_dump(), **more)
        await note(self._deps, told)
        self._at[feed.id] = position


async def pull(deps: Deps) -> None:
    """The puller role."""

    def handler(tp: TopicPartition) -> Reader:
        return Reader(deps)

    await deps.definitions.ready.wait()
    await loop(deps, "his-adapter.puller", handler)()
