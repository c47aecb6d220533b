"""HTTP routes of contacts: touchpoints, consents, claims, merges and identity reviews; mounts those of the rooms."""

from datetime import UTC, date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from services.contacts.access import api as access
from services.contacts.access import log_api as access_log
from services.contacts.answers import IdentityReview
from services.contacts.commands import ConfirmClaim, SetConsent
from services.contacts.desks import api as desks
from services.contacts.desks import views_api as saved_views
from services.contacts.erasure import api as erasure
from services.contacts.person_360 import api as person_360
from services.contacts.person_360.queries import People
from services.contacts.policies import asking_about
from services.contacts.registry.commands import (
    REGISTRY,
    DecideIdentity,
    DecideMerge,
    MergePersons,
    NoteDeath,
    UnmergePersons,
)
from shared.access import Reader, acting, readers_with
from shared.answers import Page, answers, decides
from shared.contracts.base import Moment
from shared.contracts.bounds import Code, Text
from shared.contracts.contacts import Purpose, TouchpointReported
from shared.guard import KIBI, MANY_PER_MINUTE, Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, strictly, submit
from shared.ids import derive
from shared.opening import opened
from shared.policy import Refused
from shared.problems import Problem
from shared.readmodel import AskedPage, ReadModel, TimeOrder

READ, WRITE = readers_with("contacts:read"), asking("contacts:write")
CONSENT, IDENTITY = asking("contacts:consent", "contacts:write"), asking("contacts:identity", "contacts:write")
CALLERS = "whoever is called writes down who called; contacts finds out who that is"
TOUCH = asking("contacts:write", per_minute=MANY_PER_MINUTE, of_nobody=CALLERS)
Touchpoint = Annotated[TouchpointReported, strictly(TouchpointReported)]
TAG = Tag("contacts", "Persons, their touchpoints, consent and identity")


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


def candidates(row: dict[str, Any]) -> list[str]:
    """The person ids an identity review is about."""
    return list(row["candidates"])


class Reviews:
    """Identity reviews: ambiguous inputs and merge proposals that wait for a decision."""

    def __init__(self, deps: Deps, people: People) -> None:
        self._deps, self._people = deps, people

    async def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """A review with its candidates and, for an ambiguous input, the input."""
        age = self._deps.clock() - row["since"].replace(tzinfo=row["since"].tzinfo or UTC)
        [event] = await opened(self._deps.codec, [row])
        return {
            "id": row["_id"],
            "kind": row["kind"],
            "candidates": await self._people.named(row["candidates"]),
            "reasons": row["reasons"],
            "since": row["since"].isoformat(),
            "age_seconds": int(age.total_seconds()),
            "input": getattr(event.data, "carried", None),
        }


def routes(deps: Deps) -> APIRouter:
    """The routes of contacts."""
    router = guarded(tags=[TAG])
    for add in (_writing, _merging, _deciding, erasure.routes, _asking, person_360.routes):
        add(router, deps)
    router.include_router(access.routes(deps))
    router.include_router(access_log.routes(deps))
    router.include_router(desks.routes(deps))
    router.include_router(saved_views.routes(deps))
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
        """List ambiguous inputs and merge proposals that wait for a decision, the oldest first, with their candidates.

        `reasons`: sentences of the registry; `input`: what an ambiguous input says.
        """
        return await reader.page(
            waiting, {"kind": kind}, page, reviews.shown, TimeOrder("since", latest=False), people=candidates
        )
