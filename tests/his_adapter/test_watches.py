"""A source that should speak and does not is told once, in watched time, by a timer; and so is that it speaks again."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
import pytest

from services.his_adapter.formats.hl7.acks import AckTimes
from services.his_adapter.watches.commands import FireTimer, HearSource, Observe
from services.his_adapter.watches.definitions import Watch, family
from services.his_adapter.watches.domain import WATCHES, Observed, alarm_due, silent_since
from shared.contracts.base import changed, model_of, stored
from shared.contracts.his_watches import SourceFellSilent, SourceHeardAgain, TimerSet
from shared.definitions import Definitions
from shared.testing import Spec, When
from tests.conftest import SHANGHAI

MONDAY = datetime(2026, 3, 9, 9, tzinfo=SHANGHAI)
OFFICE = dict.fromkeys(range(5), ((time(8), time(18)),))
ADT = Watch(id="adt", version=1, source="HIS/CITY", types=("ADT",), minutes=10, hours=OFFICE, staff=("lin",))
LONGER = changed(ADT, version=2, minutes=60)
OTHER = changed(ADT, version=2, source="LIS", applied_at=MONDAY + timedelta(minutes=9))
rules = Spec(WATCHES, Definitions.of(ADT))


def after(minutes: float) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def hears(minutes: float) -> HearSource:
    return HearSource(id=f"heard at {minutes}", at=after(minutes), watch="adt")


def begins(version: int = 1, last_heard: datetime | None = None, minutes: float = 0) -> Observe:
    return Observe(id=f"in force {version}", at=after(minutes), watch="adt", version=version, heard=last_heard)


def fires(timer: TimerSet, at: datetime | None = None) -> FireTimer:
    at = at or timer.due
    return FireTimer(id="f", at=at, watch="adt", timer_id=timer.timer_id, version=timer.version, due=timer.due)


def timer_after(command: Any, history: Any = rules) -> TimerSet:
    timer: TimerSet = history.when(command).one(TimerSet)
    return timer


HEARD = timer_after(hears(0))
FELL: SourceFellSilent = rules.given(HEARD).when(fires(HEARD)).one(SourceFellSilent)


def test_a_source_that_is_heard_sets_a_timer_for_when_it_would_be_silent_for_too_long() -> None:
    timer = rules.when(hears(0)).then_only(TimerSet).one(TimerSet)
    assert (timer.heard, timer.due, timer.version, timer.definition) == (MONDAY, after(10.5), 1, "watch/adt/1")
    assert model_of(timer.command) is FireTimer


def test_later_messages_move_the_timer_but_not_one_event_each() -> None:
    history, events = rules.given(), 0
    for second in range(600):
        events += len(history.when(hears(second / 60)).events)
    assert events == 20
    assert history.state.timer == 20
    timer = timer_after(hears(11), history)
    assert (timer.version, timer.due) == (21, after(21.5))


def test_what_is_heard_late_moves_no_timer_back() -> None:
    rules.given(HEARD).when(hears(-5)).then_nothing()


def test_a_silence_is_told_once_with_whom_to_tell_and_so_is_its_end() -> None:
    assert FELL.valid_until == FELL.at + timedelta(days=2)
    brief = Spec(WATCHES, Definitions.of(changed(ADT, valid_hours=1))).given(HEARD).when(fires(HEARD))
    assert brief.one(SourceFellSilent).valid_until == FELL.at + timedelta(hours=1)
    assert (FELL.source, FELL.types, FELL.since, FELL.staff) == ("HIS/CITY", ("ADT",), MONDAY, ("lin",))
    rules.given(HEARD, FELL).when(fires(HEARD)).then_nothing()
    again = rules.given(HEARD, FELL).when(hears(12)).then_only(SourceHeardAgain, TimerSet)
    assert again.one(SourceHeardAgain).silent_since == MONDAY
    assert again.one(TimerSet).due == after(22.5)


def test_a_timer_that_a_later_message_moved_tells_nothing() -> None:
    rules.given(HEARD, timer_after(hears(5), rules.given(HEARD))).when(fires(HEARD)).then_nothing()


def test_a_watch_that_was_retired_is_silent_itself() -> None:
    for command in (fires(HEARD), hears(5)):
        Spec(WATCHES).given(HEARD).when(command).then_nothing()


def test_the_first_timer_of_a_definition_counts_from_when_its_source_was_heard_last_or_it_was_applied() -> None:
    assert timer_after(begins(last_heard=after(-3))).due == after(7.5)
    applied = Spec(WATCHES, Definitions.of(changed(ADT, applied_at=after(-1).astimezone(UTC))))
    timer = timer_after(begins(), applied)
    assert timer.due == after(9.5)
    fell = applied.given(timer).when(fires(timer)).one(SourceFellSilent)
    assert fell.since == after(-1)
    assert timer_after(begins()).heard == MONDAY


def test_a_definition_begins_once_and_not_before_the_decider_has_read_it() -> None:
    rules.given(timer_after(begins())).when(begins()).then_nothing()
    rules.when(begins(version=2)).rejected("watch-unknown")
    Spec(WATCHES).when(begins()).rejected("watch-unknown")


def test_a_new_version_moves_the_timer_and_takes_back_an_alarm_that_it_would_not_raise() -> None:
    longer = Spec(WATCHES, Definitions.of(ADT, LONGER))
    moved = timer_after(begins(2, minutes=1), longer.given(HEARD))
    assert (moved.due, moved.version, moved.definition) == (after(63), 2, "watch/adt/2")
    back = longer.given(HEARD, FELL).when(begins(2, minutes=11)).then_only(SourceHeardAgain, TimerSet)
    assert back.one(TimerSet).due == after(63)
    longer.given(HEARD, FELL).when(begins(2, minutes=61)).then_nothing()


def test_a_timer_of_an_older_version_is_measured_by_the_one_in_force() -> None:
    longer = Spec(WATCHES, Definitions.of(ADT, LONGER))
    assert longer.given(HEARD).when(fires(HEARD)).then_only(TimerSet).one(TimerSet).due == after(63)


def test_a_version_that_watches_another_source_does_not_count_what_the_former_said() -> None:
    other = Spec(WATCHES, Definitions.of(ADT, OTHER))
    assert timer_after(begins(2, minutes=9.5), other.given(HEARD)).heard == OTHER.applied_at
    other.given(HEARD).when(fires(HEARD)).then_nothing()


def test_nothing_watched_in_ten_years_is_looked_at_then() -> None:
    assert alarm_due(changed(ADT, hours={}), MONDAY).year == 2036


OLD = [
    b'{"at":"2026-03-09T09:00:00+08:00","watch":"adt","source":"HIS/CITY","types":["ADT"],'
    b'"since":"2026-03-09T08:50:00+08:00","minutes":10,"staff":["lin"],"template":"source-silent"}',
    b'{"at":"2026-03-09T09:02:00+08:00","watch":"adt","source":"HIS/CITY","types":["ADT"],'
    b'"silent_since":"2026-03-09T08:50:00+08:00"}',
]
"""Events of before there were timers, as they stand on a log."""


def old(events: int) -> "When[Observed]":
    types = (SourceFellSilent, SourceHeardAgain)
    return rules.given(*(stored(model, orjson.loads(each)) for model, each in zip(types, OLD[:events], strict=False)))


def test_a_watch_of_before_there_were_timers_gets_its_first_one_when_its_definition_is_told_or_its_source_heard() -> (
    None
):
    assert timer_after(begins(minutes=5), old(2)).due == after(12.5)
    assert timer_after(hears(5), old(2)).due == after(15.5)
    old(1).when(begins(minutes=5)).then_nothing()
    old(1).when(hears(5)).then_only(SourceHeardAgain, TimerSet)


def test_a_checkpoint_and_a_command_of_before_there_were_timers_are_read() -> None:
    assert stored(Observed, {"silent_since": None}) == Observed()
    assert stored(Observed, {"silent_since": "2026-03-09T08:50:00+08:00"}).silent_since == after(-10)
    looked = {"id": "o", "at": "2026-03-09T09:00:00+08:00", "watch": "adt", "silent_since": None}
    rules.when(stored(Observe, looked)).then_nothing()


@pytest.mark.parametrize(
    ("last", "now", "silent"),
    [
        (MONDAY, MONDAY + timedelta(minutes=9), False),
        (MONDAY, MONDAY + timedelta(minutes=10), True),
        (MONDAY.replace(hour=17, minute=55), MONDAY.replace(hour=23), False),
        (MONDAY.replace(hour=17, minute=55), MONDAY + timedelta(hours=23, minutes=4), False),
        (MONDAY.replace(hour=17, minute=55), MONDAY + timedelta(hours=23, minutes=5), True),
        (MONDAY + timedelta(days=5), MONDAY + timedelta(days=6), False),
    ],
)
def test_only_watched_time_counts(last: datetime, now: datetime, silent: bool) -> None:
    assert silent_since(ADT, last, now) == (last if silent else None)
    assert (alarm_due(ADT, last) - ADT.grain <= now) == silent


def test_a_holiday_is_not_watched() -> None:
    off = changed(ADT, holidays=frozenset({MONDAY.date()}))
    assert silent_since(off, MONDAY, MONDAY + timedelta(hours=5)) is None
    assert alarm_due(off, MONDAY) == MONDAY.replace(day=10, hour=8) + timedelta(minutes=10.5)


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
        with times.timed() as attributes:
            attributes |= {"source": "HIS", "code": "taken"}
    with pytest.raises(RuntimeError), times.timed():
        raise RuntimeError("Kafka is away")
    shown: Any = times.shown("HIS")
    assert shown["count"] == 3
    assert 0 <= shown["p50"] <= shown["p99"]
    assert times.shown("unknown") == {**times.shown("unknown"), "count": 1}  # type: ignore[dict-item]
    assert times.shown("LIS") is None
