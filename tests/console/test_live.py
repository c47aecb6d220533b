"""The live stream of the console: passes that nobody invents, sessions and rights that end it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import console.live.passes as passes
from console.live.hub import MOST_STREAMS, Live
from console.live.passes import Passes
from console.live.routes import HEADER, OVER, sent
from console.live.stream import Stream
from console.session import COOKIE
from console.settings import ConsoleSettings
from shared.definitions import Definitions
from tests.console.desks import KEY, Seat, member
from tests.console.test_live_stream import change

LIU, WANG = member("liu", "nurse"), member("wang", "agent")
HERE = "followup/p-1"


def hub() -> Live:
    live = Live(ConsoleSettings().kafka, bytes.fromhex(KEY))
    live.ready.set()
    return live


def asked(live: Live, *subjects: str, mark: str = "") -> str:
    return f"{live.passes.sealed(LIU, live.history.mark(live.history.last), subjects)}~{mark}"


def heard(stream: Stream) -> list[int]:
    return [note.number for note in stream.take(time.monotonic())]


def test_a_pass_is_of_its_reader_and_their_rights() -> None:
    sealing = Passes(bytes.fromhex(KEY))
    text = sealing.sealed(LIU, "b-1", [HERE])
    assert sealing.opened(text, LIU) is not None
    assert sealing.opened(text, WANG) is None
    assert sealing.opened(text, member("liu", "nurse", "agent")) is None
    assert sealing.opened(text, member("liu", "nurse", department="ICU")) is None
    assert sealing.opened(text[:-5] + "AAAA=", LIU) is None
    assert sealing.opened("", LIU) is None
    assert Passes(bytes(32)).opened(text, LIU) is None


def test_a_pass_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "LIFETIME", -1.0)
    sealing = Passes(bytes.fromhex(KEY))
    assert sealing.opened(sealing.sealed(LIU, "b-1", [HERE]), LIU) is None


def test_the_same_subjects_have_the_same_word() -> None:
    sealing = Passes(bytes.fromhex(KEY))
    words = [sealing.sealed(LIU, mark, [HERE]).partition(".")[0] for mark in ("b-1", "b-2")]
    other = sealing.sealed(LIU, "b-1", ["followup/p-2"]).partition(".")[0]
    assert words[0] == words[1] != other


def test_ids_that_a_page_sends_back_are_those_that_it_got() -> None:
    sealing = Passes(bytes.fromhex(KEY))
    assert sealing.ids(LIU, sealing.word(LIU, ["p-1", "p-2"])) == ["p-1", "p-2"]
    assert sealing.ids(LIU, "cC0x") == []
    assert sealing.ids(LIU, sealing.sealed(LIU, "", ["a/b"]).partition(".")[2]) == []


def test_a_stream_begins_with_what_came_since_the_page_was_made() -> None:
    live = hub()
    live.tell(change(1))
    page = asked(live, HERE)
    live.tell(change(2))
    stream, refused = live.opened(LIU, [page], "")
    live.tell(change(3))
    assert (heard(stream), refused) == ([2, 3], [])


def test_a_stream_goes_on_where_its_tab_or_its_browser_stopped() -> None:
    live = hub()
    page = asked(live, HERE)
    for number in range(1, 6):
        live.tell(change(number))
    assert heard(live.opened(LIU, [page + live.history.mark(3)], "")[0]) == [4, 5]
    assert heard(live.opened(LIU, [page], live.history.mark(4))[0]) == [5]


def test_what_cannot_be_resumed_is_refused_by_its_number() -> None:
    live, before = hub(), hub()
    passes = [asked(live, HERE), asked(before, HERE), "nonsense~", asked(live, "followup/p-2")]
    stream, refused = live.opened(LIU, passes, "")
    assert refused == [1, 2]
    live.tell(change(1))
    assert heard(stream) == [1]


def test_nobody_hears_with_the_pass_of_somebody_else() -> None:
    live = hub()
    stream, refused = live.opened(WANG, [asked(live, HERE)], "")
    live.tell(change(1))
    assert (heard(stream), refused) == ([], [0])


def test_the_oldest_stream_of_a_person_makes_room() -> None:
    live = hub()
    streams = [live.opened(LIU, [], "")[0] for _ in range(MOST_STREAMS + 1)]
    other = live.opened(WANG, [], "")[0]
    assert [stream.ended for stream in streams] == [True, *[False] * MOST_STREAMS]
    assert not other.ended
    assert live.streams == MOST_STREAMS + 1


def test_a_slow_reader_holds_up_nobody() -> None:
    live = hub()
    slow, quick = (live.opened(LIU, [asked(live, HERE)], "")[0] for _ in range(2))
    numbers = []
    for number in range(1, 101):
        live.tell(change(number))
        numbers += [note.number for note in quick.take(number)]
    assert numbers == list(range(1, 101))
    [note] = slow.take(1e6)
    assert note.kind == "refresh"


async def following(texts: AsyncIterator[str], count: int) -> list[str]:
    return [await asyncio.wait_for(anext(texts), 10) for _ in range(count)]


async def test_the_text_of_a_stream_has_marks_to_resume_from() -> None:
    live = hub()
    stream, _ = live.opened(LIU, [asked(live, HERE)], "")
    texts = sent(live, stream, [3], lambda: True)
    live.tell(change(1))
    retry, refused, first = await following(texts, 3)
    assert retry.startswith("retry: ")
    assert refused == 'event: refresh\ndata: {"passes": [3]}\n\n'
    assert first.startswith(f"id: {live.history.mark(1)}\nevent: change\ndata: {{")
    await texts.aclose()
    assert live.streams == 0


async def test_a_quiet_stream_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.live.routes.HEARTBEAT", 0.02)
    monkeypatch.setattr("console.live.routes.CHECK", 0.02)
    live = hub()
    texts = sent(live, live.opened(LIU, [], "")[0], [], lambda: True)
    assert (await following(texts, 3))[1:] == [": alive\n\n"] * 2
    await texts.aclose()


async def test_who_is_no_longer_allowed_hears_nothing_more() -> None:
    live, allowed = hub(), [True]
    texts = sent(live, live.opened(LIU, [asked(live, HERE)], "")[0], [], lambda: allowed[0])
    live.tell(change(1))
    await following(texts, 2)
    live.tell(change(2))
    allowed[0] = False
    assert [text async for text in texts] == []
    assert live.streams == 0


async def test_a_session_that_ended_is_told_so(tmp_path: Path) -> None:
    seat = Seat(tmp_path, [LIU])
    answer = await seat.http.get("/live")
    assert (answer.status_code, answer.text) == (200, OVER)
    assert answer.headers["content-type"] == "text/event-stream"


async def test_a_console_that_reads_nothing_yet_has_no_stream(tmp_path: Path) -> None:
    seat = Seat(tmp_path, [LIU])
    seat.sits("liu")
    assert (await seat.http.get("/live")).status_code == 503


@pytest.mark.parametrize("now", [member("liu", "operations"), member("liu", "nurse", department="ICU"), WANG])
async def test_rights_that_change_end_the_stream(tmp_path: Path, now: object) -> None:
    seat = Seat(tmp_path, [LIU])
    seat.sits("liu")
    seat.desk.live.ready.set()
    asking = asyncio.create_task(seat.http.get("/live"))
    while not seat.desk.live.streams:
        await asyncio.sleep(0)
    seat.desk.staff.snapshot = Definitions.of(now)
    next(iter(seat.desk.live._streams)).arrived.set()
    assert (await asyncio.wait_for(asking, 10)).text.startswith("retry")
    assert seat.desk.live.streams == 0


async def test_a_page_that_asks_by_itself_prolongs_no_session_and_is_not_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = Seat(tmp_path, [LIU])
    seat.sits("liu")
    monkeypatch.setattr("console.session.RENEWED_SECONDS", -1.0)
    assert COOKIE in (await seat.http.get("/find")).cookies
    assert COOKIE not in (await seat.http.get("/find", headers={HEADER: "1"})).cookies
    seat.http.cookies.clear()
    answer = await seat.http.get("/find", headers={HEADER: "1", "hx-request": "true"})
    assert (answer.status_code, "hx-redirect" in answer.headers) == (401, False)
