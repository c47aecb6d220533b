"""An engine sends again what it sent before, all of it and in order: nothing is told twice, however much it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.facts.domain import DECIDER, MAX_DETAILS_HEARD, MAX_STEPS, MAX_UNNUMBERED
from services.his_adapter.facts.state import Patient
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.facts import Details, Visit
from shared.decider import Rejection
from shared.definitions import Definitions
from tests.his_adapter.test_domain import fact, report
from tests.his_adapter.test_redelivery import batch
from tests.his_adapter.test_visits import stay

AT = datetime(2026, 3, 9, tzinfo=UTC)


class Desk:
    """The rules of one patient at work, without any memory of commands."""

    def __init__(self) -> None:
        self.patient, self.events = Patient(), list[Any]()

    def hear(self, command: Any) -> list[Any]:
        decided: Sequence[Any] | Rejection = DECIDER.decide(command, self.patient, Definitions())
        assert not isinstance(decided, Rejection)
        for event in decided:
            self.patient = DECIDER.evolve(self.patient, event)
        self.events += decided
        return list(decided)

    def tell(self, *facts: his.PatientFact) -> list[Any]:
        return [event for each in facts for event in self.hear(report(each))]


def test_six_hundred_charges_of_an_inpatient_sent_again_in_order_are_no_news() -> None:
    desk, sent = Desk(), [envelope.data for envelope in batch()]
    for command in sent:
        desk.hear(command)
    assert sum(isinstance(event, his.ChargePosted) for event in desk.events) == 600
    assert [event for command in sent for event in desk.hear(command)] == []


KINDS = {"charge": ("1", "2", "3"), "order": ("active", "completed"), "report": ("preliminary", "final", "corrected")}
SAID = st.tuples(st.sampled_from(sorted(KINDS)), st.integers(0, 3), st.integers(0, 5), st.integers(0, 2))
HEAD = {"patient_key": "k", "patient": Details(identifiers=())}


def fact_of(number: int, step: tuple[str, int, int, int]) -> Any:
    """The fact of message `number`; `step` is (kind, id of the thing, minute, index of its value)."""
    kind, thing, minute, which = step
    head = {**HEAD, "at": AT + timedelta(minutes=minute), "message_id": f"m{number}"}
    value = KINDS[kind][which % len(KINDS[kind])]
    match kind:
        case "charge":
            return his.ChargePosted.model_validate({**head, "charge_id": str(thing), "amount": value})
        case "order":
            return his.OrderPlaced.model_validate({**head, "order_id": str(thing), "status": value})
        case _:
            report = {"report_id": str(thing), "title": "t", "status": value, "category": "lab"}
            return his.ReportReady.model_validate({**head, **report})


@given(st.lists(SAID, max_size=40), st.data())
def test_what_was_told_is_not_told_again_in_whatever_order_it_comes_back(
    story: list[tuple[str, int, int, int]], data: st.DataObject
) -> None:
    desk = Desk()
    facts = [fact_of(number, step) for number, step in enumerate(story)]
    spoken = [each for each in facts if desk.tell(each)]
    resent = data.draw(st.lists(st.sampled_from(spoken), max_size=40)) if spoken else []
    assert desk.tell(*resent) == []


@given(st.lists(SAID, max_size=40))
def test_a_whole_story_sent_again_is_no_news_where_each_message_has_a_time_of_its_own(
    story: list[tuple[str, int, int, int]],
) -> None:
    desk = Desk()
    facts = [fact_of(number, (kind, thing, number, which)) for number, (kind, thing, _, which) in enumerate(story)]
    desk.tell(*facts)
    assert desk.tell(*facts) == []


@given(st.lists(SAID, max_size=30))
def test_a_log_played_back_gives_the_same_patient(story: list[tuple[str, int, int, int]]) -> None:
    desk, woken = Desk(), Patient()
    desk.tell(*[fact_of(number, step) for number, step in enumerate(story)])
    for event in desk.events:
        woken = DECIDER.evolve(woken, event)
    assert woken == desk.patient


def test_state_grows_with_things_and_never_with_messages() -> None:
    desk = Desk()
    for number in range(1_000):
        desk.tell(fact_of(number, ("charge", number % 5, number, number % 3)))
    assert sum(map(len, desk.patient.things.values())) <= 5 * 48


def test_what_was_confirmed_and_then_changed_within_the_same_minute_is_not_changed_back() -> None:
    desk = Desk()
    one, again, other = (
        fact_of(n, ("order", 1, minute, which)) for n, minute, which in ((1, 0, 0), (2, 5, 0), (3, 5, 1))
    )
    assert [type(event) for event in desk.tell(one, again, other)] == [
        his.OrderPlaced,
        his.FactConfirmed,
        his.OrderPlaced,
    ]
    assert desk.tell(one, again, other) == []


def test_a_confirmation_of_before_its_kind_was_written_down_is_read() -> None:
    desk = Desk()
    desk.tell(fact_of(1, ("order", 1, 0, 0)))
    old = his.FactConfirmed(at=AT + timedelta(hours=1), patient_key="k", message_id="m2", about="order/1")
    desk.patient = DECIDER.evolve(desk.patient, old)
    assert desk.tell(fact_of(3, ("order", 1, 30, 1))) == []


@pytest.mark.parametrize("count", [10, MAX_DETAILS_HEARD])
def test_details_of_one_and_the_same_time_are_told_once_a_message(count: int) -> None:
    desk = Desk()
    reports = [
        his.PatientDetailsReported.model_validate({**HEAD, "at": AT, "message_id": f"m{n}"}) for n in range(count)
    ]
    assert len(desk.tell(*reports)) == count
    assert desk.tell(*reports) == []
    later = changed(reports[0], at=AT + timedelta(days=1), message_id="later")
    assert desk.tell(later) == [later]
    assert desk.tell(*reports, later) == []
    assert len(desk.patient.details) == 1


def test_of_details_of_one_time_the_latest_are_remembered() -> None:
    desk = Desk()
    for number in range(MAX_DETAILS_HEARD + 5):
        desk.tell(his.PatientDetailsReported.model_validate({**HEAD, "at": AT, "message_id": f"m{number}"}))
    assert len(desk.patient.details) == MAX_DETAILS_HEARD


def test_messages_of_one_minute_about_a_visit_change_nothing_back() -> None:
    """An admission that told the visit, and one that was taken for news of its ward, each heard a second time."""
    desk, wards = Desk(), ("W3", "W4", "W5")
    admissions = [stay("ADT^A01", f"m{number}", 0, ward=ward) for number, ward in enumerate(wards)]
    assert [type(event) for event in desk.tell(*admissions)] == [
        his.PatientAdmitted,
        his.VisitUpdated,
        his.VisitUpdated,
    ]
    for each in admissions:
        assert desk.tell(each) == []


def test_visits_without_a_number_are_remembered_up_to_a_bound() -> None:
    desk, begun = Desk(), fact("ADT^A01", "m0")
    for number in range(MAX_UNNUMBERED + MAX_STEPS):
        visit = Visit(visit_id=f"v{number}", patient_class="inpatient")
        at = begun.at + timedelta(days=number)
        desk.tell(changed(begun, at=at, message_id=f"m{number}", visit=visit))
    assert (len(desk.patient.unnumbered), len(desk.patient.steps)) == (MAX_UNNUMBERED, MAX_STEPS)
    assert desk.patient.unnumbered[-1] == f"v{MAX_UNNUMBERED + MAX_STEPS - 1}"
