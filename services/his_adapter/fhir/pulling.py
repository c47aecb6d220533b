"""One pass over a FHIR server: ask for an export where one is due, read it to its end."""

from contextlib import suppress
from datetime import datetime, timedelta

import httpx

from services.his_adapter.definitions import Feed
from services.his_adapter.fhir.export import Export, Failed, Position
from services.his_adapter.fhir.intake import FhirIntake
from services.his_adapter.fhir.resource import Invalid
from services.his_adapter.fhir.signing_in import NotLetIn, auth_of
from services.his_adapter.progress import Progress, Trouble
from shared.contracts.base import stored
from shared.host.deps import Deps


async def pull_export(deps: Deps, intake: FhirIntake, feed: Feed, progress: Progress) -> None:
    """What a server brings first is history and messages nobody. Raises `Trouble`, `httpx.HTTPError`."""
    position = stored(Position, await progress.position())
    every = timedelta(minutes=feed.every_minutes)
    waiting = bool(position.since) and not position.status_url
    if waiting and deps.clock() - datetime.fromisoformat(position.since) < every:
        return
    async with httpx.AsyncClient(timeout=60, follow_redirects=True) as client:
        try:
            auth = auth_of(feed, deps.settings.secret_of(feed.id), deps.clock)
            await _read(intake, Export(client, feed, auth), position, progress)
        except NotLetIn as refused:
            raise Trouble(str(refused)) from refused
        except Failed as failed:  # the export is lost: it is asked for anew
            await progress.note(Position(since=position.since).model_dump())
            raise Trouble(str(failed)) from failed


async def _read(intake: FhirIntake, export: Export, position: Position, progress: Progress) -> None:
    if not position.status_url:
        position = await export.ask(position)
        await progress.note(position.model_dump())
    manifest = await export.manifest(position)
    async for part in export.lines(manifest, position):
        if part.deleted:
            for line in filter(bytes.strip, part.lines):
                with suppress(Invalid):  # kept as a dead letter
                    await intake.bundle(line, progress.name)
        else:
            await intake.many(part.lines, progress.name, historical=not position.since)
        await progress.note(part.then.model_dump(), read=len(part.lines))
    await export.end(position)
    since = manifest.transaction_time.isoformat()
    await progress.note(Position(since=since).model_dump(), since=since)
