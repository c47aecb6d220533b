"""The part of the story about patients: stays, facts, calls, merges, surveys, messages, access and erasure."""

from datetime import timedelta
from typing import Any

from tests.world.lives import Patient
from tests.world.past.story import Story

APPOINTMENT = "SCH|P1|F1|||||CHK^复查||||^^30^20260420090000^20260420093000"


def stays(story: Story) -> None:
    """Two patients are admitted, transferred and discharged, and some of these events are cancelled."""
    one, other = story.one, story.other
    for record in (one, other):
        story.say(record, "A31")
    story.say(one, "A04", "V1")
    story.say(one, "A11", "V1")
    story.say(one, "A01", "V2")
    story.say(one, "A02", "V2")
    story.say(one, "A12", "V2")
    story.say(one, "A08", "V2", 建国路1号="人民路2号", **{"D017^李^明": "D018^赵^敏"})
    story.say(one, "A03", "V2")
    story.say(one, "A13", "V2")
    story.say(one, "A03", "V2")
    story.say(other, "A03", "W1", CARD="ORTH")
    story.say(other, "A03", "W2")
    story.say(other, "A01", "W3")


def facts(story: Story) -> None:
    """Report one fact of every other type: appointments, results, orders, charges, FHIR resources, a death."""
    one, code = story.one, {"code": {"coding": [{"code": "I21.9"}], "text": "心肌梗死"}}
    for event, day, number in (("S12", 20, 1), ("S14", 21, 1), ("S15", 21, 1), ("S26", 22, 2)):
        booked = APPOINTMENT.replace("20260420", f"202604{day}")
        story.say(one, f"SIU^{event}", more=booked.replace("P1|F1", f"P{number}|F{number}"))
    story.say(one, "ORU^R01", more="OBR|1|P7|F7|LIPID^血脂||||||||||||||||||||LAB|F\rOBX|1|NM|LDL||4.9|||H|||F")
    story.say(one, "ORM^O01", more="ORC|NW|P8|F8\rOBR|1|P8|F8|CT^头部CT")
    story.say(one, "DFT^P03", more=f"FT1|1|1|||{story.world.now:%Y%m%d%H%M}|CG|8001^床位费||||1|50")
    story.fhir("Condition", "c1", **code, clinicalStatus={"coding": [{"code": "active"}]})
    story.fhir("AllergyIntolerance", "x1", "patient", **code, clinicalStatus={"coding": [{"code": "active"}]})
    story.fhir("Procedure", "q1", status="completed", **code)
    relationship, phone = [{"text": "儿子"}], [{"system": "phone", "value": "13600136000"}]
    story.fhir("RelatedPerson", "k1", "patient", name=[{"text": "王小明"}], relationship=relationship, telecom=phone)
    story.fhir("Communication", "m1", status="completed", topic={"text": "复诊"})
    story.fhir("Coverage", "y1", "beneficiary", status="active", payor=[{"display": "医保"}])
    story.say(one, "A08", "V2", death="Y")
    story.say(one, "A03", "V3")
    story.say(one, "A08", "V2", death="N")


def waited(story: Story) -> None:
    """Report the waiting time of a ticket, and the same waiting time again in another message."""
    number = story.newest("patient_details_reported").patient
    key, at = number.identifiers[0].key, story.world.now
    head = {"patient_key": key, "patient": number.model_dump(mode="json"), "message_id": "ticket-1", "updated": at}
    observed = {"stage": "consultation", "seconds": 600, "queue": "CARD", "ticket": "7@20260309", "at": at.isoformat()}
    fact = {**head, **observed, "updated": at.isoformat()}
    fields = {"patient_key": key, "fact_type": "careloop.his-adapter.waiting_time_observed.v1"}
    story.ask("his-adapter", "report_fact", **fields, message_id="ticket-1", fact=fact)
    again = {**fact, "message_id": "ticket-2", "updated": story.world.now.isoformat()}
    story.ask("his-adapter", "report_fact", **fields, message_id="ticket-2", fact=again)


def calls(story: Story) -> None:
    """Report calls of a known patient with a claim, of somebody ambiguous, and of somebody unknown."""
    world, one = story.world, story.one
    world.touch(phone=one.phone, name="王秀英", email="new@x.example")
    story.later(minutes=1)
    [claim] = world.view(story.person(one))["claims"]
    confirmed = {"claim_id": claim["claim_id"], "confirmed_by": "desk"}
    story.ask("contacts", "confirm_claim", person_id=story.person(one), **confirmed)
    for number in ("C1", "C2"):
        story.say(Patient(number, f"李^四{number}", "13700137000"), "A31", **{"19560412": f"198{number[1]}0101"})
    for decided in (False, True):
        world.touch(phone="13700137000")
        story.later(minutes=1)
        asked = story.newest("identity_ambiguous").input_id
        if decided:
            person = world.person("C1")
            story.ask("contacts-registry", "decide_identity", input_id=asked, person_id=person, decided_by="desk")
        else:
            story.ask("contacts-registry", "expire_input", input_id=asked)
    story.say(Patient("C3", "李^四C3", "13700137000"), "A31", **{"19560412": "19830101"})
    world.touch(phone="13500135000", name="赵六")
    story.ask("contacts-registry", "learn_keys", person_id=story.person(one), phones=("a" * 32,), patient=True)
    story.later(minutes=1)


def humans(story: Story) -> None:
    """Merge and unmerge two records, decide a merge proposal, and link and unlink numbers by HL7."""
    registry, one, other = "contacts-registry", story.one, story.other
    both = {"person_id": story.person(one), "reason": "said so"}
    story.ask(registry, "merge_persons", **both, merged_id=story.person(other))
    story.ask("contacts", "set_consent", person_id=story.person(one), purpose="marketing", granted=False)
    story.ask("contacts", "set_consent", person_id=story.person(one), purpose="survey", granted=True, evidence="form")
    story.ask(registry, "unmerge_persons", **both, separated_id=story.person(other))
    third = Patient("A3", one.name, one.phone)
    story.say(third, "A31")
    for same in (True, False):
        try:
            proposal = story.newest("merge_proposed")
        except IndexError:
            break
        decided = {"proposal_id": proposal.proposal_id, "same": same, "decided_by": "desk"}
        story.ask(registry, "decide_merge", "accepted" if same else "rejected", **decided)
    for event in ("A24", "A37"):
        story.say(other, event, more="PID|2||A9^^^CITY-HOSPITAL^MR")
    story.say(Patient("A7", "钱^七", "13100131000"), "A31")
    story.say(other, "A40", more="MRG|A7^^^CITY-HOSPITAL^MR")


def answers(story: Story) -> None:
    """Reminders and surveys go out; a bad answer becomes a case, whose clock runs out."""
    story.later(days=9)
    invited = story.newest("survey_invited")
    answer = {"person_id": invited.person_id, "task_id": invited.task_id, "score": 1, "comment": "等太久"}
    story.ask("followup", "answer_survey", **answer)
    case = story.newest("case_opened").case_id
    story.ask("complaints", "assign_case", case_id=case, assignee="lin", assigned_by="chen")
    story.later(days=4)
    story.ask("complaints", "resolve_case", case_id=case, resolved_by="lin", resolution="道歉")
    idea = {"category": "suggestion", "severity": "low", "source": "desk", "source_id": "d1", "description": "多放椅子"}
    story.ask("complaints", "open_case", case_id="idea", person_id=story.person(story.one), **idea)


def messages(story: Story) -> None:
    """Messages are delivered, bounce, fail, end unknown, expire, and wait for the end of quiet hours."""
    world, person = story.world, story.person(story.one)
    first, second = world.sent[:2]
    for mail, delivered in ((first, True), (second, False)):
        receipt = {"recipient_id": mail.recipient, "message_id": mail.message_id, "delivered": delivered}
        id = f"{mail.message_id}.1.{mail.recipient}"
        story.ask("notify", "report_receipt", **receipt, provider_id=id, reason="" if delivered else "mailbox full")
    answers = iter([{"failure": "450 later"}, {"unknown": True}])
    world.mailer.relay = lambda assigned: next(answers, {})
    values = {"level": 1, "department": "CARD", "reason": "respond-overdue", "case_id": "idea"}
    wanted = {"recipient_id": person, "person_id": person, "purpose": "alert", "template": "case-escalated"}
    for id, purpose in (("fails", "alert"), ("lost", "alert"), ("night", "care"), ("no", "marketing")):
        if id == "night":
            story.later(hours=22 - world.now.hour)
        valid = {"about": "idea", "valid_until": world.now + timedelta(days=3)}
        story.ask("notify", "request_message", **{**wanted, "purpose": purpose}, **valid, message_id=id, values=values)
        story.later(hours=2)
    story.later(days=1)


def access(story: Story) -> None:
    """A nurse breaks the glass, and the privacy officer reviews it."""
    person = {"person_id": story.person(story.one), "review_id": "glass-1"}
    story.ask("contacts", "break_glass", **person, broken_by="nurse", minutes=30, reason="emergency")
    story.ask("contacts", "review_access", **person, justified=True, reviewed_by="officer", note="right")
    relation = {"relation_id": "r1", "kind": "call", "staff": ["agent"], "seen": story.world.now}
    story.ask("contacts", "note_relation", person_id=story.person(story.other), **relation)


def erased(story: Story) -> None:
    """One request for erasure is declined, another is approved and carried out."""
    registry, leaving = "contacts-registry", Patient("E1", "孙^八", "13200132000", "e1@x.example")
    story.say(leaving, "A31", **{"19560412": "19910101"})
    story.say(leaving, "A03", "E2")
    for record, approved in ((story.one, False), (leaving, True)):
        person = story.person(record)
        story.ask(registry, "request_erasure", person_id=person, requested_by="dpo")
        story.ask(registry, "decide_erasure", person_id=person, approved=approved, decided_by="officer")
    story.later(minutes=5)


def read(story: Story) -> None:
    """Write the records that no decider writes: of the inbox, of an access to a person, and a feed's position."""
    at, person = story.world.now, story.person(story.one)
    touch: dict[str, Any] = {"touchpoint_id": "t9", "channel": "desk", "direction": "inbound", "summary": "asks"}
    touch["identifiers"] = [{"system": "phone", "value": "13400134000"}]
    story.write("contacts", "inbox", "contacts.touchpoint_reported", at=at, **touch)
    asked = {"service": "contacts", "route": "GET /contacts/v1/persons", "purpose": "TREAT", "result": "shown"}
    looked = {"reader": "lin", "reader_type": "user", "persons": [person], **asked}
    story.write("contacts", "audit", "audit.persons_accessed", at=at, **looked)
    story.write("his-adapter", "raw", "his-adapter.feed_advanced", at=at, feed="tables/visits", position={"visits": 7})
