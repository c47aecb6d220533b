"""The stories of the flow tests with marked people in them: what happens once somebody is known."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import orjson
import pytest

from careloop_client import ProblemAnswered
from careloop_client.complaints.models import NewCase, Resolution
from careloop_client.contacts.models import (
    Consent,
    Decision,
    Emergency,
    Judgement,
    KnownIdentifier,
    Merge,
    TouchpointReported,
)
from careloop_client.his_adapter.models import NewPacket, NewPayment, NewRefund, NewRequest, Subject
from deploy.demo.director import Director
from deploy.demo.story import hl7
from deploy.local.system import System
from deploy.simulators.hospital.books import KnownPatient as Patient
from shared.webhooks import sign
from tests.conftest import SHANGHAI
from tests.flows.test_requests import BORN, answered, open_slot
from tests.flows.test_story import until
from tests.support.eventually import eventually
from tests.support.hl7 import segment
from tests.support.planted import Person, PlantedValues


@dataclass(frozen=True, slots=True)
class Scene:
    """A running system, and the marks of everybody who appears."""

    system: System
    director: Director
    planted: PlantedValues

    async def says(self, text: str) -> str:
        """Send a message over MLLP; returns its acknowledgement."""
        return await self.director.mllp(text)

    async def person(self, system: str, value: str) -> str:
        """The id of the person with this number, once nothing lags."""
        await self.director.rest()
        [row] = await self.director.find(f"{system}|{value}")
        return row.person_id

    def touch(self, channel: str, phone: str, email: str = "", **more: Any) -> TouchpointReported:
        """Somebody is in touch now, under a phone and perhaps a mail address."""
        known = [
            KnownIdentifier(system=system, value=value)
            for system, value in (("phone", phone), ("email", email))
            if value
        ]
        whole = {"channel": channel, "direction": "inbound", "identifiers": known, **more}
        return TouchpointReported(touchpoint_id=uuid4().hex, at=self.director.clock(), **whole)

    async def asks(self, path: str, body: dict[str, Any], status: int, method: str = "POST") -> None:
        """Send a request and check the status of its answer."""
        answer = await self.director.http.request(method, path, json=body)
        assert answer.status_code == status, (path, answer.status_code, answer.text)


def adt(kind: str, who: Person, at: datetime, extra: str = "") -> str:
    """What a hospital system says about somebody over HL7 v2."""
    text = hl7(kind, uuid4().hex, f"{at:%Y%m%d%H%M%S%z}", extra)
    return marked(
        text,
        ("100234^^^CITY-HOSPITAL^MR", f"{who.mrn}^^^CITY-HOSPITAL^MR~{who.citizen}^^^PSB^NI"),
        ("王^秀英", f"{who.family}^{who.given}~{who.latin}"),
        ("北京市朝阳区建国路1号", who.address),
        ("13800138000", who.phone),
        ("wang.xiuying@mail.example", who.email),
        ("V20260309001", who.visit),
        ("急性心肌梗死", who.illness),
    )


def marked(text: str, *replaced: tuple[str, str]) -> str:
    """A text of an example with marks in place of what stands in it."""
    for original, mark in replaced:
        assert original in text, original
        text = text.replace(original, mark)
    return text


async def admitted(scene: Scene, story: str) -> tuple[Person, str]:
    """Somebody whom HL7 admitted three days ago and discharged now, with a relative and a policy; the person id."""
    who, relative, now = (
        Person.new(scene.planted, story),
        Person.new(scene.planted, f"{story}/relative"),
        scene.director.clock(),
    )
    kin = segment("NK1", {1: "1", 2: f"{relative.family}^{relative.given}", 3: "SPO", 5: relative.phone})
    payer = segment("IN1", {1: "1", 2: "P1", 3: "01", 4: "insurer", 36: scene.planted.word(story, "account")})
    for kind, at in (("ADT^A01", now - timedelta(days=3)), ("ADT^A03", now)):
        assert "MSA|AA" in await scene.says(adt(kind, who, at.astimezone(SHANGHAI)) + f"{kin}\r{payer}\r")
    return who, await scene.person("MRN:CITY-HOSPITAL", who.mrn)


async def a_stay_its_survey_and_its_complaint(scene: Scene) -> None:
    """Discharged, reminded, asked, unhappy, escalated, resolved."""
    who, person = await admitted(scene, "stay")
    director, planted = scene.director, scene.planted
    await until(director, director.clock() + timedelta(days=6, hours=19))
    link = next(word for word in director.mail_to(who.email).body.split() if "/followup/s/" in word)
    answers = {"score": "1", "comment": planted.han("stay/answer", "text", 8)}
    assert (await director.http.post(link, data=answers, headers={"authorization": ""})).status_code == 200
    await director.rest()
    complaints = director.careloop.complaints
    [case] = (await complaints.list_cases(person=person)).data
    await director.next_due()
    await complaints.resolve_case(case.case_id, Resolution(resolution=planted.word("stay/resolution")))
    sent = director.mail_to(who.email).message_id.strip("<>").removesuffix("@careloop")
    bounce = f"550 5.1.1 <{who.email}>: {who.name} is unknown here"
    body = orjson.dumps({"provider_id": sent, "status": "bounced", "reason": bounce})
    secret = scene.system.settings.smtp.callback_secret.get_secret_value()
    headers = {**sign(secret, uuid4().hex, body), "content-type": "application/json"}
    bounced = await director.http.post("/notify/v1/receipts/email", content=body, headers=headers)
    assert bounced.status_code == 200, bounced.text


async def a_mail_the_relay_refuses(scene: Scene) -> None:
    """The relay says no to the recipient, and names them."""
    who, person = await admitted(scene, "refused-mail")

    async def refuses(server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return f"550 5.1.1 <{address}> ({who.latin}) is unknown here" if address == who.email else "250 taken"

    scene.system.mailbox.handle_RCPT = refuses  # type: ignore[attr-defined]
    await until(scene.director, scene.director.clock() + timedelta(hours=19))
    messages = (await scene.director.careloop.notify.list_messages(person=person)).data
    assert "failed" in [message.status for message in messages], messages


async def somebody_at_the_desk(scene: Scene) -> None:
    """Calls, forms, what they claim, cases, consents, break-glass, two records of one human."""
    planted, director, contacts = scene.planted, scene.director, scene.director.careloop.contacts
    one, other = Person.new(planted, "desk"), Person.new(planted, "desk/other")
    for who in (one, other):
        summary = planted.han("desk", "text", 7)
        await contacts.report_touchpoint(
            scene.touch("web-chat", phone=who.phone, email=who.email, name=who.name, summary=summary)
        )
    person, second = await scene.person("phone", one.phone), await scene.person("phone", other.phone)
    words = planted.word("desk/case")
    await director.careloop.complaints.open_case(
        NewCase(person_id=person, category="complaint", source="desk", description=words)
    )
    why = planted.han("desk/reason", "text", 10)
    await contacts.merge_persons(person, Merge(merged_id=second, reason=why))
    await contacts.unmerge_persons(person, Merge(merged_id=second, reason=why))
    await contacts.break_glass(person, Emergency(reason=why, minutes=5))
    await director.rest()
    [review, *_] = (await contacts.list_access_reviews()).data
    with pytest.raises(ProblemAnswered, match="409 own-access-review"):
        await contacts.decide_access_review(review.review_id, Judgement(justified=True, note=why))
    no = Consent(purpose="survey", granted=False, evidence=planted.word("desk/evidence"))
    await contacts.set_consent(person, no)


async def money_and_requests(scene: Scene) -> None:
    """A payment with a refund, a booking and a walk-in, the papers of a discharge."""
    planted, director, books = scene.planted, scene.director, scene.system.hospital.books
    who, person = await admitted(scene, "money")
    books.patients[who.mrn] = Patient(who.name, BORN)
    his, city = director.careloop.his_adapter, "CITY-HOSPITAL"
    subject, words = Subject(number=who.mrn, authority=city, name=who.name), planted.han("money", "subject", 6)
    bill = NewPayment(person_id=person, amount=Decimal("380.10"), description=words, subject=subject)
    payment = (await his.ask_payment(bill)).aggregate
    await director.rest()
    scene.system.wechat.pay(payment)
    await eventually(lambda: his.get_payment(payment), lambda shown: shown.data.status == "paid")
    await his.ask_refund(payment, NewRefund(amount=Decimal("1.00"), reason=planted.word("money/refund")))
    slot = await open_slot(director)
    asks: list[dict[str, Any]] = [
        {"action": "book", "slot": slot},
        {"action": "register", "department": "CARD", "reason": planted.han("money/request", "text", 6)},
        {"action": "bill"},
    ]
    for ask in asks:
        whose = Subject(number=who.mrn, authority=city, name=who.name, birth_date=BORN)
        taken = await his.place_request(NewRequest(person_id=person, subject=whose, ask=ask))
        assert (await answered(director, taken.aggregate)).status == "answered"
    given = {"national-id": who.citizen}
    await his.prepare_packet(
        NewPacket(person_id=person, formality="discharge", number=who.mrn, authority=city, given=given)
    )


async def a_call_that_fits_two(scene: Scene) -> None:
    """A phone of two people, so that somebody decides whose call it was; and a claim that somebody confirms."""
    planted, director, contacts = scene.planted, scene.director, scene.director.careloop.contacts
    one, now = Person.new(planted, "ambiguous"), director.clock().astimezone(SHANGHAI)
    other = replace(Person.new(planted, "ambiguous/other"), phone=one.phone)
    for who in (one, other):
        assert "MSA|AA" in await scene.says(adt("ADT^A01", who, now))
    await director.rest()
    summary = planted.han("ambiguous", "text", 7)
    await contacts.report_touchpoint(scene.touch("phone", phone=one.phone, summary=summary))
    await director.rest()
    [asked] = (await contacts.list_identity_reviews(kind="input")).data
    await contacts.decide_identity(asked.id, Decision(person_id=asked.candidates[0].person_id))
    caller = Person.new(planted, "claim")
    await contacts.report_touchpoint(
        scene.touch("phone", phone=caller.phone, email=caller.email, name=caller.name, summary=summary)
    )
    view = (await contacts.view_person(await scene.person("phone", caller.phone))).data
    assert view.claims
    for claim in view.claims:
        await contacts.confirm_claim(claim.person_id, claim.claim_id)
