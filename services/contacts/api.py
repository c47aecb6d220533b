"""HTTP: touchpoints and consent in, people and their 360 out."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field

from services.contacts.commands import (
    DecideIdentity,
    ErasePerson,
    MergePersons,
    NoteDeath,
    SetConsent,
    UnmergePersons,
)
from services.contacts.policies import REGISTRY, asking_about
from services.contacts.reading import People
from shared.auth import scope
from shared.contracts.bounds import Code, Text
from shared.contracts.contacts import Purpose, TouchpointReported
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, strictly, submit
from shared.ids import derive, identifier_key
from shared.policy import Refused
from shared.problems import Problem
from shared.projector import public
from shared.readmodel import ReadModel

READ, WRITE, ADMIN, AUDIT = (
    scope("contacts:read"),
    asking("contacts:write"),
    asking("contacts:admin"),
    scope("contacts:admin"),
)
Touchpoint = Annotated[TouchpointReported, strictly(TouchpointReported)]


class Consent(Body):
    """What a person allows."""

    purpose: Purpose
    granted: bool
    evidence: Text | None = None


class Deceased(Body):
    """Whether a human lives; `since` is when they died, a bare date where no more is known."""

    deceased: bool
    since: AwareDatetime | date | None = None


class Merge(Body):
    """The record that is the same human, and why."""

    merged_id: Code = Field(min_length=1)
    reason: Text = Field(min_length=1)


class Decision(Body):
    """Who an ambiguous input is about; null for somebody new."""

    person_id: Code | None = None


def routes(deps: Deps) -> APIRouter:
    """The routes of contacts."""
    router = APIRouter(tags=["contacts"])
    _writing(router, deps)
    _identity(router, deps)
    _reading(router, deps)
    return router


def _writing(router: APIRouter, deps: Deps) -> None:
    site_key = deps.settings.keys.site_key

    @router.post("/v1/touchpoints")
    async def touchpoint(touch: Touchpoint, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Somebody was in touch: the same as `TouchpointReported` on the inbox topic."""
        try:
            command = asking_about(site_key, touch, derive(asked.caller, touch.touchpoint_id), asked.id)
        except Refused as refused:
            raise Problem(422, refused.refusal.reason, refused.refusal.detail) from refused
        return await submit(deps, asked, REGISTRY, command, created=201)

    @router.put("/v1/persons/{person_id}/consent")
    async def consent(person_id: str, body: Consent, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Allow or forbid messages of a purpose."""
        command = SetConsent(**asked.stamp, person_id=person_id, **body.model_dump())
        return await submit(deps, asked, "contacts", command)


def _identity(router: APIRouter, deps: Deps) -> None:
    @router.post("/v1/persons/{person_id}/merge")
    async def merge(person_id: str, body: Merge, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Two records are one human; nothing is copied, so it can be undone."""
        command = MergePersons(**asked.stamp, person_id=person_id, sealed_for=person_id, **body.model_dump())
        return await submit(deps, asked, REGISTRY, command)

    @router.put("/v1/persons/{person_id}/deceased")
    async def deceased(person_id: str, body: Deceased, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Somebody at a desk knows better: a death nobody told, or one that was a mistake (under every record)."""
        told = {"person_id": person_id, "dead": body.deceased, "since": body.since, "whole": not body.deceased}
        return await submit(deps, asked, REGISTRY, NoteDeath(**asked.stamp, **told))

    @router.post("/v1/persons/{person_id}/unmerge")
    async def unmerge(person_id: str, body: Merge, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Undo a merge: `merged_id` goes, with what was merged into the human through it."""
        command = UnmergePersons(
            **asked.stamp, person_id=person_id, separated_id=body.merged_id, reason=body.reason, sealed_for=person_id
        )
        return await submit(deps, asked, REGISTRY, command)

    @router.post("/v1/ambiguous/{input_id}/decision")
    async def decide(input_id: str, body: Decision, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Settle an input that fits several people."""
        command = DecideIdentity(**asked.stamp, input_id=input_id, person_id=body.person_id, decided_by=asked.caller)
        return await submit(deps, asked, REGISTRY, command)

    @router.post("/v1/persons/{person_id}/erasure")
    async def erase(person_id: str, asked: Asked = Depends(ADMIN)) -> JSONResponse:
        """Forget a person: their data keys are destroyed, counts stay."""
        return await submit(
            deps, asked, REGISTRY, ErasePerson(**asked.stamp, person_id=person_id, requested_by=asked.caller)
        )

    @router.get("/v1/erasures/{person_id}")
    async def certificate(person_id: str, caller: str = Depends(AUDIT)) -> dict[str, Any]:
        """The certificate of an erasure; `complete` once every key it names is destroyed."""
        found = await deps.database["erasures"].find_one({"_id": person_id})
        if found is None:
            raise Problem(404, "erasure-unknown", f"person {person_id} was not erased")
        lives = await deps.ring.lives(found["keys"])
        complete = all(lives.get(key) is False for key in found["keys"])  # a number's next life is no part of it
        told = {**public(found), "keys_destroyed": list(lives.values()).count(False), "complete": complete}
        return {"data": told, "as_of": deps.clock().isoformat()}


def _reading(router: APIRouter, deps: Deps) -> None:
    people = People(deps)
    model, whole = ReadModel(deps, "person_360", "identities"), ReadModel(deps, "person_360", "timeline")
    site_key = deps.settings.keys.site_key

    @router.get("/v1/persons")
    async def find(
        identifier: Annotated[str, Query(description="SYSTEM|VALUE, for example MRN:CITY-HOSPITAL|100234")],
        min_position: str | None = None,
        caller: str = Depends(READ),
    ) -> dict[str, Any]:
        """The people an identifier was given for."""
        system, bar, value = identifier.partition("|")
        if not (bar and system and value):
            raise Problem(422, "identifier-invalid", "`identifier` must be SYSTEM|VALUE, for example phone|13800001111")
        await model.wait(min_position)
        return await model.shown(await people.by_identifier(identifier_key(site_key, system, value)))

    @router.get("/v1/persons/{person_id}/360")
    async def view(
        person_id: str,
        as_of: AwareDatetime | None = None,
        known_at: AwareDatetime | None = None,
        min_position: str | None = None,
        caller: str = Depends(READ),
    ) -> dict[str, Any]:
        """Everything about a human. `as_of`: what was true then; `known_at`: what we knew then (times with offset)."""
        await whole.wait(min_position)
        utc: list[datetime | None] = [at.astimezone(UTC) if at else None for at in (as_of, known_at)]
        return await whole.shown(await people.view(person_id, *utc))
