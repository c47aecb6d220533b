"""Given what other services tell, whom notify learns of and what it is asked to send."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.notify.commands import LearnReach, LearnRecipient, LearnStanding, RequestMessage
from services.notify.policies import POLICIES
from shared.contracts.base import Event, changed, stored
from shared.contracts.complaints import CaseEscalated
from shared.contracts.contacts import Human, PersonDetailsChanged, PersonErased, PersonRegistered
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.facts import Details
from shared.contracts.followup import ReminderDue, SurveyInvited
from shared.contracts.his_watches import SourceFellSilent
from shared.contracts.notify import Link, ReachShared
from shared.ids import derive
from shared.policy import caused
from shared.testing import Reacts, envelope

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
UNTIL = NINE + timedelta(hours=12)
REACTS = Reacts(POLICIES)
ONE = Human(lead="q", members=("q", "p"), version=5)
WANG = Details(name="王秀英", phones=("138",), email="w@x.example", address="北京", language="zh")
REGISTERED = PersonRegistered(at=NINE, person_id="p", details=WANG)
CHANGED = PersonDetailsChanged(at=NINE, person_id="p", details=WANG, changed=("email",))
REMINDED = ReminderDue(
    at=NINE, person_id="p", task_id="t", template="medicine", purpose="care", valid_until=UNTIL, values={"a": 1}
)
INVITED = SurveyInvited(
    at=NINE,
    person_id="p",
    task_id="t",
    survey="survey/happy/1",
    template="ask",
    purpose="survey",
    valid_until=UNTIL,
    values={"a": 1},
)
ESCALATED = CaseEscalated(
    at=NINE,
    case_id="k",
    person_id="p",
    level=2,
    role="supervisor",
    escalated_to=("chen", "ma"),
    template="escalated",
    department="CARD",
    reason="respond-breached",
)
SILENT = SourceFellSilent(
    at=NINE,
    watch="adt",
    source="HIS/CITY",
    types=("ADT", "ORU"),
    since=NINE - timedelta(minutes=10, seconds=5),
    minutes=10,
    staff=("chen", "ma"),
    template="source-silent",
)


def test_a_new_person_is_learned_with_how_they_can_be_reached() -> None:
    REACTS.to(REGISTERED).then(
        LearnRecipient(
            id=caused(envelope(REGISTERED), "learn"),
            at=NINE,
            recipient_id="p",
            email="w@x.example",
            language="zh",
            name="王秀英",
        )
    )


def test_changed_details_are_learned_whole() -> None:
    REACTS.to(CHANGED).then(
        LearnRecipient(
            id=caused(envelope(CHANGED), "learn"),
            at=NINE,
            recipient_id="p",
            email="w@x.example",
            language="zh",
            name="王秀英",
        )
    )


def test_what_was_deleted_of_how_somebody_is_reached_is_cleared_and_nothing_else() -> None:
    gone = changed(
        CHANGED, details=Details(name="王秀英", email="w@x.example"), changed=("language", "phones", "email")
    )
    assert REACTS.to(gone).one(LearnRecipient).cleared == ("language",)


def test_everybody_erased_is_forgotten() -> None:
    erased = PersonErased(at=NINE, person_id="p", cluster=("p", "q"), keys=("k",), requested_by="clerk")
    REACTS.to(erased).then(
        *(
            LearnRecipient(id=caused(envelope(erased), "learn", person), at=NINE, recipient_id=person, forget=True)
            for person in ("p", "q")
        )
    )


def test_what_holds_for_a_human_is_learned_with_when_it_was_said() -> None:
    standing = PersonStandingChanged(
        at=NINE,
        person_id="p",
        human=ONE,
        dead=True,
        dead_since=NINE,
        death_said=NINE,
        consents={"survey": False},
        consented={"survey": NINE},
    )
    REACTS.to(standing).then(
        LearnStanding(
            id=caused(envelope(standing), "stand"),
            at=NINE,
            recipient_id="p",
            human=ONE,
            dead=True,
            death_said=NINE,
            consents={"survey": False},
            consented={"survey": NINE},
        )
    )


def test_an_address_that_one_record_shares_is_learned_by_the_other() -> None:
    shared = ReachShared(
        at=NINE,
        recipient_id="p",
        with_recipient="q",
        version=5,
        email="w@x.example",
        language="zh",
        name="王秀英",
    )
    REACTS.to(shared).then(
        LearnReach(
            id=caused(envelope(shared), "reach"),
            at=NINE,
            recipient_id="q",
            about="p",
            version=5,
            email="w@x.example",
            language="zh",
            name="王秀英",
        )
    )


def to_patient(event: ReminderDue | SurveyInvited, link: Link | None = None) -> RequestMessage:
    return RequestMessage(
        id=caused(envelope(event), "notify"),
        at=NINE,
        recipient_id="p",
        message_id=derive(envelope(event).id, "message"),
        purpose=event.purpose,
        template=event.template,
        about=envelope(event).id,
        person_id="p",
        valid_until=UNTIL,
        link=link,
        values={"a": 1},
    )


def test_a_reminder_that_is_due_is_asked_for_without_a_link() -> None:
    REACTS.to(REMINDED).then(to_patient(REMINDED))


def test_a_survey_that_is_due_is_asked_for_with_a_link_that_expires_with_it() -> None:
    page = Link(purpose="survey", subject="t", expires=UNTIL, path="/followup/s/")
    REACTS.to(INVITED).then(to_patient(INVITED, page))


def to_staff(event: Any, staff: str, template: str, values: dict[str, Any], person: str | None) -> RequestMessage:
    return RequestMessage(
        id=caused(envelope(event), "notify", staff),
        at=NINE,
        recipient_id=derive(envelope(event).id, "message", staff),
        message_id=derive(envelope(event).id, "message", staff),
        purpose="alert",
        template=template,
        about=envelope(event).id,
        person_id=person,
        staff_id=staff,
        valid_until=NINE + timedelta(days=2),
        values=values,
    )


def test_an_escalation_alerts_everybody_it_names_for_two_days() -> None:
    values = {"case_id": "k", "department": "CARD", "level": 2, "reason": "respond-breached"}
    REACTS.to(ESCALATED).then(*(to_staff(ESCALATED, staff, "escalated", values, "p") for staff in ("chen", "ma")))


def test_a_silent_source_alerts_the_staff_of_its_watch_and_concerns_no_patient() -> None:
    values = {"source": "HIS/CITY", "types": "ADT, ORU", "minutes": 10, "since": "2026-03-09T08:49+00:00"}
    REACTS.to(SILENT).then(*(to_staff(SILENT, staff, "source-silent", values, None) for staff in ("chen", "ma")))


@pytest.mark.parametrize("event", [ESCALATED, SILENT])
def test_an_alert_that_says_how_long_it_is_worth_telling_is_told_so_long(event: Any) -> None:
    until = NINE + timedelta(hours=3)
    alerts = REACTS.to(changed(event, valid_until=until)).commands
    assert [alert.valid_until for alert in alerts] == [until, until]


OLD = [
    b'{"at":"2026-03-09T09:00:00Z","case_id":"k","person_id":"p","level":1,"role":"r","escalated_to":["chen"],'
    b'"template":"escalated","department":"CARD","reason":"respond-overdue"}',
    b'{"at":"2026-03-09T09:00:00Z","watch":"adt","source":"HIS/CITY","types":["ADT"],"since":"2026-03-09T08:50:00Z",'
    b'"minutes":10,"staff":["chen"],"template":"source-silent"}',
]
"""Alarms of before they said how long they are worth telling, as they stand on a log."""


@pytest.mark.parametrize(("model", "written"), [(CaseEscalated, OLD[0]), (SourceFellSilent, OLD[1])])
def test_an_alarm_of_an_older_log_is_worth_telling_for_two_days(model: type[Event], written: bytes) -> None:
    alarm = stored(model, orjson.loads(written))
    assert REACTS.to(alarm).one(RequestMessage).valid_until == alarm.at + timedelta(days=2)


@pytest.mark.parametrize("event", [changed(ESCALATED, escalated_to=()), changed(SILENT, staff=())])
def test_an_alarm_that_names_nobody_alerts_nobody(event: Any) -> None:
    REACTS.to(event).then_nothing()
