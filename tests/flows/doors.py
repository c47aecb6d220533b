"""Every door with marked people before it, some of them where a mistake may put them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from services.his_adapter.formats.tables.definitions import Table
from shared.bus.clients import producer, started
from tests.conftest import SHANGHAI
from tests.flows.scenes import Scene, adt, marked
from tests.flows.test_feeds import shows
from tests.flows.test_soap import SAMPLE, soap
from tests.flows.test_tables import COLUMNS, inbox, lay, publish
from tests.support import fhir
from tests.support.eventually import eventually
from tests.support.planted import Person

FHIR = "/his/v1/fhir"


def resources(who: Person, scene: Scene, story: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A patient and an encounter of theirs, each with an id of its server."""
    now, id = scene.director.clock().astimezone(SHANGHAI), scene.planted.word(story, "fhir-id")
    numbers = [{"type": {"coding": [{"code": "MR"}]}, "system": "CITY-HOSPITAL", "value": who.mrn}]
    telecom = [{"system": "email", "value": who.email}, {"system": "phone", "value": who.phone}]
    meta = {"lastUpdated": now.isoformat(), "versionId": "3"}
    name = [{"use": "official", "family": who.family, "given": [who.given]}]
    patient = fhir.patient(id, identifier=numbers, telecom=telecom, meta=meta, name=name)
    period = {"start": now.replace(hour=8).isoformat(), "end": now.isoformat()}
    stay = fhir.encounter("finished", subject={"reference": f"Patient/{id}"}, period=period, meta=meta)
    return patient, {**stay, "id": scene.planted.word(story, "fhir-id")}


async def a_fhir_server(scene: Scene) -> None:
    """Resources in a bundle and alone, newer, deleted, wrong, under the wrong address."""
    who, director = Person.new(scene.planted, "fhir"), scene.director
    patient, stay = resources(who, scene, "fhir")
    rows = [{"resource": each} for each in (patient, stay)]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": rows}
    his = director.careloop.his_adapter
    await his.send_fhir_bundle(bundle)
    newer = {**patient, "meta": {"lastUpdated": (director.clock() + timedelta(minutes=1)).isoformat()}}
    await his.put_fhir_resource("Patient", patient["id"], newer)
    for wrong in (
        {**stay, "status": who.name},
        {**patient, "birthDate": who.phone},
        {**patient, "resourceType": who.latin},
    ):
        await his.send_fhir_bundle({**bundle, "entry": [{"resource": wrong}]})
    await scene.asks(f"{FHIR}/Patient/{who.mrn}", patient, 422, "PUT")
    await scene.asks(FHIR, {**bundle, "type": who.latin}, 422)
    nobody = {**stay, "id": scene.planted.word("fhir", "fhir-id"), "subject": {"display": who.name}}
    await his.post_fhir_resource("Encounter", nobody)
    await his.delete_fhir_resource("Encounter", stay["id"])
    gone = [{"request": {"method": "DELETE", "url": f"Patient/{patient['id']}"}}]
    await his.send_fhir_bundle({**bundle, "entry": gone})


async def a_web_service(scene: Scene) -> None:
    """Documents over SOAP, one that is whole and one that is not."""
    who, today = Person.new(scene.planted, "soap"), f"{scene.director.clock().astimezone(SHANGHAI):%Y%m%d}"
    text = SAMPLE.replace("20260312", today).replace(f"CXXJ-{today}", f"CXXJ-{uuid4().hex}")
    text = marked(
        text,
        ("100777", who.mrn),
        ("ZY20260309007", who.visit),
        ("110105195604120027", who.citizen),
        ("13900139007", who.phone),
        ("赵秀兰", who.name),
        ("建国路", who.address),
        ("急性心肌梗死", who.illness),
    )
    for each in (text, text.replace("<effectiveTime value", "<effectiveTime was", 1), text.replace(today, who.phone)):
        await scene.director.careloop.his_adapter.call_soap(soap(each))


async def files_in_a_folder(scene: Scene) -> None:
    """Lists whose names and rows tell of people, some of them wrong, one that is none."""
    who, now, system = Person.new(scene.planted, "table"), scene.director.clock().astimezone(SHANGHAI), scene.system
    await publish(system, Table(id="canary", version=1, rows="visits", columns=COLUMNS | {"name": "姓名"}))
    folder = inbox(system, "canary")
    good = f"{who.mrn},{who.visit},{now - timedelta(days=2):%Y-%m-%d %H:%M},{now:%Y-%m-%d %H:%M},CARD,{who.name}"
    wrong = f",{who.visit},,,CARD,{who.name}\n{who.mrn},{who.visit},{who.phone},,CARD,{who.name}\n"
    lay(folder / f"{who.name}-{who.mrn}.csv", f"no,visit,came,left,dept,姓名\n{good}\n{wrong}".encode("gb18030"))
    await shows(scene.director, "canary", kind="table", read=1)
    lay(folder / f"{who.latin}.xlsx", who.phone.encode())
    await eventually(lambda: list((folder / "failed").glob("*.sealed")))


async def what_is_refused(scene: Scene) -> None:
    """Whatever cannot be taken, with people in it wherever a mistake may put them."""
    who, now = Person.new(scene.planted, "refused"), scene.director.clock().astimezone(SHANGHAI)
    whole, stamp = adt("ADT^A01", who, now), f"{now:%Y%m%d%H%M%S%z}"
    for text in (
        f"{who.name} {who.phone} from a broken interface",
        whole.replace("\rPID|", "\rZID|"),
        whole.replace(f"EVN|A01|{stamp}", f"EVN|A01|{who.phone}"),
        whole.replace("|P|2.5|", f"|{who.latin}|2.5|"),
        whole.replace("|P|2.5|", f"|P|{who.phone}|"),
        whole.replace("ADT^A01", f"ADT^{who.latin}"),
        whole.replace("UNICODE UTF-8", who.latin),
        whole.replace(f"|{who.mrn}^", f"|{who.mrn * 80}^"),
    ):
        assert "MSA|" in await scene.says(text)
    touch = {"touchpoint_id": uuid4().hex, "at": now.isoformat(), "channel": who.latin, "direction": who.phone}
    await scene.asks(
        "/contacts/v1/touchpoints", {**touch, "identifiers": [{"system": who.name, "kind": who.phone}]}, 422
    )
    headers = {"content-type": "application/json"}
    cut = f'{{"name": "{who.name}", "phone": {who.phone}'.encode()
    await scene.director.http.post("/contacts/v1/touchpoints", content=cut, headers=headers)
    for path in (
        f"/contacts/v1/persons/{who.phone}/360",
        f"/followup/s/{who.latin}",
        f"/complaints/v1/cases?x={who.mrn}",
    ):
        assert (await scene.director.http.get(path)).status_code in (404, 422), path
    await _on_the_inbox(scene, who)


async def _on_the_inbox(scene: Scene, who: Person) -> None:
    """What outside clients write to Kafka themselves: their key is theirs, what they wrote is refused and kept."""
    event = {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": "/pbx",
        "type": "careloop.contacts.touchpoint_reported.v1",
    }
    identifiers = [{"system": "phone", "value": who.phone}]
    data = {"touchpoint_id": uuid4().hex, "identifiers": identifiers, "channel": who.latin, "direction": "inbound"}
    whole = {**event, "time": datetime.now(UTC).isoformat(), "data": data}
    typed = {**whole, "id": uuid4().hex, "type": f"careloop.{who.latin}.v1"}
    async with started(producer(scene.system.settings.kafka)) as writer:
        for value in (orjson.dumps(whole), orjson.dumps(typed), who.name.encode()):
            await (await writer.send("careloop.contacts.inbox.v1", value, who.phone.encode(), 0))
    await scene.director.rest()
