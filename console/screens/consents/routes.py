"""Routes of a person's consents."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.contacts.models import Consent
from console.desk import Desk, attempt, until
from console.problems import Trouble
from console.screens.person.view import PURPOSES

WORDS = {"yes": True, "no": False}


def routes(desk: Desk) -> APIRouter:
    """The form, and what it sets. A form that is refused comes back as it was filled in."""
    router = APIRouter()

    async def page(request: Request, person_id: str, asked: dict[str, str], trouble: Trouble | None = None) -> Response:
        whole = await desk.client(request.state.person).contacts.view_person(person_id, sections="record")
        model = {"view": whole.data, "purposes": PURPOSES, "asked": asked, "trouble": trouble}
        return desk.show(request, request.state.person, "consents/page.html", **model)

    @router.get("/persons/{person_id}/consents")
    async def show(request: Request, person_id: str) -> Response:
        return await page(request, person_id, {"purpose": "", "word": "", "evidence": ""})

    @router.post("/persons/{person_id}/consents")
    async def set_consent(
        request: Request,
        person_id: str,
        purpose: Annotated[str, Form(max_length=50)] = "",
        word: Annotated[str, Form(max_length=10)] = "",
        evidence: Annotated[str, Form(max_length=2000)] = "",
    ) -> Response:
        asked = {"purpose": purpose, "word": word, "evidence": evidence}
        chosen = next((each for each in PURPOSES if each == purpose), None)
        if chosen is None or word not in WORDS:
            return await page(request, person_id, asked, Trouble(422, "consent-unsaid"))
        if not evidence.strip():
            return await page(request, person_id, asked, Trouble(422, "evidence-missing"))
        body = Consent(purpose=chosen, granted=WORDS[word], evidence=evidence.strip())
        contacts = desk.client(request.state.person).contacts
        done = await attempt(contacts.set_consent(person_id, body))
        if isinstance(done, Trouble):
            return await page(request, person_id, asked, done)
        await until(
            lambda: contacts.view_person(person_id, sections="record", min_position=done.position),
            lambda view: view.data.consents.get(body.purpose) == body.granted,
        )
        return RedirectResponse(f"/persons/{person_id}", 303)

    return router
