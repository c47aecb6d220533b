"""Who was shown whom is on record before the answer leaves, and if that cannot be, there is no answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request

from shared import problems
from shared.audit import NotRecorded, Recorder, recorder, seen, spool
from shared.audit.spool import Spool
from shared.auth import Verifier
from shared.caller import Caller
from shared.codec import Codec, Encoded
from shared.contracts.audit import PersonsAccessed
from shared.guard import guarded, scope
from shared.keystore import LocalKeyStore
from shared.problems import Problem
from shared.sealing import KeyRing
from tests.support.asgi import asked
from tests.support.eventually import eventually
from tests.support.tokens import Issuer

AT = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
KEY = "audit-spool-test"


class Away:
    """A producer whose broker is away until it is `back`."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.back = False

    async def send(self, topic: str, value: bytes, **more: Any) -> Any:
        if not self.back:
            raise recorder.KafkaError("away")
        self.written.append(value)

        async def place() -> Any:
            return SimpleNamespace(offset=0)

        return place()

    def create_batch(self) -> None:
        """None is made: one record is sent alone."""


def look(
    persons: tuple[str, ...] = ("p1",), reader: str = "li", resources: tuple[str, ...] = (), more: int = 0
) -> PersonsAccessed:
    return PersonsAccessed(
        at=AT,
        reader=reader,
        reader_type="user",
        service="test",
        route="GET /v1/cases",
        purpose="TREAT",
        result="shown",
        persons=persons,
        more=more,
        resources=resources,
    )


@pytest.fixture
async def ring(tmp_path: Path) -> AsyncIterator[KeyRing]:
    key_ring = KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), bytes(32))
    yield key_ring
    key_ring.close()


@pytest.fixture
async def kept(tmp_path: Path, ring: KeyRing) -> Spool:
    return Spool(tmp_path / "audit", KEY, ring)


@pytest.fixture
def away() -> Away:
    return Away()


@pytest.fixture
def audit_recorder(away: Any, ring: KeyRing, kept: Spool, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setattr(recorder, "RETRY_SECONDS", 0.0)
    return Recorder("test", 4, Codec(ring), away, kept)


async def test_what_is_kept_is_sealed_whole_and_there_after_a_restart(
    tmp_path: Path, ring: KeyRing, kept: Spool
) -> None:
    await kept.add("a", b"li was shown p1")
    (tmp_path / "audit" / "b.begun").write_bytes(b"cut")
    [file] = (tmp_path / "audit").glob("*.sealed")
    assert (file.stat().st_mode & 0o777, b"li was shown" in file.read_bytes()) == (0o600, False)
    again = Spool(tmp_path / "audit", KEY, ring)
    assert await again.oldest() == [("a", b"li was shown p1")]
    again.taken("a")
    assert await kept.oldest() == []


async def test_a_file_that_was_altered_is_set_aside_and_the_others_go_on(tmp_path: Path, kept: Spool) -> None:
    for id in ("a", "b"):
        await kept.add(id, id.encode())
    (tmp_path / "audit" / "a.sealed").write_text("AAAA" * 20)
    assert await kept.oldest() == [("b", b"b")]
    assert (tmp_path / "audit" / "a.altered").exists()


async def test_a_full_spool_takes_no_more(kept: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MAX_SPOOLED_FILES", 1)
    await kept.add("a", b"a")
    with pytest.raises(OSError, match="holds 1 access events"):
        await kept.add("b", b"b")


async def test_while_kafka_is_away_looks_wait_on_disk_and_come_onto_the_topic_later(
    audit_recorder: Recorder, away: Away, kept: Spool
) -> None:
    await audit_recorder.record(look())
    assert (away.written, len(await kept.oldest())) == ([], 1)
    away.back = True
    draining = asyncio.create_task(audit_recorder.drain())

    async def look_again() -> tuple[int, int]:
        return len(away.written), len(await kept.oldest())

    await eventually(look_again, lambda now: now == (1, 0))
    draining.cancel()


async def test_a_recorder_that_kafka_takes_everything_from_makes_no_key_and_no_folder(
    audit_recorder: Recorder, away: Away, tmp_path: Path, ring: KeyRing
) -> None:
    away.back = True
    await audit_recorder.record(look())
    await audit_recorder.bring()
    assert (len(away.written), (tmp_path / "audit").exists()) == (1, False)
    assert not (await ring.load([KEY])).knows(KEY)


async def test_the_same_look_within_a_minute_is_one_event_and_another_is_another(
    audit_recorder: Recorder, away: Away
) -> None:
    away.back = True
    others = look(("p1", "p2")), look(reader="wang"), look(resources=("a file",)), look(more=1)
    for access in (look(), look(), *others, look()):
        await audit_recorder.record(access)
    assert len(away.written) == 5


async def test_a_look_that_was_not_recorded_is_not_taken_for_recorded(
    audit_recorder: Recorder, away: Away, tmp_path: Path
) -> None:
    (tmp_path / "audit").write_text("no folder")
    for _ in range(2):
        with pytest.raises(NotRecorded):
            await audit_recorder.record(look())
    away.back = True
    await audit_recorder.record(look())
    assert len(away.written) == 1


READ = scope("test:read")


def app(audit_recorder: Recorder, issuer: Issuer) -> FastAPI:
    router = guarded()

    @router.get("/v1/persons/{id}")
    async def one(id: str, request: Request, caller: Caller = Depends(READ)) -> str:
        seen(request).add([id])
        if id == "strange":
            raise Problem(404, "person-unknown", "there is no person that you may read")
        return id

    @router.get("/v1/nobody")
    async def nobody(caller: Caller = Depends(READ)) -> str:
        return "nothing of anybody"

    served = FastAPI()
    problems.install(served)
    served.include_router(router)
    served.state.verifier = Verifier(issuer.auth)
    service = SimpleNamespace(slug="test", purpose="TREAT")
    served.state.deps = SimpleNamespace(audit=audit_recorder, clock=lambda: AT, service=service)
    return served


async def test_an_answer_about_somebody_leaves_with_its_event_or_not_at_all(
    audit_recorder: Recorder, away: Away, ring: KeyRing, tmp_path: Path
) -> None:
    issuer = Issuer(tmp_path)
    served = app(audit_recorder, issuer)
    held = {"authorization": f"Bearer {issuer.token('test:read', sub='li', roles='nurse')}"}
    away.back = True
    for path, status in (("/v1/persons/p1", 200), ("/v1/persons/strange", 404), ("/v1/nobody", 200)):
        assert (await asked(served, path, headers=held, method="GET")).status == status
    emergency = {**held, "purpose-of-use": "ETREAT"}
    assert (await asked(served, "/v1/persons/p1", headers=emergency, method="GET")).status == 200
    assert (
        await asked(served, "/v1/persons/p2", headers={**held, "purpose-of-use": "fun"}, method="GET")
    ).status == 400
    read = await Codec(ring).decode([Encoded(value) for value in away.written])
    accesses = [(each.data.reader, each.data.persons, each.data.result, each.data.purpose) for each in read]
    assert accesses == [
        ("li", ("p1",), "shown", "TREAT"),
        ("li", ("strange",), "refused", "TREAT"),
        ("li", ("p1",), "shown", "ETREAT"),
    ]
    away.back = False
    (tmp_path / "audit").write_text("no folder")
    refused = await asked(served, "/v1/persons/p9", headers=held, method="GET")
    assert (refused.status, b"p9" in refused.body, b"nothing is told of anybody" in refused.body) == (503, False, True)
