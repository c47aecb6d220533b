"""`GET /v1/approvals`: what waits for a second person, in the same words in every service."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from shared.access import Reader
from shared.contracts.base import Event
from shared.host.deps import Deps
from shared.http import Body
from shared.opening import opened
from shared.projector import public
from shared.projector.model import Document
from shared.readmodel import Page, ReadModel, iso
from shared.second_person import COLLECTION


class Approval(Body):
    """Whether a second person lets it happen."""

    approved: bool


def approvals_route(
    router: APIRouter, deps: Deps, read: Callable[..., Awaitable[Reader]], why: Callable[[Any], dict[str, Any]]
) -> None:
    """Adds the route; `why` says what of a proposal's event a second person has to know."""
    model = ReadModel(deps, COLLECTION, "humans", "access")

    @router.get("/v1/approvals")
    async def listing(
        page: Page,
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
