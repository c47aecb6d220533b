"""Given what the directory tells of an entry, what kiosks, IVR and web read of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.directory.commands import ListEntry, WithdrawEntry, command_of
from services.his_adapter.directory.projections import DIRECTORY, spoken
from services.his_adapter.formats.common.entries import EntryReport, filled_entry, report_of
from shared.contracts.base import changed
from shared.contracts.his_directory import Department, Doctor, EntryConfirmed, EntryListed, EntryWithdrawn
from shared.testing import Shows

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
WANG = Doctor(code="17", names={"zh": "王伟"}, about={"zh": "心血管", "en": "Heart"}, departments=("CARD",))
LISTED = EntryListed(at=NINE, entry_id="doctor/17", source="HIS", entry=WANG)
CONFIRMED = EntryConfirmed(at=TEN, entry_id="doctor/17", source="HIS")
WITHDRAWN = EntryWithdrawn(at=TEN, entry_id="doctor/17", source="HIS")


def row(*events: Any, batch: int = 1000) -> Any:
    document = Shows(DIRECTORY).given(*events, batch=batch).document("doctor/17")
    return {name: value for name, value in document.items() if not name.startswith("_")}


def test_a_listed_entry_is_shown_whole_with_who_told_it_and_when() -> None:
    entry = WANG.model_dump(mode="json")
    assert row(LISTED) == {**entry, "source": "HIS", "listed": True, "changed": NINE, "confirmed": NINE}


def test_an_entry_listed_anew_shows_nothing_of_what_it_was() -> None:
    shown = row(LISTED, changed(LISTED, at=TEN, source="WEB", entry=Doctor(code="17", names={"en": "Wang Wei"})))
    assert (shown["names"], shown["departments"], shown["source"]) == ({"en": "Wang Wei"}, [], "WEB")
    assert (shown["changed"], shown["confirmed"]) == (TEN, TEN)


def test_a_confirmed_entry_is_as_it_was_and_as_new_as_its_confirmation() -> None:
    assert row(LISTED, CONFIRMED) == {**row(LISTED), "confirmed": TEN}


def test_the_newest_time_counts_whatever_was_told_last() -> None:
    shown = row(changed(LISTED, at=TEN), changed(LISTED, at=NINE), changed(CONFIRMED, at=NINE))
    assert (shown["changed"], shown["confirmed"]) == (TEN, TEN)


def test_nothing_is_left_of_a_withdrawn_entry_and_it_may_be_listed_again() -> None:
    assert row(LISTED, WITHDRAWN) == {"listed": False}
    assert row(LISTED, WITHDRAWN, changed(LISTED, at=TEN)) == row(changed(LISTED, at=TEN))


def test_what_an_entry_heard_before_it_was_withdrawn_does_not_come_back_when_read_again() -> None:
    shows = Shows(DIRECTORY)
    items = [shows.item(event) for event in (LISTED, WITHDRAWN)]
    assert shows.fold(items).fold(items).document("doctor/17")["listed"] is False


@given(st.integers(1, 4))
def test_batches_do_not_change_an_entry(batch: int) -> None:
    story = (LISTED, CONFIRMED, WITHDRAWN, changed(LISTED, at=TEN))
    assert row(*story, batch=batch) == row(*story)


@pytest.mark.parametrize(
    ("names", "language", "name", "given"),
    [
        ({"zh": "王伟"}, "zh", "王伟", "zh"),
        ({"zh": "王伟"}, "en", "王伟", "zh"),
        ({"en": "Wang Wei"}, "zh", "Wang Wei", "en"),
    ],
)
def test_an_entry_is_spoken_in_a_language_that_it_has_a_name_in(
    names: Any, language: str, name: str, given: str
) -> None:
    document = row(changed(LISTED, entry=changed(WANG, names=names)))
    shown = spoken({**document, "_id": "doctor/17"}, language)
    assert (shown["name"], shown["text"], shown["language"]) == (name, WANG.about[given], given)
    assert (shown["changed"], shown["confirmed"]) == (NINE.isoformat(), NINE.isoformat())
    assert (shown["departments"], shown["names"], shown["source"]) == (["CARD"], names, "HIS")
    assert {"_id", "listed"} & shown.keys() == set()


def test_an_entry_with_both_names_is_spoken_as_asked_for() -> None:
    both = row(changed(LISTED, entry=changed(WANG, names={"zh": "王伟", "en": "Wang Wei"})))
    assert [(spoken(both, language)["name"], spoken(both, language)["text"]) for language in ("zh", "en")] == [
        ("王伟", "心血管"),
        ("Wang Wei", "Heart"),
    ]


def test_a_text_in_the_other_language_is_better_than_none_and_an_entry_may_have_neither() -> None:
    foreign = row(changed(LISTED, entry=changed(WANG, about={"en": "Heart"})))
    assert spoken(foreign, "zh")["text"] == "Heart"
    silent = row(changed(LISTED, entry=Doctor(code="17")))
    shown = spoken(silent, "en")
    assert (shown["name"], shown["text"], shown["language"]) == ("", "", "en")


def test_what_a_source_says_of_an_entry_is_what_it_set_and_nothing_else() -> None:
    words = {"names": {"zh": "心内科"}, "since": date(2020, 1, 1)}
    entry = filled_entry(Department, code="CARD", **words, location="", phones=(), about={}, until=None)
    report = report_of(NINE, "HIS", entry)
    assert (report.at, str(report.entry_id), report.source, report.cut) == (NINE, "department/CARD", "HIS", ())
    assert report.stated_fields == {"names": {"zh": "心内科"}, "since": "2020-01-01"}


def test_a_text_of_an_entry_that_was_cut_is_named() -> None:
    report = report_of(NINE, "HIS", filled_entry(Department, code="CARD", about={"zh": "长" * 20_001}))
    assert report.cut == ("about.zh",)
    assert report.stated_fields
    assert len(report.stated_fields["about"]["zh"]) == 20_000


def test_what_is_told_is_listed_and_what_is_taken_back_is_withdrawn() -> None:
    report = EntryReport(
        at=NINE, entry_id="doctor/17", source="HIS", stated_fields={"title": {"zh": "主任"}}, cut=("about.zh",)
    )
    assert command_of(report, "c") == ListEntry(
        id="c", at=NINE, entry_id="doctor/17", source="HIS", entry={"title": {"zh": "主任"}}, cut=("about.zh",)
    )
    for entirely in (True, False):
        back = changed(report, stated_fields=None, entirely=entirely)
        assert command_of(back, "c") == WithdrawEntry(
            id="c", at=NINE, entry_id="doctor/17", source="HIS", entirely=entirely
        )
