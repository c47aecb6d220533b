"""The papers of a discharge: prefilled from what the hospital told, gaps as work orders, done when they are filled."""

from deploy.demo.director import Director
from deploy.local.system import System
from tests.support.systems import Patient, discharged


async def test_a_discharge_packet_is_prefilled_and_its_gaps_are_work_orders_until_filled(
    system: System, director: Director
) -> None:
    who = Patient.new()
    person = await discharged(director, who)
    body = {"person_id": person, "formality": "discharge", "number": who.mrn, "authority": "CITY-HOSPITAL"}
    taken = await director.post("/his/v1/packets", {**body, "given": {"national-id": "110105195604120027"}})
    packet = await director.get(f"/his/v1/packets/{taken['aggregate']}", min_position=taken["position"])
    values = {item["item"]: item["value"] for item in packet["items"]}
    assert (values["name"], values["department"], values["stay"]) == ("王秀英", "心内科", f"V{who.mrn}")
    assert "I21.9" in values["diagnoses"]
    assert packet["gaps"] == ["insurance", "summary", "signature"]
    await director.rest()
    cases = await director.get("/complaints/v1/cases", person=person)
    assert sorted(case["source_id"].rpartition("/")[2] for case in cases) == ["insurance", "signature", "summary"]
    assert {(case["category"], case["status"]) for case in cases} == {("work-order", "open")}

    now = director.clock()
    coverage = who.says("ADT^A08", "INS", now) + "IN1|1|P1|01|职工医保\r"
    document = who.says("MDM^T02", "MDM", now) + f"TXA|1|DS|TX|||||||||D{who.mrn}|||||AU\r"
    for message in (coverage, document):
        assert "MSA|AA" in await director.mllp(message)
    await director.rest()
    patient = {"number": who.mrn, "authority": "CITY-HOSPITAL"}
    await director.post(f"/his/v1/packets/{packet['packet_id']}/items", {"patient": patient})
    last = await director.post(
        f"/his/v1/packets/{packet['packet_id']}/items", {"given": {"signature": "signed", "summary": "on paper"}}
    )
    whole = await director.get(f"/his/v1/packets/{packet['packet_id']}", min_position=last["position"])
    assert (whole["status"], whole["gaps"]) == ("complete", [])
    await director.rest()
    cases = await director.get("/complaints/v1/cases", person=person)
    assert {case["status"] for case in cases} == {"resolved"}
    strange = await director.http.post("/his/v1/packets", json={**body, "given": {"nmae": "x"}})
    unknown = await director.http.post("/his/v1/packets", json={**body, "number": "nobody"})
    assert (strange.status_code, unknown.status_code) == (422, 422)


async def test_a_revisit_is_prefilled_with_the_last_visit_and_lacks_only_its_appointment(
    system: System, director: Director
) -> None:
    who = Patient.new()
    person = await discharged(director, who)
    assert "MSA|AA" in await director.mllp(who.says("ADT^A08", "INS", director.clock()) + "IN1|1|P1|01|职工医保\r")
    await director.rest()
    body = {"person_id": person, "formality": "revisit", "number": who.mrn, "authority": "CITY-HOSPITAL"}
    taken = await director.post("/his/v1/packets", body)
    packet = await director.get(f"/his/v1/packets/{taken['aggregate']}", min_position=taken["position"])
    values = {item["item"]: item["value"] for item in packet["items"]}
    assert (values["last-department"], values["insurance"]) == ("心内科", "职工医保")
    assert "I21.9" in values["last-diagnoses"]
    assert packet["gaps"] == ["next-visit"]
    await director.rest()
    [case] = await director.get("/complaints/v1/cases", person=person)
    assert (case["category"], case["source_id"].rpartition("/")[2]) == ("work-order", "next-visit")
