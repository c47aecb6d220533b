"""Health and status of one process, as orchestrators and `careloop status` ask for them."""

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from shared.guard import Public, guarded
from shared.host.deps import Deps
from shared.host.status import ready, status
from shared.pulse import STALL_SECONDS


def health_routes(deps: Deps) -> APIRouter:
    """Live, ready, and the status that `careloop status` gathers."""
    router = guarded(
        tags=["health"], dependencies=[Depends(Public("orchestrators ask, and nothing of patients is told"))]
    )

    @router.get("/health/live")
    async def live() -> JSONResponse:
        stuck = {name: round(pulse.silent) for name, pulse in deps.pulses.items() if pulse.silent > STALL_SECONDS}
        if stuck:
            return JSONResponse({"status": "stalled", "silent_seconds": stuck}, 503)
        return JSONResponse({"status": "live"})

    @router.get("/health/ready")
    async def is_ready() -> JSONResponse:
        ok = ready(deps)
        return JSONResponse({"status": "ready" if ok else "starting"}, 200 if ok else 503)

    @router.get("/internal/status", include_in_schema=False)
    async def progress() -> dict[str, object]:
        return await status(deps)

    return router
