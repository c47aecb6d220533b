"""Who calls the WebService is known from the head of the envelope, before the rest of it is read."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from services.his_adapter.formats.cda import soap
from services.his_adapter.formats.cda.envelope import SOAP11, SOAP12, call
from services.his_adapter.formats.cda.head import token_in
from services.his_adapter.formats.cda.security import HEAD_BYTES
from services.his_adapter.formats.cda.xml import DEPTH, ELEMENTS, NotXml, parse
from services.his_adapter.settings import HisSettings
from shared import problems
from shared.auth import Verifier
from shared.guard import KIBI
from tests.support.asgi import asked
from tests.support.tokens import Issuer

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


def begins(token: str, space: str = SOAP11, more: str = "") -> str:
    """An envelope up to its body."""
    inner = f"<w:UsernameToken><w:Username>emr</w:Username><w:Password>{token}</w:Password></w:UsernameToken>"
    header = f"<s:Header>{more}<w:Security xmlns:w='{WSSE}'>{inner}</w:Security></s:Header>" if token else ""
    return f"<s:Envelope xmlns:s='{space}'>{header}<s:Body>"


def empty_elements(head: str) -> Iterator[bytes]:
    """Almost 16 MiB of them: each costs a parser far more than its five bytes."""
    yield head.encode()
    for _ in range(250):
        yield b"<a/>" * (16 * KIBI)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def app(issuer: Issuer) -> FastAPI:
    deps: Any = SimpleNamespace(settings=HisSettings())
    served = FastAPI()
    served.state.verifier = Verifier(issuer.auth)
    problems.install(served)
    served.include_router(soap.routes(deps))
    return served


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_who_is_not_let_in_has_no_more_than_the_head_read(app: FastAPI, token: str) -> None:
    answer = await asked(app, "/v1/soap", empty_elements(begins(token)))
    assert (answer.status, b"<faultstring>" in answer.body) == (401, True)
    assert answer.read <= HEAD_BYTES + 64 * KIBI


async def test_a_token_in_the_http_header_is_judged_before_anything_is_read(app: FastAPI, issuer: Issuer) -> None:
    held = {"authorization": f"Bearer {issuer.token('other:read')}", "content-type": "application/soap+xml"}
    answer = await asked(app, "/v1/soap", empty_elements(begins("")), held)
    assert (answer.status, answer.read, answer.headers["content-type"]) == (
        403,
        0,
        "application/soap+xml; charset=utf-8",
    )


async def test_elements_without_end_are_refused_and_hold_nobody_up(app: FastAPI, issuer: Issuer) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(others())
    answer = await asked(app, "/v1/soap", empty_elements(begins(issuer.token("his-adapter:write"))))
    working.cancel()
    assert (answer.status, f"more than {ELEMENTS} elements".encode() in answer.body) == (500, True)
    assert turns > 100


@pytest.mark.parametrize("size", [1, 7, 600, 1 << 20])
async def test_a_call_may_come_in_pieces_of_any_size(app: FastAPI, issuer: Issuer, size: int) -> None:
    text = f"{begins(issuer.token('his-adapter:write'))}<Send/></s:Body></s:Envelope>".encode()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    answer = await asked(app, "/v1/soap", pieces)
    assert (answer.status, b"neither an HL7 v2 message" in answer.body) == (500, True)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "gb18030"])
@pytest.mark.parametrize("space", [SOAP11, SOAP12])
def test_the_token_is_found_in_any_beginning_that_holds_it_and_in_no_other(charset: str, space: str) -> None:
    declared, head = f"<?xml version='1.0' encoding='{charset}'?>", begins("t0k.en", space, "<!-- 门诊 -->")
    text = f"{declared}{head}<a/></s:Body></s:Envelope>"
    raw = text.encode(charset)
    tokens = {token_in(raw[:end]) for end in range(len(raw) + 1)}
    assert tokens == {None, "t0k.en"}
    assert call(raw).messages == ()


@pytest.mark.parametrize(
    "text",
    [
        begins(""),
        "<Envelope><Header><Security><Password>p</Password></Security></Header><Body/></Envelope>",
        "<Envelope><Body><Security><UsernameToken><Password>p</Password></UsernameToken></Security></Body></Envelope>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
        "no xml",
        "<a></b>",
    ],
)
def test_a_password_elsewhere_is_no_token(text: str) -> None:
    assert token_in(text.encode()) == ""


def test_what_is_nested_or_repeated_without_end_is_refused_while_it_is_read() -> None:
    with pytest.raises(NotXml, match=f"nested more than {DEPTH} deep"):
        parse("<a>" * 1_000_000)
    with pytest.raises(NotXml, match=f"more than {ELEMENTS} elements"):
        parse("<a>" + "<b/>" * 1_000_000)
    assert len(parse("<a>" + "<b/>" * (ELEMENTS - 1) + "</a>")) == ELEMENTS - 1
