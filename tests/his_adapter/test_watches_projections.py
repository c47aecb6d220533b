"""Given messages, when each source was last heard; given what watches tell, which source is silent."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.watches.definitions import Watch
from services.his_adapter.watches.projections import HEARD, WATCHES, defined_fields, stored_fields
from shared.contracts.base import changed
from shared.contracts.his_adapter import FeedAdvanced, HospitalMessageReceived
from shared.contracts.his_watches import SourceFellSilent, SourceHeardAgain
from shared.testing import RECORDED, Shows

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
LATER = NINE + timedelta(hours=1)
RECEIVED = HospitalMessageReceived(
    at=NINE,
    message_id="m",
    sender="HIS/CITY",
    site="default",
    message_type="ADT^A01",
    control_id="C1",
    body_hash="h",
)
SILENT = SourceFellSilent(
    at=NINE, watch="adt", source="HIS/CITY", types=("ADT",), since=NINE - timedelta(minutes=10), minutes=10
)
AGAIN = SourceHeardAgain(at=LATER, watch="adt", source="HIS/CITY", types=("ADT",), silent_since=SILENT.since)


def rows_after(*messages: tuple[Any, int]) -> dict[str, Any]:
    """The documents after messages, each with the minute in which it was recorded."""
    shows = Shows(HEARD)
    for message, minute in messages:
        shows.fold([shows.item(message, "raw", RECORDED + timedelta(minutes=minute))])
    return shows.documents


def watched(*events: Any, batch: int = 1000) -> Any:
    document = Shows(WATCHES).given(*events, batch=batch).document("adt")
    return {name: value for name, value in document.items() if not name.startswith("_")}


def test_a_source_was_heard_when_its_message_was_recorded_by_family() -> None:
    assert rows_after((RECEIVED, 0)) == {
        "HIS/CITY ADT": {"_id": "HIS/CITY ADT", "source": "HIS/CITY", "family": "ADT", "last": RECORDED}
    }


def test_every_family_and_every_sender_is_heard_by_itself() -> None:
    deleted = changed(RECEIVED, message_type="DELETE Patient")
    others = [(changed(RECEIVED, message_type="ADT^A03"), 1), (deleted, 2), (changed(RECEIVED, sender="LIS"), 3)]
    assert {id: row["last"].minute for id, row in rows_after((RECEIVED, 0), *others).items()} == {
        "HIS/CITY ADT": 1,
        "HIS/CITY Patient": 2,
        "LIS ADT": 3,
    }


def test_notes_of_a_feed_are_no_messages() -> None:
    assert rows_after((FeedAdvanced(at=NINE, feed="bulk"), 0)) == {}


@given(st.lists(st.integers(0, 20), min_size=1))
def test_the_last_time_counts_in_whatever_order_partitions_are_read(minutes: list[int]) -> None:
    rows = rows_after(*((RECEIVED, minute) for minute in minutes))
    assert rows["HIS/CITY ADT"]["last"] == RECORDED + timedelta(minutes=max(minutes))


def test_a_silent_source_is_shown_with_since_when() -> None:
    row = watched(SILENT)
    assert row == {"source": "HIS/CITY", "types": ("ADT",), "silent": True, "since": SILENT.since, "changed": NINE}
    assert stored_fields(row) == {"silent": True, "since": SILENT.since.isoformat(), "changed": NINE.isoformat()}


def test_a_source_that_is_heard_again_keeps_since_when_it_was_silent() -> None:
    row = watched(SILENT, AGAIN)
    assert (row["silent"], row["since"], row["changed"]) == (False, SILENT.since, LATER)


def test_a_watch_that_never_saw_silence_is_not_silent() -> None:
    assert stored_fields(None) == {"silent": False, "since": None, "changed": None}


def test_a_watch_is_named_with_what_it_watches() -> None:
    watch = Watch(id="adt", version=1, title="入院", source="HIS/CITY", types=("ADT",), minutes=7, staff=("lin",))
    shown = {"watch": "adt", "title": "入院", "source": "HIS/CITY", "types": ["ADT"], "minutes": 7}
    assert defined_fields(watch) == shown


@given(st.integers(1, 3), st.randoms(use_true_random=False))
def test_batches_do_not_change_what_a_watch_sees(batch: int, chance: random.Random) -> None:
    story = (SILENT, AGAIN, changed(SILENT, at=LATER, since=LATER))
    assert watched(*story, batch=batch) == watched(*story)
