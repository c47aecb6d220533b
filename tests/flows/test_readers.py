"""What integrators and downstream apps can rely on: idempotency, positions, freshness, merge, erasure, rebuild."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from careloop_client import ProblemAnswered
from careloop_client.contacts.models import Consent, Identity, Merge, Search, TouchpointReported
from deploy.catalogue import SERVICE_NAMES, load
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.operating.attribute import Attribution
from deploy.operating.rebuild import Rebuild
from shared import mongo
from shared.codec import Codec
from shared.host.deps import key_ring
from tests.flows.test_bad_input import TOUCH
from tests.flows.test_story import until
from tests.support.systems import Patient, approves, discharged, person_of


def touch(phone: str) -> dict[str, Any]:
    return {**TOUCH, "touchpoint_id": uuid4().hex, "identifiers": [{"system": "phone", "value": phone}]}


def fresh_phone() -> str:
    return f"136{uuid4().int % 10**8:08d}"


async def test_a_touchpoint_over_http_shows_up_where_its_position_says(director: Director) -> None:
    phone = fresh_phone()
    contacts, number = director.careloop.contacts, Search(system="phone", value=phone)
    outcome = await contacts.report_touchpoint(TouchpointReported(**touch(phone)))
    assert (outcome.status, len(outcome.event_ids)) == ("accepted", 1)
    await director.rest()
    page = await contacts.search_persons(number)
    assert (len(page.data), page.lag) == (1, 0)
    assert (await contacts.search_persons(number, min_position=page.position)).data == page.data


async def test_the_same_idempotency_key_is_the_same_command(director: Director) -> None:
    contacts, body, key = director.careloop.contacts, TouchpointReported(**touch(fresh_phone())), uuid4().hex
    first, second = [await contacts.report_touchpoint(body, idempotency_key=key) for _ in range(2)]
    assert (first.command_id, first.event_ids) == (second.command_id, second.event_ids)
    await director.rest()
    assert (await contacts.get_command(first.command_id)).status == "accepted"
    assert await contacts.report_touchpoint(body, idempotency_key=key) == first


async def test_an_idempotency_key_with_another_body_is_refused(director: Director) -> None:
    contacts, body, key = director.careloop.contacts, touch(fresh_phone()), uuid4().hex
    await contacts.report_touchpoint(TouchpointReported(**body), idempotency_key=key)
    for _ in range(2):
        with pytest.raises(ProblemAnswered, match="422 idempotency-key-reused"):
            await contacts.report_touchpoint(TouchpointReported(**{**body, "agent": "b"}), idempotency_key=key)
        await director.rest()


async def test_the_same_hl7_message_twice_is_acknowledged_and_told_once(director: Director) -> None:
    patient = Patient.new()
    text = patient.says("ADT^A01", "TWICE", director.clock())
    answers = [await director.mllp(text) for _ in range(3)]
    assert all(f"TWICE-{patient.mrn}" in answer for answer in answers)
    person = await person_of(director, patient)
    view = (await director.careloop.contacts.view_person(person)).data
    assert view.counts["PatientAdmitted"] == 1


async def test_two_records_of_one_human_are_shown_as_one_and_apart_again(director: Director) -> None:
    people = []
    for _ in range(2):
        patient = Patient.new()
        await director.mllp(patient.says("ADT^A01", "IN", director.clock()))
        people.append(await person_of(director, patient))
    contacts, body = director.careloop.contacts, Merge(merged_id=people[1], reason="same human")
    await contacts.merge_persons(people[0], body)
    await director.rest()
    view = (await contacts.view_person(people[0])).data
    assert (view.cluster, view.counts["PatientAdmitted"], len(view.visits)) == (people, 2, 2)
    await contacts.unmerge_persons(people[0], body)
    await director.rest()
    view = (await contacts.view_person(people[0])).data
    assert (view.cluster, view.counts["PatientAdmitted"]) == ([people[0]], 1)


async def test_one_human_gets_one_reminder(director: Director) -> None:
    """Both records were discharged; after the merge only one is reminded, and a no to one is a no to both."""
    first, second = Patient.new(), Patient.new()
    people = [await discharged(director, patient) for patient in (first, second)]
    contacts, notify = director.careloop.contacts, director.careloop.notify
    await contacts.set_consent(people[1], Consent(purpose="survey", granted=False))
    await contacts.merge_persons(people[0], Merge(merged_id=people[1], reason="same human"))
    await director.rest()
    await until(director, director.clock() + timedelta(days=8))
    mails = director.mails_to(first.mail) + director.mails_to(second.mail)
    assert [mail.subject for mail in mails] == ["用药提醒"]
    messages = [(await notify.list_messages(person=person)).data for person in people]
    assert messages[0] == messages[1]
    assert "no-consent" in [message.reason for message in messages[0]]


async def test_the_360_as_of_then_shows_the_whole_person_as_of_then(director: Director) -> None:
    patient, then = Patient.new(), director.clock()
    await director.mllp(patient.says("ADT^A01", "IN", then - timedelta(days=3)))
    person = await person_of(director, patient)
    contacts = director.careloop.contacts
    await contacts.set_consent(person, Consent(purpose="survey", granted=False))
    await director.mllp(patient.says("ADT^A03", "OUT", then).replace("秀英", "秀兰"))
    await director.rest()
    now = (await contacts.view_person(person)).data
    before = (await contacts.view_person(person, as_of=then - timedelta(days=1))).data
    assert ("秀兰" in str(now.identity.name), "秀英" in str(before.identity.name)) == (True, True)
    assert (now.consents, before.consents) == ({"survey": False}, {})
    assert "PatientDischarged" not in before.counts
    assert [sorted(visit.steps) for visit in before.visits] == [["admitted"]]
    unknown = (await contacts.view_person(person, known_at=then - timedelta(days=400))).data
    assert (unknown.identity, unknown.timeline) == (Identity(), [])


async def rebuilt(system: System, service: str, collection: str, rebuild: type[Rebuild] = Rebuild) -> Any:
    async with mongo.connected(system.settings.mongo.url) as client:
        built = load(service, system.settings)
        projection = next(p for p in built.collections if p.collection == collection)
        codec = Codec(key_ring(system.settings, client))
        return await rebuild(built, projection, system.settings, client, codec).run()


async def test_a_person_erased_by_two_is_gone_everywhere_and_the_counts_stay(
    system: System, director: Director, second: Director
) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)
    contacts = director.careloop.contacts
    asked = await contacts.request_erasure(person)
    await contacts.list_approvals(min_position=asked.position)
    with pytest.raises(ProblemAnswered, match="404 erasure-unknown"):
        await contacts.get_erasure(person)
    with pytest.raises(ProblemAnswered, match="409 second-person-needed"):
        await approves(director, "contacts", person)
    await approves(second, "contacts", person)
    await director.rest()
    certificate = (await contacts.get_erasure(person)).data
    assert (certificate.complete, certificate.requested_by, certificate.approved_by) == (True, "demo", "second")
    assert (await contacts.list_accesses(person=person)).data, "who looked is told of the erased, too"
    assert person not in {waits.subject for waits in (await contacts.list_approvals()).data}
    assert await director.find(patient.identifier) == []
    for _ in range(2):
        view = (await contacts.view_person(person)).data
        assert (view.identity, view.erased, view.counts["PatientDischarged"]) == (Identity(), True, 1)
        assert "王" not in str(view)
        await rebuilt(system, "contacts", "person_360")
    with pytest.raises(ProblemAnswered, match="404 person-unknown"):
        await contacts.request_erasure(person)


async def test_a_log_of_this_version_has_nothing_to_attribute(system: System, director: Director) -> None:
    await discharged(director, Patient.new())
    await director.rest()
    async with mongo.connected(system.settings.mongo.url) as client:
        counts = await Attribution(system.settings, key_ring(system.settings, client)).run()
    assert (counts.get("message", 0), counts.get("destroyed", 0)) == (0, 0)


async def test_somebody_erased_in_the_middle_of_a_rebuild_does_not_come_back(
    system: System, director: Director, second: Director
) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)

    class Interrupted(Rebuild):
        async def _still(self, different: list[str]) -> list[str]:
            """The build has read everything so far, the person's name with it."""
            await director.careloop.contacts.request_erasure(person)
            await approves(second, "contacts", person)
            await director.rest()
            return await super()._still(different)

    report = await rebuilt(system, "contacts", "person_360", Interrupted)
    assert report.different == []
    view = (await director.careloop.contacts.view_person(person)).data
    assert (view.identity, view.erased, view.counts["PatientDischarged"]) == (Identity(), True, 1)
    assert "王" not in str(view)


async def test_every_collection_rebuilds_to_what_it_was(system: System, director: Director) -> None:
    await discharged(director, Patient.new())
    await director.rest()
    for service in SERVICE_NAMES:
        for projection in load(service, system.settings).collections:
            report = await rebuilt(system, service, projection.collection)
            assert (report.different, report.before) == ([], report.after), (service, projection.collection)
    person = await discharged(director, Patient.new())
    assert (await director.careloop.contacts.view_person(person)).data.counts["PatientDischarged"] == 1
