"""A service's own copy of who is registered, and how long it looks before it says that somebody is nobody."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from shared import people
from shared.contracts.contacts import PersonDetailsChanged, PersonForgotten, PersonRegistered
from shared.contracts.facts import Details, Identifier
from shared.people import PEOPLE, known_person
from shared.problems import Problem
from shared.testing import Shows

AT = datetime(2026, 3, 9, tzinfo=UTC)


def details(*keys: str) -> Details:
    return Details(identifiers=tuple(Identifier(system="MRN:CITY", key=key, value=key) for key in keys))


REGISTERED = PersonRegistered(at=AT, person_id="p", details=details("a"))
CHANGED = PersonDetailsChanged(at=AT, person_id="p", details=details("a", "b"), changed=("identifiers",))
FORGOTTEN = PersonForgotten(at=AT, person_id="p")


def test_somebody_is_known_with_the_numbers_that_the_hospital_told_of_them_until_they_are_forgotten() -> None:
    assert Shows(PEOPLE).given(REGISTERED).document("p")["numbers"] == ["a"]
    assert Shows(PEOPLE).given(REGISTERED, CHANGED).document("p")["numbers"] == ["a", "b"]
    for history in ((REGISTERED, CHANGED, FORGOTTEN), (REGISTERED, FORGOTTEN, CHANGED), (CHANGED,)):
        assert Shows(PEOPLE).given(*history).documents == {}


class Copy:
    """A copy that reads on: what `find_one` finds, and how far it is behind, each time it is asked."""

    def __init__(self, answers: list[Any], behind: list[int]) -> None:
        self._answers, self._behind = iter(answers), iter(behind)
        self.asked: dict[Any, int] = {}

    def __getitem__(self, name: str) -> "Copy":
        return self

    async def find_one(self, where: dict[str, Any]) -> Any:
        return next(self._answers)

    async def positions(self, names: list[str]) -> dict[str, dict[str, int]]:
        return {"people": {"careloop.contacts.events.v1-1": 7}}

    async def of(self, at: dict[Any, int]) -> int:
        self.asked = at
        return next(self._behind)


def deps_of(copy: Copy) -> Any:
    return SimpleNamespace(database=copy, lag=copy, settings=SimpleNamespace(kafka=SimpleNamespace(partitions=2)))


def endless(value: Any) -> Iterator[Any]:
    while True:
        yield value


async def test_somebody_known_is_known_without_a_look_at_the_log() -> None:
    await known_person(deps_of(Copy([{"_id": "p"}], [])), "p")


async def test_somebody_who_is_not_there_yet_is_looked_for_until_all_that_was_told_is_read() -> None:
    copy = Copy([None, None, {"_id": "p"}], [3, 1])
    await known_person(deps_of(copy), "p")
    assert sorted(copy.asked.values()) == [0, 7], "a partition without a position is read from its beginning"
    with pytest.raises(Problem, match="there is no person p") as refused:
        await known_person(deps_of(Copy([None, None, None], [2, 0])), "p")
    assert (refused.value.status, refused.value.slug) == (404, "person-unknown")


async def test_while_the_copy_is_built_nobody_is_told_to_be_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MAX_POSITION_WAIT_SECONDS", 0)
    copy = Copy([], [])
    copy._answers, copy._behind = endless(None), endless(9)
    with pytest.raises(Problem) as refused:
        await known_person(deps_of(copy), "p")
    assert (refused.value.status, refused.value.headers) == (503, {"retry-after": "2"})
