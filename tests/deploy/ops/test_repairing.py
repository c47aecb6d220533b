"""Over HTTP only messages of a hospital are repaired, for their own senders; who did it, and of whom, is on record."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from aiokafka import TopicPartition
from fastapi import APIRouter, FastAPI

from deploy.operating.letter_index import LetterIndex
from deploy.operating.redrive import Redrive
from deploy.ops import dead_letters
from shared.caller import Caller
from shared.contracts.audit import PersonsAccessed
from shared.deadletter import DeadLetter
from shared.problems import install
from shared.settings import Settings

AT = datetime(2026, 3, 9, tzinfo=UTC)
PERSON = "0f8fad5b-d9cb-469f-a165-70867728950e"
MESSAGE = "MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|m1|P|2.5.1\rPIX|1\r"
LETTERS = {
    "door": ("mllp/x", "his-adapter.mllp", "HIS/CITY", MESSAGE.encode()),
    "stored": ("careloop.his-adapter.raw.v1", "his-adapter.policies", "HIS/CITY", b'{"type":"received"}'),
    "command": ("careloop.notify.commands.v1", "notify.decider", "k", b'{"type":"send"}'),
    "gone": ("mllp/y", "his-adapter.mllp", "HIS/CITY", None),
    "nobody": ("mllp/z", "his-adapter.mllp", "", b"MSX|"),
}


class Host:
    """The routes of dead letters; `sent`: what was sent again, `recorded`: who was shown or did what."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes | None]] = []
        self.recorded: list[PersonsAccessed] = []
        self.senders: list[Any] = []


@pytest.fixture
async def host(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Host, httpx.AsyncClient]]:
    host, app, router = Host(), FastAPI(), APIRouter()

    async def whole(self: LetterIndex, id: str) -> tuple[TopicPartition, DeadLetter]:
        return TopicPartition("dlq", 0), letter(id)

    async def original(of: DeadLetter, ring: Any) -> bytes | None:
        return LETTERS[of.id][3]

    async def run(self: Redrive, place: Any, of: DeadLetter, repaired: bytes | None) -> tuple[bool, str]:
        host.sent.append((of.id, repaired))
        return True, "taken"

    async def persons(client: Any, ids: Any) -> list[str]:
        return [id for id in ids if id == PERSON]

    def door(deps: Any, caller: Any, senders: Any) -> None:
        host.senders.append(senders)

    async def record(access: PersonsAccessed) -> None:
        host.recorded.append(access)

    for place, name, fake in (
        (LetterIndex, "whole", whole),
        (dead_letters, "original_of", original),
        (dead_letters, "persons_among", persons),
        (dead_letters, "_door", door),
        (Redrive, "run", run),
    ):
        monkeypatch.setattr(place, name, fake)
    service = SimpleNamespace(slug="ops", purpose="HSYSADMIN")
    deps: Any = SimpleNamespace(
        settings=Settings(),
        ring=None,
        mongo=None,
        clock=lambda: AT,
        service=service,
        audit=SimpleNamespace(record=record),
    )
    dead_letters.add(router, deps, [])
    app.include_router(router)
    app.state.deps = deps
    install(app)
    app.dependency_overrides[dead_letters.WRITE] = lambda: Caller("han-ops", frozenset({"ops:write"}), has_roles=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ops") as http:
        yield host, http


def letter(id: str) -> DeadLetter:
    topic, reader, key, _ = LETTERS[id]
    fields = {"reason": "broken", "detail": "", "partition": 0, "offset": 1, "time": AT.isoformat()}
    return DeadLetter(id=id, topic=topic, reader=reader, key=key, **fields)


async def redriven(http: httpx.AsyncClient, id: str, content: str | None = None) -> httpx.Response:
    return await http.post(f"/v1/dead-letters/{id}/redrive", json={"content": content})


async def test_a_command_is_never_replaced_since_it_says_who_acts(host: tuple[Host, httpx.AsyncClient]) -> None:
    kept, http = host
    answer = await redriven(http, "command", '{"type":"careloop.notify.stop.v1","actor":{"id":"director"}}')
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/repair-not-taken")
    assert answer.json()["errors"][0]["field"] == "content"
    assert kept.sent == []
    assert (await redriven(http, "command")).status_code == 200
    assert kept.sent == [("command", None)]


@pytest.mark.parametrize("id", ["door", "stored", "gone"])
async def test_a_message_is_repaired_for_the_senders_of_its_original(
    host: tuple[Host, httpx.AsyncClient], id: str
) -> None:
    kept, http = host
    answer = await redriven(http, id, MESSAGE.replace("HIS|CITY", "LIS|CITY").replace("PIX", "PID"))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/sender-changed")
    assert "LIS/CITY, the original by HIS/CITY" in answer.json()["errors"][0]["problem"]
    both = MESSAGE + MESSAGE.replace("HIS|CITY", "LIS|CITY")
    assert (await redriven(http, id, both)).status_code == 422
    assert kept.sent == []
    assert (await redriven(http, id, MESSAGE.replace("PIX", "PID"))).status_code == 200
    assert [sent for sent, content in kept.sent if content and b"PID|1" in content] == [id]
    assert kept.senders == [("HIS/CITY",)]


@pytest.mark.parametrize("content", [MESSAGE, "MSX|still broken"])
async def test_what_named_no_sender_gets_none_by_a_repair(host: tuple[Host, httpx.AsyncClient], content: str) -> None:
    kept, http = host
    assert (await redriven(http, "nobody", content)).json()["type"] == "/problems/sender-changed"
    assert kept.sent == []


async def test_that_it_was_repaired_and_of_whom_is_on_record(host: tuple[Host, httpx.AsyncClient]) -> None:
    kept, http = host
    await redriven(http, "door")
    assert (kept.recorded[-1].resources, kept.recorded[-1].persons) == (("mllp/x-0@1",), ())
    await redriven(http, "door", f"{MESSAGE}ZID|{PERSON}\r")
    assert kept.recorded[-1].resources == ("mllp/x-0@1", "mllp/x-0@1 repaired")
    assert (kept.recorded[-1].reader, kept.recorded[-1].persons) == ("han-ops", (PERSON,))
