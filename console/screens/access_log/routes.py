"""Routes of the access log and of the reviews of emergency accesses."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.contacts.models import Judgement
from console.desk import Desk, attempt
from console.problems import Trouble
from console.screens.access_log.view import emergencies, look
from shared.contracts.staff import Staff

PAGE = 50
WORDS = {"yes": True, "no": False}
Id = Annotated[str, Query(max_length=200)]
Cursor = Annotated[str | None, Query(max_length=500)]


def routes(desk: Desk) -> APIRouter:
    """Accesses by person and reader, and emergency accesses."""
    router = APIRouter()
    _looks(router, desk)
    _reviews(router, desk)
    return router


def _looks(router: APIRouter, desk: Desk) -> None:
    @router.get("/access-log")
    async def show(request: Request, person: Id = "", reader: Id = "", cursor: Cursor = None) -> Response:
        who, person, reader = request.state.person, person.strip(), reader.strip()
        answer = await attempt(
            desk.client(who).contacts.list_accesses(
                person=person or None, reader_name=reader or None, limit=PAGE, cursor=cursor
            )
        )
        trouble = answer if isinstance(answer, Trouble) else None
        model = {
            "trouble": trouble,
            "rows": [] if isinstance(answer, Trouble) else [look(each, desk.staff.snapshot) for each in answer.data],
            "more": None if isinstance(answer, Trouble) else answer.next,
            "asked": {"person": person, "reader": reader},
            "staff": desk.staff.snapshot.current(Staff),
        }
        return desk.show(request, who, "access_log/page.html", **model)


def _reviews(router: APIRouter, desk: Desk) -> None:
    async def page(
        request: Request,
        every: bool,
        cursor: str | None = None,
        seen: str | None = None,
        trouble: Trouble | None = None,
        typed: dict[str, str] | None = None,
    ) -> Response:
        who = request.state.person
        answer = await desk.client(who).contacts.list_access_reviews(
            status=None if every else "open", limit=PAGE, cursor=cursor, min_position=seen
        )
        model = {
            "rows": emergencies(answer.data, who.staff.id, desk.staff.snapshot),
            "more": answer.next,
            "every": every,
            "typed": typed or {"id": "", "word": "", "note": ""},
        }
        return desk.show(request, who, "access_log/reviews.html", trouble=trouble, **model)

    @router.get("/access-log/reviews")
    async def reviews(
        request: Request, every: bool = False, cursor: Cursor = None, seen: str | None = None
    ) -> Response:
        return await page(request, every, cursor, seen)

    @router.post("/access-log/reviews/{id}")
    async def decide(
        request: Request,
        id: str,
        word: Annotated[str, Form(max_length=10)] = "",
        note: Annotated[str, Form(max_length=2000)] = "",
    ) -> Response:
        typed = {"id": id, "word": word, "note": note}
        if word not in WORDS or (word == "no" and not note.strip()):
            return await page(request, False, trouble=Trouble(422, "judgement-missing"), typed=typed)
        body = Judgement(justified=WORDS[word], note=note.strip())
        done = await attempt(desk.client(request.state.person).contacts.decide_access_review(id, body))
        if isinstance(done, Trouble):
            return await page(request, False, trouble=done, typed=typed)
        return RedirectResponse(f"/access-log/reviews?{urlencode({'seen': done.position})}", 303)
