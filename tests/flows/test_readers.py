"""What integrators and downstream apps can rely on: idempotency, positions, freshness, merge, erasure, rebuild."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.catalogue import load
from deploy.demo.director import Director, StoryBroke
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
    answer = await director.http.post("/contacts/v1/touchpoints", json=touch(phone))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], len(body["event_ids"])) == ("accepted", 1)
    await director.rest()
    route, number = "/contacts/v1/persons/search", {"system": "phone", "value": phone}
    told = (await director.http.post(route, json=number)).json()
    assert (len(told["data"]), told["lag"]) == (1, 0)
    assert {"as_of", "position"} <= told.keys()
    since = {"min_position": told["position"]}
    assert (await director.http.post(route, json=number, params=since)).status_code == 200


async def test_the_same_idempotency_key_is_the_same_command(director: Director) -> None:
    body, headers = touch(fresh_phone()), {"idempotency-key": uuid4().hex}
    first = await director.http.post("/contacts/v1/touchpoints", json=body, headers=headers)
    second = await director.http.post("/contacts/v1/touchpoints", json=body, headers=headers)
    assert first.json()["command_id"] == second.json()["command_id"]
    assert first.json()["event_ids"] == second.json()["event_ids"]
    await director.rest()
    looked = await director.http.get(f"/contacts/commands/{first.json()['command_id']}")
    assert looked.json()["status"] == "accepted"
    third = await director.http.post("/contacts/v1/touchpoints", json=body, headers=headers)
    assert third.json() == first.json()


async def test_an_idempotency_key_with_another_body_is_refused(director: Director) -> None:
    body, headers = touch(fresh_phone()), {"idempotency-key": uuid4().hex}
    await director.http.post("/contacts/v1/touchpoints", json=body, headers=headers)
    for _ in range(2):
        answer = await director.http.post("/contacts/v1/touchpoints", json={**body, "agent": "b"}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")
        await director.rest()


async def test_the_same_hl7_message_twice_is_acknowledged_and_told_once(director: Director) -> None:
    patient = Patient.new()
    text = patient.says("ADT^A01", "TWICE", director.clock())
    answers = [await director.mllp(text) for _ in range(3)]
    assert all(f"TWICE-{patient.mrn}" in answer for answer in answers)
    person = await person_of(director, patient)
    view = await director.get(f"/contacts/v1/persons/{person}/360")
    assert view["counts"]["PatientAdmitted"] == 1


async def test_two_records_of_one_human_are_shown_as_one_and_apart_again(director: Director) -> None:
    people = []
    for _ in range(2):
        patient = Patient.new()
        await director.mllp(patient.says("ADT^A01", "IN", director.clock()))
        people.append(await person_of(director, patient))
    body = {"merged_id": people[1], "reason": "same human"}
    await director.post(f"/contacts/v1/persons/{people[0]}/merge", body)
    await director.rest()
    view = await director.get(f"/contacts/v1/persons/{people[0]}/360")
    assert (view["cluster"], view["counts"]["PatientAdmitted"], len(view["visits"])) == (people, 2, 2)
    await director.post(f"/contacts/v1/persons/{people[0]}/unmerge", body)
    await director.rest()
    view = await director.get(f"/contacts/v1/persons/{people[0]}/360")
    assert (view["cluster"], view["counts"]["PatientAdmitted"]) == ([people[0]], 1)


async def test_one_human_gets_one_reminder(director: Director) -> None:
    """Both records were discharged; after the merge only one is reminded, and a no to one is a no to both."""
    first, second = Patient.new(), Patient.new()
    people = [await discharged(director, patient) for patient in (first, second)]
    no = {"purpose": "survey", "granted": False}
    await director.http.put(f"/contacts/v1/persons/{people[1]}/consent", json=no)
    await director.post(f"/contacts/v1/persons/{people[0]}/merge", {"merged_id": people[1], "reason": "same human"})
    await director.rest()
    await until(director, director.clock() + timedelta(days=8))
    mails = director.mails_to(first.mail) + director.mails_to(second.mail)
    assert [mail.subject for mail in mails] == ["用药提醒"]
    messages = [await director.get("/notify/v1/messages", person=person) for person in people]
    assert messages[0] == messages[1]
    assert "no-consent" in [message.get("reason") for message in messages[0]]


async def test_the_360_as_of_then_shows_the_whole_person_as_of_then(director: Director) -> None:
    patient, then = Patient.new(), director.clock()
    await director.mllp(patient.says("ADT^A01", "IN", then - timedelta(days=3)))
    person = await person_of(director, patient)
    await director.http.put(f"/contacts/v1/persons/{person}/consent", json={"purpose": "survey", "granted": False})
    await director.mllp(patient.says("ADT^A03", "OUT", then).replace("秀英", "秀兰"))
    await director.rest()
    path = f"/contacts/v1/persons/{person}/360"
    now, before = await director.get(path), await director.get(path, as_of=(then - timedelta(days=1)).isoformat())
    assert ("秀兰" in now["identity"]["name"], "秀英" in before["identity"]["name"]) == (True, True)
    assert (now["consents"], before["consents"]) == ({"survey": False}, {})
    assert "PatientDischarged" not in before["counts"]
    assert [sorted(visit["steps"]) for visit in before["visits"]] == [["admitted"]]
    unknown = await director.get(path, known_at=(then - timedelta(days=400)).isoformat())
    assert (unknown["identity"], unknown["timeline"]) == ({}, [])


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
    asked = await director.post(f"/contacts/v1/persons/{person}/erasure", {})
    await director.get("/contacts/v1/approvals", min_position=asked["position"])
    assert (await director.http.get(f"/contacts/v1/erasures/{person}")).status_code == 404
    with pytest.raises(StoryBroke, match="second-person-needed"):
        await approves(director, "contacts", person)
    await approves(second, "contacts", person)
    await director.rest()
    certificate = await director.get(f"/contacts/v1/erasures/{person}")
    assert (certificate["complete"], certificate["requested_by"], certificate["approved_by"]) == (
        True,
        "demo",
        "second",
    )
    assert await director.get("/contacts/v1/accesses", person=person), "who looked is told of the erased, too"
    assert person not in {waits["subject"] for waits in await director.get("/contacts/v1/approvals")}
    assert await director.find(patient.identifier) == []
    for _ in range(2):
        view = await director.get(f"/contacts/v1/persons/{person}/360")
        assert (view["identity"], view["erased"], view["counts"]["PatientDischarged"]) == ({}, True, 1)
        assert "王" not in str(view)
        await rebuilt(system, "contacts", "person_360")
    assert (await director.http.post(f"/contacts/v1/persons/{person}/erasure")).status_code == 404


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
            await director.post(f"/contacts/v1/persons/{person}/erasure", {})
            await approves(second, "contacts", person)
            await director.rest()
            return await super()._still(different)

    report = await rebuilt(system, "contacts", "person_360", Interrupted)
    assert report.different == []
    view = await director.get(f"/contacts/v1/persons/{person}/360")
    assert (view["identity"], view["erased"], view["counts"]["PatientDischarged"]) == ({}, True, 1)
    assert "王" not in str(view)


async def test_every_collection_rebuilds_to_what_it_was(system: System, director: Director) -> None:
    await discharged(director, Patient.new())
    await director.rest()
    for service in ("contacts", "followup", "complaints", "notify", "his_adapter"):
        for projection in load(service, system.settings).collections:
            report = await rebuilt(system, service, projection.collection)
            assert (report.different, report.before) == ([], report.after), (service, projection.collection)
    person = await discharged(director, Patient.new())
    assert (await director.get(f"/contacts/v1/persons/{person}/360"))["counts"]["PatientDischarged"] == 1
