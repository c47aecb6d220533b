"""HTTP routes that search persons and show the 360."""

from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field, StringConstraints

from services.contacts.person_360.answers import PersonMatch, PersonName, View360
from services.contacts.person_360.composing import READ_FROM_EVENTS
from services.contacts.person_360.queries import People, as_allowed, names_for
from services.contacts.registry.identifiers import keys_of
from shared.access import Reader, readers_with
from shared.answers import ListOf, Shown, answers
from shared.contracts.base import Moment
from shared.contracts.bounds import Code, Line
from shared.host.deps import Deps
from shared.http import Body
from shared.problems import Problem
from shared.readmodel import ReadModel

READ = readers_with("contacts:read")
SECTION = f"(record|{'|'.join(READ_FROM_EVENTS)})"
Sections = Annotated[
    Annotated[str, StringConstraints(pattern=f"^{SECTION}(,{SECTION})*$", max_length=200)] | None,
    Query(
        description="only these of diagnoses, allergies, results, spend and timeline, such as `allergies,diagnoses`; "
        "all if left out. The other fields, `record`, are always answered"
    ),
]


class Search(Body):
    """An identifier: `MRN:CITY-HOSPITAL` and `100234`, or `phone` and `13800001111`."""

    system: Code = Field(min_length=1)
    value: Line = Field(min_length=1)


class Named(Body):
    """Whose names are asked for, as a list of another service names them by id."""

    person_ids: tuple[Code, ...] = Field(min_length=1, max_length=500)


def routes(router: APIRouter, deps: Deps) -> None:
    """Add the routes of this room."""
    _searching(router, deps)
    _naming(router, deps)
    _viewing(router, deps)


def _searching(router: APIRouter, deps: Deps) -> None:
    people, model = People(deps), ReadModel(deps, "person_360", "identities", "access")
    site_key = deps.settings.keys.site_key

    async def find_people(reader: Reader, system: str, value: str, min_position: str | None) -> dict[str, Any]:
        await model.wait(min_position)
        keys = keys_of(site_key, deps.definitions.snapshot)
        matching = await people.by_identifier(keys.searched(system, value, deps.clock().date()))
        return await model.shown(await as_allowed(reader, matching))

    @router.post("/v1/persons/search", responses=answers(ListOf[PersonMatch]))
    async def search_persons(
        body: Search, min_position: str | None = None, reader: Reader = Depends(READ)
    ) -> dict[str, Any]:
        """Find persons by an identifier; persons whom the caller may not read are masked or left out.

        A POST, so that no patient's number is in a URL.
        """
        return await find_people(reader, body.system, body.value, min_position)

    @router.get(
        "/v1/persons", deprecated=True, responses=answers(ListOf[PersonMatch], "search-moved", "identifier-invalid")
    )
    async def find_persons(
        identifier: Annotated[str, Query(description="SYSTEM|VALUE, for example MRN:CITY-HOSPITAL|100234")],
        min_position: str | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """The older form of `POST /v1/persons/search`, available only if CARELOOP_SEARCH_BY_URL is true."""
        if not deps.settings.search_by_url:
            raise Problem(410, "search-moved", "send {system, value} to POST /v1/persons/search: URLs end up in logs")
        system, bar, value = identifier.partition("|")
        if not (bar and system and value):
            raise Problem(422, "identifier-invalid", "`identifier` must be SYSTEM|VALUE, for example phone|13800001111")
        return await find_people(reader, system, value, min_position)


def _naming(router: APIRouter, deps: Deps) -> None:
    people, model = People(deps), ReadModel(deps, "person_360", "access")

    @router.post("/v1/persons/names", responses=answers(ListOf[PersonName]))
    async def name_persons(
        body: Named, min_position: str | None = None, reader: Reader = Depends(READ)
    ) -> dict[str, Any]:
        """Name the people of a list: those whom the caller may read, in no order; the others are left out."""
        await model.wait(min_position)
        return await model.shown(await names_for(reader, await people.named(body.person_ids)))


def _viewing(router: APIRouter, deps: Deps) -> None:
    people, whole = People(deps), ReadModel(deps, "person_360", "timeline", "access")
    alone = ReadModel(deps, "person_360", "clusters", "access")

    @router.get("/v1/persons/{person_id}/records", responses=answers(ListOf[PersonMatch], "person-unknown"))
    async def list_records(
        person_id: str, min_position: str | None = None, reader: Reader = Depends(READ)
    ) -> dict[str, Any]:
        """List the records of a human, each with the identity that it has by itself; the one asked for comes first."""
        await alone.wait(min_position)
        await reader.need(person_id)
        await people.need(person_id)
        records = await people.named(await people.cluster(person_id))
        reader.seen.add(record["person_id"] for record in records)
        return await alone.shown(sorted(records, key=lambda record: record["person_id"] != person_id))

    @router.get("/v1/persons/{person_id}/360", responses=answers(Shown[View360]))
    async def view_person(
        person_id: str,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
        sections: Sections = None,
        min_position: str | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """The 360 of a human. `as_of`: what was true then; `known_at`: what was recorded then (times with offset)."""
        await whole.wait(min_position)
        await reader.need(person_id)
        true_at, recorded_at = (at.astimezone(UTC) if at else None for at in (as_of, known_at))
        asked = sections.split(",") if sections else READ_FROM_EVENTS
        human = await people.compose_360(person_id, true_at, recorded_at, asked)
        reader.seen.add(human["cluster"])
        return await whole.shown(human)
