"""How this process is, for orchestrators and `careloop status`."""

import os
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from console.desk import Desk
from shared.host.alive import live_answer, ready_answer


def routes(desk: Desk) -> APIRouter:
    """Live, ready, and what `careloop status` shows."""
    router = APIRouter()
    pulses = {"staff": desk.staff.pulse, "sign-ins": desk.events.pulse, "live": desk.live.pulse}

    def is_ready() -> bool:
        return all(part.ready.is_set() for part in (desk.staff, desk.events, desk.live))

    @router.get("/health/live")
    async def live() -> JSONResponse:
        return live_answer(pulses)

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        return ready_answer(is_ready())

    @router.get("/internal/status")
    async def status() -> dict[str, Any]:
        return {"pid": os.getpid(), "ready": is_ready(), "groups": {}, "streams": desk.live.streams}

    return router
