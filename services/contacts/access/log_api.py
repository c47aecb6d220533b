"""HTTP route of the access log, for the privacy officer and for answering a patient's request."""

from typing import Any

from fastapi import APIRouter, Depends

from services.contacts.access.answers import Access
from services.contacts.access.projections import ACCESSES
from services.contacts.person_360.queries import People
from shared.access import Reader, readers_with
from shared.answers import Page, answers
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
        reader: Reader = Depends(PRIVACY),
    ) -> dict[str, Any]:
        """List accesses, granted and refused, newest first; `next` is the cursor of the next page.

        Filter by `person` (all records of the human, erased ones too), by reader, or neither.
        """
        await model.wait(page.min_position)
        members: list[str] = []
        if person:
            await people.need(person)
            members = (await records_beside(deps, person)).members
        reader.seen.add(members)
        where: dict[str, Any] = {"persons": {"$in": members} if members else None, "reader": reader_name}
        return await model.page(where, page, _shown, newest="at")

    return router


async def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"access_id": row["_id"], **{name: iso(value) for name, value in public(row).items()}}
