"""Who is who, as a help desk sees it: what waits, what is proposed, what a decision changes."""

from typing import Any

import pytest

from careloop_client import ProblemAnswered
from careloop_client.complaints.models import NewCase
from careloop_client.contacts.models import Decision, IdentityReview, Merge, TouchpointReported, Verdict
from careloop_client.his_adapter.models import NewPacket
from careloop_client.notify.models import Settlement
from deploy.demo.director import Director
from tests.flows.test_readers import fresh_phone, touch
from tests.support.systems import Patient, discharged, person_of


async def call(director: Director, phone: str, **more: Any) -> None:
    await director.careloop.contacts.report_touchpoint(TouchpointReported(**{**touch(phone), **more}))
    await director.rest()


async def admitted(director: Director, phone: str, name: str, born: str = "19560412") -> str:
    patient = Patient.new()
    text = patient.says("ADT^A01", "IN", director.clock())
    before = f"138{int(patient.mrn, 16) % 10**8:08d}"
    text = text.replace(before, phone).replace("王^秀英", name).replace("19560412", born)
    await director.mllp(text)
    return await person_of(director, patient)


async def waiting(director: Director, *candidates: str) -> list[IdentityReview]:
    """What waits about these people."""
    rows = (await director.careloop.contacts.list_identity_reviews(limit=500)).data
    return [row for row in rows if {one.person_id for one in row.candidates} & set(candidates)]


async def test_a_call_that_fits_two_waits_with_its_candidates_and_is_asked_once(director: Director) -> None:
    phone = fresh_phone()
    one, other = await admitted(director, phone, "赵^一一"), await admitted(director, phone, "钱^二二")
    await call(director, f"+86 {phone[:3]} {phone[3:]}", summary="asks for a bed")
    [asked] = await waiting(director, one, other)
    assert {row.person_id: row.identity.name for row in asked.candidates} == {
        one: "赵一一",
        other: "钱二二",
    }
    assert (asked.kind, asked.reasons) == ("input", ["its phone is shared by several people"])
    assert asked.input
    assert asked.input["summary"] == "asks for a bed"
    assert asked.age_seconds >= 0
    await director.careloop.contacts.decide_identity(asked.id, Decision(person_id=other))
    await director.rest()
    await call(director, phone)
    assert await waiting(director, one, other) == []
    view = (await director.careloop.contacts.view_person(other)).data
    assert view.counts["TouchpointRecorded"] == 2


async def test_a_caller_who_is_admitted_is_shown_as_one_human(director: Director) -> None:
    phone = fresh_phone()
    await call(director, phone)
    person = await admitted(director, phone, "孙^三三")
    await call(director, phone)
    view = (await director.careloop.contacts.view_person(person)).data
    assert (len(view.cluster), view.counts["TouchpointRecorded"]) == (2, 2)


async def test_a_proposed_merge_is_decided_once(director: Director) -> None:
    phone = fresh_phone()
    await call(director, phone)
    child = await admitted(director, phone, "李^四四", born="20230101")
    [proposed] = await waiting(director, child)
    assert (proposed.kind, len(proposed.candidates)) == ("merge", 2)
    contacts = director.careloop.contacts
    await contacts.decide_merge(proposed.id, Verdict(same=False))
    await director.rest()
    assert await waiting(director, child) == []
    with pytest.raises(ProblemAnswered, match="409 proposal-not-open"):
        await contacts.decide_merge(proposed.id, Verdict(same=True))


async def test_a_search_finds_a_number_however_it_is_written(director: Director) -> None:
    phone = fresh_phone()
    person = await admitted(director, phone, "周^五五")
    for written in (phone, f"+86{phone}", f"0086-{phone}", f"{phone[:3]} {phone[3:7]} {phone[7:]}"):
        rows = await director.find(f"phone|{written}")
        assert [row.person_id for row in rows] == [person], written
    assert await director.find("phone|138****8000") == []
    page = await director.http.get("/contacts/v1/identity-reviews", params={"kind": "merge", "limit": 1})
    assert {"as_of", "position", "lag", "next"} <= page.json().keys()


async def complaint(director: Director, person: str) -> str:
    case = NewCase(person_id=person, category="complaint", source="phone", description="billed twice")
    taken = await director.careloop.complaints.open_case(case)
    await director.rest()
    return taken.aggregate


async def cases_of(director: Director, person: str) -> dict[str, str]:
    """Case → the record it is of, as a search by one of the human's records finds them."""
    rows = (await director.careloop.complaints.list_cases(person=person)).data
    return {row.case_id: row.person_id for row in rows}


async def test_new_cases_go_to_the_lead_and_each_record_keeps_its_own(director: Director) -> None:
    patients = [Patient.new(), Patient.new()]
    lead, other = [await discharged(director, patient) for patient in patients]
    before = await complaint(director, other)
    contacts = director.careloop.contacts
    await contacts.merge_persons(lead, Merge(merged_id=other, reason="same human"))
    await director.rest()
    after = await complaint(director, other)
    number = patients[1].mrn
    papers = NewPacket(person_id=other, formality="revisit", number=number, authority="CITY-HOSPITAL")
    await director.careloop.his_adapter.prepare_packet(papers)
    await director.rest()
    tasks = [(await director.careloop.followup.list_tasks(person=person)).data for person in (lead, other)]
    assert tasks[0] == tasks[1] != []
    of_lead, of_other = await cases_of(director, lead), await cases_of(director, other)
    assert of_lead == of_other
    assert (of_lead.pop(before), of_lead.pop(after)) == (other, lead)
    assert set(of_lead.values()) == {lead}, "work orders"
    await contacts.unmerge_persons(lead, Merge(merged_id=other, reason="two after all"))
    await director.rest()
    assert await cases_of(director, other) == {before: other}


async def test_the_records_of_a_human_are_shown_each_by_itself(director: Director) -> None:
    phone, contacts = fresh_phone(), director.careloop.contacts
    one, other = await admitted(director, phone, "吴^六六"), await admitted(director, phone, "郑^七七", "19900101")
    assert [row.identity.name for row in (await contacts.list_records(one)).data] == ["吴六六"]
    merged = await contacts.merge_persons(one, Merge(merged_id=other, reason="same human"))
    for asked, names in ((one, ["吴六六", "郑七七"]), (other, ["郑七七", "吴六六"])):
        rows = (await contacts.list_records(asked, min_position=merged.position)).data
        assert [row.identity.name for row in rows] == names
    with pytest.raises(ProblemAnswered, match="404 person-unknown"):
        await contacts.list_records("nobody")


async def test_reviews_come_by_age_page_by_page(director: Director) -> None:
    for names in (("冯^八八", "陈^九九"), ("褚^十十", "卫^百百")):
        phone = fresh_phone()
        for name, born in zip(names, ("19560412", "19900101"), strict=True):
            await admitted(director, phone, name, born)
        await call(director, phone)
    contacts, rows, cursor = director.careloop.contacts, list[IdentityReview](), None
    while True:
        page = await contacts.list_identity_reviews(limit=1, cursor=cursor)
        rows, cursor = [*rows, *page.data], page.next
        if cursor is None:
            break
    assert len(rows) >= 2
    assert rows == sorted(rows, key=lambda row: row.since)
    assert len({row.id for row in rows}) == len(rows)


async def test_a_message_whose_result_is_known_is_not_settled(director: Director) -> None:
    await discharged(director, Patient.new())
    notify = director.careloop.notify
    with pytest.raises(ProblemAnswered, match="404 message-unknown"):
        await notify.settle_message("none", Settlement(attempt=1, arrived=True))
    [message, *_] = (await notify.list_messages(sort="newest")).data
    with pytest.raises(ProblemAnswered, match="409 message-settled"):
        await notify.settle_message(message.message_id, Settlement(attempt=1, arrived=True))
