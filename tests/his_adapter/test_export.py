"""Given a server that speaks Bulk Data, when an export is read, then every line once, from wherever it stopped."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from services.his_adapter.formats.settings import Bulk
from services.his_adapter.pulling.fhir.bodies import Failed
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.fhir.export import BATCH, Export, Position
from services.his_adapter.pulling.fhir.signing_in import BackendServices, BearerSignIn, SignInRefused, auth_of
from tests.support.bulk import TOKEN, BulkServer


@pytest.fixture(scope="module")
def server() -> Iterator[BulkServer]:
    bulk_server = BulkServer()
    bulk_server.files = {
        "Encounter": [{"n": n} for n in range(BATCH + 50)],
        "Patient": [b'{"t":"\xe2\x80\xa8"}', {"n": 1}],
    }
    bulk_server.deleted = [{"resourceType": "Bundle"}]
    with bulk_server.running():
        yield bulk_server


@pytest.fixture
async def export(server: BulkServer) -> AsyncIterator[Export]:
    async with httpx.AsyncClient() as client:
        yield Export(client, feed(server, types=("Patient", "Encounter")), BearerSignIn(TOKEN), Bulk())


def feed(server: BulkServer, **more: Any) -> Feed:
    return Feed(id="main", version=1, url=server.url, **more)


async def whole(export: Export, position: Position) -> list[tuple[str, bytes]]:
    manifest = await export.manifest(position)
    return [(part.type, line) async for part in export.lines(manifest, position) for line in part.lines]


async def test_an_export_is_asked_for_waited_for_and_read_patients_first(export: Export, server: BulkServer) -> None:
    """Of what changed since a little before the last one: a server may still have been writing."""
    position = await export.ask(Position(since="2026-03-01T00:00:00Z"))
    assert server.asked[-1] == {
        "_outputFormat": "application/fhir+ndjson",
        "_since": "2026-02-28T23:50:00+00:00",
        "_type": "Patient,Encounter",
        "level": "",
    }
    lines = await whole(export, position)
    assert [kind for kind, _ in lines] == ["Patient"] * 2 + ["Encounter"] * (BATCH + 50) + ["Bundle"]
    assert lines[0][1] == b'{"t":"\xe2\x80\xa8"}', "a line ends with LF and nothing else"


async def test_reading_goes_on_after_every_place_it_may_have_stopped(export: Export) -> None:
    position = await export.ask(Position())
    everything = await whole(export, position)
    manifest, before = await export.manifest(position), 0
    async for part in export.lines(manifest, position):
        before += len(part.lines)
        assert await whole(export, part.then) == everything[before:]


async def test_a_file_that_breaks_off_gives_what_it_had_and_fails(export: Export, server: BulkServer) -> None:
    position = await export.ask(Position())
    manifest, line_count = await export.manifest(position), 0
    server.breaks = BATCH + 10
    try:
        async for part in export.lines(manifest, position):
            line_count += len(part.lines)
    except httpx.HTTPError:
        assert line_count == 2 + BATCH
    else:
        pytest.fail("a file that breaks off is no whole file")


async def test_what_the_server_answers_is_said(server: BulkServer) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(Failed, match="401: who are you"):
            await Export(client, feed(server), BearerSignIn(""), Bulk()).ask(Position())
        with pytest.raises(Failed, match="the export was answered 404"):
            await Export(client, feed(server), BearerSignIn(""), Bulk()).manifest(
                Position(status_url=f"{server.url}/status/2")
            )


async def test_a_level_is_part_of_the_address(server: BulkServer) -> None:
    async with httpx.AsyncClient() as client:
        await Export(client, feed(server, level="Group/g1"), BearerSignIn(TOKEN), Bulk()).ask(Position())
    assert server.asked[-1]["level"] == "Group/g1/"


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


NOW = datetime(2026, 3, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize("key", [generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())])
async def test_a_signed_assertion_buys_a_token_and_a_new_one_when_it_ends(server: BulkServer, key: Any) -> None:
    now = [datetime.now(UTC)]
    definition = feed(server, token_url=f"{server.url}/token", client_id="careloop", key_id="k1")
    server.client, server.sold = key.public_key(), 0
    async with httpx.AsyncClient() as client:
        export = Export(client, definition, auth_of(definition, pem(key), lambda: now[0]), Bulk())
        position = await export.ask(Position())
        await whole(export, position)
        assert server.sold == 1
        now[0] += timedelta(minutes=6)
        await export.ask(Position())
        server.token = "another"
        await export.ask(Position())
    server.token = TOKEN
    assert server.sold == 3


async def test_who_is_not_let_in_hears_what_the_token_server_says(server: BulkServer) -> None:
    definition = feed(server, token_url=f"{server.url}/token", client_id="careloop")
    server.client = ec.generate_private_key(ec.SECP384R1()).public_key()
    auth = BackendServices(definition, pem(ec.generate_private_key(ec.SECP384R1())), lambda: NOW)
    async with httpx.AsyncClient() as client:
        with pytest.raises(SignInRefused, match=r"answered 400 .*invalid_client"):
            await Export(client, definition, auth, Bulk()).ask(Position())
    with pytest.raises(SignInRefused, match=r"CARELOOP_FEEDS: the value of .main. is no private key"):
        auth_of(definition, "secret", lambda: NOW)
    with pytest.raises(ValidationError, match="client_id"):
        feed(server, token_url=f"{server.url}/token")
