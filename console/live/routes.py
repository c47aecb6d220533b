"""The stream of server-sent events of one browser."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from console.desk import Desk, NotSignedIn
from console.live.hub import Live
from console.live.passes import rights_of
from console.live.stream import Note, Stream

PATH = "/live"
HEADER = "careloop-live"
"""Set on requests that a page makes by itself: they prolong no session."""
HEARTBEAT = 15.0
"""Seconds after which a stream without news says that it lives: proxies end connections that are silent for longer."""
CHECK = 5.0
"""Seconds after which it is looked again whether the reader is still signed in, with the same rights."""
PAUSE = 0.1
"""Seconds until what was too much for this second is tried again."""
MOST_PASSES = 400
RETRY = "retry: 2000\n\n"
ALIVE = ": alive\n\n"
OVER = "event: over\ndata: {}\n\n"
HEADERS = {"content-type": "text/event-stream", "x-accel-buffering": "no"}


def by_itself(request: Request) -> bool:
    """Whether a page asks by itself, without its reader having done anything."""
    return HEADER in request.headers or request.url.path == PATH


def routes(desk: Desk) -> APIRouter:
    """`GET /live`: the changes that the reader's pages may hear of."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def listen(
        request: Request,
        passes: Annotated[list[str] | None, Query(alias="pass", max_length=MOST_PASSES)] = None,
        last_event_id: Annotated[str, Header(max_length=60)] = "",
    ) -> Response:
        try:
            staff = desk.person(request).staff
        except NotSignedIn:
            return Response(OVER, headers=HEADERS)
        if not desk.live.ready.is_set():
            return Response(status_code=503)
        stream, refused = desk.live.opened(staff, passes or [], last_event_id)

        def allowed() -> bool:
            """Whether the reader is still signed in, with the rights of the beginning."""
            try:
                now = desk.person(request).staff
            except NotSignedIn:
                return False
            return (now.id, rights_of(now)) == (staff.id, rights_of(staff))

        return StreamingResponse(sent(desk.live, stream, refused, allowed), headers=HEADERS)

    return router


async def sent(live: Live, stream: Stream, refused: list[int], allowed: Callable[[], bool]) -> AsyncIterator[str]:
    """The text of a stream, until its reader is no longer allowed to hear or the browser is gone."""
    try:
        yield RETRY
        if refused:
            yield event("refresh", {"passes": refused})
        spoke = time.monotonic()
        while not stream.ended and allowed():
            for note in stream.take(time.monotonic()):
                yield text(live, note)
                spoke = time.monotonic()
            if time.monotonic() - spoke >= HEARTBEAT:
                yield ALIVE
                spoke = time.monotonic()
            await _news(stream)
    finally:
        live.closed(stream)


async def _news(stream: Stream) -> None:
    """Wait until there may be something to send, or it is time to look whether the reader is still allowed."""
    if stream.pending:
        await asyncio.sleep(PAUSE)
        return
    try:
        await asyncio.wait_for(stream.arrived.wait(), CHECK)
    except TimeoutError:
        return


def text(live: Live, note: Note) -> str:
    """A note as the browser reads it."""
    return f"id: {live.history.mark(note.number)}\n" + event(note.kind, note.fields)


def event(kind: str, fields: object) -> str:
    """A server-sent event."""
    return f"event: {kind}\ndata: {json.dumps(fields)}\n\n"
