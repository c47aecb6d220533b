"""Bad input at every edge: a clear answer that names the field, nothing lost, nothing crashed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest

from careloop_client.contacts.models import TouchpointReported
from deploy.catalogue import load_all
from deploy.cli.trace import gather, lines
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.operating.dlq import letters
from shared import mongo
from shared.bus.clients import producer, started
from shared.deadletter import original_of
from shared.host.deps import key_ring
from shared.links import sign_link
from shared.tokens import mint_token
from tests.support.systems import Patient

TOUCH = {
    "at": "2026-03-12T10:00:00+08:00",
    "touchpoint_id": "t-1",
    "identifiers": [{"system": "phone", "value": "13700000000"}],
    "channel": "phone",
    "direction": "inbound",
}


async def letter_about(system: System, word: str) -> Any:
    letters_by_id = await letters(system.settings, load_all(system.settings))
    return [letter for _, letter in letters_by_id.values() if word in letter.detail]


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ("garbage", "AE", "MSH"),
        ("MSH|^~\\&|HIS|CITY|||20260309||ADT^A01||P|2.5", "AE", "MSH^1^10"),
        ("MSH|^~\\&|HIS|CITY|||20260309|||C9|P|2.5", "AE", "MSH^1^9"),
        ("MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|C8|P|2.5\rPID|1||", "AE", "PID^1^3"),
        ("MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|C7|X|2.5", "AR", "MSH^1^11"),
        ("MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|C6|P|3.0", "AR", "MSH^1^12"),
        ("MSH|^~\\&|HIS|CITY|||20260309||MFN^M03|C5|P|2.5", "AA", "C5"),
    ],
)
async def test_hl7_is_answered_by_its_kind(director: Director, message: str, code: str, words: str) -> None:
    answer = await director.mllp(message)
    assert f"MSA|{code}" in answer
    assert words in answer


async def test_refused_hl7_is_kept_and_can_be_read_again(system: System, director: Director) -> None:
    await director.mllp("garbage from a broken interface")
    [letter] = [x for x in await letter_about(system, "does not start with an MSH") if x.reader == "his-adapter.mllp"][
        :1
    ]
    async with mongo.connected(system.settings.mongo.url) as client:
        original = await original_of(letter, key_ring(system.settings, client))
    assert original is not None


async def test_a_message_that_fails_after_its_acknowledgement_is_dead_lettered(
    system: System, director: Director
) -> None:
    patient = Patient.new()
    now = director.clock()
    text = patient.says("ADT^A01", "LATE", now).replace(f"EVN|A01|{now:%Y%m%d%H%M%S%z}", "EVN|A01|someday")
    assert "MSA|AA" in await director.mllp(text) or "MSA|CA" in await director.mllp(text)
    await director.rest()
    assert await letter_about(system, "EVN-2")


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"channel": "telegraph"}, 422, "channel"),
        ({"identifiers": []}, 422, "identifiers"),
        ({"identifiers": [{"system": "phone"}]}, 422, "identifiers.0.value"),
        ({"at": "2026-03-12T10:00:00"}, 422, "at"),
        ({"touchpoint_id": ""}, 422, "touchpoint_id"),
        ({"summery": "asks for an appointment"}, 422, "summery"),
        ({"identifiers": [{"system": "phone", "value": "1", "kind": "home"}]}, 422, "identifiers.0.kind"),
    ],
)
async def test_a_bad_field_is_named(director: Director, change: dict[str, Any], status: int, words: str) -> None:
    answer = await director.http.post("/contacts/v1/touchpoints", json={**TOUCH, **change})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


async def test_malformed_json_is_a_400(director: Director) -> None:
    answer = await director.http.post(
        "/contacts/v1/touchpoints", content=b'{"at": ', headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-json")
    assert "body at character" in answer.json()["detail"]


async def test_without_the_right_token_nothing_is_told(system: System, director: Director) -> None:
    path = "/contacts/v1/identity-reviews"
    for headers, status, slug in (
        ({"authorization": ""}, 401, "token-missing"),
        ({"authorization": "Bearer nonsense"}, 401, "token-invalid"),
    ):
        answer = await director.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    key = system.settings.data_dir / "token-key.pem"
    weak = mint_token(key, system.settings.auth, "x", ["followup:read"], timedelta(minutes=1))
    answer = await director.http.get(path, headers={"authorization": f"Bearer {weak}"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing")
    old = mint_token(key, system.settings.auth, "x", ["contacts:read"], timedelta(minutes=-1))
    assert (await director.http.get(path, headers={"authorization": f"Bearer {old}"})).status_code == 401


async def test_unknown_people_cases_and_paths_are_404(director: Director) -> None:
    for path in ("/contacts/v1/persons/nobody/360", "/complaints/v1/cases/none", "/nowhere/x", "/contacts/v1/nothing"):
        answer = await director.http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


async def test_a_command_about_nobody_is_a_404(director: Director) -> None:
    body = {"purpose": "survey", "granted": True}
    answer = await director.http.put("/contacts/v1/persons/nobody/consent", json=body)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/person-unknown")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/complaints/v1/cases?persom=p", "`persom`"),
        ("/complaints/v1/cases?limit=0", "`limit`"),
        ("/notify/v1/messages?status=nonsense", "`status`"),
        ("/contacts/v1/persons/p/360?as_of=2026-03-09T09:00:00+08:00", "%2B"),
    ],
)
async def test_a_query_parameter_that_means_nothing_is_refused(director: Director, path: str, words: str) -> None:
    answer = await director.http.get(path)
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True)


async def test_a_path_of_one_word_is_a_404_without_detours(director: Director) -> None:
    answer = await director.http.get("/nothing")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/path-unknown")


async def test_positions_and_cursors_we_did_not_give_out_are_400(director: Director) -> None:
    for path in ("/complaints/v1/cases?cursor=é", "/followup/v1/tasks?person=p&min_position=zzz"):
        assert (await director.http.get(path)).status_code == 400, path


async def test_expired_broken_and_foreign_links_say_so_politely(system: System, director: Director) -> None:
    expired = sign_link(system.settings.auth.links, "survey", "t", director.clock() - timedelta(days=1))
    english = {"accept-language": "en", "authorization": ""}
    page = await director.http.get(f"/followup/s/{expired}", headers=english)
    assert (page.status_code, "expired" in page.text) == (410, True)
    page = await director.http.get("/followup/s/nonsense", headers={"authorization": ""})
    assert (page.status_code, "无效" in page.text) == (404, True)


async def test_an_unsigned_receipt_is_refused(director: Director) -> None:
    answer = await director.http.post("/notify/v1/receipts/email", json={"provider_id": "a.1.b", "status": "delivered"})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/signature-invalid")


async def put_on_inbox(system: System, value: bytes) -> None:
    async with started(producer(system.settings.kafka)) as writer:
        await (await writer.send("careloop.contacts.inbox.v1", value, b"anything", 0))


async def test_the_inbox_takes_events_and_keeps_what_it_cannot_read(system: System, director: Director) -> None:
    phone = f"137{uuid4().int % 10**8:08d}"
    event = {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": "/pbx",
        "type": "careloop.contacts.touchpoint_reported.v1",
        "time": datetime.now(UTC).isoformat(),
        "data": {**TOUCH, "touchpoint_id": uuid4().hex, "identifiers": [{"system": "phone", "value": phone}]},
    }
    await put_on_inbox(system, b"not json")
    await put_on_inbox(system, orjson.dumps({**event, "type": "careloop.unknown.v1"}))
    for wrong in ({"channel": "telegraph"}, {"summery": "?"}):
        await put_on_inbox(system, orjson.dumps({**event, "id": uuid4().hex, "data": {**event["data"], **wrong}}))  # type: ignore[dict-item]
    await put_on_inbox(system, orjson.dumps(event))
    await put_on_inbox(system, orjson.dumps(event))
    await director.rest()
    [person] = await director.find(f"phone|{phone}")
    view = (await director.careloop.contacts.view_person(person.person_id)).data
    assert view.counts["TouchpointRecorded"] == 1
    assert await letter_about(system, "not JSON")
    assert await letter_about(system, "careloop.unknown.v1")
    assert await letter_about(system, "`channel`")
    assert await letter_about(system, "`summery`")


async def test_the_trace_of_an_outside_id_shows_why_it_was_refused(system: System, director: Director) -> None:
    ids = [uuid4().hex for _ in range(2)]
    event = {"specversion": "1.0", "id": ids[0], "source": "/pbx", "type": "careloop.contacts.touchpoint_reported.v1"}
    await put_on_inbox(system, orjson.dumps({**event, "time": "2026-03-12T10:00:00+08:00", "data": {}}))
    text = f"MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|{ids[1]}|X|2.5"
    assert "MSA|AR" in await director.mllp(text)
    await director.rest()
    for id, word in zip(ids, ("touchpoint_id", "MSH-11"), strict=True):
        printed = "\n".join(lines(await gather(system.settings.mongo.url, None, id)))
        assert "refused" in printed
        assert word in printed


async def test_the_trace_of_a_publishers_own_event_id_leads_to_the_person(system: System, director: Director) -> None:
    id, phone = uuid4().hex, f"134{uuid4().int % 10**8:08d}"
    event = {"specversion": "1.0", "id": id, "source": "/pbx", "type": "careloop.contacts.touchpoint_reported.v1"}
    data = {**TOUCH, "touchpoint_id": uuid4().hex, "identifiers": [{"system": "phone", "value": phone}]}
    await put_on_inbox(system, orjson.dumps({**event, "time": "2026-03-12T10:00:00+08:00", "data": data}))
    await director.rest()
    [root] = await gather(system.settings.mongo.url, None, id)
    assert root["type"] == "careloop.contacts.touchpoint_reported.v1"
    assert "person_registered" in "\n".join(lines([root]))


async def test_bytes_outside_of_a_frame_are_answered_and_kept(system: System, director: Director) -> None:
    for sent, words in (
        (b"MSH|no frame at all\r", "outside of an MLLP frame"),
        (b"\x0b" + b"x" * (17 << 20), "exceeds"),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", system.options.mllp_port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.readuntil(b"\x1c\x0d"), 20)
        assert b"MSA|AE" in answer
        writer.close()
        assert await letter_about(system, words)


async def test_the_trace_of_a_touchpoint_id_leads_to_the_person(system: System, director: Director) -> None:
    id = uuid4().hex
    identifiers = [{"system": "phone", "value": f"135{uuid4().int % 10**8:08d}"}]
    touch = TouchpointReported.model_validate({**TOUCH, "touchpoint_id": id, "identifiers": identifiers})
    await director.careloop.contacts.report_touchpoint(touch)
    await director.rest()
    printed = "\n".join(lines(await gather(system.settings.mongo.url, None, id)))
    assert "person_registered" in printed
    assert identifiers[0]["value"] not in printed


async def test_the_interface_engineer_sees_what_became_of_each_message(system: System, director: Director) -> None:
    patient, now, his = Patient.new(), director.clock(), director.careloop.his_adapter
    await director.mllp(patient.says("ADT^A01", "IN", now))
    await director.mllp(patient.says("MFN^M03", "MFN", now))
    await director.mllp(patient.says("ADT^A03", "BAD", now).replace(f"EVN|A03|{now:%Y%m%d%H%M%S%z}", "EVN|A03|never"))
    await director.rest()
    for control, status in (("IN", "translated"), ("MFN", "not-ours"), ("BAD", "refused")):
        [row] = (await his.list_messages(control_id=f"{control}-{patient.mrn}")).data
        assert row.status == status
        assert row.control_id_reused is False
    await director.mllp(patient.says("ORU^R01", "NOTYET", now) + f"OBR|1||F{patient.mrn}|K^血钾{'|' * 21}I\r")
    await director.rest()
    [silent] = (await his.list_messages(control_id=f"NOTYET-{patient.mrn}")).data
    assert (silent.status, silent.facts) == ("translated", [])
    nameless = patient.says("ADT^A01", "DOOR", now).replace("\rPID|", "\rZID|")
    assert "MSA|AE" in await director.mllp(nameless)
    await director.rest()
    [turned_away] = (await his.list_messages(control_id=f"DOOR-{patient.mrn}")).data
    assert (turned_away.status, turned_away.at_the_door, turned_away.sender) == ("refused", True, "HIS/CITY")
    [source] = [row for row in (await his.list_sources()).data if row.source == "HIS/CITY"]
    assert any("PID-3 is required" in reason for reason in source.refusals)
    assert source.silent_seconds is not None
    assert source.silent_seconds < 3600
    assert source.messages == sum(source.by_status.values()) >= 3
    assert any("EVN-2" in reason for reason in source.refusals)
    first = await his.list_messages(limit=1)
    second = await his.list_messages(limit=1, cursor=first.next)
    assert first.data[0].message_id != second.data[0].message_id
    assert first.data[0].received >= second.data[0].received


async def test_a_control_id_with_another_body_is_taken_and_flagged(director: Director) -> None:
    patient, now = Patient.new(), director.clock()
    for kind in ("ADT^A01", "ADT^A08"):
        assert "MSA|AA" in await director.mllp(patient.says(kind, "SAME", now))
    await director.mllp(patient.says("ADT^A01", "SAME", now))
    await director.rest()
    rows = (await director.careloop.his_adapter.list_messages(control_id=f"SAME-{patient.mrn}")).data
    assert sorted((row.status, row.control_id_reused, row.repeats) for row in rows) == [
        ("translated", True, 0),
        ("translated", True, 1),
    ]
