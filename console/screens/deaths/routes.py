"""Routes to note a death or take it back."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.contacts.models import Deceased
from console.desk import Desk, attempt, until
from console.problems import Trouble

WORDS = {"noted": True, "taken-back": False}


def routes(desk: Desk) -> APIRouter:
    """The form, its second question, and what it notes."""
    router = APIRouter()

    async def page(
        request: Request, person_id: str, word: str = "", since: str = "", trouble: Trouble | None = None
    ) -> Response:
        """The form; with a `word`, the second question about it."""
        whole = await desk.client(request.state.person).contacts.view_person(person_id, sections="record")
        model = {"view": whole.data, "word": word, "since": since, "trouble": trouble}
        return desk.show(request, request.state.person, "deaths/page.html", **model)

    @router.get("/persons/{person_id}/death")
    async def show(request: Request, person_id: str) -> Response:
        return await page(request, person_id)

    @router.post("/persons/{person_id}/death")
    async def note(
        request: Request,
        person_id: str,
        word: Annotated[str, Form(max_length=20)] = "",
        since: Annotated[str, Form(max_length=20)] = "",
        sure: Annotated[bool, Form()] = False,
    ) -> Response:
        day = _day(since)
        if word not in WORDS or (since and not day):
            return await page(request, person_id, "", since, Trouble(422, "day-invalid"))
        if not sure:
            return await page(request, person_id, word, since)
        body = Deceased(deceased=WORDS[word], since=day if WORDS[word] else None)
        contacts = desk.client(request.state.person).contacts
        done = await attempt(contacts.note_death(person_id, body))
        if isinstance(done, Trouble):
            return await page(request, person_id, word, since, done)
        await until(
            lambda: contacts.view_person(person_id, sections="record"), lambda view: view.data.dead == body.deceased
        )
        return RedirectResponse(f"/persons/{person_id}", 303)

    return router


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
