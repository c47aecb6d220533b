"""HTTP: received messages, for interface engineers."""

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import Field

from services.his_adapter.facts.answers import HospitalMessage
from services.his_adapter.formats.common.hiding import asked_for, names_a_resource
from services.his_adapter.formats.projections import MESSAGES_COLLECTION, Status
from shared.answers import Page, answers
from shared.caller import Caller
from shared.contracts.bounds import Line
from shared.guard import guarded, scope
from shared.host.deps import Deps
from shared.http import Body
from shared.problems import Problem
from shared.projector import public
from shared.readmodel import AskedPage, Paging, ReadModel

READ = scope("his-adapter:read", of_nobody="messages by their numbers")


class Search(Body):
    """A control id (MSH-10), or the name of a FHIR resource: `Patient/77`, `Patient/77/_history/3`."""

    control_id: Line = Field(min_length=1)


def routes(deps: Deps) -> APIRouter:
    """Return the routes of received messages."""
    router, messages = guarded(), ReadModel(deps, MESSAGES_COLLECTION)

    @router.get("/v1/messages", responses=answers(Page[HospitalMessage], "search-moved"))
    async def list_messages(
        page: AskedPage,
        control_id: str | None = None,
        status: Status | None = None,
        caller: Caller = Depends(READ),
    ) -> dict[str, Any]:
        """List received messages with their status, newest first; `next` is the cursor of the next page."""
        if control_id and names_a_resource(control_id) and not deps.settings.search_by_url:
            raise Problem(410, "search-moved", "send {control_id} to POST /v1/messages/search: URLs end up in logs")
        return await listed(control_id, status, page)

    @router.post("/v1/messages/search", responses=answers(Page[HospitalMessage]))
    async def search_messages(
        body: Search,
        page: AskedPage,
        caller: Caller = Depends(READ),
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

    return router
