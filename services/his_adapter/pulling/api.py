"""HTTP: polled sources, for operations."""

from typing import Any

from fastapi import APIRouter, Depends

from services.his_adapter.pulling.answers import Feed
from services.his_adapter.pulling.projections import FEEDS
from shared.answers import ListOf, answers
from shared.caller import Caller
from shared.guard import guarded, scope
from shared.host.deps import Deps
from shared.projector import public
from shared.readmodel import ReadModel

READ = scope("his-adapter:read", of_nobody="polled sources and their positions")


def routes(deps: Deps) -> APIRouter:
    """Return the routes of polled sources."""
    router, positions = guarded(), ReadModel(deps, FEEDS.collection)

    @router.get("/v1/feeds", responses=answers(ListOf[Feed]))
    async def list_feeds(caller: Caller = Depends(READ)) -> dict[str, Any]:
        """List polled sources: the position, the number of resources read, and the error that stops it, if any."""
        rows = [row async for row in positions.documents.find().sort("_id", 1)]
        return await positions.shown([{**public(row), "noted": row["noted"].isoformat()} for row in rows])

    return router
