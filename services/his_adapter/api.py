"""HTTP: HL7 v2 in, and what came in."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from services.his_adapter.intake import Intake
from services.his_adapter.projections import Status
from shared.auth import scope
from shared.host.deps import Deps
from shared.http import Limit
from shared.problems import Problem
from shared.projector import public
from shared.readmodel import ReadModel


def routes(deps: Deps) -> APIRouter:
    """The routes of his_adapter."""
    router, intake, messages = APIRouter(tags=["his"]), Intake(deps), ReadModel(deps, "messages")

    @router.post("/v1/hl7", response_class=Response)
    async def take(request: Request, caller: str = Depends(scope("his-adapter:write"))) -> Response:
        """One HL7 v2 message as the body (`application/hl7-v2`); the answer is its acknowledgement."""
        raw = await request.body()
        if not raw:
            raise Problem(400, "body-missing", "send one HL7 v2 message as the request body")
        return Response(await intake.take(raw), media_type="application/hl7-v2")

    @router.get("/v1/messages")
    async def listing(
        control_id: str | None = None,
        status: Status | None = None,
        limit: Limit = 100,
        cursor: str | None = None,
        min_position: str | None = None,
        caller: str = Depends(scope("his-adapter:read")),
    ) -> dict[str, Any]:
        """The messages taken, newest first, and what became of each; `next` continues."""
        await messages.wait(min_position)
        where = {"control_id": control_id, "status": status}
        return await messages.page(where, cursor, limit, _shown, newest="received")

    return router


async def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"message_id": row["_id"], **public(row)}
