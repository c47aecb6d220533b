"""An index of dead letters reads each of them once, and one of them again when it is asked for."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from deploy.operating import dlq, letter_index
from deploy.operating.letter_index import DETAIL, LetterIndex
from shared.bus.consuming import LogCut
from shared.deadletter import DeadLetter, _event, redriven
from shared.settings import Settings
from tests.support.counter import AT, SERVICE

TOPIC = "careloop.counter.dlq.v1"


def letter(id: str, minute: int = 0, **fields: Any) -> DeadLetter:
    whole: dict[str, Any] = {"reason": "broken", "detail": "no JSON", "reader": "counter.decider", "original": "sealed"}
    place = {"topic": "careloop.counter.commands.v1", "partition": 0, "offset": 7, "key": "k"}
    return DeadLetter(id=id, time=AT.replace(minute=minute).isoformat(), **{**whole, **place, **fields})


class Log:
    """A partition of dead letters. `read`: the offsets that were read, reading by reading."""

    def __init__(self) -> None:
        self.values: list[tuple[str, bytes]] = []
        self.read: list[list[int]] = []

    def add(self, *letters: DeadLetter) -> None:
        self.values += [(each.id, _event(each, "/x")) for each in letters]

    def mark(self, id: str) -> None:
        out = redriven(letter(id), AT)
        self.values.append((out.key, out.value or b""))

    async def to_end(
        self,
        kafka: Any,
        tps: Iterable[TopicPartition],
        start: dict[TopicPartition, int] | None = None,
    ) -> AsyncIterator[list[Any]]:
        begin = (start or {}).get(TopicPartition(TOPIC, 0), 0)
        if begin > len(self.values):
            raise LogCut("it is another log")
        end = len(self.values)
        self.read.append(list(range(begin, end)))
        await asyncio.sleep(0)
        for at in range(begin, end):
            yield [self.record(at)]

    async def record_at(self, kafka: Any, tp: TopicPartition, offset: int) -> Any | None:
        self.read.append([offset])
        return self.record(offset) if offset < len(self.values) else None

    def record(self, at: int) -> Any:
        key, value = self.values[at]
        return SimpleNamespace(topic=TOPIC, partition=0, offset=at, key=key.encode(), value=value)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    log = Log()
    monkeypatch.setattr(letter_index, "read_to_end", log.to_end)
    monkeypatch.setattr(letter_index, "record_at", log.record_at)
    monkeypatch.setattr(dlq, "read_to_end", log.to_end)
    return log


def index(most: int = 100) -> LetterIndex:
    return LetterIndex(Settings(), [SERVICE], most)


async def ids(of: LetterIndex) -> dict[str, bool]:
    """Those that are listed, and whether they were sent again."""
    return {each.id: each.redriven for _, each in await of.listed()}


async def test_a_letter_is_read_once_and_alone_when_it_is_asked_for(log: Log) -> None:
    log.add(letter("a"), letter("b", detail="x" * 900), letter("c"))
    known = index()
    [slim] = [each for _, each in await known.listed() if each.id == "b"]
    assert (slim.original, len(slim.detail)) == (None, DETAIL)
    placed = await known.whole("b")
    assert placed
    assert (placed[0].partition, placed[1].original, len(placed[1].detail)) == (0, "sealed", 900)
    assert await known.whole("d") is None
    assert log.read == [[0, 1, 2], [], [1], []]


async def test_what_was_written_before_the_question_is_in_the_answer(log: Log) -> None:
    log.add(letter("a"))
    known = index()
    assert await ids(known) == {"a": False}
    log.mark("a")
    assert await ids(known) == {"a": True}
    log.add(letter("a"), letter("b"))
    assert await ids(known) == {"a": True, "b": False}, "who refused it again by the same record was late"
    placed = await known.whole("a")
    assert placed
    assert (placed[1].redriven, placed[1].original) == (True, "sealed"), "the mark has no original, the letter has"


async def test_questions_that_wait_share_one_reading_that_begins_after_them(log: Log) -> None:
    log.add(letter("a"))
    known = index()
    answers = await asyncio.gather(*(ids(known) for _ in range(9)))
    assert answers == [{"a": False}] * 9
    assert len(log.read) == 2


async def test_a_full_index_keeps_those_that_wait_and_still_finds_the_others(log: Log) -> None:
    log.add(*(letter(f"l{minute}", minute) for minute in range(10)))
    log.mark("l9")
    known = index(most=10)
    assert len(await ids(known)) == 10
    log.add(letter("l10", 10))
    assert list(await ids(known)) == [f"l{minute}" for minute in (*range(1, 9), 10)], "without l9, which waits no more"
    assert known.left_out == 2
    placed = await known.whole("l9")
    assert placed
    assert (placed[1].redriven, placed[1].original) == (True, "sealed")
    assert await known.whole("l") is None


async def test_letters_that_wait_are_kept_though_marks_of_others_stand_behind_them(log: Log) -> None:
    log.add(*(letter(f"l{minute}", minute) for minute in range(30)))
    for minute in range(3, 30):
        log.mark(f"l{minute}")
    known = index(most=10)
    listed = await ids(known)
    assert [id for id, redriven in listed.items() if not redriven] == ["l0", "l1", "l2"]
    assert (len(listed) <= 10, known.left_out) == (True, 30 - len(listed))


async def test_another_log_in_its_place_is_read_from_its_beginning(log: Log) -> None:
    log.add(letter("a"), letter("b"))
    known = index()
    await ids(known)
    log.values.clear()
    log.add(letter("c"))
    assert await ids(known) == {"c": False}


async def test_a_longer_log_in_its_place_is_noticed_by_a_letter_with_another_id(log: Log) -> None:
    log.add(letter("a"), letter("b"))
    known = index()
    await ids(known)
    log.values.clear()
    log.add(letter("c"), letter("b"), letter("a", detail="anew"))
    placed = await known.whole("a")
    assert placed
    assert (placed[1].id, placed[1].detail) == ("a", "anew")
    log.values.clear()
    log.add(letter("d"), letter("e"), letter("f"))
    assert await known.whole("a") is None
    assert await ids(known) == {"d": False, "e": False, "f": False}
