"""What is asked of the hospital: booked, answered, refused, or left open for a person; and never twice."""

from datetime import date, timedelta
from typing import Any

import pytest

from careloop_client import ProblemAnswered
from careloop_client.his_adapter.models import NewRequest, RequestSettlement, RequestShown, Slot, Subject
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.simulators.hospital.books import KnownPatient
from tests.flows.test_hospital import timeline_types
from tests.support.eventually import eventually
from tests.support.systems import Patient, known_person, person_of

BORN = date(1956, 4, 12)


@pytest.fixture
def patient(system: System) -> Patient:
    """A patient whom the hospital simulator knows."""
    new_patient = Patient.new()
    system.hospital.books.patients[new_patient.mrn] = KnownPatient("王秀英", BORN)
    system.hospital.mood, system.hospital.tells, system.hospital.desk.forgetful = "", True, False
    return new_patient


async def asks(director: Director, patient: Patient, ask: dict[str, Any], **wrong: str) -> str:
    """Ask for something; returns the request's id."""
    subject = {"number": patient.mrn, "authority": "CITY-HOSPITAL", "name": "王秀英", "birth_date": str(BORN)}
    his, person = director.careloop.his_adapter, await known_person(director, patient)
    taken = await his.place_request(NewRequest(person_id=person, subject=Subject(**{**subject, **wrong}), ask=ask))
    await his.get_request(taken.aggregate, min_position=taken.position)
    return taken.aggregate


async def answered(director: Director, id: str, wait: int = 20) -> RequestShown:
    """The request once it is settled."""
    return (await director.careloop.his_adapter.get_request(id, wait=wait)).data


async def open_slot(director: Director, number: int = 0) -> Slot:
    """The first open time in cardiology, or a later one."""
    since = director.clock()
    week = since + timedelta(days=7)
    return (await director.careloop.his_adapter.list_slots(department="CARD", since=since, until=week)).data[number]


async def test_an_appointment_is_booked_moved_and_cancelled_and_the_360_shows_it(
    system: System, director: Director, patient: Patient
) -> None:
    slot = await open_slot(director)
    booked = await answered(director, await asks(director, patient, {"action": "book", "slot": slot}))
    assert (booked.status, booked.accepted) == ("answered", True)
    assert booked.answer.department == "CARD"
    appointment = {"filler": booked.answer.filler, "placer": booked.request_id}

    later = await open_slot(director)
    assert later.starts != slot.starts
    moved = await answered(
        director, await asks(director, patient, {"action": "move", "appointment": appointment, "slot": later})
    )
    assert moved.answer.filler == appointment["filler"]
    assert moved.accepted
    gone = await answered(
        director, await asks(director, patient, {"action": "cancel", "appointment": appointment, "reason": "出差"})
    )
    assert gone.accepted
    await director.rest()
    shown = await timeline_types(director, patient)
    assert [shown.count(f"appointment_{step}") for step in ("booked", "moved", "cancelled")] == [1, 1, 1]
    assert await person_of(director, patient)


async def test_a_walk_in_gets_a_number_in_the_queue_and_its_visit_is_registered(
    system: System, director: Director, patient: Patient
) -> None:
    ask = {"action": "register", "department": "CARD", "reason": "胸闷，分诊建议心内科"}
    shown = await answered(director, await asks(director, patient, ask))
    assert shown.answer.queue_number.startswith("C")
    await director.rest()
    assert (await timeline_types(director, patient)).count("visit_registered") == 1


async def test_beds_bills_and_findings_are_asked_and_told(system: System, director: Director, patient: Patient) -> None:
    books = system.hospital.books
    books.bills[patient.mrn] = [("CT-1", "胸部CT", "380.10")]
    day = (director.clock() + timedelta(days=2)).date().isoformat()
    observations = [{"code": "NRS", "title": "疼痛评分", "value": "3"}]
    report = {
        "action": "report",
        "title": "出院随访",
        "observed": director.clock().isoformat(),
        "observations": observations,
    }
    bed = await answered(
        director, await asks(director, patient, {"action": "bed", "department": "ORTH", "wanted": day})
    )
    bill = await answered(director, await asks(director, patient, {"action": "bill"}))
    told_ = await answered(director, await asks(director, patient, report, name="not checked"))
    assert (bed.accepted, books.beds[bed.request_id]) == (True, "ORTH")
    assert [(str(line.amount), line.what.text) for line in bill.answer.bill] == [("380.10", "胸部CT")]
    assert (told_.accepted, books.findings[-1]) == (True, (patient.mrn, "NRS", "3"))


async def test_who_is_not_whom_the_hospital_knows_gets_nothing_and_hears_which_field(
    system: System, director: Director, patient: Patient
) -> None:
    slot, before = await open_slot(director), dict(system.hospital.books.appointments)
    wrong = await answered(
        director, await asks(director, patient, {"action": "book", "slot": slot}, birth_date="1956-04-13")
    )
    assert (wrong.accepted, wrong.reason) == (False, "identity-mismatch")
    assert "birth_date" in wrong.detail
    del system.hospital.books.patients[patient.mrn]
    nobody = await answered(director, await asks(director, patient, {"action": "book", "slot": slot}))
    assert (nobody.accepted, nobody.reason) == (False, "not-found")
    assert system.hospital.books.appointments == before


async def test_an_answer_that_is_lost_is_asked_for_again_and_the_booking_is_one(
    system: System, director: Director, patient: Patient
) -> None:
    slot = await open_slot(director)
    system.hospital.mood, system.hospital.tells = "mute", False
    id = await asks(director, patient, {"action": "book", "slot": slot})
    await until_status(director, id, "waiting")
    system.hospital.mood = ""
    await director.next_due()
    shown = await answered(director, id)
    assert (shown.status, shown.accepted, shown.attempts) == ("answered", True, 2)
    assert system.hospital.asked.count(id) == 2
    mine = [each for each in system.hospital.books.appointments.values() if each.patient == patient.mrn]
    assert len(mine) == 1


async def test_a_booking_whose_answer_is_lost_is_known_from_what_the_hospital_tells_everybody(
    system: System, director: Director, patient: Patient
) -> None:
    slot = await open_slot(director)
    system.hospital.mood = "mute"
    shown = await answered(director, await asks(director, patient, {"action": "book", "slot": slot}))
    assert (shown.status, shown.accepted) == ("answered", True)
    assert shown.answer.starts == slot.starts


async def test_a_no_after_a_lost_answer_is_not_believed_where_the_hospital_forgets(
    system: System, director: Director, patient: Patient
) -> None:
    """It booked and did not say so; asked again it finds the time taken, by us: a person looks, nobody is told no."""
    slot = await open_slot(director)
    system.hospital.mood, system.hospital.tells, system.hospital.desk.forgetful = "mute", False, True
    id = await asks(director, patient, {"action": "book", "slot": slot})
    await until_status(director, id, "waiting")
    system.hospital.mood = ""
    await director.next_due()
    await until_status(director, id, "overdue")
    await director.rest()
    complaints, person = director.careloop.complaints, await known_person(director, patient)
    [case] = (await complaints.list_cases(person=person)).data
    assert (case.category, case.status) == ("work-order", "open")
    closed = RequestSettlement(done=True, note="booked, the hospital says on the phone")
    await director.careloop.his_adapter.settle_request(id, closed)
    await director.rest()
    [case] = (await complaints.list_cases(person=person)).data
    assert case.status == "resolved"


async def test_an_answer_over_a_connection_of_its_own_is_matched_by_its_control_id(
    system: System, director: Director, patient: Patient
) -> None:
    slot = await open_slot(director)
    system.hospital.mood = "later"
    shown = await answered(director, await asks(director, patient, {"action": "book", "slot": slot}))
    assert (shown.accepted, bool(shown.answer.filler)) == (True, True)
    await director.rest()
    rows = (await director.careloop.his_adapter.list_messages(status="translated")).data
    assert any(row.type == "SRR^S01" for row in rows)


async def test_what_is_not_answered_in_time_is_an_open_item_for_a_person(
    system: System, director: Director, patient: Patient
) -> None:
    slot = await open_slot(director)
    system.hospital.mood = "busy"
    id = await asks(director, patient, {"action": "book", "slot": slot})
    await until_status(director, id, "waiting")
    await director.at(director.clock() + timedelta(minutes=16))
    await until_status(director, id, "overdue")
    his = director.careloop.his_adapter
    assert id in [row.request_id for row in (await his.list_requests(status="overdue")).data]
    system.hospital.mood = ""
    again = await his.retry_request(id)
    await his.get_request(id, min_position=again.position)
    assert (await answered(director, id)).accepted
    with pytest.raises(ProblemAnswered, match="409 request-not-overdue"):
        await his.settle_request(id, RequestSettlement(done=True, note="by phone"))


async def test_a_bad_request_is_answered_with_its_field(system: System, director: Director) -> None:
    subject = {"number": "1", "name": "王秀英"}
    for body, field in (
        ({"person_id": "p", "subject": subject, "ask": {"action": "book"}}, "slot"),
        ({"person_id": "p", "subject": {"name": "x"}, "ask": {"action": "bill"}}, "subject.number"),
        ({"person_id": "p", "subject": subject, "ask": {"action": "bill", "vist": "1"}}, "vist"),
        ({"person_id": "p", "subject": subject, "ask": {"action": "fly"}}, "action"),
    ):
        answer = await director.http.post("/his/v1/requests", json=body)
        assert (answer.status_code, field in answer.text) == (422, True), answer.text
    bad = {"since": "2026-03-09T00:00:00+08:00", "until": "2027-03-09T00:00:00+08:00"}
    assert (await director.http.get("/his/v1/slots", params=bad)).status_code == 422


async def until_status(director: Director, id: str, status: str) -> None:
    await eventually(lambda: answered(director, id, 0), lambda shown: shown.status == status)
