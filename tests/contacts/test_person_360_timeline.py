"""Which entries the timeline of a human has, and in which order."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contacts.person_360.projections import OWN
from services.contacts.person_360.queries import shown
from services.contacts.person_360.timeline import ORDER, TIMELINE, TIMELINES
from shared.codec import Codec
from shared.contracts import complaints, followup, notify
from shared.contracts.base import Event, changed, known_types
from shared.contracts.contacts import PersonErased, PersonRegistered, TouchpointRecorded
from shared.contracts.facts import Visit
from shared.contracts.person_facts import PatientAdmitted, PatientDied
from shared.envelope import parse
from shared.keystore import LocalKeyStore
from shared.opening import opened
from shared.projector import Item
from shared.sealing import KeyRing
from shared.testing import RECORDED, Shows, envelope, interleaved
from tests.contacts.test_domain import WANG

PIPELINE = tuple(TIMELINES)
ELSEWHERE = tuple(event for name in PIPELINE[1:] for event in TIMELINES[name].types)
NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
REGISTERED = PersonRegistered(at=NINE, person_id="p", details=WANG)
ADMITTED = PatientAdmitted(at=NINE, person_id="p", source_key="k", visit=Visit(visit_id="v"))
CALLED = TouchpointRecorded(at=NINE, person_id="p", touchpoint_id="t", channel="phone", direction="inbound")
REMINDED = followup.ReminderDue(at=NINE, person_id="p", task_id="t", template="m", purpose="care", valid_until=TEN)
OPENED = complaints.CaseOpened(
    at=NINE, case_id="k", person_id="p", category="complaint", severity="low", source="desk", source_id="t"
)
ASKED = notify.MessageRequested(
    at=NINE, recipient_id="p", message_id="m", purpose="care", template="m", about="e", valid_until=TEN
)
SUPPRESSED = notify.MessageSuppressed(at=NINE, recipient_id="p", message_id="m", reason="no-consent")


def person_of(event: Event) -> str | None:
    """Whom the contract of an event says it is about."""
    return TIMELINES[event.wire.split(".")[1]].person(event)


def timeline(*items: Item, cluster: tuple[str, ...] = ("p",), batch: int = 1000) -> list[dict[str, Any]]:
    """The entries of a human's records, oldest first, as the database sorts them."""
    rows = Shows(TIMELINE).fold(items, batch).documents.values()
    mine = [row for row in rows if row["person_id"] in cluster]
    return sorted(mine, key=lambda row: tuple(row[name] for name in ORDER))


def items(*events: Event) -> list[Item]:
    shows = Shows(TIMELINE)
    return [shows.item(event) for event in events]


def types(*items: Item) -> list[str]:
    return [row["type"].split(".")[2] for row in timeline(*items)]


def test_an_entry_is_the_event_as_it_travelled_with_what_orders_it() -> None:
    [item] = items(ADMITTED)
    assert timeline(item) == [
        {
            "_id": envelope(ADMITTED).id,
            "person_id": "p",
            "time": NINE,
            "recorded": RECORDED,
            "written": RECORDED,
            "rank": 0,
            "sequence": 1,
            "type": PatientAdmitted.wire,
            "event": item.raw,
        }
    ]


def test_every_service_has_its_say() -> None:
    shown = types(*items(REGISTERED, REMINDED, OPENED, SUPPRESSED))
    assert shown == ["person_registered", "reminder_due", "case_opened", "message_suppressed"]


INNER = {
    *(followup.TimerSet, followup.TimerCancelled, followup.EnrolmentBarred, followup.PlansStopped),
    *(followup.HumanLearned, followup.PersonForgotten, followup.TasksHandedOver),
    *(complaints.TimerSet, complaints.TimerCancelled, notify.TimerSet, notify.TimerCancelled),
    *(notify.AttemptAssigned, notify.AttemptStarted, notify.RecipientChanged, notify.StandingLearned),
    *(notify.ReachShared, notify.ReachLearned, notify.RefusalsShared),
}
"""How services keep their own books: nothing that happened to a human."""


def test_whatever_another_service_publishes_is_an_entry_unless_it_is_its_own_book_keeping() -> None:
    models = {model for model in known_types().values() if issubclass(model, Event)}
    others = {model for model in models if model.wire.split(".")[1] in PIPELINE[1:] and "shared." in model.__module__}
    assert others - INNER == set(ELSEWHERE)


@pytest.mark.parametrize("kind", [*OWN, *ELSEWHERE])
def test_each_kind_of_event_that_is_shown_comes_from_a_service_with_a_place_in_the_order(kind: type[Event]) -> None:
    assert kind.wire.split(".")[1] in PIPELINE


def test_what_was_erased_and_the_clocks_of_services_are_no_entries() -> None:
    erased = PersonErased(at=NINE, person_id="p", cluster=("p",), keys=("k",), requested_by="clerk")
    timer = followup.TimerCancelled(at=NINE, person_id="p", timer_id="t", version=1)
    assert types(*items(erased, timer)) == []


def test_a_message_to_a_person_is_theirs_and_one_to_staff_belongs_to_whom_it_concerns_or_nobody() -> None:
    to_staff = changed(ASKED, recipient_id="m", staff_id="chen")
    assert person_of(ASKED) == person_of(SUPPRESSED) == "p"
    assert person_of(changed(to_staff, person_id="q")) == "q"
    assert person_of(to_staff) is None
    assert Shows(TIMELINE).given(to_staff, changed(SUPPRESSED, recipient_id="m")).documents == {}


def test_a_case_is_an_entry_of_its_person_though_it_is_keyed_by_itself() -> None:
    assert person_of(OPENED) == "p"


def test_entries_stand_in_the_order_in_which_things_happened_not_in_which_they_came() -> None:
    late = changed(ADMITTED, at=NINE - timedelta(days=1))
    assert [row["time"] for row in timeline(*items(REGISTERED, late, changed(CALLED, at=TEN)))] == [late.at, NINE, TEN]


def test_what_is_back_loaded_stands_where_it_happened() -> None:
    old = changed(ADMITTED, at=NINE.replace(year=2016), historical=True)
    [first, _] = timeline(*items(REGISTERED, old))
    assert (first["time"], first["event"]["data"]["historical"]) == (old.at, True)


def test_of_what_happened_at_one_time_what_was_known_first_stands_first() -> None:
    shows = Shows(TIMELINE)
    occurrences = ((REMINDED, TEN), (SUPPRESSED, NINE))
    later, sooner = (replace(shows.item(each, recorded=at), written=RECORDED) for each, at in occurrences)
    assert types(later, sooner) == ["message_suppressed", "reminder_due"]


def test_of_what_was_known_at_one_time_what_the_log_got_first_stands_first() -> None:
    registered, reminded = items(REGISTERED, REMINDED)
    later = replace(registered, written=RECORDED + timedelta(seconds=1))
    assert types(later, reminded) == ["reminder_due", "person_registered"]


def test_of_what_was_known_in_one_instant_causes_stand_before_their_effects() -> None:
    shown = types(*items(SUPPRESSED, OPENED, REMINDED, ADMITTED))
    assert shown == ["patient_admitted", "reminder_due", "case_opened", "message_suppressed"]


def test_what_one_service_told_in_one_instant_stands_as_it_was_told() -> None:
    entries = items(*(CALLED, REGISTERED, ADMITTED) * 3)
    assert (
        types(*entries) == types(*entries[::-1]) == ["touchpoint_recorded", "person_registered", "patient_admitted"] * 3
    )


def test_an_event_that_is_read_again_is_one_entry_and_the_first_word_counts() -> None:
    [item] = items(ADMITTED)
    shows = Shows(TIMELINE).fold([item])
    before = shows.document(envelope(ADMITTED).id)
    assert shows.fold([item]).document(envelope(ADMITTED).id) is before


HERS = (REGISTERED, ADMITTED, CALLED, changed(ADMITTED, at=TEN), REMINDED, OPENED, ASKED, SUPPRESSED)
STORY = (*HERS, *(changed(event, person_id="q") for event in (REGISTERED, CALLED, REMINDED)))


@given(st.randoms(use_true_random=False), st.integers(1, len(STORY)))
def test_neither_batches_nor_the_order_of_topics_change_the_timeline(chance: random.Random, batch: int) -> None:
    """Two records of one human told much at one time; partitions hold what has one key."""
    entries = items(*STORY)
    places = [(item.topic, item.envelope.key if item.envelope else "") for item in entries]
    partitions = [
        [item for item, at in zip(entries, places, strict=True) if at == place] for place in sorted(set(places))
    ]
    mixed = timeline(*interleaved(partitions, chance), cluster=("p", "q"), batch=batch)
    assert mixed == timeline(*entries, cluster=("p", "q"))


def test_a_merge_shows_the_entries_of_both_records_in_one_order_and_an_unmerge_gives_each_its_own() -> None:
    entries = items(REGISTERED, changed(CALLED, person_id="q", at=TEN), changed(REMINDED, at=TEN + timedelta(hours=1)))
    both = timeline(*entries, cluster=("p", "q"))
    assert [row["person_id"] for row in both] == ["p", "q", "p"]
    assert [row for row in both if row["person_id"] == "q"] == timeline(*entries, cluster=("q",))
    assert [row for row in both if row["person_id"] == "p"] == timeline(*entries, cluster=("p",))


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_an_entry_is_shown_with_its_record_its_times_and_what_it_says(direction: Any) -> None:
    called = changed(CALLED, direction=direction, summary="疼")
    [row] = timeline(*items(called))
    entry = shown(row, envelope(called))
    assert {name: entry[name] for name in ("event_id", "person_id", "time", "recorded", "type")} == {
        "event_id": envelope(called).id,
        "person_id": "p",
        "time": NINE.isoformat(),
        "recorded": RECORDED.isoformat(),
        "type": TouchpointRecorded.wire,
    }
    assert (entry["data"]["direction"], entry["data"]["summary"]) == (direction, "疼")
    assert {"at", "person_id"} & entry["data"].keys() == set()


async def test_of_an_erased_person_an_entry_still_stands_and_its_personal_words_are_gone(tmp_path: Path) -> None:
    ring = KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), b"m" * 32)
    codec = Codec(ring)
    events = (REGISTERED, changed(CALLED, summary="疼"), changed(CALLED, person_id="q", summary="咳"))
    sealed = [parse(value) for value in await codec.encode([envelope(event) for event in events])]
    sealed_items = [
        Item(item.topic, 0, n, raw, None, item.envelope, RECORDED)
        for n, (item, raw) in enumerate(zip(items(*events), sealed, strict=True))
    ]
    rows = timeline(*sealed_items, cluster=("p", "q"))
    assert "王秀英" not in orjson.dumps(rows).decode()
    await ring.destroy(["p"])
    entries = {
        (row["person_id"], row["type"]): shown(row, event)["data"]
        for row, event in zip(rows, await opened(codec, rows), strict=True)
    }
    assert entries["p", PersonRegistered.wire]["details"]["name"] is None
    assert entries["p", TouchpointRecorded.wire]["summary"] is None
    assert entries["p", TouchpointRecorded.wire]["direction"] == "inbound"
    assert entries["q", TouchpointRecorded.wire]["summary"] == "咳"


def test_a_day_that_is_told_without_an_hour_is_shown_as_it_was_told() -> None:
    died = PatientDied(at=NINE, person_id="p", source_key="k", since=date(2026, 3, 1))
    [row] = timeline(*items(died))
    assert shown(row, envelope(died))["data"]["since"] == "2026-03-01"
