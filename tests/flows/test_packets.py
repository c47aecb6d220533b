"""The papers of a discharge: prefilled from what the hospital told, gaps as work orders, done when they are filled."""

import pytest

from careloop_client import ProblemAnswered
from careloop_client.his_adapter.models import More, NewPacket, Patient
from deploy.demo.director import Director
from deploy.local.system import System
from tests.support.systems import Patient as Known
from tests.support.systems import discharged


async def test_a_discharge_packet_is_prefilled_and_its_gaps_are_work_orders_until_filled(
    system: System, director: Director
) -> None:
    who = Known.new()
    person = await discharged(director, who)
    his, complaints = director.careloop.his_adapter, director.careloop.complaints
    body = {"person_id": person, "formality": "discharge", "number": who.mrn, "authority": "CITY-HOSPITAL"}
    taken = await his.prepare_packet(NewPacket(**body, given={"national-id": "110105195604120027"}))
    packet = (await his.get_packet(taken.aggregate, min_position=taken.position)).data
    values = {item.item: item.value for item in packet.items}
    assert (values["name"], values["department"], values["stay"]) == ("王秀英", "心内科", f"V{who.mrn}")
    assert "I21.9" in values["diagnoses"]
    assert packet.gaps == ["insurance", "summary", "signature"]
    await director.rest()
    cases = (await complaints.list_cases(person=person)).data
    assert sorted(case.source_id.rpartition("/")[2] for case in cases) == ["insurance", "signature", "summary"]
    assert {(case.category, case.status) for case in cases} == {("work-order", "open")}

    now = director.clock()
    coverage = who.says("ADT^A08", "INS", now) + "IN1|1|P1|01|职工医保\r"
    document = who.says("MDM^T02", "MDM", now) + f"TXA|1|DS|TX|||||||||D{who.mrn}|||||AU\r"
    for message in (coverage, document):
        assert "MSA|AA" in await director.mllp(message)
    await director.rest()
    patient = Patient(number=who.mrn, authority="CITY-HOSPITAL")
    await his.fill_packet(packet.packet_id, More(patient=patient))
    last = await his.fill_packet(packet.packet_id, More(given={"signature": "signed", "summary": "on paper"}))
    whole = (await his.get_packet(packet.packet_id, min_position=last.position)).data
    assert (whole.status, whole.gaps) == ("complete", [])
    await director.rest()
    cases = (await complaints.list_cases(person=person)).data
    assert {case.status for case in cases} == {"resolved"}
    with pytest.raises(ProblemAnswered, match="422 item-unknown"):
        await his.prepare_packet(NewPacket(**body, given={"nmae": "x"}))
    with pytest.raises(ProblemAnswered, match="422 number-foreign"):
        await his.prepare_packet(NewPacket(**{**body, "number": "nobody"}))


async def test_a_revisit_is_prefilled_with_the_last_visit_and_lacks_only_its_appointment(
    system: System, director: Director
) -> None:
    who = Known.new()
    person = await discharged(director, who)
    assert "MSA|AA" in await director.mllp(who.says("ADT^A08", "INS", director.clock()) + "IN1|1|P1|01|职工医保\r")
    await director.rest()
    his = director.careloop.his_adapter
    papers = NewPacket(person_id=person, formality="revisit", number=who.mrn, authority="CITY-HOSPITAL")
    taken = await his.prepare_packet(papers)
    packet = (await his.get_packet(taken.aggregate, min_position=taken.position)).data
    values = {item.item: item.value for item in packet.items}
    assert (values["last-department"], values["insurance"]) == ("心内科", "职工医保")
    assert "I21.9" in values["last-diagnoses"]
    assert packet.gaps == ["next-visit"]
    await director.rest()
    [case] = (await director.careloop.complaints.list_cases(person=person)).data
    assert (case.category, case.source_id.rpartition("/")[2]) == ("work-order", "next-visit")
