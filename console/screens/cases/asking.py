"""What the page of cases asks the services for, at once, and what it makes of the answers."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import Request

from careloop_client.complaints.calls import Complaints
from careloop_client.complaints.models import Case, CasePage
from console.counts import counted
from console.desk import Desk, attempts
from console.live.changes import EVERY
from console.live.parts import position_of
from console.names import patient_name
from console.people import names_of
from console.problems import Trouble
from console.roles import scopes_of
from console.screens.cases import HANDLE
from console.screens.cases.filters import PAGE, SEVERITIES, STATUSES, WHOSE, Filter
from console.screens.cases.live import EVENTS
from console.screens.cases.view import Row, clocks, escalations, rows, steps
from console.staff import Person, able, departments, name_of

STEPS = 200
"""Steps of the history on a page; a case has a dozen."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody did that was refused: the texts they typed, and the revision that they had seen."""

    resolution: str = ""
    assignee: str = ""
    revision: int | None = None
    key: str = ""


def listed(
    cases: Complaints, chosen: Filter, me: str, cursor: str | None, limit: int, seen: str | None = None
) -> Awaitable[CasePage]:
    """Ask for a page of the queue."""
    return cases.list_cases(
        status=",".join(chosen.status),
        sort="due",
        limit=limit,
        cursor=cursor,
        min_position=seen,
        **chosen.asked(me),
    )


async def with_names(desk: Desk, person: Person, cases: Sequence[Case], now: datetime) -> tuple[list[Row], bool]:
    """The rows of these cases, and whether the names of all patients could be asked for."""
    people, all_named = await names_of(desk.client(person).contacts, {each.person_id for each in cases})
    return rows(cases, people, partial(name_of, desk.staff.snapshot), now), all_named


async def on_page(desk: Desk, person: Person, page: CasePage | Trouble) -> dict[str, Any]:
    """The model of a table of cases: `rows`, or the trouble there was, and `all_named`."""
    if isinstance(page, Trouble):
        return {"rows": page, "all_named": True}
    listing, all_named = await with_names(desk, person, page.data, page.as_of)
    return {"rows": listing, "all_named": all_named}


async def queue(desk: Desk, request: Request, chosen: Filter, news: list[str] | None) -> dict[str, Any]:
    """The model of the list and its filter bar. `news`: positions that it must show."""
    person, part = request.state.person, EVENTS["queue"]
    cases, asked, seen = desk.client(person).complaints, chosen.asked(person.staff.id), part.seen(news)
    page, counts = await attempts(
        listed(cases, chosen, person.staff.id, chosen.cursor or None, PAGE, seen),
        cases.count_cases(min_position=seen, **asked),
    )
    definitions = desk.staff.snapshot
    live = desk.live.attributes(person.staff, f"/cases?{chosen.query}", part.subjects([EVERY]), position_of(page))
    return {
        "handles": HANDLE in scopes_of(person.staff.roles),
        "staff": able(definitions, HANDLE),
        "live_queue": live,
        "filter": chosen,
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "whose": WHOSE,
        "departments": departments(definitions),
        **await on_page(desk, person, page),
        "next": None if isinstance(page, Trouble) else page.next,
        "counts": None if isinstance(counts, Trouble) else counted(counts.data, STATUSES),
    }


async def one(
    desk: Desk, request: Request, case_id: str, chosen: Filter, news: list[str] | None, kept: Kept
) -> dict[str, Any]:
    """The model of one case; `case` is a `Trouble` if it cannot be shown, and then nothing is told of it."""
    person, part = request.state.person, EVENTS["case"]
    seen = part.seen(news)
    cases = desk.client(person).complaints
    answer, history = await attempts(
        cases.get_case(case_id, min_position=seen),
        cases.list_case_history(case_id, limit=STEPS, min_position=seen),
    )
    handles = HANDLE in scopes_of(person.staff.roles)
    model = {"case_id": case_id, "kept": kept, "handles": handles, "me": person.staff.id}
    if isinstance(answer, Trouble):
        return {**model, "case": answer, "live_case": ""}
    case, names = answer.data, partial(name_of, desk.staff.snapshot)
    people, _ = await names_of(desk.client(person).contacts, [case.person_id])
    source = f"/cases/{case_id}?{chosen.query}"
    return {
        **model,
        "live_case": desk.live.attributes(person.staff, source, part.subjects([case_id]), position_of(answer)),
        "case": case,
        "patient": patient_name(people.get(case.person_id)),
        "clocks": clocks(case, answer.as_of),
        "assignee": names(case.assignee) if case.assignee else "",
        "resolver": names(case.resolved_by) if case.resolved_by else "",
        "escalations": escalations(case, names),
        "steps": history if isinstance(history, Trouble) else steps(history.data, names, kept.revision),
        "staff": able(desk.staff.snapshot, HANDLE),
    }
