"""The command palette (Ctrl+K): screens by their name, a case by its id, people by a number of theirs."""

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from console.desk import Desk
from console.problems import Trouble
from console.screen import Screen
from console.screens.find import SCREEN as FIND
from console.screens.find.asking import searched
from console.screens.find.view import Match, match
from console.staff import Person
from console.texts import LANGUAGES, named

PATH = "/palette"
CASE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NUMBERS = {
    "phone": re.compile(r"\+?[0-9][0-9 -]{6,18}"),
    "MRN": re.compile(r"(?=.*[0-9])[A-Za-z0-9-]{4,40}"),
    "national-id": re.compile(r"[0-9]{17}[0-9Xx]"),
}
"""What a number looks like that people have; whoever has none of these is not searched for, and so not looked at."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where somebody can go: screens, a case (its id), people. `trouble`: why people are missing.

    `number`: what was typed may be somebody's number, and nobody was looked for yet.
    """

    screens: tuple[Screen, ...]
    case_id: str = ""
    people: tuple[Match, ...] = ()
    trouble: Trouble | None = None
    number: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nowhere to go."""
        return not (self.screens or self.case_id or self.people or self.trouble or self.number)


def routes(desk: Desk) -> APIRouter:
    """`POST /palette`: what is typed may be a patient's number, which belongs into no address.

    `people`: look for people too, which is a look at whoever has the number: of a number that is still being typed that
    would be somebody else.
    """
    router = APIRouter(include_in_schema=False)

    @router.post(PATH)
    async def places(
        request: Request,
        q: Annotated[str, Form(max_length=200)] = "",
        people: Annotated[str, Form(max_length=10)] = "",
    ) -> Response:
        person, typed = desk.person(request), q.strip()
        open_to = [each for each in desk.pages.screens if each.opens_for(person.staff.roles)]
        screens = tuple(each for each in open_to if each.in_menu and _called(each, typed))
        opens = {each.name for each in open_to}
        case_id = typed.lower() if "cases" in opens and CASE.fullmatch(typed.lower()) else ""
        number = "find" in opens and not case_id and any(form.fullmatch(typed) for form in NUMBERS.values())
        answers = await _people(desk, person, typed) if number and people else []
        matches = {each.person_id: each for part in answers if not isinstance(part, Trouble) for each in part}
        trouble = next((each for each in answers if isinstance(each, Trouble)), None)
        shown = Places(screens, case_id, tuple(matches.values()), trouble, number and not people)
        return desk.show(request, person, "palette_places.html", 200, places=shown)

    return router


def _called(screen: Screen, typed: str) -> bool:
    """Whether the screen's name in any language has what was typed."""
    names = [named(language, "screen", screen.name) for language in LANGUAGES]
    return any(typed.casefold() in name.casefold() for name in names)


async def _people(desk: Desk, person: Person, typed: str) -> list[list[Match] | Trouble]:
    """The people who have what was typed as a number, by each kind of number that it may be."""
    client = desk.client(replace(person, purpose=FIND.purpose))
    kinds = [kind for kind, form in NUMBERS.items() if form.fullmatch(typed)]
    answers = await asyncio.gather(*(searched(client, kind, "", typed) for kind in kinds))
    return [each if isinstance(each, Trouble) else [match(one) for one in each] for each in answers]
