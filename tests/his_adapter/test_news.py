"""Given a fact, which thing it is about, and whether it changes where that thing stands."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest

from services.his_adapter.facts.news import about, how_after, moves
from services.his_adapter.facts.status import ThingStatus, encoded
from services.his_adapter.facts.visits import encoded_fields
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.facts import Appointment, Coded, Details, Exchange, Identifier, Payer, RelatedPerson, Visit
from tests.conftest import SHANGHAI

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
VISIT = Visit(visit_id="v", department="CARD")
TIME = Appointment(appointment_id="a", starts=NINE, department="CARD")
OTHERS = (Identifier(system="MRN:CITY", key="z"), Identifier(system="NI:NAT", key="b"))


def fact(kind: type[his.PatientFact], **fields: Any) -> Any:
    return kind.model_validate({"at": NINE, "patient_key": "k", "patient": Details(), "message_id": "m", **fields})


BOOKED = fact(his.AppointmentBooked, appointment=TIME)
REPORT = fact(his.ReportReady, report_id="r", status="final")
ORDER = fact(his.OrderPlaced, order_id="o")
CHARGE = fact(his.ChargePosted, charge_id="c", amount=Decimal("1.50"))
DIAGNOSIS = fact(his.DiagnosisRecorded, item_id="i", what=Coded(code="I21.9"))
COVERAGE = fact(his.CoverageReported, coverage=Payer(coverage_id="p", payer="01", number="7"))
RELATIVE = fact(his.RelativeReported, relative=RelatedPerson(relation_id="n", name="李"))
EXCHANGE = fact(his.CommunicationRecorded, exchange=Exchange(exchange_id="e", status="completed"))
LINKED = fact(his.PatientsLinked, others=OTHERS)
DIED = fact(his.PatientDied, since=date(2026, 3, 1))
WAITED = fact(his.WaitingTimeObserved, stage="pharmacy", seconds=60, queue="q", ticket="t")
DETAILS = fact(his.PatientDetailsReported)
ABOUT = [
    (fact(his.PatientAdmitted, visit=VISIT), "visit/v"),
    (fact(his.PatientDischarged, visit=VISIT), "visit/v"),
    (fact(his.PatientTransferred, visit=VISIT), "visit/v"),
    (fact(his.VisitRegistered, visit=VISIT), "visit/v"),
    (fact(his.VisitCancelled, visit=VISIT, undoes="discharge"), "visit/v"),
    (fact(his.VisitUpdated, visit=VISIT), "said/v"),
    (BOOKED, "appointment/a"),
    (fact(his.AppointmentMoved, appointment=TIME), "appointment/a"),
    (fact(his.AppointmentCancelled, appointment=TIME), "appointment/a"),
    (fact(his.AppointmentMissed, appointment=TIME), "appointment/a"),
    (REPORT, "report/r"),
    (ORDER, "order/o"),
    (CHARGE, "charge/c"),
    (DIAGNOSIS, "item/i"),
    (fact(his.AllergyRecorded, item_id="i", what=Coded()), "item/i"),
    (fact(his.ProcedureRecorded, item_id="i", what=Coded()), "item/i"),
    (COVERAGE, "coverage/p"),
    (RELATIVE, "relative/n"),
    (EXCHANGE, "communication/e"),
    (LINKED, "link/b/z"),
    (fact(his.PatientsUnlinked, others=OTHERS), "link/b/z"),
    (DETAILS, "details"),
    (DIED, "death"),
    (fact(his.DeathTakenBack), "death"),
    (WAITED, "waiting/q/t/pharmacy"),
]


@pytest.mark.parametrize(("fact_told", "thing"), ABOUT)
def test_each_fact_is_about_one_thing(fact_told: Any, thing: str) -> None:
    assert str(about(fact_told)) == thing


def test_no_kind_of_fact_is_left_out() -> None:
    assert {type(fact_told) for fact_told, _ in ABOUT} == set(get_args(his.Fact))


@pytest.mark.parametrize("fact_told", [fact_told for fact_told, _ in ABOUT if not isinstance(fact_told, his.VisitFact)])
def test_what_was_never_heard_of_is_news_but_for_a_time_that_moves(fact_told: Any) -> None:
    assert moves(fact_told, b"") is not isinstance(fact_told, his.AppointmentMoved)


OTHERWISE: list[tuple[Any, dict[str, Any]]] = [
    (BOOKED, {"appointment": changed(TIME, starts=NINE + timedelta(hours=1))}),
    (BOOKED, {"appointment": changed(TIME, doctor="D2")}),
    (REPORT, {"status": "cancelled"}),
    (REPORT, {"critical": True}),
    (ORDER, {"status": "revoked"}),
    (ORDER, {"scheduled": NINE}),
    (CHARGE, {"amount": Decimal("2")}),
    (CHARGE, {"currency": "USD"}),
    (DIAGNOSIS, {"status": "entered-in-error"}),
    (COVERAGE, {"coverage": changed(COVERAGE.coverage, payer="02")}),
    (RELATIVE, {"relative": changed(RELATIVE.relative, active=False)}),
    (EXCHANGE, {"exchange": changed(EXCHANGE.exchange, status="failed")}),
    (WAITED, {"seconds": 61}),
]


@pytest.mark.parametrize(("fact_told", "news"), OTHERWISE)
def test_what_is_said_again_is_no_news_and_what_is_said_otherwise_is(fact_told: Any, news: dict[str, Any]) -> None:
    assert not moves(fact_told, how_after(fact_told))
    assert moves(changed(fact_told, **news), how_after(fact_told))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LINKED, fact(his.PatientsUnlinked, others=OTHERS)),
        (DIED, fact(his.DeathTakenBack)),
        (BOOKED, fact(his.AppointmentCancelled, appointment=TIME)),
        (fact(his.AppointmentCancelled, appointment=TIME), fact(his.AppointmentMissed, appointment=TIME)),
    ],
)
def test_what_takes_another_word_back_is_news_both_ways(one: Any, other: Any) -> None:
    assert moves(other, how_after(one))
    assert moves(one, how_after(other))


@pytest.mark.parametrize(
    ("fact_told", "how"),
    [
        (fact(his.PatientAdmitted, visit=VISIT), encoded(ThingStatus.ADMITTED)),
        (fact(his.PatientDischarged, visit=VISIT), encoded(ThingStatus.ENDED)),
        (fact(his.VisitUpdated, visit=VISIT), encoded_fields(VISIT)),
        (fact(his.AppointmentCancelled, appointment=TIME), encoded(ThingStatus.CANCELLED)),
        (fact(his.AppointmentMissed, appointment=TIME), encoded(ThingStatus.MISSED)),
        (BOOKED, encoded(ThingStatus.BOOKED, "2026-03-09 09:00:00+00:00 CARD ")),
        (REPORT, encoded(ThingStatus.FINAL, "None None")),
        (ORDER, encoded(ThingStatus.STANDS, "active None")),
        (CHARGE, encoded(ThingStatus.STANDS, "1.50 CNY")),
        (LINKED, encoded(ThingStatus.STANDS, "one")),
        (fact(his.PatientsUnlinked, others=OTHERS), encoded(ThingStatus.STANDS, "two")),
        (DIED, encoded(ThingStatus.STANDS, "dead")),
        (fact(his.DeathTakenBack), encoded(ThingStatus.STANDS, "lives")),
        (DETAILS, encoded(ThingStatus.STANDS, "told")),
    ],
)
def test_where_a_thing_stands_is_written_as_checkpoints_hold_it(fact_told: Any, how: bytes) -> None:
    """Written otherwise, after an upgrade all that is told again would be news."""
    assert how_after(fact_told) == how


def test_details_may_always_say_something_new() -> None:
    assert moves(DETAILS, how_after(DETAILS))


def test_a_time_moves_only_where_one_was_booked() -> None:
    moved = fact(his.AppointmentMoved, appointment=changed(TIME, starts=NINE + timedelta(hours=1)))
    assert moves(moved, how_after(BOOKED))
    assert not moves(moved, how_after(fact(his.AppointmentCancelled, appointment=TIME)))
    assert not moves(moved, how_after(moved))


def test_a_report_does_not_go_back_and_a_correction_is_always_news() -> None:
    corrected = changed(REPORT, status="corrected")
    assert not moves(changed(REPORT, status="preliminary"), how_after(REPORT))
    assert moves(REPORT, how_after(changed(REPORT, status="preliminary")))
    assert moves(corrected, how_after(corrected))


def test_the_number_of_a_policy_is_not_where_a_coverage_stands() -> None:
    """Of somebody erased it is gone, and that is no news."""
    forgotten = changed(COVERAGE, coverage=changed(COVERAGE.coverage, number=None))
    assert not moves(forgotten, how_after(COVERAGE))


def test_one_time_in_two_zones_is_one_time() -> None:
    elsewhere = changed(TIME, starts=NINE.astimezone(SHANGHAI))
    assert not moves(changed(BOOKED, appointment=elsewhere), how_after(BOOKED))
