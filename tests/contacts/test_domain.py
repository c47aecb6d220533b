"""One person: details, facts, consent. A specification."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.contacts.commands import ForgetPerson, NoteStanding, RecordInput, SetConsent
from services.contacts.domain import DECIDER, FACTS
from shared.contracts import his_adapter as his
from shared.contracts import person_facts
from shared.contracts.base import changed
from shared.contracts.contacts import (
    ConsentChanged,
    Human,
    KnownIdentifier,
    PersonDetailsChanged,
    PersonForgotten,
    PersonRegistered,
    TouchpointRecorded,
    TouchpointReported,
)
from shared.contracts.facts import Details, Identifier, Visit
from shared.testing import Spec
from tests.conftest import SHANGHAI

AT = datetime(2026, 3, 9, 10, 0, tzinfo=SHANGHAI)
RULES = Spec(DECIDER)
WANG = Details(
    identifiers=(Identifier(system="MRN:CITY", key="k1", value="1"),),
    name="王秀英",
    birth_date=date(1956, 4, 12),
    phones=("138",),
    email="w@x.example",
    language="zh",
)


def admitted(details: Details = WANG, at: datetime = AT) -> his.PatientAdmitted:
    visit = Visit(visit_id="v", number="V1", patient_class="inpatient", department="CARD")
    return his.PatientAdmitted(at=at, patient_key="k1", patient=details, message_id="m", control_id="C1", visit=visit)


def record(message: Any) -> RecordInput:
    data = message.model_dump(mode="json", exclude={"at"})
    id = f"r{message.at}{data.get('message_id')}"
    return RecordInput(id=id, at=message.at, person_id="p", input_type=type(message).wire, input=data)


KNOWN = RULES.when(record(admitted())).events


def test_the_first_fact_registers_the_person_and_republishes_it_by_person() -> None:
    registered, fact = RULES.when(record(admitted())).then_only(PersonRegistered, person_facts.PatientAdmitted).events
    assert registered.details == WANG
    assert (fact.person_id, fact.source_key, fact.visit.department, fact.control_id) == ("p", "k1", "CARD", "C1")


def test_a_fact_tells_the_human_whom_the_registry_knew_it_to_be_about() -> None:
    human = Human(lead="q", members=("q", "p"), version=7)
    resolved = changed(record(admitted()), human=human)
    assert RULES.when(resolved).one(person_facts.PatientAdmitted).human == human


def test_the_same_details_are_no_news() -> None:
    RULES.given(*KNOWN).when(record(admitted(at=AT + timedelta(days=1)))).then_only(person_facts.PatientAdmitted)


def test_new_details_are_told_whole_with_what_changed() -> None:
    news = changed(WANG, phones=("139",), identifiers=(Identifier(system="ID", key="k2"),))
    event = RULES.given(*KNOWN).when(record(admitted(news, AT + timedelta(days=1)))).one(PersonDetailsChanged)
    assert event.changed == ("phones", "identifiers")
    assert (event.details.phones, event.details.name) == (("139",), "王秀英")
    assert [i.key for i in event.details.identifiers] == ["k1", "k2"]


def test_what_is_left_out_stays_and_what_is_cleared_goes() -> None:
    news = Details(identifiers=WANG.identifiers, cleared=("phones",))
    event = RULES.given(*KNOWN).when(record(admitted(news, AT + timedelta(days=1)))).one(PersonDetailsChanged)
    assert (event.details.phones, event.details.name) == (None, "王秀英")


def test_late_news_does_not_move_details_backwards_but_the_fact_counts() -> None:
    old = admitted(changed(WANG, name="旧名"), AT - timedelta(days=1))
    RULES.given(*KNOWN).when(record(old)).then_only(person_facts.PatientAdmitted)


def test_details_alone_publish_no_fact() -> None:
    reported = his.PatientDetailsReported(at=AT, patient_key="k1", patient=WANG, message_id="m")
    RULES.when(record(reported)).then_only(PersonRegistered)


@pytest.mark.parametrize("model", [his.PatientsLinked, his.PatientsUnlinked])
def test_a_link_that_says_the_details_again_tells_only_that(model: type[his.PatientsLinked]) -> None:
    others = (Identifier(system="MRN:CITY", key="k2"),)
    link = model(at=AT + timedelta(days=1), patient_key="k1", patient=WANG, message_id="m", others=others)
    event = RULES.given(*KNOWN).when(record(link)).one(person_facts.DetailsReported)
    assert set(event.restated) == {"name", "birth_date", "phones", "email", "language"}


def test_a_touchpoint_registers_a_prospect() -> None:
    touch = TouchpointReported(
        at=AT,
        touchpoint_id="t",
        identifiers=(KnownIdentifier(system="phone", value="137"),),
        channel="phone",
        direction="inbound",
        name="李",
        summary="asks for a bed",
    )
    registered, recorded = RULES.when(record(touch)).then_only(PersonRegistered, TouchpointRecorded).events
    assert (registered.details, recorded.summary) == (Details(), "asks for a bed")


def touch(name: str, phone: str, id: str = "t", at: datetime = AT) -> TouchpointReported:
    identifiers = (KnownIdentifier(system="phone", value=phone),)
    return TouchpointReported(
        at=at, touchpoint_id=id, identifiers=identifiers, channel="phone", direction="inbound", name=name
    )


def test_a_touchpoint_does_not_overwrite_what_the_hospital_told() -> None:
    future = AT.replace(year=2099)
    history = RULES.given(*KNOWN)
    history.when(record(touch("别名", "137", at=future))).then_only(TouchpointRecorded)
    news = changed(WANG, name="王秀")
    assert history.when(record(admitted(news, AT + timedelta(days=1)))).one(PersonDetailsChanged).details.name == "王秀"


def test_the_same_touchpoint_is_recorded_once() -> None:
    history = RULES.given(*KNOWN)
    history.when(record(touch("王", "138"))).then_only(TouchpointRecorded)
    history.when(record(touch("王", "138", at=AT + timedelta(hours=1)))).then_nothing()


def test_a_forgotten_person_stays_forgotten() -> None:
    forget = ForgetPerson(id="f", at=AT, person_id="p")
    history = RULES.given(*KNOWN)
    history.when(forget).then_only(PersonForgotten)
    history.when(forget).then_nothing()
    assert history.state.details == Details()
    news = changed(WANG, phones=("139",))
    history.when(record(admitted(news, AT + timedelta(days=1)))).then_only(person_facts.PatientAdmitted)


def test_an_input_whose_key_was_destroyed_is_rejected() -> None:
    gone = RecordInput(id="r", at=AT, person_id="p", input_type=his.PatientAdmitted.wire, input=None)
    RULES.when(gone).rejected("input-unreadable")


def test_consent_is_told_once_and_only_of_people_we_know() -> None:
    no = SetConsent(id="c", at=AT, person_id="p", purpose="survey", granted=False)
    RULES.when(no).rejected("person-unknown")
    history = RULES.given(*KNOWN)
    history.when(no).then_only(ConsentChanged)
    history.when(no).then_nothing()


def test_a_word_is_told_again_where_another_record_of_the_human_says_otherwise() -> None:
    yes = SetConsent(id="y", at=AT, person_id="p", purpose="survey", granted=True)
    history = RULES.given(*KNOWN)
    history.when(yes)
    human = Human(lead="q", members=("q", "p"), version=4)
    standing = {"consents": {"survey": False}, "consented": {"survey": AT}}
    history.when(NoteStanding(id="n", at=AT, person_id="p", human=human, **standing))
    history.when(changed(yes, id="y2")).then_only(ConsentChanged)


def test_older_word_of_the_registry_is_not_told() -> None:
    history = RULES.given(*KNOWN)
    for version, count in ((5, 1), (4, 0), (5, 0), (6, 1)):
        human = Human(lead="p", members=("p",), version=version)
        assert len(history.when(NoteStanding(id=f"n{version}", at=AT, person_id="p", human=human)).events) == count


def test_every_fact_of_a_hospital_has_its_twin_here() -> None:
    the_registrys = {"PatientDetailsReported", "PatientsLinked", "PatientsUnlinked"}
    theirs = {model.__name__ for model in his.PatientFact.__subclasses__()} - the_registrys
    assert theirs <= FACTS.keys()
    left = {"patient", "patient_key", "updated", "reachable", "servers", "older"}
    for name in theirs:
        mine = FACTS[name].model_fields.keys() - {
            "person_id",
            "source_key",
            "human",
            "input_id",
            "restated",
            "stated_at",
        }
        assert mine == getattr(his, name).model_fields.keys() - left, name
