"""Routes of the access log and of the reviews of emergency accesses."""

from collections.abc import Awaitable
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.contacts.calls import Contacts
from careloop_client.contacts.models import AccessPage, Judgement
from console.desk import Desk, attempt
from console.export import every, missing
from console.people import names_of
from console.problems import Trouble
from console.screens.access_log.sheet import SHEET
from console.screens.access_log.view import emergencies, look
from console.typed_times import BAD_TIME, Typed, at, typed_again
from shared.contracts.staff import Staff

PAGE = 50
WORDS = {"yes": True, "no": False}
Id = Annotated[str, Query(max_length=200)]
Period = tuple[datetime | None, datetime | None]
Cursor = Annotated[str | None, Query(max_length=500)]


def routes(desk: Desk) -> APIRouter:
    """Accesses by person, reader and time, and emergency accesses.

    The names of patients are shown on demand (`names`): whoever reads them looked at them, and is on record.
    """
    router = APIRouter()
    _looks(router, desk)
    _reviews(router, desk)
    return router


def _looks(router: APIRouter, desk: Desk) -> None:
    @router.get("/access-log")
    async def show(
        request: Request,
        person: Id = "",
        reader: Id = "",
        since: Typed = "",
        until: Typed = "",
        names: bool = False,
        cursor: Cursor = None,
    ) -> Response:
        who, person, reader = request.state.person, person.strip(), reader.strip()
        contacts = desk.client(who).contacts
        period = _period(desk, since, until)
        asked_for = partial(_accesses, contacts, person, reader)
        answer = period if isinstance(period, Trouble) else await attempt(asked_for(period, cursor, PAGE))
        accesses = [] if isinstance(answer, Trouble) else answer.data
        wanted = {each for row in accesses for each in row.persons if names or each == person}
        people, all_named = await names_of(contacts, wanted)
        asked = {"person": person, "reader": reader, "names": "true" if names else ""}
        times = {"since": typed_again(since, desk.zone), "until": typed_again(until, desk.zone)}
        query = {name: value for name, value in (asked | times).items() if value}
        model = {
            "trouble": answer if isinstance(answer, Trouble) else None,
            "rows": [look(each, desk.staff.snapshot, people) for each in accesses],
            "all_named": all_named,
            "more": None if isinstance(answer, Trouble) else answer.next,
            "asked": asked | times,
            "query": urlencode(query),
            "with_names": urlencode(query | {"names": "true"}),
            "staff": desk.staff.snapshot.current(Staff),
        }
        return desk.show(request, who, "access_log/page.html", **model)

    @router.get("/access-log.xlsx")
    async def export_accesses(
        request: Request, person: Id = "", reader: Id = "", since: Typed = "", until: Typed = ""
    ) -> Response:
        who, period = request.state.person, _period(desk, since, until)
        if isinstance(period, Trouble):
            return desk.show(request, who, "trouble.html", trouble=period)
        contacts = desk.client(who).contacts
        accesses, whole = await every(partial(_accesses, contacts, person.strip(), reader.strip(), period))
        shown = [look(each, desk.staff.snapshot, {}) for each in accesses]
        return await desk.workbook(who, SHEET, shown, missing(whole))


def _period(desk: Desk, since: str, until: str) -> Period | Trouble:
    """The two times that were typed, or the trouble if one of them is none."""
    try:
        return at(since, desk.zone), at(until, desk.zone)
    except ValueError:
        return BAD_TIME


def _accesses(
    contacts: Contacts, person: str, reader: str, period: Period, cursor: str | None, limit: int
) -> Awaitable[AccessPage]:
    """Ask for a page of the accesses."""
    since, until = period
    return contacts.list_accesses(
        person=person or None, reader_name=reader or None, since=since, until=until, limit=limit, cursor=cursor
    )


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
