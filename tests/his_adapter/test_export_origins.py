"""Given a server that sends us elsewhere, when an export is read, then our token stays with its own origin."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.his_adapter.formats.settings import Bulk
from services.his_adapter.pulling.fhir import origins
from services.his_adapter.pulling.fhir.addresses import is_public
from services.his_adapter.pulling.fhir.bodies import Failed
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.fhir.export import Export, Manifest, Position
from services.his_adapter.pulling.fhir.origins import Origins
from services.his_adapter.pulling.fhir.signing_in import BearerSignIn, SignInRefused, auth_of
from tests.his_adapter.test_export import NOW, pem
from tests.support.bulk import TOKEN, BulkServer

OURS = f"Bearer {TOKEN}"


@pytest.fixture
def server() -> Iterator[BulkServer]:
    bulk_server = BulkServer()
    bulk_server.files = {"Patient": [{"n": 1}]}
    with bulk_server.running():
        yield bulk_server


@pytest.fixture
def other() -> Iterator[BulkServer]:
    bulk_server = BulkServer(token="")
    bulk_server.files = {"Patient": [{"n": 2}]}
    with bulk_server.running():
        yield bulk_server


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as http_client:
        yield http_client


def feed(server: BulkServer, **more: Any) -> Feed:
    return Feed(id="main", version=1, url=server.url, **more)


def listed(server: BulkServer, other: BulkServer) -> Feed:
    return feed(server, also_from=(f"http://127.0.0.1:{other.port}",))


async def read(client: httpx.AsyncClient, definition: Feed) -> list[bytes]:
    export = Export(client, definition, BearerSignIn(TOKEN), Bulk())
    position = await export.ask(Position())
    manifest = await export.manifest(position)
    lines = [line async for part in export.lines(manifest, position) for line in part.lines]
    await export.end(position)
    return lines


def files_at(other: BulkServer) -> dict[str, Any]:
    return {"output": [{"type": "Patient", "url": f"{other.url}/files/Patient"}]}


async def test_files_elsewhere_get_our_token_only_where_the_definition_and_the_manifest_say_so(
    server: BulkServer, other: BulkServer, client: httpx.AsyncClient
) -> None:
    server.says = files_at(other)
    with pytest.raises(Failed, match=rf"names http://127.0.0.1:{other.port}, which is no public address.*`also_from`"):
        await read(client, feed(server))
    assert other.requests == [], "it was not even asked"
    server.says = {**files_at(other), "requiresAccessToken": False}
    assert await read(client, listed(server, other)) == [b'{"n":2}']
    assert other.requests == [("/fhir/files/Patient", None)]
    server.says = files_at(other)
    assert await read(client, listed(server, other)) == [b'{"n":2}']
    assert other.requests[-1] == ("/fhir/files/Patient", OURS)


async def test_a_public_address_that_is_not_named_is_asked_without_our_token_whatever_the_manifest_says(
    server: BulkServer, other: BulkServer, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origins, "is_public", lambda address: address == "127.0.0.1")  # as far as we can reach here
    for server.says in (files_at(other), {**files_at(other), "requiresAccessToken": False}):
        assert await read(client, feed(server)) == [b'{"n":2}']
    server.says, server.sends = {}, {"/fhir/files/Patient": f"{other.url}/files/Patient"}
    assert await read(client, feed(server)) == [b'{"n":2}']
    assert other.requests == [("/fhir/files/Patient", None)] * 3


@pytest.mark.parametrize("path", ["/fhir/$export", "/fhir/status/1"])
async def test_who_is_sent_on_at_the_kick_off_or_while_waiting_takes_no_token_along(
    server: BulkServer, other: BulkServer, client: httpx.AsyncClient, path: str
) -> None:
    server.sends = {path: f"http://127.0.0.1:{other.port}{path}"}
    with pytest.raises(Failed, match="no public address"):
        await read(client, feed(server))
    assert other.requests == []
    assert await read(client, listed(server, other)) == [b'{"n":2}']
    assert {token for asked, token in other.requests if "files" not in asked} == {None}
    assert dict(server.requests)[path] == OURS


async def test_a_status_elsewhere_is_asked_without_our_token(
    server: BulkServer, other: BulkServer, client: httpx.AsyncClient
) -> None:
    export = Export(client, listed(server, other), BearerSignIn(TOKEN), Bulk())
    await export.manifest(Position(status_url=f"{other.url}/status/1"))
    await export.end(Position(status_url=f"{other.url}/status/1"))
    assert {token for _, token in other.requests} == {None}


async def test_a_file_that_sends_us_on_takes_our_token_nowhere_it_was_not_named(
    server: BulkServer, other: BulkServer, client: httpx.AsyncClient
) -> None:
    server.sends = {"/fhir/files/Patient": f"{other.url}/files/Patient"}
    with pytest.raises(Failed, match="no public address"):
        await read(client, feed(server))
    assert other.requests == []


async def test_who_is_sent_in_circles_gives_up(server: BulkServer, client: httpx.AsyncClient) -> None:
    server.sends = {"/fhir/$export": "/fhir/$export"}
    with pytest.raises(Failed, match="more than 5 times"):
        await read(client, feed(server))
    assert len(server.requests) == 6


async def test_a_token_server_that_sends_us_on_gets_no_assertion_there(
    server: BulkServer, other: BulkServer, client: httpx.AsyncClient
) -> None:
    server.sends = {"/fhir/token": f"{other.url}/token"}
    definition = feed(server, token_url=f"{server.url}/token", client_id="careloop")
    signing = auth_of(definition, pem(ec.generate_private_key(ec.SECP384R1())), lambda: NOW)
    with pytest.raises(SignInRefused, match="answered 302"):
        await Export(client, definition, signing, Bulk()).ask(Position())
    assert other.requests == []


HTTPS = Feed(id="main", version=1, url="https://8.8.8.8/fhir", also_from=("https://10.0.0.7:8443",))
URL = httpx.URL(HTTPS.url)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://169.254.169.254/latest", "without https"),
        ("https://169.254.169.254/latest", "no public address"),
        ("https://localhost/x", "no public address"),
        ("https://[::1]/x", "no public address"),
        ("https://[::ffff:10.0.0.1]/x", "no public address"),
        ("https://[64:ff9b::a00:1]/x", "no public address"),
        ("https://10.0.0.7/x", "no public address"),
        ("https://2130706433/x", "no public address"),
        ("http://8.8.8.8/fhir/x", "from https to http"),
        ("file:///etc/passwd", "neither http nor https"),
        ("https://8.8.8.8\r\nx", "an address that is none"),
    ],
)
async def test_what_a_server_names_is_not_simply_asked(address: str, words: str) -> None:
    with pytest.raises(Failed, match=words):
        await Origins(HTTPS).admit(address, URL if "8.8.8.8" in address else None)


async def test_public_and_named_addresses_are_asked_and_only_those_are_ours() -> None:
    origins = Origins(HTTPS)
    for address, own, trusted in (
        ("https://8.8.8.8:443/other", True, True),
        ("https://8.8.8.8:8443/fhir", False, False),
        ("https://10.0.0.7:8443/x", False, True),
        ("https://user:word@1.1.1.1/x", False, False),
        ("https://8.8.8.8@1.1.1.1/x", False, False),
    ):
        place = await origins.admit(address)
        assert (origins.own(place.url), origins.trusted(place.url), place.url.userinfo) == (own, trusted, b"")


async def test_a_name_that_becomes_another_address_meanwhile_is_dialled_where_it_was(
    server: BulkServer, other: BulkServer, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()

    async def look_up(host: str, port: int, **more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port))]

    monkeypatch.setattr(origins, "is_public", lambda address: address == "127.0.0.1")
    definition = feed(server, plain_http=True)
    export = Export(client, definition, BearerSignIn(TOKEN), Bulk())
    file = {"type": "Patient", "url": f"http://files.example:{other.port}/fhir/files/Patient"}
    manifest = Manifest.model_validate({"transactionTime": NOW, "output": [file]})
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    lines = [line async for part in export.lines(manifest, Position()) for line in part.lines]
    assert (lines, asked, other.requests) == ([b'{"n":2}'], ["files.example"], [("/fhir/files/Patient", None)])


async def test_a_public_name_is_dialled_where_it_was_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(host: str, port: int, **more: Any) -> list[Any]:
        assert (host, port) == ("files.example", 443)
        return [(0, 0, 0, "", ("1.1.1.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    place = await Origins(HTTPS).admit("https://files.example/x?y=1")
    assert str(place.dialled) == "https://1.1.1.1/x?y=1"
    assert place.extensions == {"sni_hostname": "files.example", "host": "files.example"}


def test_only_addresses_of_the_open_internet_are_public() -> None:
    assert is_public("1.1.1.1")
    assert is_public("2606:4700::1111")
    inside = (
        "10.1.2.3",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "fe80::1%eth0",
    )
    assert [each for each in (*inside, "fd00::1", "::", "2002:a00:1::") if is_public(each)] == []


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"url": "http://fhir.hospital/r4"}, ["`url` of feed/main is no https"]),
        ({"url": "http://127.0.0.1.evil.example/r4"}, ["`url` of feed/main is no https"]),
        ({"url": "https://a/r4", "token_url": "http://a/token", "client_id": "x"}, ["`token_url` of feed/main is no"]),
        ({"url": "http://fhir.hospital/r4", "plain_http": True}, []),
        ({"url": "http://127.0.0.1:8080/r4"}, []),
        ({"url": "http://[::1]:8080/r4"}, []),
    ],
)
def test_a_definition_without_https_beyond_this_machine_says_so_itself(more: dict[str, Any], wrong: list[str]) -> None:
    mistakes = list(Feed.model_validate({"id": "main", "version": 1, **more}).mistakes())
    assert [each[: len(start)] for each, start in zip(mistakes, wrong, strict=True)] == wrong
