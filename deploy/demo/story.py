"""The story of the demo: admission, discharge, reminder, survey, complaint, escalation, resolution."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from careloop_client.complaints.models import Resolution
from deploy.demo.director import Director, PlayedBefore, StoryBroke

PATIENT = "wang.xiuying@mail.example"
MRN = "MRN:CITY-HOSPITAL|100234"
SUPERVISOR = "chen@hospital.example"
Tell = Callable[[str], Awaitable[None]]


def hl7(kind: str, control: str, at: str, extra: str = "") -> str:
    """Return an ADT message as City Hospital's system sends it; `extra` is appended to PV1."""
    event = kind.partition("^")[2]
    segments = [
        f"MSH|^~\\&|HIS|CITY|CARELOOP|CITY|{at}||{kind}|{control}|P|2.5||||||UNICODE UTF-8",
        f"EVN|{event}|{at}",
        "PID|1||100234^^^CITY-HOSPITAL^MR||王^秀英||19560412|F|||北京市朝阳区建国路1号^^北京^^100020||"
        f"13800138000^PRN^PH~^NET^Internet^{PATIENT}||zh",
        f"PV1|1|I|CARD^201^1^CITY||||D017^李^明|||CARD|||||||||V20260309001|||||||||||||||||||||||||20260309093000{extra}",
        "DG1|1||I21.9^急性心肌梗死^I10",
    ]
    return "\r".join(segments) + "\r"


async def patient_story(director: Director, tell: Tell) -> dict[str, Any]:
    """Play the story; return the contents of report.json without the trace. Raises `StoryBroke`."""
    if await director.find(MRN):
        raise PlayedBefore(
            "this log knows the demo's patient already: the demo needs a Kafka without CareLoop's topics"
        )
    await _stay(director, tell)
    [match] = await director.find(MRN)
    person, careloop = match.person_id, director.careloop
    await _followed_up(director, tell)
    await _unhappy(director, tell)
    case = await _escalated(director, tell, person)
    return {
        "person_id": person,
        "person": _json((await careloop.contacts.view_person(person)).data),
        "tasks": [_json(task) for task in (await careloop.followup.list_tasks(person=person)).data],
        "messages": [_json(message) for message in (await careloop.notify.list_messages(person=person)).data],
        "case": _json((await careloop.complaints.get_case(case)).data),
    }


async def _stay(director: Director, tell: Tell) -> None:
    zone = director.zone
    director.clock.set(datetime(2026, 3, 9, 9, 30, tzinfo=zone), 0)
    await tell("Monday: the hospital admits a patient to cardiology (HL7 ADT^A01 over MLLP)")
    _positive(await director.mllp(hl7("ADT^A01", "DEMO-0001", "20260309093000+0800")))
    await director.at(datetime(2026, 3, 12, 15, 0, tzinfo=zone))
    await tell("Thursday: she goes home (ADT^A03)")
    _positive(await director.mllp(hl7("ADT^A03", "DEMO-0002", "20260312150000+0800", "|20260312150000")))
    await director.rest()


async def _followed_up(director: Director, tell: Tell) -> None:
    due = await director.next_due()
    await tell(f"{due:%A %H:%M}: a reminder about her medicine")
    if "用药" not in director.mail_to(PATIENT).subject:
        raise StoryBroke("the reminder did not arrive")
    due = await director.next_due()
    await tell(f"{due:%A %H:%M}, day 7: how was it?")


async def _unhappy(director: Director, tell: Tell) -> None:
    mail = director.mail_to(PATIENT)
    link = next((word for word in mail.body.split() if "/followup/s/" in word), "")
    path = urlsplit(link).path
    page = await director.patient.get(path)
    if page.status_code != 200 or "满意度" not in page.text:
        raise StoryBroke(f"the survey page answered {page.status_code}")
    await tell("She opens the signed link and answers: 1 of 5, nobody explained the medicine")
    answer = {"score": "1", "comment": "出院时没有人向我解释怎么吃药。"}
    thanks = await director.patient.post(path, data=answer)
    if "感谢" not in thanks.text:
        raise StoryBroke(f"the survey answer was met with {thanks.status_code}")
    await director.rest()


async def _escalated(director: Director, tell: Tell, person: str) -> str:
    complaints = director.careloop.complaints
    [case] = (await complaints.list_cases(person=person)).data
    await tell(f"complaints opens a case; somebody must respond by {case.sla['respond'].due:%Y-%m-%dT%H:%M} UTC")
    due = await director.next_due()
    await tell(f"{due:%A %H:%M}: nobody did. It escalates to the supervisor")
    if "投诉升级" not in director.mail_to(SUPERVISOR).subject:
        raise StoryBroke("the supervisor was not alerted")
    done = Resolution(resolution="陈主管已致电患者，药师当面讲解了用药方法。")
    await complaints.resolve_case(case.case_id, done)
    await director.rest()
    await tell("The supervisor calls her, a pharmacist explains, the case is resolved")
    return case.case_id


def _positive(acknowledgement: str) -> None:
    if "MSA|AA" not in acknowledgement and "MSA|CA" not in acknowledgement:
        raise StoryBroke(f"the message was not acknowledged: {acknowledgement!r}")


def _json(answer: BaseModel) -> Any:
    return answer.model_dump(mode="json", exclude_unset=True)
