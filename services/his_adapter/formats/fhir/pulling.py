"""One pass over a FHIR server: ask for an export where one is due, read it to its end."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

import httpx

from services.his_adapter.definitions import Feed
from services.his_adapter.formats.common.progress import Progress, Trouble
from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.fhir.answers import Failed
from services.his_adapter.formats.fhir.export import Export, Manifest, Position
from services.his_adapter.formats.fhir.intake import FhirIntake
from services.his_adapter.formats.fhir.reported import Reported
from services.his_adapter.formats.fhir.resource import Invalid
from services.his_adapter.formats.fhir.signing_in import NotLetIn, auth_of
from services.his_adapter.settings import HisSettings
from shared.codec import Refusal
from shared.contracts.base import stored
from shared.host.deps import Deps

log = logging.getLogger(__name__)


async def pull_export(deps: Deps, intake: FhirIntake, feed: Feed, progress: Progress) -> None:
    """What a server brings first is history and messages nobody. Raises `Trouble`, `httpx.HTTPError`."""
    position = stored(Position, await progress.position())
    every = timedelta(minutes=feed.every_minutes)
    waiting = bool(position.since) and not position.status_url
    if waiting and deps.clock() - datetime.fromisoformat(position.since) < every:
        return
    for wrong in feed.mistakes():  # a version that was applied before they were looked for
        raise Trouble(wrong)
    async with httpx.AsyncClient(timeout=60) as client:
        try:
            settings = HisSettings.of(deps.settings)
            signing = auth_of(feed, settings.secret_of(feed.id), deps.clock)
            await _read(deps, intake, Export(client, feed, signing, settings.bulk), position, progress)
        except NotLetIn as refused:
            raise Trouble(str(refused)) from refused
        except Failed as failed:  # the export is lost: it is asked for anew
            await progress.note(Position(since=position.since).model_dump())
            raise Trouble(str(failed)) from failed


async def _read(deps: Deps, intake: FhirIntake, export: Export, position: Position, progress: Progress) -> None:
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
    reported = await _reported(deps, export, manifest, progress.name)
    await export.end(position)
    since = manifest.transaction_time.isoformat()
    await progress.note(Position(since=since).model_dump(), since=since, trouble=reported.words)


async def _reported(deps: Deps, export: Export, manifest: Manifest, name: str) -> Reported:
    """The errors that the server reports, kept as dead letters; the same one read again is the same letter."""
    reported, kept = Reported(), 0
    try:
        async for line in export.errors(manifest):
            if (words := reported.add(line)) and kept < HisSettings.of(deps.settings).bulk.max_errors:
                await refuse(deps, line, Refusal("fhir-export-error", words), "fhir", name)
                kept += 1
    except Failed as failed:  # the export itself is whole
        reported.unread = f"the server reports errors that cannot be read: {failed}"
    if reported.words:
        log.warning("%s: %s", name, reported.words)
    return reported
