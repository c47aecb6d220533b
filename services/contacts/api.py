"""HTTP: touchpoints and consent in, people and their 360 out."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from services.contacts import access_api, accesses_api, approvals
from services.contacts.answers import CertificateAnswer, IdentityReview, PersonMatch, View360
from services.contacts.approvals import AUDIT
from services.contacts.certificate import certificate as written
from services.contacts.commands import (
    ConfirmClaim,
    DecideIdentity,
    DecideMerge,
    MergePersons,
    NoteDeath,
    SetConsent,
    UnmergePersons,
)
from services.contacts.policies import REGISTRY, asking_about
from services.contacts.reading import People, Reviews, as_allowed, candidates
from services.contacts.registry.identifiers import keys_of
from shared.access import Reader, acting, reading
from shared.answers import ListOf, Page, Shown, answers, decides
from shared.contracts.base import Moment
from shared.contracts.bounds import Code, Line, Text
from shared.contracts.contacts import Purpose, TouchpointReported
from shared.guard import KIBI, MANY_PER_MINUTE, guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, strictly, submit
from shared.ids import derive
from shared.policy import Refused
from shared.problems import Problem
from shared.readmodel import AskedPage, ReadModel

READ, WRITE = reading("contacts:read"), asking("contacts:write")
CONSENT, IDENTITY = asking("contacts:consent", "contacts:write"), asking("contacts:identity", "contacts:write")
TOUCH = asking("contacts:write", per_minute=MANY_PER_MINUTE)
Touchpoint = Annotated[TouchpointReported, strictly(TouchpointReported)]


class Search(Body):
    """A number somebody is known by: `MRN:CITY-HOSPITAL` and `100234`, or `phone` and `13800001111`."""

    system: Code = Field(min_length=1)
    value: Line = Field(min_length=1)


class Consent(Body):
    """What a person allows."""

    purpose: Purpose
    granted: bool
    evidence: Text | None = None


class Deceased(Body):
    """Whether a human lives; `since` is when they died, a bare date where no more is known."""

    deceased: bool
    since: Moment | date | None = None


class Merge(Body):
    """The record that is the same human, and why."""

    merged_id: Code = Field(min_length=1)
    reason: Text = Field(min_length=1)


class Decision(Body):
    """Who an ambiguous input is about; null for somebody new."""

    person_id: Code | None = None


class Verdict(Body):
    """Whether two records are one human."""

    same: bool


def routes(deps: Deps) -> APIRouter:
    """The routes of contacts."""
    router = guarded(tags=["contacts"])
    for add in (_writing, _merging, _deciding, _erasing, approvals.routes, _asking, _searching, _viewing):
        add(router, deps)
    router.include_router(access_api.routes(deps))
    router.include_router(accesses_api.routes(deps))
    return router


def _writing(router: APIRouter, deps: Deps) -> None:
    site_key = deps.settings.keys.site_key

    @router.post(
        "/v1/touchpoints", max_body_size=256 * KIBI, responses=decides("identifier-missing", created=True)
    )  # a `summary` of 20,000 characters, escaped
    async def report_touchpoint(touch: Touchpoint, asked: Asked = Depends(TOUCH)) -> JSONResponse:
        """Somebody was in touch: the same as `TouchpointReported` on the inbox topic."""
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
        """What somebody claimed is true and becomes part of who they are. The 360 lists what is claimed of whom."""
        command = ConfirmClaim(**asked.stamp, person_id=person_id, claim_id=claim_id, confirmed_by=asked.caller.name)
        return await submit(deps, asked, "contacts", command)


def _merging(router: APIRouter, deps: Deps) -> None:
    @router.post("/v1/persons/{person_id}/merge", responses=decides("too-many-records"))
    async def merge_persons(person_id: str, body: Merge, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Two records are one human; nothing is copied, so it can be undone."""
        await acting(deps, asked.caller).need(body.merged_id)
        command = MergePersons(**asked.stamp, person_id=person_id, sealed_for=person_id, **body.model_dump())
        return await submit(deps, asked, REGISTRY, command)

    @router.put("/v1/persons/{person_id}/deceased", responses=decides())
    async def note_death(person_id: str, body: Deceased, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Somebody at a desk knows better: a death nobody told, or one that was a mistake (under every record)."""
        command = NoteDeath(
            **asked.stamp, person_id=person_id, dead=body.deceased, since=body.since, whole=not body.deceased
        )
        return await submit(deps, asked, REGISTRY, command)

    @router.post("/v1/persons/{person_id}/unmerge", responses=decides("not-merged"))
    async def unmerge_persons(person_id: str, body: Merge, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Undo a merge: `merged_id` goes, with what was merged into the human through it."""
        await acting(deps, asked.caller).need(body.merged_id)
        command = UnmergePersons(
            **asked.stamp, person_id=person_id, separated_id=body.merged_id, reason=body.reason, sealed_for=person_id
        )
        return await submit(deps, asked, REGISTRY, command)


def _deciding(router: APIRouter, deps: Deps) -> None:
    asked_of = ReadModel(deps, "identity_reviews")

    async def reviewing(asked: Asked, id: str, *persons: str) -> None:
        """Who settles a question may read everybody it is about."""
        reader = acting(deps, asked.caller)
        await reader.target(asked_of, id, "identity-review-unknown", f"nothing is asked under {id}", candidates)
        await reader.need(*persons)

    @router.post(
        "/v1/ambiguous/{input_id}/decision",
        responses=decides("identity-review-unknown", "input-not-waiting", "person-unknown"),
    )
    async def decide_identity(input_id: str, body: Decision, asked: Asked = Depends(IDENTITY)) -> JSONResponse:
        """Settle an input that fits several people."""
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
        """Say whether two records that were proposed are one human; if not, they are not proposed again."""
        await reviewing(asked, proposal_id)
        command = DecideMerge(**asked.stamp, proposal_id=proposal_id, same=body.same, decided_by=asked.caller.name)
        return await submit(deps, asked, REGISTRY, command)


def _erasing(router: APIRouter, deps: Deps) -> None:
    @router.get("/v1/erasures/{person_id}", responses=answers(CertificateAnswer, "erasure-unknown"))
    async def get_erasure(person_id: str, reader: Reader = Depends(AUDIT)) -> dict[str, Any]:
        """The certificate of an erasure: `complete` once every key is destroyed and no number is shared with others."""
        await reader.need(person_id)
        found = await deps.database["erasures"].find_one({"_id": person_id})
        if found is None:
            raise Problem(404, "erasure-unknown", f"person {person_id} was not erased")
        return {"data": await written(deps.ring, found), "as_of": deps.clock().isoformat()}


def _asking(router: APIRouter, deps: Deps) -> None:
    reviews, waiting = Reviews(deps, People(deps)), ReadModel(deps, "identity_reviews", "person_360", "access")

    @router.get("/v1/identity-reviews", responses=answers(Page[IdentityReview]))
    async def list_identity_reviews(
        page: AskedPage,
        kind: Literal["input", "merge"] | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """What waits for a person to say who is who: inputs and proposed merges, with candidates, reasons and age."""
        return await reader.page(waiting, {"kind": kind}, page, reviews.shown, people=candidates)


def _searching(router: APIRouter, deps: Deps) -> None:
    people, model = People(deps), ReadModel(deps, "person_360", "identities", "access")
    site_key = deps.settings.keys.site_key

    async def known_by(reader: Reader, system: str, value: str, min_position: str | None) -> dict[str, Any]:
        await model.wait(min_position)
        keys = keys_of(site_key, deps.definitions.snapshot)
        matching = await people.by_identifier(keys.searched(system, value, deps.clock().date()))
        return await model.shown(await as_allowed(reader, matching))

    @router.post("/v1/persons/search", responses=answers(ListOf[PersonMatch]))
    async def search_persons(
        body: Search, min_position: str | None = None, reader: Reader = Depends(READ)
    ) -> dict[str, Any]:
        """The people an identifier was given for; of those whom the caller may not read, just enough to ask them.

        A POST: no number of a patient stands in a URL.
        """
        return await known_by(reader, body.system, body.value, min_position)

    @router.get(
        "/v1/persons", deprecated=True, responses=answers(ListOf[PersonMatch], "search-moved", "identifier-invalid")
    )
    async def find_persons(
        identifier: Annotated[str, Query(description="SYSTEM|VALUE, for example MRN:CITY-HOSPITAL|100234")],
        min_position: str | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """As `POST /v1/persons/search`, where CARELOOP_SEARCH_BY_URL is true: for apps of before there was that."""
        if not deps.settings.search_by_url:
            raise Problem(410, "search-moved", "send {system, value} to POST /v1/persons/search: URLs end up in logs")
        system, bar, value = identifier.partition("|")
        if not (bar and system and value):
            raise Problem(422, "identifier-invalid", "`identifier` must be SYSTEM|VALUE, for example phone|13800001111")
        return await known_by(reader, system, value, min_position)


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
        """Everything about a human. `as_of`: what was true then; `known_at`: what we knew then (times with offset)."""
        await whole.wait(min_position)
        await reader.need(person_id)
        utc: list[datetime | None] = [at.astimezone(UTC) if at else None for at in (as_of, known_at)]
        human = await people.view(person_id, *utc)
        reader.seen.add(human["cluster"])
        return await whole.shown(human)
