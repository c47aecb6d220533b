"""HTTP: list and count tasks, stop plans, and the patients' survey page."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from services.followup.answers import Task, TaskCounts
from services.followup.commands import StopPlans
from services.followup.listing import MOST_COUNTED, ORDERS, STATUSES, TaskFilter, TaskSorting, TaskStatuses
from services.followup.survey_page import page_routes
from shared.access import Reader, readers_with
from shared.answers import Page, Shown, answers, decides
from shared.contracts.bounds import Code
from shared.guard import Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, submit
from shared.opening import opened
from shared.people import known_person
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel, in_status

READ, WRITE = readers_with("followup:read"), asking("followup:write")
TAG = Tag("followup", "Tasks of follow-up plans: reminders and surveys")


class Stop(Body):
    """Why all plans of a person stop; `visit_id` None means the plans of every visit."""

    reason: str = Field(pattern="^[a-z0-9-]{1,60}$", description="a slug, never a name: `moved-away`")
    visit_id: Code | None = None


def routes(deps: Deps) -> APIRouter:
    """The routes of followup."""
    router, tasks = guarded(tags=[TAG]), ReadModel(deps, "tasks", "humans", "people", "access")

    @router.get("/v1/tasks", responses=answers(Page[Task]))
    async def list_tasks(
        page: AskedPage,
        only: TaskFilter,
        person: str | None = None,
        status: TaskStatuses = None,
        sort: TaskSorting = "id",
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """List tasks, of a human (under any record) or by a filter; `next` is the cursor of the next page."""
        where = {**only, **in_status(status)}
        return await reader.page(tasks, where, page, partial(_shown, deps), ORDERS[sort], person=person)

    @router.get("/v1/task-counts", responses=answers(Shown[TaskCounts]))
    async def count_tasks(
        only: TaskFilter,
        status: TaskStatuses = None,
        min_position: str | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """Count tasks by status; with `status` in these alone, and the others are 0."""
        await tasks.wait(min_position)
        asked = status.split(",") if status else STATUSES
        counts = await reader.counts(tasks, only, asked, MOST_COUNTED)
        return await tasks.shown({**dict.fromkeys(STATUSES, 0), **counts})

    @router.post("/v1/persons/{person_id}/stop", responses=decides("people-behind"))
    async def stop_plans(person_id: str, body: Stop, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Cancel the tasks of a person that are not done yet."""
        await known_person(deps, person_id)
        return await submit(deps, asked, "followup", StopPlans(**asked.stamp, person_id=person_id, **body.model_dump()))

    router.include_router(page_routes(deps))
    return router


async def _shown(deps: Deps, row: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in public(row).items() if name != "answer"}
    if "answer" in row:
        [answer] = await opened(deps.codec, [row], "answer")
        fields["comment"] = answer.data.comment
    return {"task_id": row["_id"], **fields}
