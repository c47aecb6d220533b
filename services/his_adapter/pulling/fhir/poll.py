"""One poll of a FHIR server: start an export if one is due, and read it to its end."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

import httpx

from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.fhir.intake import FhirIntake
from services.his_adapter.formats.fhir.resource import Invalid
from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.pulling.fhir.bodies import Failed
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.fhir.export import Export, Manifest, Position
from services.his_adapter.pulling.fhir.reported import Reported
from services.his_adapter.pulling.fhir.signing_in import SignInRefused, auth_of
from services.his_adapter.pulling.progress import Progress, Trouble
from services.his_adapter.pulling.settings import PullSettings
from shared.codec import Refusal
from shared.host.deps import Deps

log = logging.getLogger(__name__)


async def pull_export(deps: Deps, intake: FhirIntake, feed: Feed, progress: Progress) -> None:
    """Poll one feed. The first export of a server is historical. Raises `Trouble`, `httpx.HTTPError`."""
    position = await progress.position(Position)
    every = timedelta(minutes=feed.every_minutes)
    waiting = bool(position.since) and not position.status_url
    if waiting and deps.clock() - datetime.fromisoformat(position.since) < every:
        return
    for mistake in feed.mistakes():  # definitions stored before this check existed
        raise Trouble(mistake)
    async with httpx.AsyncClient(timeout=60) as client:
        try:
            signing = auth_of(feed, PullSettings.of(deps.settings).secret_of(feed.id), deps.clock)
            export = Export(client, feed, signing, FormatSettings.of(deps.settings).bulk)
            await _read(deps, intake, export, position, progress)
        except SignInRefused as refused:
            raise Trouble(str(refused)) from refused
        except Failed as failed:  # discard this export and start a new one
            await progress.note(Position(since=position.since))
            raise Trouble(str(failed)) from failed


async def _read(deps: Deps, intake: FhirIntake, export: Export, position: Position, progress: Progress) -> None:
    if not position.status_url:
        position = await export.ask(position)
        await progress.note(position)
    manifest = await export.manifest(position)
    async for part in export.lines(manifest, position):
        if part.deleted:
            for line in filter(bytes.strip, part.lines):
                with suppress(Invalid):  # stored as a dead letter
                    await intake.bundle(line, progress.name)
        else:
            await intake.many(part.lines, progress.name, historical=not position.since)
        await progress.note(part.then, read=len(part.lines))
    reported = await _reported(deps, export, manifest, progress.name)
    await export.end(position)
    since = manifest.transaction_time.isoformat()
    await progress.note(Position(since=since), since=since, trouble=reported.words)


async def _reported(deps: Deps, export: Export, manifest: Manifest, name: str) -> Reported:
    """Store the errors that the server reports as dead letters; the same error read again gives the same letter."""
    reported, kept = Reported(), 0
    try:
        async for line in export.errors(manifest):
            if (words := reported.add(line)) and kept < FormatSettings.of(deps.settings).bulk.max_errors:
                await refuse(deps, line, Refusal("fhir-export-error", words), "fhir", name)
                kept += 1
    except Failed as failed:  # the exported resources themselves are complete
        reported.unread = f"the server reports errors that cannot be read: {failed}"
    if reported.words:
        log.warning("%s: %s", name, reported.words)
    return reported
