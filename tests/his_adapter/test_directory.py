"""Given what sources said of an entry, when one speaks, then what the directory says."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.directory.api import named, not_over, those_in_force
from services.his_adapter.directory.commands import ListEntry, WithdrawEntry
from services.his_adapter.directory.domain import DIRECTORY, Listing, in_force
from services.his_adapter.directory.projections import spoken
from services.his_adapter.formats.common.entries import by_language
from shared.contracts.base import changed
from shared.contracts.his_directory import ClinicHours, Closed, EntryConfirmed, EntryListed, EntryWithdrawn, Hours, News
from shared.decider import Rejection
from shared.definitions import Definitions

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
WANG = {"names": {"zh": "王伟"}, "departments": ["0301"]}


def lists(source: str, hour: int, **fields: Any) -> ListEntry:
    at = NINE + timedelta(hours=hour)
    return ListEntry(id=f"{source}{hour}", at=at, entry_id="doctor/17", source=source, entry=fields)


def withdraws(source: str, hour: int, entirely: bool = True) -> WithdrawEntry:
    at = NINE + timedelta(hours=hour)
    return WithdrawEntry(id="w", at=at, entry_id="doctor/17", source=source, entirely=entirely)


def after(*commands: Any) -> tuple[Listing, list[Any]]:
    """The listing after these commands and what the last of them caused."""
    listing, events = Listing(), []
    for command in commands:
        decided = DIRECTORY.decide(command, listing, Definitions())
        events = [decided] if isinstance(decided, Rejection) else list(decided)
        for event in events:
            if not isinstance(event, Rejection):
                listing = DIRECTORY.evolve(listing, event)
    return listing, events


def test_an_entry_is_listed_once_and_confirmed_when_told_again() -> None:
    assert [type(e) for e in after(lists("HIS", 0, **WANG))[1]] == [EntryListed]
    assert after(lists("HIS", 0, **WANG), lists("HIS", 0, **WANG))[1] == []
    assert [type(e) for e in after(lists("HIS", 0, **WANG), lists("HIS", 1, **WANG))[1]] == [EntryConfirmed]


def test_a_field_that_is_said_to_be_empty_is_as_new_as_its_entry() -> None:
    listing, events = after(lists("HIS", 0, **WANG, since=None))
    assert [type(e) for e in events] == [EntryListed]
    assert listing.voices["HIS"].since["since"] == NINE
    assert after(lists("HIS", 0, **WANG), lists("HIS", 1, **WANG, since=None))[0].voices["HIS"].since["names"] == NINE


def test_late_news_of_a_source_changes_nothing() -> None:
    listing, events = after(lists("HIS", 2, **WANG), lists("HIS", 1, names={"zh": "李伟"}))
    assert events == []
    assert listing.entry
    assert listing.entry.names == {"zh": "王伟"}


def test_what_a_source_no_longer_says_is_gone_and_what_others_say_stays() -> None:
    listing, _ = after(
        lists("HIS", 0, **WANG, title={"zh": "主任医师"}),
        lists("WEB", 1, names={"en": "Wang Wei"}, departments=["0302"]),
        lists("HIS", 2, **WANG),
    )
    entry: Any = listing.entry
    assert entry.names == {"zh": "王伟", "en": "Wang Wei"}
    assert (entry.title, sorted(entry.departments)) == ({}, ["0301", "0302"])


def test_the_newest_word_of_a_field_counts() -> None:
    listing, _ = after(lists("WEB", 1, names={"zh": "新"}), lists("HIS", 0, names={"zh": "旧"}))
    assert listing.entry
    assert listing.entry.names == {"zh": "新"}


def test_a_source_that_repeats_itself_does_not_override_what_another_changed_since() -> None:
    nightly = {"names": {"zh": "旧"}, "title": {"zh": "主任"}}
    listing, events = after(lists("HIS", 0, **nightly), lists("WEB", 1, names={"zh": "新"}), lists("HIS", 2, **nightly))
    assert [type(e) for e in events] == [EntryConfirmed]
    assert listing.entry
    assert listing.entry.names == {"zh": "新"}
    listing, _ = after(
        lists("HIS", 0, **nightly),
        lists("WEB", 1, names={"zh": "新"}),
        lists("HIS", 2, **nightly | {"title": {"zh": "副"}}),
    )
    assert listing.entry
    assert listing.entry.names == {"zh": "新"}


def test_a_withdrawn_entry_does_not_come_back_by_late_news_but_by_new() -> None:
    listing, events = after(lists("HIS", 0, **WANG), withdraws("HIS", 2), lists("HIS", 1, **WANG))
    assert (listing.entry, events) == (None, [])
    listing, events = after(lists("HIS", 0, **WANG), withdraws("HIS", 2), lists("HIS", 3, **WANG))
    assert [type(e) for e in events] == [EntryListed]


def test_one_source_that_takes_its_word_back_leaves_the_others() -> None:
    role, other = lists("Role/1", 0, departments=["0301"]), lists("Role/2", 0, names={"zh": "王"}, departments=["0302"])
    listing, [event] = after(role, other, withdraws("Role/1", 1, entirely=False))
    assert isinstance(event, EntryListed)
    assert event.entry.departments == ("0302",)  # type: ignore[union-attr]
    listing, [event] = after(role, withdraws("Role/1", 1, entirely=False))
    assert (listing.entry, type(event)) == (None, EntryWithdrawn)


def test_withdrawing_what_is_not_listed_is_a_rejection() -> None:
    assert isinstance(after(withdraws("HIS", 0))[1][0], Rejection)


def test_a_withdrawal_older_than_what_somebody_said_since_changes_nothing() -> None:
    listing, events = after(lists("WEB", 3, **WANG), withdraws("HIS", 1))
    assert (events, listing.entry is None) == ([], False)


SAYINGS = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 5)), unique=True)


@given(SAYINGS, st.randoms())
def test_the_entry_does_not_depend_on_the_order_in_which_it_is_told(sayings: Any, random: Any) -> None:
    commands = [
        lists(source, hour, names={"zh": f"{source}{hour}"}, phones=[f"{source}{hour}"]) for source, hour in sayings
    ]
    shuffled = list(commands)
    random.shuffle(shuffled)
    assert after(*commands)[0].entry == after(*shuffled)[0].entry


def test_words_know_their_language() -> None:
    assert [by_language("内科"), by_language("Ward 3"), by_language("")] == [{"zh": "内科"}, {"en": "Ward 3"}, {}]


def test_an_entry_without_words_in_a_language_is_given_in_the_other() -> None:
    row = {"names": {"zh": "内科"}, "about": {}, "changed": NINE, "confirmed": NINE, "listed": True, "_id": "x"}
    assert (spoken(row, "en")["name"], spoken(row, "en")["language"]) == ("内科", "zh")
    assert "listed" not in spoken(row, "en")


MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)


def test_an_entry_is_in_force_from_its_first_day_to_its_last() -> None:
    assert in_force(News(code="n"), MONDAY)
    for spring in ({"since": MONDAY}, {"until": MONDAY}, {"since": MONDAY, "until": MONDAY}):
        news = News(code="n", **spring)
        days = [in_force(news, MONDAY + timedelta(days=n)) for n in (-1, 0, 1)]
        assert days == ["since" not in spring, True, "until" not in spring], spring


def test_clinic_hours_are_held_on_their_weekdays_but_on_closed_days() -> None:
    weekly = ClinicHours(code="7001", hours=(Hours(weekdays=(2,)), Hours(weekdays=(1, 3))))
    assert [in_force(weekly, MONDAY + timedelta(days=n)) for n in range(4)] == [True, True, True, False]
    closed = changed(weekly, closed=(Closed(since=MONDAY, until=TUESDAY),))
    assert [in_force(closed, MONDAY + timedelta(days=n)) for n in range(4)] == [False, False, True, False]
    assert not in_force(changed(weekly, until=MONDAY), TUESDAY)
    assert not in_force(ClinicHours(code="7002"), MONDAY), "nobody said when"


async def test_entries_are_read_from_their_documents_to_be_asked() -> None:
    news = [News(code=code, since=since).model_dump(mode="json") for code, since in (("a", MONDAY), ("b", TUESDAY))]
    shown = await those_in_force(MONDAY)([{**row, "_id": row["code"], "listed": True} for row in news])
    assert [row["code"] for row in shown] == ["a"]


def test_the_database_leaves_out_only_what_is_over() -> None:
    assert not_over(MONDAY) == {"$or": [{"until": None}, {"until": {"$gte": "2026-03-09"}}]}
    assert not_over(None) == {}


def test_a_search_for_the_signs_of_a_pattern_means_those_signs() -> None:
    part = re.compile(named(".*(a+)+$")["$or"][0]["code"]["$regex"])
    assert part.search("x .*(a+)+$ y")
    assert not part.search("aaaa")
