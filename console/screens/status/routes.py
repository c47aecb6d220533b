"""Routes of the status: the page, its parts each by itself, and the start of a rebuild."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.ops.models import NewRebuild
from console.desk import Desk, attempt, attempts
from console.live.routes import HEADER
from console.problems import Trouble
from console.screens.status import OPERATES
from console.screens.status.view import groups, processes, rebuilds


def routes(desk: Desk) -> APIRouter:
    """The page and its parts. Checks take seconds, so that they are asked for after the page is there."""
    router = APIRouter()
    _page(router, desk)
    _parts(router, desk)
    _starting(router, desk)
    return router


async def _shown(
    desk: Desk, request: Request, trouble: Trouble | None = None, chosen: dict[str, Any] | None = None
) -> Response:
    ops, may = desk.client(request.state.person).ops, not OPERATES.isdisjoint(request.state.person.staff.roles)
    status, listed, names = await attempts(ops.get_status(), ops.list_rebuilds(), ops.list_collections())
    away = status if isinstance(status, Trouble) else None
    model = {
        **_of_status(status),
        **_of_rebuilds(desk, listed),
        "collections": [] if isinstance(names, Trouble) else names.data,
        "operates": may,
        "chosen": chosen or {"collection": "", "force": False},
        "trouble": trouble,
        "away": away,
        "poll": HEADER,
    }
    status_code = away.status if away and not trouble else None
    return desk.show(request, request.state.person, "status/page.html", status_code, **model)


def _of_status(answer: Any) -> dict[str, Any]:
    known, at = ([], None) if isinstance(answer, Trouble) else (answer.processes, answer.at)
    return {"processes": processes(known), "groups": groups(known), "asked_at": at}


def _of_rebuilds(desk: Desk, answer: Any) -> dict[str, Any]:
    rows = [] if isinstance(answer, Trouble) else rebuilds(answer.data, desk.staff.snapshot)
    return {"rebuilds": rows, "running": any(each.state == "running" for each in rows)}


def _page(router: APIRouter, desk: Desk) -> None:
    @router.get("/status")
    async def show(request: Request) -> Response:
        return await _shown(desk, request)


def _parts(router: APIRouter, desk: Desk) -> None:
    @router.get("/status/processes")
    async def show_processes(request: Request) -> Response:
        """Asked again by the page itself: that the service does not answer is the state of the system, no error."""
        answer = await attempt(desk.client(request.state.person).ops.get_status())
        trouble = answer if isinstance(answer, Trouble) else None
        model = {**_of_status(answer), "trouble": trouble, "poll": HEADER}
        return desk.show(request, request.state.person, "status/parts/processes.html", 200, **model)

    @router.get("/status/checks")
    async def show_checks(request: Request) -> Response:
        answer = await attempt(desk.client(request.state.person).ops.list_checks())
        trouble = answer if isinstance(answer, Trouble) else None
        rows = [] if isinstance(answer, Trouble) else answer.data
        return desk.show(request, request.state.person, "status/parts/checks.html", checks=rows, trouble=trouble)

    @router.get("/status/rebuilds")
    async def show_rebuilds(request: Request) -> Response:
        answer = await attempt(desk.client(request.state.person).ops.list_rebuilds())
        trouble = answer if isinstance(answer, Trouble) else None
        model = {**_of_rebuilds(desk, answer), "trouble": trouble, "poll": HEADER}
        return desk.show(request, request.state.person, "status/parts/rebuilds.html", **model)


def _starting(router: APIRouter, desk: Desk) -> None:
    @router.post("/status/rebuilds")
    async def start(
        request: Request,
        collection: Annotated[str, Form(max_length=200)] = "",
        force: Annotated[bool, Form()] = False,
    ) -> Response:
        chosen = {"collection": collection, "force": force}
        if not collection:
            return await _shown(desk, request, Trouble(422, "collection-missing"), chosen)
        body = NewRebuild(collection=collection, force=force)
        done = await attempt(desk.client(request.state.person).ops.start_rebuild(body))
        if isinstance(done, Trouble):
            return await _shown(desk, request, done, chosen)
        return RedirectResponse("/status#rebuilds", 303)
