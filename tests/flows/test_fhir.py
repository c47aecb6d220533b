"""What a FHIR server sends, over HTTP into the running system, until somebody can read it."""

from typing import Any

import pytest

from careloop_client import ProblemAnswered
from careloop_client.his_adapter.models import ListedHours, Search
from deploy.catalogue import load_all
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.operating.dlq import letters
from services.his_adapter.formats.fhir.resource import validate
from tests.conftest import SHANGHAI
from tests.flows.test_hospital import timeline_types
from tests.support import fhir
from tests.support.systems import Patient, person_of

BASE = "/his/v1/fhir"


def record(who: Patient, director: Director) -> dict[str, Any]:
    """The patient as the server holds them: the number is that of HL7."""
    number = [{"type": {"coding": [{"code": "MR"}]}, "system": "CITY-HOSPITAL", "value": who.mrn}]
    telecom = [{"system": "email", "value": who.mail}]
    return fhir.patient(f"p{who.mrn}", identifier=number, telecom=telecom, meta=written(director))


def written(director: Director) -> dict[str, str]:
    return {"lastUpdated": director.clock().isoformat()}


def stay(who: Patient, director: Director, status: str, reference: str = "") -> dict[str, Any]:
    now = director.clock().astimezone(SHANGHAI)
    period = {"start": now.replace(hour=8).isoformat(), "end": now.isoformat()}
    subject = {"reference": reference or f"Patient/p{who.mrn}"}
    place = {"reference": "Organization/CARD"}
    more = {"subject": subject, "period": period, "meta": written(director), "serviceProvider": place}
    return fhir.encounter(status, **more) | {"id": f"e{who.mrn}"}


async def test_a_bundle_tells_a_stay_of_somebody_hl7_knows(director: Director) -> None:
    who = Patient.new()
    await director.mllp(who.says("ADT^A28", "A", director.clock().astimezone(SHANGHAI)))
    person = await person_of(director, who)
    new = {name: value for name, value in record(who, director).items() if name != "id"}
    rows = [
        {"resource": stay(who, director, "finished", "urn:uuid:1"), "request": {"method": "POST", "url": "Encounter"}},
        {"fullUrl": "urn:uuid:1", "resource": new, "request": {"method": "POST", "url": "Patient"}},
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": rows}
    answer = await director.careloop.his_adapter.send_fhir_bundle(bundle)
    validate(answer)
    places = [row["response"]["location"].partition("/")[0] for row in answer["entry"]]
    assert places == ["Encounter", "Patient"]
    assert await person_of(director, who) == person
    shown = await timeline_types(director, who)
    assert shown.count("patient_discharged") == 1
    assert "enrolled_in_plan" in shown
    assert await director.careloop.his_adapter.send_fhir_bundle(bundle) == answer
    assert (await timeline_types(director, who)).count("patient_discharged") == 1


async def test_a_stay_that_comes_before_its_patient_is_theirs_all_the_same(director: Director) -> None:
    who = Patient.new()
    await director.mllp(who.says("ADT^A28", "A", director.clock().astimezone(SHANGHAI)))
    his = director.careloop.his_adapter
    await his.put_fhir_resource("Encounter", f"e{who.mrn}", stay(who, director, "in-progress"))
    await director.rest()
    await his.put_fhir_resource("Patient", f"p{who.mrn}", record(who, director))
    assert "patient_admitted" in await timeline_types(director, who)
    await his.put_fhir_resource("Encounter", f"e{who.mrn}", stay(who, director, "finished"))
    assert "patient_discharged" in await timeline_types(director, who)
    name = f"Patient/p{who.mrn}"
    [row] = (await his.search_messages(Search(control_id=name))).data
    assert (row.status, row.format) == ("translated", "fhir")
    with pytest.raises(ProblemAnswered, match=r"410 search-moved: .*POST /v1/messages/search"):
        await his.list_messages(control_id=name)


async def test_a_notification_and_a_deletion_reach_the_directory(director: Director) -> None:
    role = {
        "resourceType": "PractitionerRole",
        "id": "rf1",
        "meta": written(director),
        "practitioner": {"reference": "Practitioner/df1"},
        "availableTime": [{"daysOfWeek": ["tue"], "availableStartTime": "08:00:00", "availableEndTime": "11:00:00"}],
    }
    doctor = {"resourceType": "Practitioner", "id": "df1", "name": [{"text": "Dr Fang"}], "meta": written(director)}
    status = {"resourceType": "Parameters", "id": "s"}
    rows = [{"resource": resource} for resource in (status, role, doctor)]
    his = director.careloop.his_adapter
    await his.send_fhir_bundle({"resourceType": "Bundle", "type": "history", "entry": rows})
    await director.rest()
    [session] = (await his.list_entries("clinic-hours", doctor="df1")).data
    assert isinstance(session, ListedHours)
    assert session.hours[0].weekdays == [2]
    assert (await his.get_entry("doctor", "df1")).data.name == "Dr Fang"
    await his.delete_fhir_resource("PractitionerRole", "rf1")
    await director.rest()
    assert (await his.list_entries("clinic-hours", doctor="df1")).data == []


async def test_what_is_wrong_is_answered_as_an_operation_outcome_and_kept(system: System, director: Director) -> None:
    who = Patient.new()
    broken = {**stay(who, director, "finished"), "status": 7}
    rows = [{"resource": each} for each in (record(who, director), broken)]
    his = director.careloop.his_adapter
    whole = await director.http.post(BASE, json={"resourceType": "Bundle", "type": "transaction", "entry": rows})
    assert whole.status_code == 422
    validate(whole.json())
    assert whole.headers["content-type"] == "application/fhir+json"
    assert whole.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.Encounter.status"]
    parts = await his.send_fhir_bundle({"resourceType": "Bundle", "type": "batch", "entry": rows})
    assert [row["response"]["status"][:3] for row in parts["entry"]] == ["201", "422"]
    other = await director.http.put(f"{BASE}/Patient/somebody-else", json=record(who, director))
    xml = await director.http.post(BASE, content=b"<Bundle/>", headers={"content-type": "application/fhir+xml"})
    none = await director.http.post(BASE, content=b"{", headers={"content-type": "application/fhir+json"})
    alien = await director.http.post(BASE, json={}, headers={"authorization": "Bearer x"})
    assert [each.status_code for each in (other, xml, none, alien)] == [422, 415, 400, 401]
    assert {each.json()["resourceType"] for each in (other, xml, none, alien)} == {"OperationOutcome"}
    kept = [row for row in (await letters(system.settings, load_all(system.settings))).values() if "fhir" in str(row)]
    assert len(kept) >= 4
    validate(await his.get_fhir_metadata())
