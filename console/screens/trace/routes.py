"""Routes of the traces."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from console.desk import Desk, attempt
from console.problems import Trouble
from console.screens.trace.view import CODED, nested


def routes(desk: Desk) -> APIRouter:
    """The field for an id, and its tree."""
    router = APIRouter()

    @router.get("/trace")
    async def show(
        request: Request, id: Annotated[str, Query(max_length=200)] = "", commands: bool = False
    ) -> Response:
        who, id = request.state.person, id.strip()
        answer = await attempt(desk.client(who).ops.find_trace(id=id)) if id else None
        model = {
            "coded": CODED,
            "asked": {"id": id, "commands": commands},
            "roots": nested(answer.data, commands) if answer and not isinstance(answer, Trouble) else [],
            "more": answer.more if answer and not isinstance(answer, Trouble) else 0,
            "no_spans": bool(answer and not isinstance(answer, Trouble) and answer.spans_left_out),
            "trouble": answer if isinstance(answer, Trouble) else None,
        }
        return desk.show(request, who, "trace/page.html", **model)

    return router
