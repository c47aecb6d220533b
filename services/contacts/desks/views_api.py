"""HTTP routes of one's own views: filters of the console's screens under a title."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from services.contacts.desks.answers import SavedView
from services.contacts.desks.commands import RemoveView, SaveView
from services.contacts.desks.projections import SAVED_VIEWS
from shared.answers import Page, answers, decides
from shared.caller import Caller
from shared.contracts.bounds import MAX_LINE_CHARACTERS, Code
from shared.contracts.contacts_desks import DESKS
from shared.guard import Tag, guarded, scope
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, submit
from shared.readmodel import AskedPage, ReadModel

TAG = Tag("views", "Filters of the console's screens that a member of staff saved")
NOBODY = "one's own filters, which name no patient"
CHANGE, SEE = asking("contacts:desk", of_nobody=NOBODY), scope("contacts:desk", of_nobody=NOBODY)
MAX_TITLE_CHARACTERS = 60
NO_NUMBER = r"^(\d{0,5}[^\d\r\n])*\d{0,5}$"
"""A title with six digits in a row may hold the number of a patient, which has no place in it."""
Screen = Annotated[str, StringConstraints(pattern="^[a-z][a-z_]*$", max_length=40)]


class NewView(Body):
    """A filter of a screen and its title. `query`: as in the address of the page, without `?`."""

    screen: Screen
    title: str = Field(min_length=1, max_length=MAX_TITLE_CHARACTERS, pattern=NO_NUMBER)
    query: str = Field(max_length=MAX_LINE_CHARACTERS, pattern=r"^[A-Za-z0-9_.~%+=&-]*$")


def routes(deps: Deps) -> APIRouter:
    """The routes: list, save and remove."""
    router, model = guarded(tags=[TAG]), ReadModel(deps, SAVED_VIEWS.collection)

    async def shown(row: dict[str, Any]) -> dict[str, Any]:
        return {"view_id": row["_id"], **{name: row[name] for name in ("screen", "title", "query")}}

    @router.get("/v1/desk/views", responses=answers(Page[SavedView]))
    async def list_views(
        page: AskedPage,
        screen: Annotated[Screen | None, Query()] = None,
        caller: Caller = Depends(SEE),
    ) -> dict[str, Any]:
        """List your views, of one `screen` or of all."""
        return await model.page({"staff_id": caller.name, "screen": screen}, page, shown)

    @router.post("/v1/desk/views", responses=decides("too-many-views", created=True))
    async def save_view(body: NewView, asked: Asked = Depends(CHANGE)) -> JSONResponse:
        """Save a filter of a screen under a title; one of that title gets the new filter."""
        command = SaveView(**asked.stamp, staff_id=asked.caller.name, view_id=asked.id, **body.model_dump())
        return await submit(deps, asked, DESKS, command, created=201)

    @router.delete("/v1/desk/views/{view_id}", responses=decides("view-unknown"))
    async def delete_view(view_id: Code, asked: Asked = Depends(CHANGE)) -> JSONResponse:
        """Remove one of your views."""
        command = RemoveView(**asked.stamp, staff_id=asked.caller.name, view_id=view_id)
        return await submit(deps, asked, DESKS, command)

    return router
