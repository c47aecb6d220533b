"""One hospital system about one patient: repeats and contradictions. A specification."""

from datetime import timedelta
from typing import Any

from services.his_adapter import translate
from services.his_adapter.commands import ReportFact
from services.his_adapter.domain import DECIDER
from services.his_adapter.hl7.message import parse
from shared.contracts import his_adapter as his
from shared.testing import Spec
from tests.his_adapter.test_translate import KEY, SITE, message

RULES = Spec(DECIDER)


def fact(kind: str, message_id: str = "m1", hours: int = 0) -> Any:
    found, *_ = translate.facts(KEY, SITE, parse(message(kind)), message_id) or []
    return found.model_copy(update={"at": found.at + timedelta(hours=hours)})


def report(told: his.PatientFact, id: str = "") -> ReportFact:
    return ReportFact(
        id=id or f"c-{told.message_id}-{type(told).__name__}",
        at=told.at,
        patient_key=told.patient_key,
        message_id=told.message_id,
        fact_type=type(told).wire,
        fact=told.model_dump(mode="json", exclude={"at"}),
    )


IN, OUT = fact("ADT^A01"), fact("ADT^A03", "m2", 72)


def test_a_fact_is_published_as_it_was_told() -> None:
    RULES.when(report(IN)).then(IN)


def test_the_same_message_under_another_command_is_not_told_twice() -> None:
    RULES.given(IN).when(report(IN, "other")).then_nothing()


def test_a_second_admission_of_the_same_visit_is_no_news() -> None:
    RULES.given(IN).when(report(fact("ADT^A01", "m9"))).then_nothing()


def test_a_discharge_is_told_once_until_it_is_undone() -> None:
    history = RULES.given(IN, OUT)
    history.when(report(fact("ADT^A03", "m3", 73))).then_nothing()
    history.when(report(fact("ADT^A13", "m4", 74))).then_only(his.VisitCancelled)
    history.when(report(fact("ADT^A03", "m5", 75))).then_only(his.PatientDischarged)


def test_a_discharge_without_an_admission_still_counts() -> None:
    RULES.when(report(OUT)).then(OUT)


def test_an_undone_transfer_leaves_the_stay_open() -> None:
    history = RULES.given(IN, fact("ADT^A02", "m2", 1))
    history.when(report(fact("ADT^A12", "m3", 2))).then_only(his.VisitCancelled)
    history.when(report(fact("ADT^A11", "m4", 3))).then_only(his.VisitCancelled)


def test_a_cancel_of_what_is_not_there_is_no_news() -> None:
    RULES.given(IN).when(report(fact("ADT^A13", "m4"))).then_nothing()


def test_a_fact_that_cannot_be_read_is_rejected() -> None:
    RULES.when(report(IN).model_copy(update={"fact": None})).rejected("fact-unknown")
