"""Whatever comes over HTTP: an answer that blames the sender, never an error of ours, and nobody behind it suffers."""

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from deploy.local.demo.director import Director
from deploy.local.gateway import MOUNTS
from deploy.local.system import System
from tests.support.nasty import Asked, Operation, operations, requests

REFERENCE = Path(__file__).parents[2] / "docs/reference/openapi"
FILES = {mount: REFERENCE / f"{service.replace('_', '-')}.json" for mount, service in MOUNTS.items()}
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


def drawn(operation: Operation) -> list[Asked]:
    """A hundred requests."""
    made: list[Asked] = []

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(requests(operation))
    def draw(asked: Asked) -> None:
        made.append(asked)

    draw()
    return made


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_no_request_is_an_error_of_ours(system: System, director: Director, operation: Operation) -> None:
    for asked in drawn(operation):
        status, told = await answered(system, director, asked)
        assert status < 500 or _fault_of_the_sender(told), (asked, status, told)


def _fault_of_the_sender(told: bytes) -> bool:
    """SOAP 1.1 blames the caller with a 500, too."""
    return b"<faultcode>s:Client</faultcode>" in told


async def test_after_all_that_every_role_is_up_and_was_never_restarted(system: System, director: Director) -> None:
    assert (await director.http.get("/health/ready")).status_code == 200
    assert {name: child.restarts for name, child in system.supervisor.children.items() if child.restarts} == {}
    await director.rest()
