"""HTTP routes of break-glass: emergency access to a person, and its review by the privacy officer."""

from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from services.contacts.access.answers import AccessReview
from services.contacts.access.commands import BreakGlass, EmergencyMinutes, Grounds, ReviewAccess
from services.contacts.access.domain import too_long
from services.contacts.access.log_api import ACCESS
from services.contacts.access.projections import ACCESS_REVIEWS
from shared.access import Reader, readers_with
from shared.answers import Page, answers, decides
from shared.contracts.bounds import MAX_TEXT_CHARACTERS
from shared.guard import guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, submit
from shared.ids import derive
from shared.opening import opened
from shared.problems import Problem
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel, iso

BREAK_GLASS = asking("contacts:break-glass", of_nobody="it is how the right is had in an emergency")
OFFICER = "the privacy officer sees who broke the glass of whom, whomever they may read"
PRIVACY = readers_with("contacts:privacy", of_nobody=OFFICER)
DECIDE = asking("contacts:privacy", of_nobody=OFFICER)
EVENT_FIELDS = {"broken_as": "reason", "reviewed_as": "note"}
"""Field of the document that holds a sealed event → the field of that event which is shown."""


class Emergency(Body):
    """Reason and duration of emergency access."""

    reason: Grounds
    minutes: EmergencyMinutes


class Judgement(Body):
    """The decision on a break-glass review."""

    justified: bool
    note: str = Field("", max_length=MAX_TEXT_CHARACTERS)


def routes(deps: Deps) -> APIRouter:
    """The routes of break-glass."""
    router, model = guarded(tags=[ACCESS]), ReadModel(deps, ACCESS_REVIEWS.collection)

    @router.post(
        "/v1/persons/{person_id}/break-glass", responses=decides("reviews-waiting", "emergency-too-long", created=True)
    )
    async def break_glass(person_id: str, body: Emergency, asked: Asked = Depends(BREAK_GLASS)) -> JSONResponse:
        """Get access for some minutes to a person whom you may not read otherwise; a privacy officer reviews it."""
        if reason := too_long(body.minutes, asked.caller.roles, deps.definitions.snapshot):
            errors = [{"field": "minutes", "problem": reason}]
            raise Problem(422, "invalid-field", f"`minutes`: {reason}", errors=errors)
        command = BreakGlass(
            **asked.stamp,
            person_id=person_id,
            review_id=derive(asked.id, "access-review"),
            broken_by=asked.caller.name,
            roles=tuple(sorted(asked.caller.roles)),
            **body.model_dump(),
        )
        return await submit(deps, asked, "contacts", command, created=201)

    @router.get("/v1/access-reviews", responses=answers(Page[AccessReview]))
    async def list_access_reviews(
        page: AskedPage,
        status: Literal["open", "decided"] | None = None,
        reader: Reader = Depends(PRIVACY),
    ) -> dict[str, Any]:
        """List break-glass reviews (who, whom, why), newest first; `next` is the cursor of the next page."""
        show = partial(_shown, deps, reader)
        return await model.page({"status": status}, page, show, newest="broken")

    @router.post(
        "/v1/access-reviews/{id}/decision",
        responses=decides("access-review-unknown", "access-review-settled", "own-access-review"),
    )
    async def decide_access_review(id: str, body: Judgement, asked: Asked = Depends(DECIDE)) -> JSONResponse:
        """Decide whether the emergency access was justified. Whoever broke the glass may not decide."""
        row = await model.documents.find_one({"_id": id})
        if row is None:
            raise Problem(404, "access-review-unknown", f"there is no review {id}")
        command = ReviewAccess(
            **asked.stamp,
            person_id=row["person_id"],
            review_id=id,
            reviewed_by=asked.caller.name,
            **body.model_dump(),
        )
        return await submit(deps, asked, "contacts", command, document=row)

    return router


async def _shown(deps: Deps, reader: Reader, row: dict[str, Any]) -> dict[str, Any]:
    reader.seen.add([row["person_id"]])
    shown = {name: iso(value) for name, value in public(row).items() if name not in EVENT_FIELDS}
    for name, field in EVENT_FIELDS.items():
        if name in row:
            [event] = await opened(deps.codec, [row], name)
            shown[field] = getattr(event.data, field)
    return {"review_id": row["_id"], **shown}
