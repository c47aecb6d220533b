"""HTTP: tasks out, plans by hand in, and the patients' survey page."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from services.followup.answers import Task
from services.followup.commands import StopPlans
from services.followup.survey_page import page_routes
from shared.access import Reader, reading
from shared.answers import Page, answers, decides
from shared.contracts.bounds import Code
from shared.guard import guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, submit
from shared.opening import opened
from shared.people import known_person
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel

READ, WRITE = reading("followup:read"), asking("followup:write")


class Stop(Body):
    """Why nothing more should come."""

    reason: str = Field(pattern="^[a-z0-9-]{1,60}$", description="a slug, never a name: `moved-away`")
    visit_id: Code | None = None


def routes(deps: Deps) -> APIRouter:
    """The routes of followup."""
    router, tasks = guarded(tags=["followup"]), ReadModel(deps, "tasks", "humans", "people", "access")

    @router.get("/v1/tasks", responses=answers(Page[Task]))
    async def list_tasks(
        person: str,
        page: AskedPage,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """The tasks of a human, by any of their records, in id order; `next` continues."""
        return await reader.page(tasks, {}, page, partial(_shown, deps), person=person)

    @router.post("/v1/persons/{person_id}/stop", responses=decides("people-behind"))
    async def stop_plans(person_id: str, body: Stop, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Cancel what is still to come for a person."""
        await known_person(deps, person_id)
        return await submit(deps, asked, "followup", StopPlans(**asked.stamp, person_id=person_id, **body.model_dump()))

    router.include_router(page_routes(deps))
    return router


async def _shown(deps: Deps, row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in public(row).items() if name != "answer"}
    if "answer" in row:
        [answer] = await opened(deps.codec, [row], "answer")
        shown["comment"] = answer.data.comment
    return {"task_id": row["_id"], **shown}
