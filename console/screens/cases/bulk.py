"""Assign many cases at once: a few with each request, so that the page shows how far it is.

What is left, and what was refused so far, stands in the form that the page sends next by itself, or with a button, as
after the console was away.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response

from careloop_client.complaints.calls import Complaints
from careloop_client.complaints.models import Assignment
from console.desk import Desk, attempt
from console.problems import Trouble
from console.screens.cases.filters import PAGE, Asked
from console.staff import name_of

BATCH = 5
"""Cases of one request: a request takes less than a second."""
CHOSEN = re.compile(r"([0-9A-Za-z_-]{1,200})~([0-9]{1,9})")
"""A chosen case: its id, and the revision that its row showed."""
REFUSED = re.compile(r"([0-9A-Za-z_-]{1,200})~([a-z-]{1,60})")
"""A case that was not assigned, and the problem's slug."""
Many = Annotated[list[str] | None, Form(max_length=PAGE)]


@dataclass(frozen=True, slots=True)
class Bulk:
    """How far it is. `left`: as `CHOSEN`; `refused`: case id and slug. `key`: under which nothing is done twice."""

    assignee: str
    name: str
    total: int
    left: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    key: str

    @property
    def tried(self) -> int:
        """The cases that were sent."""
        return self.total - len(self.left)

    @property
    def done(self) -> int:
        """The cases that are assigned."""
        return self.tried - len(self.refused)


def bulk_routes(router: APIRouter, desk: Desk) -> None:
    """Add the route."""

    @router.post("/cases/assignments")
    async def assign_chosen(
        request: Request,
        chosen: Asked,
        case: Many = None,
        assignee: Annotated[str, Form(max_length=200)] = "",
        key: Annotated[str, Form(max_length=100)] = "",
        total: Annotated[int, Form(ge=0, le=PAGE)] = 0,
        refused: Many = None,
    ) -> Response:
        person, cases = request.state.person, [each for each in case or () if CHOSEN.fullmatch(each)]
        trouble = _missing(cases, assignee)
        if trouble:
            return _shown(desk, request, None, chosen.query, trouble)
        key, before = key or str(uuid4()), [each.groups() for each in map(REFUSED.fullmatch, refused or ()) if each]
        client = desk.client(person).complaints
        slugs = await asyncio.gather(*(_assign(client, each, assignee, key) for each in cases[:BATCH]))
        ids = [each.partition("~")[0] for each in cases]
        now = [(id, slug) for id, slug in zip(ids, slugs, strict=False) if slug]
        name = name_of(desk.staff.snapshot, assignee)
        left = tuple(cases[BATCH:])
        bulk = Bulk(assignee, name, max(total, len(cases)), left, (*((id, slug) for id, slug in before), *now), key)
        return _shown(desk, request, bulk, chosen.query)


def _missing(cases: list[str], assignee: str) -> Trouble | None:
    if not cases:
        return Trouble(422, "cases-missing")
    return None if assignee else Trouble(422, "assignee-missing")


async def _assign(client: Complaints, chosen: str, assignee: str, key: str) -> str:
    """Assign one case; returns the problem's slug, "" if there was none."""
    case_id, _, revision = chosen.partition("~")
    body = Assignment(assignee=assignee, seen_revision=int(revision))
    done = await attempt(client.assign_case(case_id, body, idempotency_key=f"{key}-{case_id}"))
    return done.slug if isinstance(done, Trouble) else ""


def _shown(desk: Desk, request: Request, bulk: Bulk | None, query: str, trouble: Trouble | None = None) -> Response:
    template = "cases/parts/bulk_done.html" if "hx-request" in request.headers else "cases/bulk.html"
    return desk.show(request, request.state.person, template, bulk=bulk, query=query, trouble=trouble)
