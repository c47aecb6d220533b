"""Two FHIR servers' `Patient/77` are two people, and one server's patient from before ids had servers stays one.

`old/fhir-ids.jsonl` is a log of the version before: FHIR-A told of 77 (with a number), of 78, replaced by an 80 of whom
nothing was told, and by number alone of an appointment; FHIR-A and FHIR-B each told of a 60, which was taken for one.
"""

from typing import Any

import pytest

from services.contacts.registry.commands import REGISTRY, ErasePerson
from services.his_adapter.facts.servers import RESOURCES
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.fhir.families import FACTS
from shared.contracts import his_adapter as his
from shared.contracts import person_facts as mine
from shared.contracts.contacts import PersonsMerged
from shared.contracts.contacts_identity import MergeProposed
from shared.contracts.facts import BARE_ID, SERVER_ID
from shared.contracts.his_servers import FactHandedOn
from tests.support.fhir import encounter, patient
from tests.world import World
from tests.world.intake import AUTHORITY
from tests.world.old import again, going_on

A, B, OLD = "FHIR-A", "FHIR-B", "fhir-ids"
WANG, LIU, CHEN = ("王", "秀英", "1956-04-12"), ("刘", "洋", "1970-01-01"), ("陈", "静", "1990-05-05")


def dated(hour: int, day: int = 10) -> dict[str, Any]:
    return {"meta": {"lastUpdated": f"2026-03-{day:02}T{hour:02}:00:00+08:00"}}


def who(id: str, name: tuple[str, str, str], phone: str, number: str = "", **more: Any) -> dict[str, Any]:
    family, given, born = name
    names, telecom = [{"family": family, "given": [given]}], [{"system": "phone", "value": phone}]
    resource = patient(id, number, name=names, telecom=telecom, birthDate=born, **{**dated(8), **more})
    return resource if number else {key: value for key, value in resource.items() if key != "identifier"}


def of(id: str) -> dict[str, Any]:
    return {"subject": {"reference": f"Patient/{id}"}}


def stay(id: str, patient: str, status: str = "in-progress", **more: Any) -> dict[str, Any]:
    return encounter(status, id=id, **{**of(patient), **dated(9), **more})


def booked(id: str, actor: Any, status: str = "booked", **more: Any) -> dict[str, Any]:
    at = {"start": "2026-03-20T09:00:00+08:00", "end": "2026-03-20T10:00:00+08:00"}
    participants = [{"actor": actor, "status": "accepted"}]
    resource = {"resourceType": "Appointment", "id": id, "status": status, "participant": participants}
    return resource | at | dated(9) | more


NUMBER = {"type": "Patient", "identifier": {"type": {"coding": [{"code": "MR"}]}, "value": "100300"}}


def key(world: World, id: str, server: str = "") -> str:
    """The key of an id, with its server or without, as older versions wrote it."""
    naming = Naming(world.site_key, Site(id="default", version=1, authority=AUTHORITY))
    return naming.identifier(f"{SERVER_ID}:{server}" if server else f"{BARE_ID}:{AUTHORITY}", id, exact=True).key


def person(world: World, id: str, server: str = "") -> str:
    return str(world.registry.owners[key(world, id, server)][0])


def fact_types(world: World, count: int) -> list[str]:
    """The types of the patient facts recorded after the first `count` events."""
    return [type(each.data).__name__ for each in world.history[count:] if isinstance(each.data, his.PatientFact)]


def test_the_same_id_of_two_servers_is_two_people() -> None:
    world = World()
    for server, name, phone in (
        (A, ("王", "秀英", "1956-04-12"), "13800138000"),
        (B, CHEN, "13"),
    ):
        world.fhir(who("77", name, phone), server)
        world.fhir(stay("5", "77"), server)
        world.fhir(booked("5", {"reference": "Patient/77"}), server)
    world.rest()
    one, other = person(world, "77", A), person(world, "77", B)
    assert (one != other, world.registry.cluster(one), world.letters) == (True, (one,), [])
    for kind in (mine.PatientAdmitted, mine.AppointmentBooked):
        assert sorted(event.person_id for event in world.events(kind)) == sorted((one, other))
    visits = {event.visit.visit_id for event in world.events(mine.PatientAdmitted)}
    appointments = {event.appointment.appointment_id for event in world.events(mine.AppointmentBooked)}
    assert (len(visits), len(appointments)) == (2, 2)


@pytest.mark.parametrize("seed", range(6))
def test_they_stay_two_whatever_crashes_and_is_sent_again(seed: int) -> None:
    world = World(seed=seed, faults=0.05)
    for status in ("in-progress", "finished"):
        for server in (A, B, A, B):
            world.fhir(who("77", WANG if server == A else CHEN, f"1380013800{server == A:d}"), server)
            world.fhir(stay("5", "77", status, **dated(10 if status == "finished" else 9)), server)
            world.run_steps(20)
    world.rest()
    assert person(world, "77", A) != person(world, "77", B)
    ended = [event.person_id for event in world.events(mine.PatientDischarged)]
    assert sorted(ended) == sorted((person(world, "77", A), person(world, "77", B)))


def test_a_visit_named_alike_by_two_servers_for_one_number_is_two() -> None:
    world = World()
    for server in (A, B):
        world.fhir(booked("9", NUMBER), server)
        world.fhir(stay("9", "", subject=NUMBER), server)
    world.rest()
    assert len({event.appointment.appointment_id for event in world.events(mine.AppointmentBooked)}) == 2
    assert len({event.visit.visit_id for event in world.events(mine.PatientAdmitted)}) == 2
    world.fhir(booked("9", NUMBER, "cancelled", **dated(11)), B)
    world.rest()
    [gone] = world.events(mine.AppointmentCancelled)
    assert gone.appointment.appointment_id == world.events(mine.AppointmentBooked)[1].appointment.appointment_id


def test_a_patient_of_before_stays_one_and_their_visits_go_on() -> None:
    world = going_on(OLD)
    before, count = person(world, "77"), len(world.history)
    [began] = [each for each in world.events(his.PatientAdmitted) if each.patient_key == key(world, "77")]
    world.fhir(who("77", WANG, "13800138000", "100234", **dated(11)), A)
    world.fhir(stay("5", "77", "finished", **dated(12)), A)
    world.fhir(booked("5", {"reference": "Patient/77"}, "cancelled", **dated(12)), A)
    world.rest()
    assert fact_types(world, count) == ["PatientDetailsReported", "PatientDischarged", "AppointmentCancelled"]
    assert person(world, "77", A) == before
    [ended] = [each for each in world.events(his.PatientDischarged) if each.patient_key == key(world, "77")]
    assert ended.visit.visit_id == began.visit.visit_id
    [cancelled] = world.events(mine.AppointmentCancelled)
    assert (cancelled.person_id, cancelled.appointment.appointment_id) in [
        (each.person_id, each.appointment.appointment_id) for each in world.events(mine.AppointmentBooked)
    ]
    assert world.letters == []


def test_what_was_told_before_is_not_told_again() -> None:
    world = going_on(OLD)
    people, count = set(world.registry.held), len(world.history)
    again(world, OLD)
    world.rest()
    new = [each.data for each in world.history[count:] if isinstance(each.data, his.PatientFact)]
    assert {each.source_system for each in new} <= {B}
    assert {each.patient_key for each in new} <= {key(world, "60", B)}
    assert people < set(world.registry.held) == people | {person(world, "60", B)}


def test_an_appointment_by_number_of_before_is_still_that_servers_own() -> None:
    world = going_on(OLD)
    [before] = [each for each in world.events(mine.AppointmentBooked) if each.person_id == world.person("100300")]
    world.fhir(booked("9", NUMBER, "cancelled", **dated(12)), B)
    world.rest()
    world.fhir(booked("9", NUMBER, "cancelled", **dated(12)), A)
    world.rest()
    others, own = world.events(mine.AppointmentCancelled)
    assert own.appointment.appointment_id == before.appointment.appointment_id != others.appointment.appointment_id


@pytest.mark.parametrize("first", [A, B])
def test_a_second_server_finds_the_id_taken_whoever_speaks_first_after_the_upgrade(first: str) -> None:
    world = going_on(OLD)
    before = person(world, "77")
    for server in (first, B if first == A else A):
        named = WANG if server == A else CHEN
        world.fhir(who("77", named, "13800138000" if server == A else "13800138099", **dated(11)), server)
        world.fhir(stay("5", "77", "finished", **dated(12)), server)
        world.rest()
    assert person(world, "77", A) == before != person(world, "77", B)
    [handed] = {each.to_key for each in world.events(FactHandedOn)}
    assert handed == key(world, "77", B)
    discharged = [each.person_id for each in world.events(mine.PatientDischarged)]
    assert sorted(discharged) == sorted((before, person(world, "77", B)))


def test_patients_who_were_taken_for_one_go_apart_and_a_person_is_asked() -> None:
    world = going_on(OLD)
    before, count = person(world, "60"), len(world.history)
    world.fhir(stay("61", "60", "finished", **{"class": {"code": "AMB"}}, **dated(12)), B)
    world.fhir(stay("60", "60", "finished", **dated(12)), A)
    world.rest()
    other = person(world, "60", B)
    assert (other != before, person(world, "60", A)) == (True, before)
    [asked] = [each.data for each in world.history[count:] if isinstance(each.data, MergeProposed)]
    assert (set(asked.candidates), "two servers" in asked.reasons[0]) == ({before, other}, True)
    world.fhir(stay("62", "60"), B)
    world.rest()
    assert len(world.events(MergeProposed)) == 1
    assert {e.person_id for e in world.events(mine.PatientDischarged) if e.visit.number == "60"} == {before}


def test_an_id_that_was_only_linked_to_before_still_names_that_servers_patient() -> None:
    world = going_on(OLD)
    before = person(world, "80")
    assert before == person(world, "78")
    world.fhir(who("80", CHEN, "13800138099", **dated(11)), B)
    world.rest()
    world.fhir(who("80", LIU, "13800138078", **dated(11)), A)
    world.rest()
    assert person(world, "80", A) == before != person(world, "80", B)


def test_a_link_joins_the_records_of_its_own_server() -> None:
    world = going_on(OLD)
    world.fhir(who("77", CHEN, "13800138099", **dated(11)), B)
    world.fhir(who("90", WANG, "13800138000", **dated(11)), A)
    world.rest()
    link = [{"other": {"reference": "Patient/77"}, "type": "replaces"}]
    world.fhir(who("90", WANG, "13800138000", link=link, **dated(12)), A)
    world.rest()
    assert person(world, "90", A) in world.registry.cluster(person(world, "77"))
    assert len(world.registry.cluster(person(world, "77", B))) == 1
    assert len(world.events(PersonsMerged)) == 1


def test_an_erasure_after_the_upgrade_names_both_keys_and_leaves_the_other_servers_patient() -> None:
    world = going_on(OLD)
    world.fhir(who("77", WANG, "13800138000", "100234", **dated(11)), A)
    world.fhir(who("77", CHEN, "13800138099", **dated(11)), B)
    world.rest()
    before, other = person(world, "77"), person(world, "77", B)
    world.ask(REGISTRY, ErasePerson(id="erase", at=world.now, person_id=before, requested_by="dpo"))
    [erased] = [each for each in world.history if type(each.data).__name__ == "PersonErased"]
    assert {key(world, "77"), key(world, "77", A)} <= set(erased.data.keys)
    assert not {key(world, "77", B), other} & set(erased.data.keys)
    for server in (B, A):
        world.fhir(stay("8", "77"), server)
        world.rest()
    assert person(world, "77", B) == other != person(world, "77", A) != before
    assert person(world, "77") == person(world, "77", A), "the id alone is still that of the server that gave it"


def test_one_server_that_sends_by_two_names_is_one_where_the_site_says_so() -> None:
    site = next(each for each in World().definitions.current(Site) if each.id == "default")
    site_of_both = Site(**{**dict(site), "version": site.version + 1, "servers": {"EMR": (A, B)}})
    world = going_on(OLD, definitions=(site_of_both,))
    world.fhir(stay("60", "60", "finished", **dated(12)), B)
    world.fhir(booked("60", {"reference": "Patient/60"}, "cancelled", **dated(12)), A)
    world.rest()
    assert person(world, "60", "EMR") == person(world, "60")
    assert (world.events(FactHandedOn), len(world.events(mine.AppointmentCancelled))) == ([], 1)


def test_what_told_facts_is_named_here_as_it_is_translated() -> None:
    assert set(RESOURCES) == set(FACTS)
