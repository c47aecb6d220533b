"""A source that should speak and does not is told once, in watched time; and so is that it speaks again."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from services.his_adapter.formats.hl7.acks import AckTimes
from services.his_adapter.watches.definitions import Watch
from services.his_adapter.watches.domain import WATCHES, Observe
from services.his_adapter.watches.looking import silent_since
from services.his_adapter.watches.projections import family
from shared.contracts.base import changed
from shared.contracts.his_watches import SourceFellSilent, SourceHeardAgain
from shared.definitions import Definitions
from shared.testing import Spec
from tests.conftest import SHANGHAI

MONDAY = datetime(2026, 3, 9, 9, tzinfo=SHANGHAI)
OFFICE = dict.fromkeys(range(5), ((time(8), time(18)),))
ADT = Watch(id="adt", version=1, source="HIS/CITY", types=("ADT",), minutes=10, hours=OFFICE, staff=("lin",))
rules = Spec(WATCHES, Definitions.of(ADT))


def sees(silent: datetime | None) -> Observe:
    return Observe(id="o", at=MONDAY, watch="adt", silent_since=silent)


def test_a_silence_is_told_once_with_whom_to_tell_and_so_is_its_end() -> None:
    fell = rules.when(sees(MONDAY)).then_only(SourceFellSilent).one(SourceFellSilent)
    assert (fell.source, fell.types, fell.since, fell.staff) == ("HIS/CITY", ("ADT",), MONDAY, ("lin",))
    rules.given(fell).when(sees(MONDAY)).then_nothing()
    again = rules.given(fell).when(sees(None)).then_only(SourceHeardAgain).one(SourceHeardAgain)
    assert again.silent_since == MONDAY
    rules.given(fell, again).when(sees(None)).then_nothing()
    rules.when(sees(None)).then_nothing()
    Spec(WATCHES).when(sees(MONDAY)).rejected("watch-unknown")


@pytest.mark.parametrize(
    ("last", "now", "silent"),
    [
        (MONDAY, MONDAY + timedelta(minutes=9), False),
        (MONDAY, MONDAY + timedelta(minutes=10), True),
        (MONDAY.replace(hour=17, minute=55), MONDAY.replace(hour=23), False),
        (MONDAY.replace(hour=17, minute=55), MONDAY + timedelta(hours=23, minutes=4), False),
        (MONDAY.replace(hour=17, minute=55), MONDAY + timedelta(hours=23, minutes=5), True),
        (MONDAY + timedelta(days=5), MONDAY + timedelta(days=6), False),
        (None, MONDAY, False),
    ],
)
def test_only_watched_time_counts(last: datetime | None, now: datetime, silent: bool) -> None:
    assert silent_since(ADT, last, now) == (last if silent else None)


def test_what_was_never_heard_is_silent_since_its_definition_and_a_holiday_is_not_watched() -> None:
    applied = changed(ADT, applied_at=MONDAY.astimezone(UTC))
    assert silent_since(applied, None, MONDAY + timedelta(minutes=10)) == MONDAY
    off = changed(ADT, holidays=frozenset({MONDAY.date()}))
    assert silent_since(off, MONDAY, MONDAY + timedelta(hours=5)) is None


def test_a_watch_refers_to_whom_it_tells_and_how() -> None:
    assert [str(each.to) for each in ADT.references] == ["template/source-silent", "staff/lin"]
    assert changed(ADT, staff=()).references == ()


@pytest.mark.parametrize(
    ("kind", "name"), [("ADT^A01", "ADT"), ("Encounter", "Encounter"), ("DELETE Patient", "Patient")]
)
def test_families_are_what_is_watched(kind: str, name: str) -> None:
    assert family(kind) == name


def test_acknowledgement_times_are_told_by_source() -> None:
    times = AckTimes()
    for _ in range(3):
        with times.timed() as told:
            told |= {"source": "HIS", "code": "taken"}
    with pytest.raises(RuntimeError), times.timed():
        raise RuntimeError("Kafka is away")
    shown: Any = times.shown("HIS")
    assert shown["count"] == 3
    assert 0 <= shown["p50"] <= shown["p99"]
    assert times.shown("unknown") == {**times.shown("unknown"), "count": 1}  # type: ignore[dict-item]
    assert times.shown("LIS") is None
