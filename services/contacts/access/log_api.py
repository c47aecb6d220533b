"""HTTP route of the access log, for the privacy officer and for answering a patient's request."""

from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.contacts.access.answers import Access
from services.contacts.access.projections import ACCESSES
from services.contacts.person_360.queries import People
from shared.access import Reader, readers_with
from shared.answers import Page, answers
from shared.contracts.base import Moment
from shared.guard import Tag, guarded
from shared.host.deps import Deps
from shared.humans import records_beside
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel, iso

PRIVACY = readers_with(
    "contacts:privacy", of_nobody="the privacy officer sees who looked at whom, whomever they may read"
)
ACCESS = Tag("access", "Who read whom, and emergency access with its review")


def routes(deps: Deps) -> APIRouter:
    """The route of access events."""
    people = People(deps)
    router, model = guarded(tags=[ACCESS]), ReadModel(deps, ACCESSES.collection, "person_360", "humans")

    @router.get("/v1/accesses", responses=answers(Page[Access]))
    async def list_accesses(
        page: AskedPage,
        person: str | None = None,
        reader_name: str | None = None,
        since: Annotated[Moment | None, Query(description="only accesses at this time or later")] = None,
        until: Annotated[Moment | None, Query(description="only accesses before this time")] = None,
        reader: Reader = Depends(PRIVACY),
    ) -> dict[str, Any]:
        """List accesses, granted and refused, newest first; `next` is the cursor of the next page.

        Filter by `person` (all records of the human, erased ones too), by reader, by time, or none of them.
        """
        await model.wait(page.min_position)
        members: list[str] = []
        if person:
            await people.need(person)
            members = (await records_beside(deps, person)).members
        reader.seen.add(members)
        bounds = {"$gte": since and since.astimezone(UTC), "$lt": until and until.astimezone(UTC)}
        where: dict[str, Any] = {
            "persons": {"$in": members} if members else None,
            "reader": reader_name,
            "at": {bound: time for bound, time in bounds.items() if time},
        }
        return await model.page(where, page, _shown, newest="at")

    return router


async def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"access_id": row["_id"], **{name: iso(value) for name, value in public(row).items()}}
