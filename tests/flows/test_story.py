"""A discharge goes in, a reminder comes out, the 360 shows it; and so on to the end of the story."""

from datetime import datetime, timedelta
from typing import Any

from careloop_client.complaints.models import Resolution
from careloop_client.contacts.models import Consent, View360
from deploy.cli.trace import gather
from deploy.demo.director import Director
from deploy.demo.story import SUPERVISOR
from deploy.local.system import System
from tests.conftest import SHANGHAI
from tests.support.systems import Patient, discharged

IN_ORDER = [
    "person_registered",
    "patient_admitted",
    "patient_discharged",
    "enrolled_in_plan",
    "reminder_due",
    "survey_invited",
    "survey_answered",
    "case_opened",
    "sla_breached",
    "case_resolved",
]


def types(view: View360) -> list[str]:
    return [entry.type.split(".")[2] for entry in view.timeline]


async def until(director: Director, moment: datetime) -> None:
    """Let the time come, stopping at every timer on the way, as the days would."""
    while director.clock() < moment:
        await director.rest()
        due = await director.peek_due()
        await director.at(min(due, moment) if due and due > director.clock() else moment)
        await director.rest()


async def test_the_whole_story_from_hl7_to_the_escalation(system: System, director: Director) -> None:
    patient, thursday = Patient.new(), director.clock().astimezone(SHANGHAI)
    person = await discharged(director, patient)
    tasks = (await director.careloop.followup.list_tasks(person=person)).data
    morning, week = thursday + timedelta(hours=18), thursday + timedelta(days=6, hours=19)
    assert sorted(task.due for task in tasks) == [morning, week]

    await until(director, morning)
    assert director.mail_to(patient.mail).subject == "用药提醒"
    await until(director, week)
    mail = director.mail_to(patient.mail)
    link = next(word for word in mail.body.split() if "/followup/s/" in word)

    page = await director.http.get(link, headers={"authorization": ""})
    assert (page.status_code, 'lang="zh"' in page.text, "满意度" in page.text) == (200, True, True)
    answer = {"score": "1", "comment": "没有人解释"}
    thanks = await director.http.post(link, data=answer, headers={"authorization": ""})
    assert "感谢" in thanks.text
    again = await director.http.post(link, data={"score": "5"}, headers={"authorization": ""})
    assert again.status_code == 409
    await director.rest()

    complaints = director.careloop.complaints
    [case] = (await complaints.list_cases(person=person)).data
    assert (case.status, case.description, case.level) == ("open", "没有人解释", 0)
    due = case.sla["respond"].due
    assert due
    assert due.astimezone(SHANGHAI) == week.replace(hour=15, minute=30)
    await until(director, due)
    assert case.case_id in director.mail_to(SUPERVISOR).body
    await complaints.resolve_case(case.case_id, Resolution(resolution="called back"))
    await director.rest()

    case = (await complaints.get_case(case.case_id)).data
    assert (case.status, case.level, case.resolution) == ("resolved", 1, "called back")
    view = (await director.careloop.contacts.view_person(person)).data
    assert view.identity.name == "王秀英"
    shown = types(view)
    assert [name for name in shown if name in IN_ORDER] == IN_ORDER
    assert shown.count("message_delivered") == 2
    assert max(at for at, name in enumerate(shown) if name == "message_delivered") < shown.index("survey_answered")
    messages = (await director.careloop.notify.list_messages(person=person)).data
    assert sorted(message.status for message in messages) == ["delivered"] * 3
    await _one_trace(system, f"OUT-{patient.mrn}")


async def _one_trace(system: System, control_id: str) -> None:
    """From the HL7 control id to the SMTP receipt and the escalation, without a personal word in it."""
    [root] = await gather(system.settings.mongo.url, system.settings.span_file, control_id)
    steps: list[str] = []

    def walk(node: dict[str, Any]) -> None:
        steps.append(node["type"].split(".")[2])
        for child in node["children"]:
            walk(child)

    walk(root)
    assert steps[0] == "hospital_message_received"
    for step in ("patient_discharged", "identity_resolved", "timer_set", "message_delivered", "case_escalated"):
        assert step in steps
    assert "王" not in str(root)
    assert root["ms"] is not None


async def test_by_night_nothing_is_sent_until_the_morning(director: Director) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)
    night = director.clock().astimezone(SHANGHAI) + timedelta(days=7)
    await director.at(night.replace(hour=23))  # the survey was due at ten, nobody was up to ask
    await director.rest()
    messages = (await director.careloop.notify.list_messages(person=person)).data
    [survey] = [message for message in messages if message.purpose == "survey"]
    assert (survey.status, survey.definition) == ("deferred", "quiet-hours/night/1")
    await until(director, night.replace(hour=8) + timedelta(days=1))
    assert "满意" in director.mail_to(patient.mail).subject


async def test_consent_withdrawn_means_no_message(director: Director) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)
    await director.careloop.contacts.set_consent(person, Consent(purpose="care", granted=False))
    await until(director, director.clock() + timedelta(hours=18))
    messages = (await director.careloop.notify.list_messages(person=person)).data
    assert [message.reason for message in messages if message.purpose == "care"] == ["no-consent"]
    view = (await director.careloop.contacts.view_person(person)).data
    assert view.consents == {"care": False}


async def test_a_readmission_stops_what_is_still_to_come(director: Director) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)
    again = patient.says("ADT^A01", "AGAIN", director.clock() + timedelta(hours=3))
    again = again.replace(f"V{patient.mrn}", f"W{patient.mrn}")
    await director.mllp(again)
    await director.rest()
    tasks = (await director.careloop.followup.list_tasks(person=person)).data
    assert {task.status for task in tasks} == {"cancelled"}
    assert {task.reason for task in tasks} == {"readmitted"}
