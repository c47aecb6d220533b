"""Routes of dead letters: the list, one with its content, sending again."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.ops.models import LetterPage, Repair
from console.desk import Desk, attempt
from console.export import every, missing
from console.problems import Trouble
from console.screens.dead_letters import REDRIVES
from console.screens.dead_letters.sheet import NOT_LISTED, SHEET
from console.screens.dead_letters.view import AT_ONCE, Asked, Filter, Result, choices, result, waits

PAGE = 50
MOST_CHARACTERS = 2_000_000
Ids = Annotated[list[str] | None, Form(max_length=AT_ONCE)]


def routes(desk: Desk) -> APIRouter:
    """The list and a letter. The content of one is asked for by a click, since that is on record."""
    router = APIRouter()
    _listing(router, desk)
    _taking_along(router, desk)
    _showing(router, desk)
    _sending(router, desk)
    return router


def _may(request: Request) -> bool:
    return not REDRIVES.isdisjoint(request.state.person.staff.roles)


async def _listed(desk: Desk, request: Request, chosen: Filter, cursor: str | None, limit: int) -> LetterPage:
    """A page of the list."""
    return await desk.client(request.state.person).ops.list_dead_letters(
        reader=chosen.reader or None,
        reason=chosen.reason or None,
        redriven=chosen.redriven,
        limit=limit,
        cursor=cursor or None,
    )


def _listing(router: APIRouter, desk: Desk) -> None:
    async def page(
        request: Request, chosen: Filter, trouble: Trouble | None = None, done: Result | None = None
    ) -> Response:
        answer = await attempt(_listed(desk, request, chosen, chosen.cursor, PAGE))
        known = None if isinstance(answer, Trouble) else answer
        model = {
            "rows": known.data if known else [],
            "total": known.total if known else 0,
            "more": known.next if known else None,
            "left_out": known.left_out if known else 0,
            "readers": choices(known.readers if known else [], chosen.reader),
            "reasons": choices(known.reasons if known else [], chosen.reason),
            "filter": chosen,
            "redrives": _may(request),
            "done": done,
            "trouble": trouble or (answer if isinstance(answer, Trouble) else None),
        }
        return desk.show(request, request.state.person, "dead_letters/page.html", **model)

    @router.get("/dead-letters")
    async def show(request: Request, chosen: Asked, id: Annotated[str, Query(max_length=200)] = "") -> Response:
        if id.strip():
            return RedirectResponse(f"/dead-letters/{quote(id.strip(), safe='')}", 303)
        return await page(request, chosen)

    @router.post("/dead-letters")
    async def send_again(request: Request, chosen: Asked, ids: Ids = None) -> Response:
        if not ids:
            return await page(request, chosen, Trouble(422, "letters-missing"))
        ops = desk.client(request.state.person).ops
        answers = [await attempt(ops.redrive_dead_letter(id, Repair())) for id in ids]
        return await page(request, chosen, done=result(ids, answers))


def _taking_along(router: APIRouter, desk: Desk) -> None:
    @router.get("/dead-letters.xlsx")
    async def export_letters(request: Request, chosen: Asked) -> Response:
        pages: list[LetterPage] = []

        async def asked(cursor: str | None, limit: int) -> LetterPage:
            pages.append(await _listed(desk, request, chosen, cursor, limit))
            return pages[-1]

        rows, whole = await every(asked)
        lacks = [*missing(whole), *([NOT_LISTED] if pages[-1].left_out else [])]
        return await desk.workbook(request.state.person, SHEET, rows, lacks)


async def _letter(
    desk: Desk,
    request: Request,
    id: str,
    content: bool,
    trouble: Trouble | None = None,
    typed: str | None = None,
    sent: bool = False,
) -> Response:
    """One letter, with its content if that is asked for. `typed`: a repair that was refused."""
    ops, model = desk.client(request.state.person).ops, dict[str, Any]()
    letter = await attempt(ops.get_dead_letter(id))
    shown = await attempt(ops.get_dead_letter_content(id)) if content and not isinstance(letter, Trouble) else None
    model["letter"] = None if isinstance(letter, Trouble) else letter
    model["content"] = None if isinstance(shown, Trouble) else shown
    model["typed"] = typed
    model["redrives"] = _may(request) and not isinstance(letter, Trouble) and waits(letter)
    troubles = (each for each in (trouble, letter, shown) if isinstance(each, Trouble))
    model["repairs"] = model["redrives"] and not isinstance(letter, Trouble) and letter.repairable
    model["trouble"], model["sent"] = next(troubles, None), sent
    return desk.show(request, request.state.person, "dead_letters/letter.html", **model)


def _showing(router: APIRouter, desk: Desk) -> None:
    @router.get("/dead-letters/{id}")
    async def show_letter(request: Request, id: str, sent: bool = False) -> Response:
        return await _letter(desk, request, id, False, sent=sent)

    @router.get("/dead-letters/{id}/content")
    async def show_content(request: Request, id: str, sent: Annotated[bool, Query()] = False) -> Response:
        return await _letter(desk, request, id, True)


def _sending(router: APIRouter, desk: Desk) -> None:
    @router.post("/dead-letters/{id}")
    async def send_one(request: Request, id: str) -> Response:
        return await sent(request, id, Repair(), None)

    @router.post("/dead-letters/{id}/content")
    async def send_repaired(
        request: Request, id: str, content: Annotated[str, Form(max_length=MOST_CHARACTERS)] = ""
    ) -> Response:
        if not content.strip():
            return await _letter(desk, request, id, True, Trouble(422, "content-missing"), content)
        return await sent(request, id, Repair(content=content), content)

    async def sent(request: Request, id: str, body: Repair, typed: str | None) -> Response:
        done = await attempt(desk.client(request.state.person).ops.redrive_dead_letter(id, body))
        if isinstance(done, Trouble):
            return await _letter(desk, request, id, typed is not None, done, typed)
        return RedirectResponse(f"/dead-letters/{id}?{urlencode({'sent': 'true'})}", 303)
