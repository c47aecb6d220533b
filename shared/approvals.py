"""`GET /v1/approvals`: what waits for a second person, in the same words in every service."""

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
"""Why a decision is refused (`shared/second_person.py`)."""


class Approval(Body):
    """Whether a second person lets it happen."""

    approved: bool


class Waiting(Answer):
    """What waits for a second person: `decide` takes the verdict, `subject` is the payment or person it is about."""

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
    """Adds the route; `why` says what of a proposal's event a second person has to know, `answer` has it as well."""
    model = ReadModel(deps, COLLECTION, "humans", "access")

    @router.get("/v1/approvals", responses=answers(Page[answer]))  # type: ignore[valid-type]
    async def list_approvals(
        page: AskedPage,
        by: Annotated[str | None, Query(description="only what this person proposed")] = None,
        reader: Reader = Depends(read),
    ) -> dict[str, Any]:
        """What waits for a second person, newest first: POST `{"approved": true}` to its `decide`; `next` continues."""
        where = {"proposed_by": by, "until": {"$gt": deps.clock()}}
        show = partial(_shown, deps, why)
        return await reader.page(model, where, page, show, newest="since", people=_about)


def _about(row: Document) -> list[str]:
    return [row["proposed_as"]["data"]["person_id"]]


async def _shown(deps: Deps, why: Callable[[Event], dict[str, Any]], row: Document) -> dict[str, Any]:
    [proposed] = await opened(deps.codec, [row], "proposed_as")
    shown = {name: iso(value) for name, value in public(row).items() if name != "proposed_as"}
    return {"approval_id": row["_id"], **shown, **why(proposed.data)}
