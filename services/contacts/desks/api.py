"""HTTP routes of staff's sessions at the console."""

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from services.contacts.desks.commands import EndSessions
from shared.answers import decides
from shared.clock import real_time
from shared.contracts.contacts_desks import DESKS
from shared.guard import Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, asking, submit

TAG = Tag("sessions", "Staff's sessions at the console")
NOBODY = "it is about a member of staff, and shows and changes nothing of a patient"
OWN = asking("contacts:desk", of_nobody=NOBODY)
OF_OTHERS = asking("contacts:sessions", of_nobody=NOBODY)


def routes(deps: Deps) -> APIRouter:
    """The routes: one's own sessions, and those of another."""
    router = guarded(tags=[TAG])

    async def end(asked: Asked, staff_id: str) -> JSONResponse:
        who = {"staff_id": staff_id, "ended_by": asked.caller.name}
        return await submit(deps, asked, DESKS, EndSessions(**asked.stamp, **who, begun_before=real_time()))

    @router.post("/v1/sessions/end", responses=decides())
    async def end_own_sessions(asked: Asked = Depends(OWN)) -> JSONResponse:
        """End all your sessions at the console, in every browser, this one too."""
        return await end(asked, asked.caller.name)

    @router.post("/v1/staff/{staff_id}/sessions/end", responses=decides())
    async def end_sessions(staff_id: str, asked: Asked = Depends(OF_OTHERS)) -> JSONResponse:
        """End all sessions of a member of staff at the console, in every browser."""
        return await end(asked, staff_id)

    return router
