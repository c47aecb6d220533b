"""Ids on FHIR servers: which server's they are, and under which names what older versions told goes on."""

from typing import Any

import orjson
import pytest

from services.his_adapter.facts.commands import ReportFact
from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import reporting
from services.his_adapter.facts.servers import home
from services.his_adapter.facts.state import Patient
from services.his_adapter.formats import meaning
from services.his_adapter.formats.common.servers import names_of
from services.his_adapter.replay import in_known_names
from shared.contracts import his_adapter as his
from shared.contracts.base import changed, stored
from shared.contracts.facts import BARE_ID, SERVER_ID, Identifier, has_kind
from shared.contracts.his_servers import FactHandedOn
from shared.definitions import Definitions
from tests.his_adapter.test_fhir import appointment, at
from tests.support.fhir import KEY, SITE, encounter, patient, received

NUMBER = {"type": "Patient", "identifier": {"type": {"coding": [{"code": "MR"}]}, "value": "100300"}}


def by_number(status: str, hour: int) -> dict[str, Any]:
    return {**appointment(status), **at(hour), "participant": [{"actor": NUMBER, "status": "accepted"}]}


def facts(resource: dict[str, Any], sender: str) -> list[Any]:
    return list(meaning.facts(KEY, SITE, received(resource, sender=sender, control_id=f"{resource['resourceType']}/1")))


def bare_ids(ids: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    return tuple(each for each in ids if not has_kind(each.system, SERVER_ID))


def before(resource: dict[str, Any], sender: str) -> list[Any]:
    """The facts of a resource as the version before servers had names wrote them."""
    older_facts = []
    for fact in facts(resource, sender):
        bare = changed(fact, patient=changed(fact.patient, identifiers=bare_ids(fact.patient.identifiers)))
        bare = changed(bare, others=bare_ids(bare.others)) if isinstance(bare, his.PatientsLinked) else bare
        text = changed(bare, older=(), servers=()).model_dump_json()
        names = {new: thing.id or "" for new, thing in fact.older} | {fact.patient_key: home(fact)}
        for new, old in names.items():
            text = text.replace(new, old)
        older_facts.append(stored(type(fact), orjson.loads(text)))
    return older_facts


def patient_after(*events: Any) -> Patient:
    state = Patient()
    for event in events:
        state = DECIDER.evolve(state, event)
    return state


def decided(fact: Any, state: Patient) -> Any:
    return DECIDER.decide(reporting(fact, "c"), state, Definitions())


def test_a_table_has_no_server_and_a_server_may_have_several_names() -> None:
    site = changed(SITE, servers={"EMR": ("feed/main", "OUR-FHIR-SERVER")})
    assert names_of(site, "feed/main") == names_of(site, "EMR") == ("EMR", "feed/main", "OUR-FHIR-SERVER")
    assert (names_of(site, "LIS"), names_of(site, "table/visits")) == (("LIS",), ())
    [fact, *_] = facts(encounter(), "table/visits")
    assert (home(fact), fact.servers, fact.older) == (fact.patient_key, (), ())


def test_what_is_published_names_its_server_and_no_older_names() -> None:
    [published, *_] = decided(facts(encounter(), "A")[0], Patient())
    assert (published.servers, published.older, published.patient_key) == (
        ("A",),
        (),
        published.patient.identifiers[0].key,
    )
    assert [each.system for each in published.patient.identifiers] == ["FHIR:CITY", "FHIR-SERVER:A"]


@pytest.mark.parametrize("sender", ["A", "B"])
def test_the_first_server_to_give_an_id_keeps_it(sender: str) -> None:
    first = decided(facts(encounter(), "A")[0], Patient())
    for history in (first, before(encounter(), "A")[:1]):
        ended = decided(facts(encounter("finished", **at(12)), sender)[1], patient_after(*history))
        assert type(ended[0]) is (his.PatientDischarged if sender == "A" else FactHandedOn)
        if sender == "A":
            assert ended[0].visit.visit_id == history[0].visit.visit_id


def test_a_thing_of_before_keeps_its_name_for_the_server_that_told_it_first() -> None:
    [old] = before(by_number("booked", 8), "A")
    [other] = before(by_number("booked", 9) | {"id": "a2"}, "B")
    state = patient_after(old, other)
    assert (state.giver, list(state.first_servers.values())) == ("A", ["B"])
    for name, owner in ((old, "A"), (other, "B")):
        for sender in ("A", "B"):
            resource = by_number("cancelled", 10) | ({"id": "a2"} if owner == "B" else {})
            [published] = decided(facts(resource, sender)[0], state)
            same = published.appointment.appointment_id == name.appointment.appointment_id
            assert (type(published), same) == (his.AppointmentCancelled, sender == owner)


def test_a_visit_that_was_only_referred_to_before_is_the_one_that_begins_later() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"text": "肺炎"},
        "subject": {"reference": "Patient/p1"},
    }
    [diagnosed] = before({**condition, "encounter": {"reference": "Encounter/e1"}, **at(8)}, "A")
    [began, *_] = decided(facts(encounter(**at(9)), "A")[0], patient_after(diagnosed))
    assert (type(began), began.visit.visit_id) == (his.PatientAdmitted, diagnosed.visit_id)


def test_messages_of_hl7_and_of_tables_give_no_ids() -> None:
    [fact] = before(by_number("booked", 8), "A")
    for theirs in (changed(fact, control_id="MSG1"), changed(fact, source_system="table/visits")):
        assert patient_after(theirs).giver == ""


def test_a_replay_finds_the_patient_and_the_names_that_a_fact_is_known_by() -> None:
    fact = facts(encounter("finished", **at(12)), "A")[1]
    [old, *_] = before(encounter(), "A")
    patients = {home(fact): patient_after(old)}
    assert in_known_names(fact, patients).patient_key == old.patient_key
    assert in_known_names(fact, patients).visit == changed(fact.visit, visit_id=old.visit.visit_id)  # type: ignore[union-attr]
    other = facts(encounter("finished", **at(12)), "B")[1]
    assert in_known_names(other, patients).patient_key == other.patient_key


def test_a_patients_merge_is_the_thing_it_was_before() -> None:
    linked = patient(link=[{"other": {"reference": "Patient/p2"}, "type": "replaced-by"}])
    state = patient_after(*before(linked, "A"))
    assert [decided(fact, state) for fact in facts(linked, "A")] == [[], [], []]
    later = [decided(fact, state) for fact in facts(linked | at(12), "A")]
    assert [type(each) for events in later for each in events] == [
        his.FactConfirmed,
        his.PatientDetailsReported,
        his.FactConfirmed,
    ]


def test_a_command_of_the_version_before_is_decided_as_it_was() -> None:
    [fact, *_] = before(encounter(), "A")
    command = ReportFact(
        id="c",
        at=fact.at,
        patient_key=fact.patient_key,
        message_id=fact.message_id,
        fact_type=type(fact).wire,
        fact=fact.model_dump(mode="json", exclude={"at", "servers", "older"}),
    )
    assert DECIDER.decide(command, Patient(), Definitions()) == [fact]


def test_an_identifier_is_of_the_kind_that_stands_before_the_colon() -> None:
    assert [has_kind(f"{kind}:CITY", BARE_ID) for kind in ("FHIR", "FHIR-SERVER", "FHIRST", "MRN")] == [
        True,
        False,
        False,
        False,
    ]
    assert has_kind("FHIR-SERVER:main", BARE_ID, SERVER_ID)
    assert not has_kind("FHIR", BARE_ID)
