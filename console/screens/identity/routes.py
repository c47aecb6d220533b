"""Routes of identity reviews."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.contacts.models import CommandDone, Decision, Verdict
from console.desk import Desk, attempt
from console.problems import Trouble
from console.screens.identity.view import SETTLED, question, waiting
from console.staff import Person

PAGE = 50
"""Reviews in the list; the others follow when these are decided."""
NEW, SAME, APART = "new", "same", "apart"
"""What can be decided beside the id of a candidate."""


def routes(desk: Desk) -> APIRouter:
    """What waits, one of it, and the decision on it.

    `id`: the review to show; `then`: the same, if it still waits; `seen`: the position of a decision just made.
    """
    router = APIRouter()

    async def page(
        request: Request, id: str, seen: str | None = None, trouble: Trouble | None = None, known: bool = True
    ) -> Response:
        """The page. `known`: say so if the review does not wait any more."""
        contacts = desk.client(request.state.person).contacts
        reviews = await contacts.list_identity_reviews(limit=PAGE, min_position=seen)
        if known and id and id not in {each.id for each in reviews.data}:
            trouble = trouble or Trouble(404, "review-settled")
        model = {"waiting": waiting(reviews.data), "more": reviews.next, "asked": question(reviews.data, id)}
        return desk.show(request, request.state.person, "identity/page.html", trouble=trouble, **model)

    @router.get("/identity")
    async def show(request: Request, id: str = "", then: str = "", seen: str | None = None) -> Response:
        return await page(request, id or then, seen, known=bool(id))

    @router.post("/identity/{id}")
    async def decide(
        request: Request,
        id: str,
        kind: Annotated[str, Form(max_length=10)] = "",
        decision: Annotated[str, Form(max_length=200)] = "",
        then: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        if not decision or (kind == "merge" and decision not in (SAME, APART)):
            return await page(request, id, trouble=Trouble(422, "decision-missing"))
        done = await attempt(_decided(desk, request.state.person, id, kind, decision))
        if isinstance(done, Trouble):
            settled = done.slug in SETTLED
            trouble = Trouble(409, "review-settled") if settled else done
            return await page(request, then if settled else id, trouble=trouble, known=False)
        return RedirectResponse(f"/identity?{urlencode({'then': then, 'seen': done.position})}", 303)

    return router


async def _decided(desk: Desk, person: Person, id: str, kind: str, decision: str) -> CommandDone:
    contacts = desk.client(person).contacts
    if kind == "merge":
        return await contacts.decide_merge(id, Verdict(same=decision == SAME))
    return await contacts.decide_identity(id, Decision(person_id=None if decision == NEW else decision))
