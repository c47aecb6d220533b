"""HTTP: sending systems and silence alarms, for operations."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.his_adapter.formats.projections import MESSAGES_COLLECTION
from services.his_adapter.watches.answers import Source, Watched
from services.his_adapter.watches.definitions import Watch
from services.his_adapter.watches.projections import HEARD, WATCHES, defined_fields
from services.his_adapter.watches.projections import stored_fields as state_of
from services.his_adapter.watches.sources import LAST_HEARD, all_sources, per_source
from shared.answers import ListOf, answers
from shared.caller import Caller
from shared.guard import guarded, scope
from shared.host.deps import Deps
from shared.readmodel import ReadModel

READ = scope("his-adapter:read", of_nobody="sending systems and their silence")


def routes(deps: Deps) -> APIRouter:
    """Return the routes of sources and watches."""
    router = guarded()
    messages, watches, last_messages = (
        ReadModel(deps, name) for name in (MESSAGES_COLLECTION, WATCHES.collection, HEARD.collection)
    )

    @router.get("/v1/sources", responses=answers(ListOf[Source]))
    async def list_sources(
        hours: Annotated[int, Query(ge=1, le=24 * 31, description="how far back to count")] = 24,
        caller: Caller = Depends(READ),
    ) -> dict[str, Any]:
        """List sending systems: last message, number of messages by status, refusals by reason."""
        now = deps.clock()
        recent = messages.documents.aggregate(per_source(now - timedelta(hours=hours)))
        latest = last_messages.documents.aggregate(LAST_HEARD)
        return await messages.shown(await all_sources(recent, latest, now, hours))

    @router.get("/v1/watches", responses=answers(ListOf[Watched]))
    async def list_watches(caller: Caller = Depends(READ)) -> dict[str, Any]:
        """List watched sources: whether each is silent, and since when."""
        rows = {row["_id"]: row async for row in watches.documents.find()}
        current = deps.definitions.snapshot.current(Watch)
        return await watches.shown([{**defined_fields(watch), **state_of(rows.get(watch.id))} for watch in current])

    return router
