"""HTTP: received messages, their sources, watches and feeds; mounts the routes of the capabilities."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.his_adapter.answers import Feed, HospitalMessage
from services.his_adapter.directory import api as directory
from services.his_adapter.formats.fhir.hiding import asked_for, names_a_resource
from services.his_adapter.packets import api as packets
from services.his_adapter.payments import api as payments
from services.his_adapter.projections import Status
from services.his_adapter.requests import api as requests
from services.his_adapter.requests.books import HospitalBooks
from services.his_adapter.watches.answers import Source, Watched
from services.his_adapter.watches.definitions import Watch
from services.his_adapter.watches.projections import named
from services.his_adapter.watches.projections import told as state_of
from services.his_adapter.watches.sources import LAST_HEARD, all_sources, per_source
from shared.answers import ListOf, Page, answers
from shared.caller import Caller
from shared.contracts.bounds import Line
from shared.guard import Tag, guarded, scope
from shared.host.deps import Deps
from shared.http import Body
from shared.problems import Problem
from shared.projector import public
from shared.readmodel import AskedPage, Paging, ReadModel

TAG = Tag("his", "Messages of hospital systems: what came in, from whom, and which source is silent")


class Search(Body):
    """A control id (MSH-10), or the name of a FHIR resource: `Patient/77`, `Patient/77/_history/3`."""

    control_id: Line = Field(min_length=1)


def routes(deps: Deps) -> APIRouter:
    """Return the routes of his_adapter, without those of the intake role."""
    router = guarded(tags=[TAG])
    router.include_router(directory.routes(deps))
    router.include_router(requests.routes(deps))
    router.include_router(payments.routes(deps, HospitalBooks(deps)))
    router.include_router(packets.routes(deps))
    messages = ReadModel(deps, "messages")
    _messages(router, deps, messages)
    _sources(router, deps, messages)
    return router


def _messages(router: APIRouter, deps: Deps, messages: ReadModel) -> None:
    @router.get("/v1/messages", responses=answers(Page[HospitalMessage], "search-moved"))
    async def list_messages(
        page: AskedPage,
        control_id: str | None = None,
        status: Status | None = None,
        caller: Caller = Depends(scope("his-adapter:read")),
    ) -> dict[str, Any]:
        """List received messages with their status, newest first; `next` is the cursor of the next page."""
        if control_id and names_a_resource(control_id) and not deps.settings.search_by_url:
            raise Problem(410, "search-moved", "send {control_id} to POST /v1/messages/search: URLs end up in logs")
        return await listed(control_id, status, page)

    @router.post("/v1/messages/search", responses=answers(Page[HospitalMessage]))
    async def search_messages(
        body: Search,
        page: AskedPage,
        caller: Caller = Depends(scope("his-adapter:read")),
    ) -> dict[str, Any]:
        """Search messages by control id or FHIR resource; ids, which may be of patients, are not part of the URL."""
        return await listed(body.control_id, None, page)

    async def listed(control_id: str | None, status: Status | None, page: Paging) -> dict[str, Any]:
        stored_as = asked_for(control_id, deps.settings.keys.site_key) if control_id else []
        where = {"control_id": {"$in": stored_as} if stored_as else None, "status": status}
        return await messages.page(where, page, shown, newest="received")

    async def shown(row: dict[str, Any]) -> dict[str, Any]:
        same: dict[str, Any] = {"control_id": row.get("control_id"), "sender": row.get("sender")}
        same |= {"_id": {"$ne": row["_id"]}, "at_the_door": None}
        reused = await messages.documents.find_one(same, {"_id": 1}) is not None
        return {"message_id": row["_id"], **public(row), "control_id_reused": reused}


def _sources(router: APIRouter, deps: Deps, messages: ReadModel) -> None:
    positions, watches, last_messages = (ReadModel(deps, name) for name in ("feeds", "watches", "heard"))

    @router.get("/v1/sources", responses=answers(ListOf[Source]))
    async def list_sources(
        hours: Annotated[int, Query(ge=1, le=24 * 31, description="how far back to count")] = 24,
        caller: Caller = Depends(scope("his-adapter:read")),
    ) -> dict[str, Any]:
        """List sending systems: last message, number of messages by status, refusals by reason."""
        now = deps.clock()
        recent = messages.documents.aggregate(per_source(now - timedelta(hours=hours)))
        latest = last_messages.documents.aggregate(LAST_HEARD)
        return await messages.shown(await all_sources(recent, latest, now, hours))

    @router.get("/v1/watches", responses=answers(ListOf[Watched]))
    async def list_watches(caller: Caller = Depends(scope("his-adapter:read"))) -> dict[str, Any]:
        """List watched sources: whether each is silent, and since when."""
        rows = {row["_id"]: row async for row in watches.documents.find()}
        current = deps.definitions.snapshot.current(Watch)
        return await watches.shown([{**named(watch), **state_of(rows.get(watch.id))} for watch in current])

    @router.get("/v1/feeds", responses=answers(ListOf[Feed]))
    async def list_feeds(caller: Caller = Depends(scope("his-adapter:read"))) -> dict[str, Any]:
        """List polled sources: the position, the number of resources read, and the error that stops it, if any."""
        rows = [row async for row in positions.documents.find().sort("_id", 1)]
        return await positions.shown([{**public(row), "noted": row["noted"].isoformat()} for row in rows])
