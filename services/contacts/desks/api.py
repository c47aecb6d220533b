"""HTTP routes of staff at the console: sessions and locks."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from services.contacts.desks.answers import StaffDesk
from services.contacts.desks.commands import EndSessions, LockStaff, UnlockStaff
from services.contacts.desks.projections import STAFF_DESKS
from shared.answers import Page, Shown, answers, decides
from shared.caller import Caller
from shared.clock import real_time
from shared.contracts.contacts_desks import DESKS
from shared.guard import Tag, guarded, scope
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, submit
from shared.readmodel import AskedPage, ReadModel, iso

TAG = Tag("sessions", "Staff at the console: their sessions, and locks after wrong passwords")
NOBODY = "it is about a member of staff, and shows and changes nothing of a patient"
OWN = asking("contacts:desk", of_nobody=NOBODY)
OF_OTHERS = asking("contacts:sessions", of_nobody=NOBODY)
BY_THE_CONSOLE = asking("contacts:lockouts", of_nobody=NOBODY)
SEE_OTHERS = scope("contacts:sessions", of_nobody=NOBODY)
FIELDS = sorted(StaffDesk.model_fields.keys() - {"staff_id"})
DAY_MINUTES = 24 * 60


class Lock(Body):
    """How long a login is locked, and after how many wrong passwords."""

    minutes: int = Field(ge=1, le=DAY_MINUTES)
    tries: int = Field(ge=1, le=1000)


def routes(deps: Deps) -> APIRouter:
    """The routes: one's own sessions, and sessions and locks of others."""
    router = guarded(tags=[TAG])
    _sessions(router, deps)
    _locks(router, deps)
    _showing(router, deps)
    return router


def _sessions(router: APIRouter, deps: Deps) -> None:
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


def _locks(router: APIRouter, deps: Deps) -> None:
    @router.post("/v1/staff/{staff_id}/lock", responses=decides("staff-unknown"))
    async def lock_staff(staff_id: str, body: Lock, asked: Asked = Depends(BY_THE_CONSOLE)) -> JSONResponse:
        """Lock a member of staff after wrong passwords; for the console, which counts them."""
        since = real_time()
        until = since + timedelta(minutes=body.minutes)
        command = LockStaff(**asked.stamp, staff_id=staff_id, since=since, until=until, tries=body.tries)
        return await submit(deps, asked, DESKS, command)

    @router.post("/v1/staff/{staff_id}/unlock", responses=decides())
    async def unlock_staff(staff_id: str, asked: Asked = Depends(OF_OTHERS)) -> JSONResponse:
        """Lift the lock of a member of staff: they may try their password again at once."""
        command = UnlockStaff(**asked.stamp, staff_id=staff_id, unlocked=real_time(), unlocked_by=asked.caller.name)
        return await submit(deps, asked, DESKS, command)


def _showing(router: APIRouter, deps: Deps) -> None:
    desks = ReadModel(deps, STAFF_DESKS.collection)

    async def shown(row: dict[str, Any]) -> dict[str, Any]:
        return {"staff_id": row["_id"], **{name: iso(row.get(name)) for name in FIELDS}}

    @router.get("/v1/staff/desks", responses=answers(Page[StaffDesk]))
    async def list_staff_desks(page: AskedPage, caller: Caller = Depends(SEE_OTHERS)) -> dict[str, Any]:
        """List the staff whose sessions were ended or who were locked, by their ids."""
        return await desks.page({}, page, shown)

    @router.get("/v1/staff/{staff_id}/desk", responses=answers(Shown[StaffDesk]))
    async def get_staff_desk(
        staff_id: str, min_position: str | None = None, caller: Caller = Depends(SEE_OTHERS)
    ) -> dict[str, Any]:
        """When sessions of a member of staff were ended, and when they were locked, and by whom."""
        await desks.wait(min_position)
        return await desks.shown(await shown(await desks.documents.find_one({"_id": staff_id}) or {"_id": staff_id}))
