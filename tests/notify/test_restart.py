"""A sender that is restarted gently while its relay is slow."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiosmtpd.smtp import SMTP

from deploy.catalogue import load, load_all
from deploy.local.embedded import free_port
from deploy.operating.topics import prepare
from deploy.publishing.definition_store import compare, write
from services.notify.commands import LearnRecipient, RequestMessage
from services.notify.definitions import Template
from shared.actor import system
from shared.bus.consuming import read_to_end
from shared.definitions import Definitions
from shared.host.deps import build
from shared.settings import Settings
from tests.support.eventually import eventually
from tests.support.parts import embedded_parts
from tests.support.workers import environment

pytestmark = pytest.mark.wiring
MAILS = 30
UNDER_WAY = 10


class SlowRelay:
    """Takes a mail only after a while."""

    def __init__(self) -> None:
        self.port, self.begun, self.taken = free_port(), 0, Counter[str]()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        self.begun += 1
        await asyncio.sleep(1.5)
        self.taken.update(envelope.rcpt_tos)
        return "250 taken"


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Settings]:
    async with embedded_parts(tmp_path) as settings:
        yield settings


@pytest.fixture
async def relay() -> AsyncIterator[SlowRelay]:
    slow_relay, loop = SlowRelay(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(slow_relay, loop=loop), "127.0.0.1", slow_relay.port)
    yield slow_relay
    server.close()


async def ask_for_mails(parts: Settings) -> None:
    """Everybody's address, and a message for each."""
    template = Template(
        id="hello",
        version=1,
        status="published",
        author="a",
        reviewed_by="b",
        texts={"zh": {"subject": "s", "body": "b"}},
    )
    await write(parts, compare([template], Definitions()), "test")
    async with build(load("notify", parts), parts, lambda error: None) as deps:
        now = deps.clock()
        for n in range(MAILS):
            one, person = {"at": now, "recipient_id": f"p{n}"}, f"p{n}@example.org"
            learn = LearnRecipient(id=f"learn-{n}", email=person, **one)
            message = RequestMessage(
                id=f"ask-{n}",
                message_id=f"m{n}",
                purpose="care",
                template="hello",
                about="x",
                valid_until=now + timedelta(days=1),
                **one,
            )
            await deps.sender.send(
                "notify", [(deps.sender.envelope("notify", c, actor=system("test")), []) for c in (learn, message)]
            )


async def became(parts: Settings) -> Counter[str]:
    """How often each kind of event stands on notify's log."""
    kinds: Counter[str] = Counter()
    async for records in read_to_end(parts.kafka, load("notify", parts).partitions("events", parts.kafka.partitions)):
        kinds.update(orjson.loads(record.value)["type"].split(".")[2] for record in records)
    return kinds


async def reaches(wanted: int, mails: Callable[[], int], process: "subprocess.Popen[bytes]") -> None:
    """Wait until there are `wanted` mails; fails if the process ends."""

    def look() -> int:
        assert process.poll() is None, "the process has ended"
        return mails()

    await eventually(look, lambda count: count >= wanted, seconds=60)


async def test_a_gentle_restart_leaves_no_mail_unknown_and_sends_none_twice(parts: Settings, relay: SlowRelay) -> None:
    await prepare(load_all(parts), parts)
    await ask_for_mails(parts)
    own = {"CARELOOP_SMTP__PORT": str(relay.port), "CARELOOP_HTTP_PORT": str(free_port())}
    command = [sys.executable, "-m", "deploy.cli", "run", "notify", "--role", "all"]

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(command, env={**environment(parts), **own})

    process = start()
    try:
        await reaches(UNDER_WAY, lambda: relay.begun, process)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 60) == 0
        assert 0 < relay.taken.total() < MAILS
        process = start()
        await reaches(MAILS, relay.taken.total, process)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 60) == 0
    finally:
        process.kill()
    kinds = await became(parts)
    assert (kinds["attempt_succeeded"], kinds["attempt_unknown"], kinds["attempt_started"]) == (MAILS, 0, MAILS)
    assert set(relay.taken.values()) == {1}
