"""HTTP: HL7 v2 in, and what came in."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from services.his_adapter.intake import Intake
from shared.auth import scope
from shared.host.deps import Deps
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
        return Response(await intake.take(raw, caller), media_type="application/hl7-v2")

    @router.get("/v1/messages")
    async def listing(
        control_id: str | None = None,
        limit: int = 50,
        min_position: str | None = None,
        caller: str = Depends(scope("his-adapter:read")),
    ) -> dict[str, Any]:
        """The latest messages taken, newest first."""
        await messages.wait(min_position)
        where = {"control_id": control_id} if control_id else {}
        found = messages.documents.find(where).sort("received", -1).limit(min(limit, 500))
        return await messages.shown([{"message_id": row["_id"], **public(row)} async for row in found])

    return router
