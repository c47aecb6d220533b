"""Whatever comes over HTTP: an answer that blames the sender, never an error of ours, and nobody behind it suffers."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from deploy.catalogue import load_all, mounts
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.operating.dlq import letters
from services.his_adapter.formats.hl7.mllp import END, START
from tests.support.nasty import Asked, Operation, operations, requests

REFERENCE = Path(__file__).parents[2] / "docs/reference/openapi"
FILES = {mount: REFERENCE / f"{service.replace('_', '-')}.json" for mount, service in mounts().items()}
OPERATIONS = [each for mount, file in FILES.items() for each in operations(mount, json.loads(file.read_text()))]


async def answered(system: System, director: Director, asked: Asked) -> tuple[int, bytes]:
    """Status and body of an answer, over a connection of its own: no client may tidy up what is sent."""
    reader, writer = await asyncio.open_connection(*system.options.url.removeprefix("http://").split(":"))
    bearer = director.http.headers["authorization"].encode()
    own = [(b"host", b"x"), (b"authorization", bearer), (b"content-length", str(len(asked.body)).encode())]
    head = b"".join(b"%b: %b\r\n" % pair for pair in [*own, *asked.headers, (b"connection", b"close")])
    writer.write(f"{asked.method} {asked.target} HTTP/1.1\r\n".encode() + head + b"\r\n" + asked.body)
    try:
        answer = await asyncio.wait_for(reader.read(), 60)
        return int(answer.split(b" ", 2)[1]), answer.partition(b"\r\n\r\n")[2]
    finally:
        writer.close()


async def test_half_an_emoji_is_refused_by_field_and_the_next_request_is_served(director: Director) -> None:
    touch = (
        rb'{"touchpoint_id":"s1","at":"2026-03-09T10:00:00+08:00","identifiers":[{"system":"phone","value":'
        rb'"13811119999"}],"channel":"phone","direction":"inbound","summary":"cut in the middle of an emoji \ud83d"}'
    )
    for _ in range(3):
        json_ = {"content-type": "application/json"}
        answer = await director.http.post("/contacts/v1/touchpoints", content=touch, headers=json_)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "summary")
        assert (await director.http.get("/contacts/commands/none")).status_code == 404


async def test_a_deep_body_that_calls_itself_text_is_refused_under_a_key_as_without(director: Director) -> None:
    for headers in ({}, {"idempotency-key": "deep"}):
        sent_headers = {"content-type": "text/plain", **headers}
        answer = await director.http.post("/complaints/v1/cases", content="[" * 300 + "]" * 300, headers=sent_headers)
        assert answer.status_code == 422


async def test_a_fhir_route_words_a_wrong_parameter_as_an_outcome(director: Director) -> None:
    answer = await director.http.post("/his/v1/fhir", params={"historical": "perhaps"}, json={})
    assert (answer.status_code, answer.json()["resourceType"]) == (422, "OperationOutcome")


@pytest.mark.parametrize(
    "odd",
    [
        {b"webhook-id": b"r1", b"webhook-timestamp": b"now", b"webhook-signature": b"v1,\xe9"},
        {b"webhook-id": b"r2", b"webhook-timestamp": b"\xb2", b"webhook-signature": b"v1,AAAA"},
        {b"webhook-id": b"\xe9", b"webhook-timestamp": b"9" * 5000, b"webhook-signature": b"\xe9 \xff"},
        {b"authorization": b"Bearer \xe9.\xe9.\xe9"},
    ],
)
async def test_odd_bytes_in_what_signs_a_request_are_no_right_to_make_it(
    director: Director, odd: dict[bytes, bytes]
) -> None:
    stamp = str(int(time.time())).encode()
    headers = [(name, stamp if value == b"now" else value) for name, value in odd.items()]
    body = b'{"provider_id": "a.1.b", "status": "delivered"}'
    for path in ("/notify/v1/receipts/email", "/his/v1/payments/notifications/wechat"):
        answer = await director.http.post(path, content=body, headers=headers)
        assert answer.status_code in (401, 404)
    if b"authorization" in odd:
        for path in ("/contacts/v1/persons", "/notify/v1/messages", "/his/v1/fhir"):
            answer = await director.http.post(path, content=body, headers=headers)
            assert answer.status_code in (401, 405)


async def test_a_message_after_a_cut_one_is_acknowledged_on_the_same_connection(
    system: System, director: Director
) -> None:
    head = "MSH|^~\\&|HIS|CITY|CL|CITY|20261208120000||ADT^A31|{}|P|2.5|||"
    whole = f"{head.format('B4')}||CHN\rEVN|A31|20261208120000\rPID|1||MLB4^^^CITY-HOSPITAL^MR||测^试||19600101|F\r"
    reader, writer = await asyncio.open_connection("127.0.0.1", system.options.mllp_port)
    writer.write(START + head.format("B3").encode() + START + whole.encode() + END)
    answer = await asyncio.wait_for(reader.readuntil(END), 20)
    writer.close()
    assert b"MSA|AA|B4" in answer
    [letter] = [
        letter
        for _, letter in (await letters(system.settings, load_all(system.settings))).values()
        if letter.about == "B3"
    ]
    assert "begun anew" in letter.detail


def drawn(operation: Operation) -> list[Asked]:
    """Random requests for an operation."""
    asked_requests: list[Asked] = []

    @settings(max_examples=25, database=None, suppress_health_check=list(HealthCheck))
    @given(requests(operation))
    def draw(asked: Asked) -> None:
        asked_requests.append(asked)

    draw()
    return asked_requests


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_no_request_is_an_error_of_ours(system: System, director: Director, operation: Operation) -> None:
    for asked in drawn(operation):
        status, body = await answered(system, director, asked)
        assert status < 500 or _fault_of_the_sender(body), (asked, status, body)


def _fault_of_the_sender(body: bytes) -> bool:
    """Whether this is a SOAP 1.1 fault that blames the caller, which has status 500 too."""
    return b"<faultcode>s:Client</faultcode>" in body


async def test_after_all_that_every_role_is_up_and_was_never_restarted(system: System, director: Director) -> None:
    assert (await director.http.get("/health/ready")).status_code == 200
    assert {name: child.restarts for name, child in system.supervisor.children.items() if child.restarts} == {}
    await director.rest()
