"""`GET /v1/approvals`: proposals that wait for a second person, in the same form in every service."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from shared.access import Reader
from shared.answers import Answer, Page, answers
from shared.contracts.base import Event
from shared.host.deps import Deps
from shared.http import Body
from shared.opening import opened
from shared.projector import public
from shared.projector.model import Document
from shared.readmodel import AskedPage, ReadModel, iso
from shared.second_person import COLLECTION

SECOND = ("approval-unknown", "approval-expired", "second-person-needed")
"""Slugs with which a decision is refused (`shared/second_person.py`)."""


class Approval(Body):
    """The decision of the second person."""

    approved: bool


class Waiting(Answer):
    """A proposal that waits. `decide`: the route for the decision; `subject`: the payment or person it is about."""

    approval_id: str
    kind: str
    subject: str
    proposal: str
    proposed_by: str
    decide: str
    since: AwareDatetime
    until: AwareDatetime


def approvals_route(
    router: APIRouter,
    deps: Deps,
    read: Callable[..., Awaitable[Reader]],
    answer: type[Waiting],
    why: Callable[[Any], dict[str, Any]],
) -> None:
    """Add the route. `why`: the fields of a proposal's event that the second person needs; `answer` declares them."""
    model = ReadModel(deps, COLLECTION, "humans", "access")

    @router.get("/v1/approvals", responses=answers(Page[answer]))  # type: ignore[valid-type]
    async def list_approvals(
        page: AskedPage,
        by: Annotated[str | None, Query(description="only what this person proposed")] = None,
        reader: Reader = Depends(read),
    ) -> dict[str, Any]:
        """List proposals that wait, newest first. POST `{"approved": true}` to `decide`; `next` is the next cursor."""
        where = {"proposed_by": by, "until": {"$gt": deps.clock()}}
        show = partial(_shown, deps, why)
        return await reader.page(model, where, page, show, newest="since", people=_about)


def _about(row: Document) -> list[str]:
    return [row["proposed_as"]["data"]["person_id"]]


async def _shown(deps: Deps, why: Callable[[Event], dict[str, Any]], row: Document) -> dict[str, Any]:
    [proposed] = await opened(deps.codec, [row], "proposed_as")
    fields = {name: iso(value) for name, value in public(row).items() if name != "proposed_as"}
    return {"approval_id": row["_id"], **fields, **why(proposed.data)}
