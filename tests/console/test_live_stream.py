"""What waits for a browser: what it may hear of, how much a second, from where it goes on."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from console.live.changes import EVERY, Change, History, change_of, key_of, narrowed
from console.live.stream import RATE, Note, Stream, Wanted
from shared.envelope import Unreadable
from shared.positions import token, vector

FOREVER = 1e12


class Record(NamedTuple):
    """A record of an events topic."""

    topic: str
    partition: int
    offset: int
    value: bytes
    headers: tuple[()] = ()


def record(decider: str, type: str, subject: str, offset: int = 7, **data: Any) -> Record:
    raw = {"specversion": "1.0", "id": "e", "source": "s", "type": type, "subject": subject, "data": data}
    return Record(f"careloop.{decider}.events.v1", 1, offset, json.dumps(raw).encode())


def change(number: int, id: str = "p-1", decider: str = "followup", partition: int = 0) -> Change:
    place = f"careloop.{decider}.events.v1-{partition}"
    return Change(number, f"careloop.{decider}.task_scheduled.v1", decider, place, 100 + number, (id,))


def stream(*subjects: str, deciders: Iterable[str] = ("followup", "complaints"), since: int = 0) -> Stream:
    wanted = {key_of(*subject.split("/")): Wanted(since, FOREVER) for subject in subjects}
    return Stream(frozenset(deciders), wanted)


def ids(notes: Iterable[Note]) -> list[str]:
    return [note.fields["id"] for note in notes]


def test_a_change_says_type_ids_and_position_and_nothing_of_the_data() -> None:
    seen = change_of(3, record("complaints", "careloop.complaints.case_opened.v1", "c-1", person_id="p-1", sealed="x"))
    assert seen is not None
    assert (seen.ids, seen.decider) == (("c-1", "p-1"), "complaints")
    assert seen.position == {"careloop.complaints.events.v1-1": 8}
    assert "x" not in repr(seen.keys.values())


@pytest.mark.parametrize("what", ["began", "ended"])
def test_a_relation_concerns_its_person_its_kind_and_what_it_is_about(what: str) -> None:
    seen = change_of(
        1, record("contacts", f"careloop.contacts.relation_{what}.v1", "p-1", person_id="p-1", relation_id="case/c-1/2")
    )
    assert seen is not None
    assert seen.ids == ("p-1", "case", "c-1", "2")


@pytest.mark.parametrize("id", [None, 7, ["case"]])
def test_a_relation_without_an_id_that_can_be_read_concerns_its_person(id: object) -> None:
    seen = change_of(1, record("contacts", "careloop.contacts.relation_began.v1", "p-1", relation_id=id))
    assert seen is not None
    assert seen.ids == ("p-1",)


def test_timers_are_nothing_that_a_screen_shows() -> None:
    assert change_of(1, record("followup", "careloop.followup.timer_set.v1", "p-1")) is None


def test_what_is_no_event_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        change_of(1, Record("careloop.followup.events.v1", 0, 0, b"{}"))


def test_a_browser_hears_of_the_ids_that_it_subscribed_to_alone() -> None:
    one = stream("followup/p-1")
    for number, id in enumerate(("p-1", "p-2", "p-1"), start=1):
        one.offer(change(number, id), 0)
    assert ids(one.take(0)) == ["p-1", "p-1"]
    assert one.take(0) == []


def test_two_pages_of_one_browser_hear_of_a_case_and_of_its_person() -> None:
    about = Change(1, "careloop.complaints.x.v1", "complaints", "careloop.complaints.events.v1-0", 5, ("c-1", "p-1"))
    both = stream("complaints/c-1", "complaints/p-1", f"complaints/{EVERY}")
    both.offer(about, 0)
    assert ids(both.take(0)) == ["c-1 p-1"]


def test_an_id_is_subscribed_to_at_one_decider() -> None:
    one = stream("followup/p-1")
    one.offer(change(1, "p-1", "complaints"), 0)
    assert one.take(0) == []


def test_what_the_reader_s_roles_may_not_see_is_not_told() -> None:
    one = stream("followup/p-1", deciders=["complaints"])
    one.offer(change(1), 0)
    assert one.take(0) == []


def test_a_list_hears_that_something_changed_but_not_about_whom() -> None:
    one = stream(f"followup/{EVERY}")
    one.offer(change(1, "p-9"), 0)
    [note] = one.take(0)
    assert note.fields["id"] == ""
    assert "p-9" not in repr(note)


def test_a_subscription_ends() -> None:
    one = Stream(frozenset({"followup"}), {key_of("followup", "p-1"): Wanted(0, until=10.0)})
    one.offer(change(1), 9.0)
    one.offer(change(2), 10.0)
    assert [note.number for note in one.take(10.0)] == [1]


def test_what_was_heard_already_is_not_told_again() -> None:
    one = stream("followup/p-1", since=5)
    for number in (5, 6):
        one.offer(change(number), 0)
    assert [note.number for note in one.take(0)] == [6]


def test_more_than_twenty_a_second_are_one_refresh_with_the_position_of_all() -> None:
    one = stream("followup/p-1")
    for number in range(1, RATE + 1):
        one.offer(change(number), 0)
    assert len(one.take(0)) == RATE
    for number in range(RATE + 1, RATE + 4):
        one.offer(change(number, partition=number % 2), 0.5)
    assert one.take(0.5) == []
    assert one.pending
    [note] = one.take(1.0)
    assert (note.kind, note.number) == ("refresh", RATE + 3)
    assert vector(note.fields["position"]) == {
        "careloop.followup.events.v1-0": 100 + RATE + 3,
        "careloop.followup.events.v1-1": 100 + RATE + 4,
    }
    assert not one.pending


def test_a_browser_that_does_not_read_keeps_no_more_than_a_refresh() -> None:
    one = stream("followup/p-1")
    for number in range(1, 5000):
        one.offer(change(number, partition=number % 4), 0)
    assert len(one._waiting) <= RATE
    [note] = one.take(60)
    assert (note.kind, note.number) == ("refresh", 4999)
    one.offer(change(5000), 61)
    assert [each.kind for each in one.take(61)] == ["change"]


def test_a_browser_goes_on_where_it_stopped_within_the_window() -> None:
    history = History(size=10)
    for number in range(1, 21):
        history.add(change(number))
    assert history.number(history.mark(15)) == 15
    assert [each.number for each in history.since(15)] == [16, 17, 18, 19, 20]
    assert history.number(history.mark(20)) == 20
    assert history.number(history.mark(10)) == 10
    assert history.number(history.mark(9)) is None
    assert history.number(history.mark(21)) is None


def test_a_mark_of_another_process_or_of_nobody_means_nothing() -> None:
    history = History()
    history.add(change(1))
    assert [
        history.number(mark) for mark in (History().mark(1), "", "x", f"{history.boot}-x", f"{history.boot}-²")
    ] == [None] * 5


def test_what_a_page_did_not_show_yet_is_told_to_it_again() -> None:
    history = History()
    for number, decider in enumerate(("followup", "complaints", "followup", "followup"), start=1):
        history.add(change(number, decider=decider))
    place = "careloop.followup.events.v1-0"
    assert history.shown_at({place: 101}) == 0
    assert history.shown_at({place: 103}) == 2
    assert history.shown_at({place: 105}) == 4
    assert history.shown_at({"careloop.followup.events.v1-3": 5}) == 0
    assert history.shown_at({"careloop.notify.events.v1-0": 1}) == 4


def test_the_history_forgets_by_partition_as_well() -> None:
    history = History(size=2)
    for number in range(1, 5):
        history.add(change(number, partition=number % 2))
    assert history.shown_at({"careloop.followup.events.v1-0": 0}) == 2
    assert sum(map(len, history._by_partition.values())) == 2


def test_a_position_is_narrowed_to_what_a_read_model_reads() -> None:
    position = {"careloop.followup.events.v1-0": 4, "careloop.contacts-registry.events.v1-0": 2}
    assert narrowed(position, "followup") == token({"careloop.followup.events.v1-0": 4})
    assert narrowed(position, "contacts") is None
