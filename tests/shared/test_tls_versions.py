"""What TLS is spoken, HTTP and MLLP alike: 1.3 where the other can, 1.2 at the least, and no cipher of yesterday."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.authority import Authority
from deploy.local.embedded import free_port, until_open
from services.his_adapter.formats.hl7.client import client_tls
from services.his_adapter.formats.hl7.mllp import tls
from services.his_adapter.formats.settings import Mllp
from shared.host.server import Server
from shared.settings import Http, Settings
from shared.settings_kafka import Kafka
from shared.tls import client_context

REFUSED = (ConnectionError, ssl.SSLError)
WEAK = ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-NULL-SHA")


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Never asked: only hands are shaken."""


@asynccontextmanager
async def https(authority: Authority) -> AsyncIterator[int]:
    pair, port = authority.issue("us"), free_port()
    settings = Settings(http_port=port, http=Http(cert_file=pair.cert, key_file=pair.key))
    serving = asyncio.create_task(Server(app, settings).serve())
    await until_open(port, "HTTP")
    try:
        yield port
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def mllps(authority: Authority, *, weak: bool = False) -> AsyncIterator[int]:
    """MLLP's door; a `weak` one takes whatever there is, so that the clients here are known to speak it."""
    pair = authority.issue("us")
    context = tls(Mllp(cert_file=pair.cert, key_file=pair.key))
    assert context
    if weak:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:eNULL:@SECLEVEL=0")
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def client(authority: Authority, newest: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    """One that would speak anything up to a version."""
    context = ssl.create_default_context(cafile=authority.file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is asked for
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    context.set_ciphers(ciphers)
    return context


async def spoken(port: int, context: ssl.SSLContext) -> tuple[str, str]:
    """Version and cipher of a handshake. Raises `OSError` where there is none."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    channel = writer.get_extra_info("ssl_object")
    version, cipher = channel.version(), channel.cipher()[0]
    writer.close()
    await writer.wait_closed()
    return version, cipher


@pytest.mark.parametrize("listening", [https, mllps])
async def test_the_newest_version_is_spoken_and_nothing_before_1_2(listening: Any, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ours")
    async with listening(authority) as port:
        assert (await spoken(port, client(authority, ssl.TLSVersion.TLSv1_3)))[0] == "TLSv1.3"
        assert (await spoken(port, client(authority, ssl.TLSVersion.TLSv1_2)))[0] == "TLSv1.2"
        for old in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
            with pytest.raises(REFUSED):
                await spoken(port, client(authority, old))


@pytest.mark.parametrize("listening", [https, mllps])
async def test_ciphers_are_forward_secret_and_none_is_of_yesterday(listening: Any, tmp_path: Path) -> None:
    authority, old = Authority(tmp_path, "ours"), ssl.TLSVersion.TLSv1_2
    async with listening(authority) as port:
        assert (await spoken(port, client(authority, old)))[1].startswith("ECDHE-ECDSA-")
        for weak in WEAK:
            with pytest.raises(REFUSED):
                await spoken(port, client(authority, old, f"{weak}:@SECLEVEL=0"))


async def test_these_clients_would_speak_all_that_with_a_weaker_door(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ours")
    async with mllps(authority, weak=True) as port:
        assert (await spoken(port, client(authority, ssl.TLSVersion.TLSv1)))[0] == "TLSv1"
        for weak in WEAK:
            lax = client(authority, ssl.TLSVersion.TLSv1_2, f"{weak}:@SECLEVEL=0")
            assert (await spoken(port, lax))[1] == weak


def test_as_a_client_every_certificate_and_name_is_checked() -> None:
    for context in (client_tls(Mllp()), client_context(Kafka())):
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
