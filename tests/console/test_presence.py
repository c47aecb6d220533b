"""Who is where: what is kept of it, who hears of it, and who may say it."""

import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from console.live.presence import GRACE, LASTS, MOST_A_MINUTE, MOST_SAID, TOPIC, Presence, Present
from console.live.routes import sent
from tests.console.desks import Seat, member
from tests.console.test_live import following, hub

WANG, ZHOU, LIU = member("wang", "agent"), member("zhou", "complaint-officer"), member("liu", "registrar")
CASE = "complaints/c-1"


class Record(NamedTuple):
    """A record of the topic."""

    value: bytes | None
    topic: str = TOPIC.name
    partition: int = 0
    offset: int = 0


def said(staff: str, what: str = "viewing", subject: str = CASE) -> bytes:
    return f'{{"staff": "{staff}", "subject": "{subject}", "what": "{what}"}}'.encode()


def test_who_came_is_there_for_the_others_until_they_are_silent() -> None:
    present = Present()
    assert present.take(said("wang"), 0) == CASE
    assert present.take(said("zhou", "typing"), 1) == CASE
    assert present.at(CASE, "wang") == [("zhou", "typing")]
    assert present.at(CASE, "zhou") == [("wang", "viewing")]
    assert present.take(said("wang"), LASTS - 1) == "", "nothing new"
    assert present.left(LASTS + 0.5) == []
    assert present.left(LASTS + 1) == [CASE]
    assert present.at(CASE, "zhou") == [("wang", "viewing")]
    assert present.left(3 * LASTS) == [CASE]
    assert present._at == {}


def test_who_leaves_is_shown_for_a_moment_so_that_a_page_may_be_loaded_again() -> None:
    present = Present()
    present.take(said("wang"), 0)
    present.take(said("wang", "gone"), 1)
    assert present.left(1 + GRACE / 2) == []
    assert present.take(said("wang"), 2) == ""
    assert present.left(1 + GRACE) == []
    present.take(said("wang", "gone"), 5)
    assert present.left(5 + GRACE) == [CASE]
    assert present.take(said("wang", "gone"), 9) == ""


def test_what_is_no_record_of_it_stops_nothing() -> None:
    present = Present()
    for value in (None, b"", b"{}", b'{"staff": 1, "subject": "a/b", "what": "dancing"}'):
        assert present.take(value, 0) == ""
    assert present._at == {}


def test_a_record_has_ids_alone_and_is_kept_for_an_hour() -> None:
    assert set(Presence.__dataclass_fields__) == {"staff", "subject", "what"}
    assert (TOPIC.name, TOPIC.config) == ("careloop.console.presence.v1", {"retention.ms": "3600000"})
    assert TOPIC.for_others == ""


def listening(live: Any, staff: Any, *subjects: str) -> Any:
    word = live.passes.sealed(staff, live.history.mark(live.history.last), subjects)
    return live.opened(staff, [f"{word}~"], "")[0]


def test_only_who_was_shown_the_case_hears_who_is_at_it() -> None:
    live = hub()
    live.read(Record(said("wang")))
    late, other, everything = (listening(live, ZHOU, each) for each in (CASE, "complaints/c-2", "complaints/*"))
    nobody = live.opened(ZHOU, [], "")[0]
    assert [each.places() for each in (late, other, everything, nobody)] == [[CASE], [], [], []]
    live.read(Record(said("zhou", "typing")))
    assert [each.places() for each in (late, other, everything, nobody)] == [[CASE], [], [], []]
    assert listening(live, LIU, CASE).places() == [], "a registrar's role sees no cases"


async def test_a_stream_says_who_else_is_there_and_what_they_do() -> None:
    live = hub()
    stream = listening(live, ZHOU, CASE)
    texts = sent(live, stream, [], lambda: True, lambda subject: [{"name": "王", "what": "typing"}])
    await following(texts, 1)
    live.read(Record(said("wang", "typing")))
    [text] = await following(texts, 1)
    assert text.startswith('event: presence\ndata: {"subject": "complaints/c-1", "people": [{"name": ')
    assert not text.startswith("id:"), "it is no place to resume from"
    await texts.aclose()


class Written:
    """Takes what would be written to the topic."""

    def __init__(self, seat: Seat) -> None:
        self.records: list[Presence] = []
        seat.desk.live.saying.say = self.say  # type: ignore[method-assign]

    async def say(self, said: Any) -> None:
        self.records.extend(said)


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    seat = Seat(tmp_path, [WANG, ZHOU])
    seat.desk.live.ready.set()
    seat.sits("wang")
    return seat


def here(seat: Seat, staff: Any, subject: str, shown: str = CASE, what: str = "viewing") -> list[dict[str, str]]:
    live = seat.desk.live
    return [{"word": live.passes.sealed(staff, live.history.mark(0), [shown]), "subject": subject, "what": what}]


async def test_a_reader_is_said_to_be_at_what_they_were_shown_and_nowhere_else(seat: Seat) -> None:
    written = Written(seat)
    for staff, subject in ((WANG, CASE), (WANG, "complaints/c-2"), (ZHOU, CASE)):
        assert (await seat.http.post("/live/presence", json=here(seat, staff, subject))).status_code == 204
    assert written.records == [Presence("wang", CASE, "viewing")]
    for wrong in ([{"word": "", "subject": "c-1", "what": "viewing"}], here(seat, WANG, CASE, what="dancing"), {}):
        assert (await seat.http.post("/live/presence", json=wrong)).status_code == 422


async def test_places_without_number_are_refused(seat: Seat) -> None:
    Written(seat)
    most = here(seat, WANG, CASE) * MOST_SAID
    answers = [await seat.http.post("/live/presence", json=each) for each in (most, [*most, *most[:1]])]
    assert [each.status_code for each in answers] == [204, 422]


async def test_it_is_not_said_without_end(seat: Seat) -> None:
    Written(seat)
    body = here(seat, WANG, CASE)
    codes = [(await seat.http.post("/live/presence", json=body)).status_code for _ in range(MOST_A_MINUTE + 1)]
    assert (set(codes[:-1]), codes[-1]) == ({204}, 429)
    assert not seat.desk.live.saying.too_often("zhou", time.monotonic())
    assert not seat.desk.live.saying.too_often("wang", time.monotonic() + 61)


async def test_who_is_not_signed_in_is_nowhere_and_stays_on_their_page(seat: Seat) -> None:
    written = Written(seat)
    seat.http.cookies.clear()
    answer = await seat.http.post("/live/presence", json=here(seat, WANG, CASE))
    assert (answer.status_code, "hx-redirect" in answer.headers, written.records) == (401, False, [])
