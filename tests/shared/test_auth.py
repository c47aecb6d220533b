"""Which bearer tokens are taken: ours, the provider's, and none that is old, endless or nobody's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shared import jwks
from shared.auth import Verifier, allowed
from shared.caller import Caller
from shared.jwks import KeySet
from shared.problems import Problem
from shared.settings import Auth
from shared.tokens import mint_token
from tests.support.tokens import Issuer

NOW = datetime.now(UTC)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


async def refused(auth: Auth, token: str, status: int = 401) -> str:
    with pytest.raises(Problem) as problem:
        await allowed(Verifier(auth), token, "contacts:read")
    assert problem.value.status == status
    return problem.value.detail


@pytest.mark.parametrize("token", ["", "\u00e9", "a.b.c", "\u00e9.\u00e9.\u00e9", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_of_ours_is_a_401(issuer: Issuer, token: str) -> None:
    await refused(issuer.auth, token)


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "aud", "iss"])
async def test_a_token_without_a_claim_that_it_must_have_is_refused_by_its_name(issuer: Issuer, claim: str) -> None:
    assert claim in await refused(issuer.auth, issuer.token("contacts:read", without=claim))


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": NOW - timedelta(minutes=1)}, "expired"),
        ({"iat": NOW + timedelta(hours=5)}, "not yet valid"),
        ({"nbf": NOW + timedelta(hours=5)}, "not yet valid"),
        ({"iat": NOW - timedelta(hours=25), "exp": NOW + timedelta(days=3650)}, "issued more than 86400 s ago"),
        ({"iss": "somebody"}, "issuer"),
        ({"aud": "something"}, "udience"),
    ],
)
async def test_a_token_of_another_time_or_for_others_is_refused(
    issuer: Issuer, claims: dict[str, Any], words: str
) -> None:
    assert words in await refused(issuer.auth, issuer.token("contacts:read", **claims))


async def test_a_caller_is_what_the_claims_say(issuer: Issuer) -> None:
    token = issuer.token(
        "contacts:read notify:read", sub="wang", roles=["nurse", "head"], departments="CARD", campuses=[]
    )
    caller = await allowed(Verifier(issuer.auth), token, "contacts:read")
    scopes = frozenset({"contacts:read", "notify:read"})
    roles, departments = frozenset({"nurse", "head"}), frozenset({"CARD"})
    assert caller == Caller("wang", scopes, roles, departments, has_roles=True)
    assert "needs the scope `contacts:write`" in str((await scope_missing(issuer, token)).detail)


@pytest.mark.parametrize(
    ("claims", "caller"),
    [
        ({"roles": ["nurse"]}, {"roles": frozenset({"nurse"}), "has_roles": True}),
        ({"senders": ("HIS/CITY", "LIS/CITY")}, {"senders": frozenset({"HIS/CITY", "LIS/CITY"})}),
        ({}, {}),
    ],
)
async def test_a_token_minted_here_names_the_person_or_the_system_it_is_for(
    issuer: Issuer, claims: dict[str, Any], caller: dict[str, Any]
) -> None:
    token = mint_token(issuer.private, issuer.auth, "it", ["contacts:read"], timedelta(hours=1), **claims)
    scopes = frozenset({"contacts:read"})
    assert await allowed(Verifier(issuer.auth), token, "contacts:read") == Caller("it", scopes, **caller)


async def scope_missing(issuer: Issuer, token: str) -> Problem:
    with pytest.raises(Problem) as problem:
        await allowed(Verifier(issuer.auth), token, "contacts:write")
    assert problem.value.status == 403
    return problem.value


class Provider:
    """An OIDC provider's key set; `key_ids` are those it has now."""

    def __init__(self) -> None:
        self.keys = {"one": generate_private_key(65537, 2048)}
        self.asked, self.held = 0, asyncio.Event()
        self.held.set()
        self.away = False

    def token(self, kid: str | None, **claims: Any) -> str:
        defaults = {"iss": "careloop", "aud": "careloop", "sub": "li", "scope": "contacts:read"}
        times = {"iat": datetime.now(UTC), "exp": datetime.now(UTC) + timedelta(hours=1)}
        headers = {"kid": kid} if kid else None
        key = self.keys.get(kid or "", next(iter(self.keys.values())))
        return jwt.encode({**defaults, **times, **claims}, key, "RS256", headers)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        await self.held.wait()
        algorithm = jwt.algorithms.RSAAlgorithm
        keys = [{**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid} for kid, key in self.keys.items()]
        body = b"away" if self.away else str({"keys": keys}).replace("'", '"').encode()
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(provider: Provider) -> AsyncIterator[str]:
    server = await asyncio.start_server(provider, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"


@pytest.fixture
async def provider() -> AsyncIterator[tuple[Provider, str]]:
    identity_provider = Provider()
    async with listening(identity_provider) as url:
        yield identity_provider, url


async def test_the_providers_keys_and_our_own_file_are_taken_together(
    issuer: Issuer, provider: tuple[Provider, str]
) -> None:
    identity_provider, url = provider
    both = Verifier(Auth(public_key_file=issuer.auth.public_key_file, jwks_url=url))
    assert (await allowed(both, identity_provider.token("one"), "contacts:read")).name == "li"
    assert (await allowed(both, issuer.token("contacts:read"), "contacts:read")).name == "desk"
    other = Provider()
    await refused(Auth(public_key_file=issuer.auth.public_key_file, jwks_url=url), other.token("one"))
    await refused(Auth(jwks_url=url), issuer.token("contacts:read"))


async def test_a_provider_with_one_key_needs_no_kid(provider: tuple[Provider, str]) -> None:
    identity_provider, url = provider
    assert (await allowed(Verifier(Auth(jwks_url=url)), identity_provider.token(None), "contacts:read")).name == "li"


async def test_a_new_key_is_fetched_and_made_up_ones_are_not_asked_for_again_and_again(
    provider: tuple[Provider, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    identity_provider, url = provider
    keys = KeySet(url)
    assert await keys.key("one") is not None
    for number in range(20):
        assert await keys.key(f"made-up-{number}") is None
    assert identity_provider.asked == 1
    identity_provider.keys["two"] = identity_provider.keys["one"]
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    assert await keys.key("two") is not None


async def test_while_the_provider_is_away_its_last_keys_are_used(
    provider: tuple[Provider, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    identity_provider, url = provider
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(jwks, "LIFE_SECONDS", 0.0)
    identity_provider.away = True
    detail = await refused(Auth(jwks_url=url), identity_provider.token("one"), 503)
    assert ("cannot be read" in detail, url in detail) == (True, False)  # the address is for the log
    identity_provider.away, keys = False, KeySet(url)
    assert await keys.key("one") is not None
    identity_provider.away = True
    assert await keys.key("one") is not None


async def test_a_provider_that_takes_its_time_holds_nobody_up(provider: tuple[Provider, str], issuer: Issuer) -> None:
    identity_provider, url = provider
    identity_provider.held.clear()
    verifier = Verifier(Auth(public_key_file=issuer.auth.public_key_file, jwks_url=url))
    waiting = asyncio.create_task(allowed(verifier, identity_provider.token("one"), "contacts:read"))
    assert (await allowed(verifier, issuer.token("contacts:read"), "contacts:read")).name == "desk"
    assert not waiting.done()
    identity_provider.held.set()
    assert (await waiting).name == "li"
