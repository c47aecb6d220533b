"""Saved views: the filter of a screen under a title, for whoever saved it, above the filter of that screen.

Only choices from lists are saved, no typed text, which could name a patient; contacts keeps them
(`services/contacts/desks`).
"""

import re
from collections.abc import Collection
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from careloop_client.contacts.models import NewView, SavedView
from console.desk import Desk, NotYours, attempt
from console.guard import own_path
from console.problems import Trouble
from console.screen import Screen
from console.staff import Person, departments

MOST = 500
"""Views that are asked for; contacts keeps fewer of one person."""
CHOICE = re.compile(r"[a-z][a-z-]{0,39}")
"""A value of a list: a word of ours, never a name or a number of somebody."""
WHERE = frozenset({"cursor", "page", "seen", "done"})
"""Names in an address that say where in a list one is, not what it shows."""


async def views_of(desk: Desk, request: Request, screen: Screen) -> list[SavedView] | Trouble:
    """The views of a screen that whoever looks has saved, by their titles."""
    contacts = desk.client(request.state.person).contacts
    answer = await attempt(contacts.list_views(screen=screen.name, limit=MOST))
    return answer if isinstance(answer, Trouble) else sorted(answer.data, key=lambda view: view.title.casefold())


def kept(screen: Screen, query: str, departments: Collection[str]) -> str | None:
    """What of a page's address is saved; None if it holds something that may not be."""
    chosen = [(name, value) for name, value in parse_qsl(query) if name not in WHERE]
    known = [name in screen.filters and (CHOICE.fullmatch(value) or value in departments) for name, value in chosen]
    return urlencode(chosen) if all(known) else None


def routes(desk: Desk) -> APIRouter:
    """Save and remove a view. Each leads back to its screen; a view that cannot be saved keeps what was typed."""
    router = APIRouter(include_in_schema=False)

    def of(person: Person, name: str) -> Screen:
        """The screen of this name. Raises `NotYours`."""
        screen = next((each for each in desk.pages.screens if each.name == name and each.filters), None)
        if screen is None or not screen.opens_for(person.staff.roles):
            raise NotYours
        return screen

    @router.post("/views")
    async def save(
        request: Request,
        screen: Annotated[str, Form(max_length=40)],
        title: Annotated[str, Form(max_length=200)] = "",
        query: Annotated[str, Form(max_length=4000)] = "",
    ) -> Response:
        person = desk.person(request)
        shown = of(person, screen)
        contacts, filters = desk.client(person).contacts, kept(shown, query, departments(desk.staff.snapshot))
        done = Trouble(422, "view-text") if filters is None else await _saved(desk, person, shown, title, filters)
        if isinstance(done, Trouble):
            model = {"screen": shown, "title": title, "query": query, "trouble": done}
            return desk.show(request, person, "view_refused.html", **model)
        await attempt(contacts.list_views(limit=1, min_position=done))
        return RedirectResponse(own_path(f"{shown.path}?{filters}"), 303)

    @router.post("/views/{view_id}/remove")
    async def remove(
        request: Request,
        view_id: str,
        screen: Annotated[str, Form(max_length=40)],
        query: Annotated[str, Form(max_length=4000)] = "",
    ) -> Response:
        person = desk.person(request)
        shown, contacts = of(person, screen), desk.client(person).contacts
        done = await attempt(contacts.delete_view(view_id))
        if isinstance(done, Trouble) and done.slug != "view-unknown":
            return desk.show(request, person, "trouble.html", trouble=done)
        if not isinstance(done, Trouble):
            await attempt(contacts.list_views(limit=1, min_position=done.position))
        return RedirectResponse(own_path(f"{shown.path}?{urlencode(parse_qsl(query))}"), 303)

    return router


async def _saved(desk: Desk, person: Person, screen: Screen, title: str, query: str) -> str | Trouble:
    """Save a view; returns the position from which on lists show it."""
    try:
        view = NewView(screen=screen.name, title=title.strip(), query=query)
    except ValidationError:
        return Trouble(422, "view-title")
    done = await attempt(desk.client(person).contacts.save_view(view))
    return done if isinstance(done, Trouble) else done.position
