"""The stream of server-sent events of one browser."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from console.desk import Desk, NotSignedIn
from console.live.changes import key_of
from console.live.hub import Live
from console.live.passes import rights_of
from console.live.presence import MOST_SAID, Presence, What
from console.live.stream import Note, Stream
from console.staff import name_of

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


People = Callable[[str], list[dict[str, str]]]
"""Who is at a subject: each with `name` and `what`."""


class Here(BaseModel):
    """One place where a browser says that its reader is. `word`: the pass of the part that shows the subject."""

    word: str = Field(max_length=20_000)
    subject: str = Field(max_length=300, pattern="^[^/]+/.+$")
    what: What

    @property
    def key(self) -> str:
        """By which a pass has the subject."""
        return key_of(*self.subject.split("/", 1))


def nobody(subject: str) -> list[dict[str, str]]:
    """Of nobody is known where they are."""
    return []


def by_itself(request: Request) -> bool:
    """Whether a page asks by itself, without its reader having done anything."""
    return HEADER in request.headers or request.url.path in (PATH, f"{PATH}/presence")


def routes(desk: Desk) -> APIRouter:
    """`GET /live`: the changes that the reader's pages may hear of, and who else is there; `POST /live/presence`."""
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

        def people(subject: str) -> list[dict[str, str]]:
            """The colleagues who are there, by name."""
            there, definitions = desk.live.present.at(subject, staff.id), desk.staff.snapshot
            return [{"name": name_of(definitions, id), "what": what} for id, what in there]

        return StreamingResponse(sent(desk.live, stream, refused, allowed, people), headers=HEADERS)

    @router.post(f"{PATH}/presence")
    async def say(request: Request, here: Annotated[list[Here], Body(max_length=MOST_SAID)]) -> Response:
        """Note where the reader is: at what their pages showed them, and nowhere else."""
        staff, live = desk.person(request).staff, desk.live
        if not live.ready.is_set() or live.saying.too_often(staff.id, time.monotonic()):
            return Response(status_code=429)
        said = [
            Presence(staff.id, each.subject, each.what)
            for each in here
            if (granted := live.passes.opened(each.word, staff)) and each.key in granted.keys
        ]
        await live.saying.say(said)
        return Response(status_code=204)

    return router


async def sent(
    live: Live, stream: Stream, refused: list[int], allowed: Callable[[], bool], people: People = nobody
) -> AsyncIterator[str]:
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
            for subject in stream.places():
                yield event("presence", {"subject": subject, "people": people(subject)})
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
