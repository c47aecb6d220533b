"""What hospitals send, over MLLP into the running system, until somebody can read it."""

import asyncio
import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from careloop_client import ProblemAnswered, every
from careloop_client.his_adapter.models import HospitalMessage, Ticket
from deploy.catalogue import load_all
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.operating.dlq import letters
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7.checking import judge
from services.his_adapter.formats.hl7.mllp import END, START
from tests.conftest import SHANGHAI
from tests.flows.test_story import types
from tests.support.hl7 import CORPUS, NO_CORPUS, corpus, segment
from tests.support.systems import Patient, person_of

SITE = Site(id="default", version=1, authority="CITY-HOSPITAL")


async def timeline_types(director: Director, patient: Patient) -> list[str]:
    """The event types on a patient's timeline in the 360."""
    person = await person_of(director, patient)
    return types((await director.careloop.contacts.view_person(person)).data)


async def test_a_queue_tells_how_long_somebody_waited(director: Director) -> None:
    patient, now = Patient.new(), director.clock()
    times: dict[Any, datetime] = {"arrived": now, "registered": now + timedelta(minutes=12)}
    ticket = Ticket(queue="q3", ticket=patient.mrn, number=patient.mrn, times=times)
    his = director.careloop.his_adapter
    for _ in range(2):
        await his.report_queue_ticket(ticket)
    assert (await timeline_types(director, patient)).count("waiting_time_observed") == 1
    backwards = Ticket(queue="q3", ticket=patient.mrn, number=patient.mrn, times={**times, "called": now})
    with pytest.raises(ProblemAnswered, match=r"422 .*times\.called"):
        await his.report_queue_ticket(backwards)


async def test_appointments_reports_orders_and_charges_reach_the_360(director: Director) -> None:
    patient, now = Patient.new(), director.clock().astimezone(SHANGHAI)
    number = patient.mrn
    appointment = segment("SCH", {1: f"P{number}", 2: f"F{number}", 11: "^^30^20260520090000"})
    report = segment("OBR", {3: f"R{number}", 4: "CT^头颅CT", 24: "RAD", 25: "F"})
    charge = segment("FT1", {2: f"T{number}", 6: "CG", 7: "CT^头颅CT", 11: "350.50"})
    for minute, (kind, extra) in enumerate(
        [
            ("SIU^S12", appointment),
            ("SIU^S26", appointment),
            ("ORM^O01", segment("ORC", {1: "NW", 2: f"O{number}"})),
            ("ORU^R01", report),
            ("MDM^T02", segment("TXA", {2: "DS", 12: f"D{number}", 17: "AU"})),
            ("DFT^P03", charge),
            ("ADT^A08", "\r".join(["AL1|1|DA|PCN^青霉素", "PR1|1||88.72^心脏超声", "IN1|1|BASIC|YB^医保"])),
        ]
    ):
        answer = await director.mllp(patient.says(kind, f"M{minute}", now + timedelta(minutes=minute)) + extra)
        assert "MSA|AA" in answer
    shown = set(await timeline_types(director, patient))
    assert shown >= {
        "appointment_booked",
        "appointment_missed",
        "order_placed",
        "report_ready",
        "charge_posted",
        "diagnosis_recorded",
        "allergy_recorded",
        "procedure_recorded",
        "coverage_reported",
    }


async def test_a_text_without_end_is_cut_with_a_warning_and_the_next_patient_is_heard(director: Director) -> None:
    patient, other, now = Patient.new(), Patient.new(), director.clock().astimezone(SHANGHAI)
    long = patient.says("ADT^A01", "LONG", now) + f"DG1|2||I10^{'长' * 300_000}^I10"
    assert "MSA|AA" in await director.mllp(long)
    assert "MSA|AA" in await director.mllp(other.says("ADT^A01", "NEXT", now))
    assert "patient_admitted" in await timeline_types(director, other)
    assert "patient_admitted" in await timeline_types(director, patient)
    [row] = (await director.careloop.his_adapter.list_messages(control_id=f"LONG-{patient.mrn}")).data
    assert (row.status, row.cut) == ("translated", ["diagnoses.1.text", "what.text"])
    endless = patient.says("ADT^A01", "ENDLESS", now).replace(f"|{patient.mrn}^", f"|{'9' * 900_000}^")
    answer = await director.mllp(endless)
    assert "MSA|AE" in answer
    assert "PID^1^3" in answer


async def test_cancels_and_late_news_end_where_the_hospital_ended(director: Director) -> None:
    patient, now = Patient.new(), director.clock().astimezone(SHANGHAI)
    steps = [("ADT^A08", 0), ("ADT^A01", 1), ("ADT^A03", 5), ("ADT^A13", 6), ("ADT^A03", 4), ("ADT^A02", 2)]
    for number, (kind, hours) in enumerate(steps):
        await director.mllp(patient.says(kind, f"C{number}", now + timedelta(hours=hours)))
    shown = Counter(await timeline_types(director, patient))
    assert (shown["patient_admitted"], shown["patient_discharged"], shown["visit_cancelled"]) == (1, 1, 1)
    assert shown["patient_transferred"] == 0
    person = await person_of(director, patient)
    tasks = (await director.careloop.followup.list_tasks(person=person)).data
    assert [task for task in tasks if task.status == "waiting"] == []


async def test_a_stay_known_only_from_updates_is_seen_and_moves_with_them(director: Director) -> None:
    patient, now = Patient.new(), director.clock().astimezone(SHANGHAI)
    for number, ward in enumerate(("W3", "W4")):
        text = patient.says("ADT^A08", f"U{number}", now + timedelta(minutes=number))
        pv1 = segment(
            "PV1", {2: "I", 3: ward, 10: "CARD", 19: f"V{patient.mrn}", 44: f"{now - timedelta(days=1):%Y%m%d%H%M}"}
        )
        lines = [pv1 if line.startswith("PV1") else line for line in text.split("\r")]
        assert "MSA|AA" in await director.mllp("\r".join(lines))
    view = (await director.careloop.contacts.view_person(await person_of(director, patient))).data
    [visit] = view.visits
    assert (visit.ward, list(visit.steps)) == ("W4", ["admitted"])
    assert {"patient_admitted", "visit_updated"} <= set(types(view))


async def test_a_deleted_visit_stops_what_was_still_to_come(director: Director) -> None:
    patient, now = Patient.new(), director.clock().astimezone(SHANGHAI)
    for number, kind in enumerate(("ADT^A01", "ADT^A03", "ADT^A23")):
        await director.mllp(patient.says(kind, f"D{number}", now + timedelta(minutes=number)))
    person = await person_of(director, patient)
    tasks = (await director.careloop.followup.list_tasks(person=person)).data
    assert tasks
    assert [task for task in tasks if task.status == "waiting"] == []


async def test_two_numbers_the_hospital_merged_are_one_human(director: Director) -> None:
    one, two, now = Patient.new(), Patient.new(), director.clock().astimezone(SHANGHAI)
    await director.mllp(one.says("ADT^A01", "IN", now))
    await director.mllp(two.says("ADT^A04", "REG", now))
    ids = {await person_of(director, one), await person_of(director, two)}
    assert len(ids) == 2
    await director.mllp(one.says("ADT^A40", "MERGE", now + timedelta(hours=1)) + f"MRG|{two.mrn}^^^CITY-HOSPITAL^MR")
    view = (await director.careloop.contacts.view_person(await person_of(director, two))).data
    assert set(view.cluster) == ids
    assert {"patient_admitted", "visit_registered"} <= set(types(view))


async def test_a_batch_is_answered_message_by_message(director: Director) -> None:
    one, two, now = Patient.new(), Patient.new(), director.clock().astimezone(SHANGHAI)
    parts = [one.says("ADT^A01", "B1", now), "MSH|^~\\&|HIS|CITY||||||B2", two.says("ADT^A01", "B3", now)]
    answer = await director.mllp("\r".join(["BHS|^~\\&|HIS", *parts, "BTS|3"]))
    assert [part[:2] for part in answer.split("MSA|")[1:]] == ["AA", "AE", "AA"]
    assert answer.startswith("BHS|^~\\&\r")
    for patient in (one, two):
        assert "patient_admitted" in await timeline_types(director, patient)


async def exchange(system: System, frames: list[bytes]) -> list[bytes]:
    """Send frames on one connection; returns the answer to each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", system.options.mllp_port)
    answers = []
    for frame in frames:
        writer.write(START + frame + END)
        answers.append(await asyncio.wait_for(reader.readuntil(END), 20))
    writer.close()
    await writer.wait_closed()
    return answers


def framed(raw: bytes) -> bytes:
    """A file as a frame: without the framing some files hold."""
    return raw.replace(START, b"").replace(END, b"\r").replace(b"\x1c", b"\r")


@pytest.mark.skipif(not CORPUS.exists(), reason=NO_CORPUS)
async def test_every_message_of_the_corpus_ends_somewhere_and_is_answered(system: System, director: Director) -> None:
    files = corpus()
    frames = [framed(file.read_bytes()) for file in files]
    answers = await exchange(system, frames)
    expected = Counter[str]()
    for file, frame, answer in zip(files, frames, answers, strict=True):
        judged = judge(frame, SITE, bytes(32))
        codes = re.findall(rb"\rMSA.(..)", answer)
        assert len(codes) == len(judged), file
        for code, verdict in zip(codes, judged, strict=True):
            assert code in (b"AA", b"CA") or verdict.verdict == "refused", (file, code, verdict.reason)
            expected[verdict.verdict] += 1
    await director.rest(max(120, len(files)))
    rows: list[HospitalMessage] = [row async for row in every(director.careloop.his_adapter.list_messages)]
    statuses = Counter(row.status for row in rows)
    assert statuses["received"] == 0
    assert statuses["translated"] >= expected["translated"] * 0.9  # some files repeat others byte for byte
    kept = (await letters(system.settings, load_all(system.settings))).values()
    assert [letter.detail for _, letter in kept if letter.reason == "rule-failed"] == []
    assert [letter.detail for _, letter in kept if letter.topic.startswith("careloop.his-adapter.events")] == []
