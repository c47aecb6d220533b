"""Given how far a source was read, what operations see of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.his_adapter.pulling.projections import FEEDS
from shared.contracts.base import changed
from shared.contracts.his_adapter import FeedAdvanced
from shared.testing import RECORDED, Shows

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
NOTE = FeedAdvanced(at=NINE, feed="bulk", position={"page": 1}, since="2026-03-08", read=10)


def feed(*notes: tuple[FeedAdvanced, int]) -> Any:
    """The document of the feed after notes, each with the minute in which it was recorded."""
    shows = Shows(FEEDS)
    items = [shows.item(note, "raw", RECORDED + timedelta(minutes=minute)) for note, minute in notes]
    return shows.fold(items).documents["bulk"]


def test_a_feed_shows_how_far_it_was_read() -> None:
    assert feed((NOTE, 0)) == {
        "_id": "bulk",
        "noted": RECORDED,
        "feed": "bulk",
        "position": {"page": 1},
        "since": "2026-03-08",
        "read": 10,
        "trouble": "",
    }


def test_what_was_read_of_a_feed_adds_up_and_its_end_stays_until_there_is_a_newer_one() -> None:
    stuck = changed(NOTE, since="", read=5, position={"page": 2}, trouble="the server is away")
    row = feed((NOTE, 0), (stuck, 1))
    assert (row["read"], row["since"], row["position"]) == (15, "2026-03-08", {"page": 2})
    assert (row["trouble"], row["noted"]) == ("the server is away", RECORDED + timedelta(minutes=1))
    assert feed((NOTE, 0), (changed(NOTE, since="2026-03-09"), 1))["since"] == "2026-03-09"


def test_of_a_feed_that_was_never_read_whole_nothing_is_known_and_notes_of_one_instant_add_up() -> None:
    begun = changed(NOTE, since="")
    row = feed((begun, 0), (changed(begun, position={"page": 2}), 0))
    assert (row["since"], row["read"], row["position"]) == ("", 20, {"page": 2})


def test_an_older_note_of_a_feed_changes_nothing() -> None:
    assert feed((NOTE, 1), (changed(NOTE, position={"page": 0}), 0)) == feed((NOTE, 1))
