"""What the routes of every screen work with: who asks, the services as that person, pages in their language."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from careloop_client import CareLoop
from console import forms
from console.backend import Backend
from console.cookies import Cookies
from console.export import Lack, Row, Sheet
from console.live.hub import Live
from console.lockout import Lockout
from console.pages import Pages
from console.problems import FAILURES, Trouble, trouble_of
from console.provider import Provider
from console.screen import Screen
from console.session import COOKIE, Sessions
from console.settings import ConsoleSettings
from console.staff import Person
from console.staff_events import StaffEvents
from console.texts import Language, language_of
from console.users import UsersFile
from shared.clock import Clock
from shared.contracts.staff import Staff
from shared.definition_reader import DefinitionReader

LANGUAGE = "careloop_language"
TRIES, TRY_SECONDS = 20, 0.15
T = TypeVar("T")


class NotSignedIn(Exception):
    """Nobody is signed in, or the session is over."""


class NotYours(Exception):
    """The screen is for other roles."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of the console. `users`: those with a password here, if any; `provider`: where others sign in."""

    settings: ConsoleSettings
    sessions: Sessions
    staff: DefinitionReader
    backend: Backend
    pages: Pages
    clock: Clock
    lockout: Lockout
    events: StaffEvents
    live: Live
    users: UsersFile | None = None
    provider: Provider | None = None

    @property
    def cookies(self) -> Cookies:
        """How cookies are set here."""
        return Cookies(self.settings.hospital.public_url)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the hospital, in which times are typed and shown."""
        return ZoneInfo(self.settings.hospital.zone)

    def language(self, request: Request, *wishes: str) -> Language:
        """The language that was chosen in this browser, else what is wished, else what the browser wants."""
        return language_of(self.cookies.value(request, LANGUAGE), *wishes, request.headers.get("accept-language"))

    def person(self, request: Request) -> Person:
        """Who is signed in. Raises `NotSignedIn`."""
        session = self.sessions.opened(self.cookies.value(request, COOKIE))
        staff = self.staff.snapshot.find(Staff, session.staff_id) if session else None
        if session is None or staff is None or self.events.over(session):
            raise NotSignedIn
        request.state.session = session
        return Person(staff, self.language(request, staff.language))

    def opening(self, screen: Screen, request: Request) -> Person:
        """Who opens this screen. Raises `NotSignedIn`, `NotYours`."""
        person = self.person(request)
        if not screen.opens_for(person.staff.roles):
            raise NotYours
        return replace(person, purpose=screen.purpose)

    def client(self, person: Person) -> CareLoop:
        """The services, asked as this person."""
        return self.backend.client(person)

    async def workbook(
        self, person: Person, sheet: Sheet[Row], rows: Iterable[Row], lacks: Sequence[Lack] = ()
    ) -> Response:
        """A table that this person takes along. `lacks`: what is missing in it."""
        return await sheet.workbook(rows, lacks, person.language, self.zone, self.clock())

    def show(
        self, request: Request, person: Person, template: str, status: int | None = None, /, **model: Any
    ) -> HTMLResponse:
        """A page or part for this person. Its status is that of the `trouble` in the model, unless one is given."""
        trouble = model.get("trouble")
        code = status or (trouble.status if isinstance(trouble, Trouble) else 200)
        accepted = forms.accepted(self.cookies, request, code)
        return self.pages.answer(request, template, person, person.language, code, accepted, **model)


async def attempt(answer: Awaitable[T]) -> T | Trouble:
    """The answer of a service, or why there is none: one that is away leaves the rest of a page as it is."""
    try:
        return await answer
    except FAILURES as error:
        return trouble_of(error)


async def attempts(*answers: Awaitable[Any]) -> list[Any]:
    """Several answers at once, each as of `attempt`."""
    return list(await asyncio.gather(*(attempt(each) for each in answers)))


async def until(ask: Callable[[], Awaitable[T]], shows: Callable[[T], bool]) -> None:
    """Wait until a view shows what was just done, 3 seconds at most.

    For commands whose effect comes to the view by way of another decider: no position says when it is there.
    """
    for _ in range(TRIES):
        answer = await attempt(ask())
        if not isinstance(answer, Trouble) and shows(answer):
            return
        await asyncio.sleep(TRY_SECONDS)
