"""HTTP routes of contacts: touchpoints, consents, claims, merges, erasures, search and the 360."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from services.contacts.access import api as access
from services.contacts.access import log_api as access_log
from services.contacts.answers import IdentityReview, PersonMatch, View360
from services.contacts.commands import ConfirmClaim, SetConsent
from services.contacts.erasure import api as erasure
from services.contacts.person_360.queries import People, Reviews, as_allowed, candidates
from services.contacts.policies import asking_about
from services.contacts.registry.commands import (
    REGISTRY,
    DecideIdentity,
    DecideMerge,
    MergePersons,
    NoteDeath,
    UnmergePersons,
)
from services.contacts.registry.identifiers import keys_of
from shared.access import Reader, acting, reading
from shared.answers import ListOf, Page, Shown, answers, decides
from shared.contracts.base import Moment
from shared.contracts.bounds import Code, Line, Text
from shared.contracts.contacts import Purpose, TouchpointReported
from shared.guard import KIBI, MANY_PER_MINUTE, Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, strictly, submit
from shared.ids import derive
from shared.policy import Refused
from shared.problems import Problem
from shared.readmodel import AskedPage, ReadModel

READ, WRITE = reading("contacts:read"), asking("contacts:write")
CONSENT, IDENTITY = asking("contacts:consent", "contacts:write"), asking("contacts:identity", "contacts:write")
CALLERS = "whoever is called writes down who called; contacts finds out who that is"
TOUCH = asking("contacts:write", per_minute=MANY_PER_MINUTE, of_nobody=CALLERS)
Touchpoint = Annotated[TouchpointReported, strictly(TouchpointReported)]
TAG = Tag("contacts", "Persons, their touchpoints, consent and identity")


class Search(Body):
    """An identifier: `MRN:CITY-HOSPITAL` and `100234`, or `phone` and `13800001111`."""

    system: Code = Field(min_length=1)
    value: Line = Field(min_length=1)


class Consent(Body):
    """Whether a person allows messages of a purpose."""

    purpose: Purpose
    granted: bool
    evidence: Text | None = None


class Deceased(Body):
    """Whether a human is deceased; `since` is the time of death, or a date if the time is unknown."""

    deceased: bool
    since: Moment | date | None = None


class Merge(Body):
    """The record to merge or separate, and the reason."""

    merged_id: Code = Field(min_length=1)
    reason: Text = Field(min_length=1)


class Decision(Body):
    """The person an ambiguous input is about; null registers a new person."""

    person_id: Code | None = None


class Verdict(Body):
    """Whether two records are one human."""

    same: bool


def routes(deps: Deps) -> APIRouter:
    """The routes of contacts."""
    router = guarded(tags=[TAG])
    for add in (_writing, _merging, _deciding, erasure.routes, _asking, _searching, _viewing):
        add(router, deps)
    router.include_router(access.routes(deps))
    router.include_router(access_log.routes(deps))
    return router


def _writing(router: APIRouter, deps: Deps) -> None:
    site_key = deps.settings.keys.site_key

    @router.post(
        "/v1/touchpoints", max_body_size=256 * KIBI, responses=decides("identifier-missing", created=True)
    )  # a `summary` of 20,000 characters, escaped
    async def report_touchpoint(touch: Touchpoint, asked: Asked = Depends(TOUCH)) -> JSONResponse:
        """Report a contact with a person: the same as `TouchpointReported` on the inbox topic."""
        try:
            input_id = derive(asked.caller.name, touch.touchpoint_id)
            command = asking_about(site_key, touch, input_id, asked.id, deps.definitions.snapshot)
        except Refused as refused:
            raise Problem(422, refused.refusal.reason, refused.refusal.detail) from refused
        return await submit(deps, asked, REGISTRY, command, created=201)

    @router.put("/v1/persons/{person_id}/consent", responses=decides())
    async def set_consent(person_id: str, body: Consent, asked: Asked = Depends(CONSENT)) -> JSONResponse:
        """Allow or forbid messages of a purpose."""
        command = SetConsent(**asked.stamp, person_id=person_id, **body.model_dump())
        return await submit(deps, asked, "contacts", command)

    @router.post("/v1/persons/{person_id}/claims/{claim_id}/confirmation", responses=decides("claim-unknown"))
    async def confirm_claim(person_id: str, claim_id: str, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Confirm a claim: its value becomes part of the person's details. The 360 lists the claims."""
        command = ConfirmClaim(**asked.stamp, person_id=person_id, claim_id=claim_id, confirmed_by=asked.caller.name)
        return await submit(deps, asked, "contacts", command)


def _merging(router: APIRouter, deps: Deps) -> None:
    @router.post("/v1/persons/{person_id}/merge", responses=decides("too-many-records"))
    async def merge_persons(person_id: str, body: Merge, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Merge two records of one human. Nothing is copied, so a merge can be undone."""
        await acting(deps, asked.caller).need(body.merged_id)
        command = MergePersons(**asked.stamp, person_id=person_id, sealed_for=person_id, **body.model_dump())
        return await submit(deps, asked, REGISTRY, command)

    @router.put("/v1/persons/{person_id}/deceased", responses=decides())
    async def note_death(person_id: str, body: Deceased, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Record a death that no system reported, or withdraw a wrong one (for every record of the human)."""
        command = NoteDeath.by_staff(person_id, body.deceased, body.since, **asked.stamp)
        return await submit(deps, asked, REGISTRY, command)

    @router.post("/v1/persons/{person_id}/unmerge", responses=decides("not-merged"))
    async def unmerge_persons(person_id: str, body: Merge, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Undo a merge: separate `merged_id`, and the records that were merged through it."""
        await acting(deps, asked.caller).need(body.merged_id)
        command = UnmergePersons(
            **asked.stamp, person_id=person_id, separated_id=body.merged_id, reason=body.reason, sealed_for=person_id
        )
        return await submit(deps, asked, REGISTRY, command)


def _deciding(router: APIRouter, deps: Deps) -> None:
    asked_of = ReadModel(deps, "identity_reviews")

    async def reviewing(asked: Asked, id: str, *persons: str) -> None:
        """Raise a problem unless the caller may read every candidate of the review and all `persons`."""
        reader = acting(deps, asked.caller)
        await reader.target(asked_of, id, "identity-review-unknown", f"nothing is asked under {id}", candidates)
        await reader.need(*persons)

    @router.post(
        "/v1/ambiguous/{input_id}/decision",
        responses=decides("identity-review-unknown", "input-not-waiting", "person-unknown"),
    )
    async def decide_identity(input_id: str, body: Decision, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Decide whom an input that matches several persons is about."""
        await reviewing(asked, input_id, *filter(None, [body.person_id]))
        command = DecideIdentity(
            **asked.stamp, input_id=input_id, person_id=body.person_id, decided_by=asked.caller.name
        )
        return await submit(deps, asked, REGISTRY, command)

    @router.post(
        "/v1/merge-proposals/{proposal_id}/decision",
        responses=decides("identity-review-unknown", "proposal-not-open", "too-many-records", "person-unknown"),
    )
    async def decide_merge(proposal_id: str, body: Verdict, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Decide whether two records of a merge proposal are one human; if not, they are not proposed again."""
        await reviewing(asked, proposal_id)
        command = DecideMerge(**asked.stamp, proposal_id=proposal_id, same=body.same, decided_by=asked.caller.name)
        return await submit(deps, asked, REGISTRY, command)


def _asking(router: APIRouter, deps: Deps) -> None:
    reviews, waiting = Reviews(deps, People(deps)), ReadModel(deps, "identity_reviews", "person_360", "access")

    @router.get("/v1/identity-reviews", responses=answers(Page[IdentityReview]))
    async def list_identity_reviews(
        page: AskedPage,
        kind: Literal["input", "merge"] | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """List ambiguous inputs and merge proposals that wait for a decision, with candidates, reasons and age."""
        return await reader.page(waiting, {"kind": kind}, page, reviews.shown, people=candidates)


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


def _viewing(router: APIRouter, deps: Deps) -> None:
    people, whole = People(deps), ReadModel(deps, "person_360", "timeline", "access")

    @router.get("/v1/persons/{person_id}/360", responses=answers(Shown[View360]))
    async def view_person(
        person_id: str,
        as_of: Moment | None = None,
        known_at: Moment | None = None,
        min_position: str | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """The 360 of a human. `as_of`: what was true then; `known_at`: what was recorded then (times with offset)."""
        await whole.wait(min_position)
        await reader.need(person_id)
        utc: list[datetime | None] = [at.astimezone(UTC) if at else None for at in (as_of, known_at)]
        human = await people.view(person_id, *utc)
        reader.seen.add(human["cluster"])
        return await whole.shown(human)
