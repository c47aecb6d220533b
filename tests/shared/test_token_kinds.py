"""What a token says of itself decides nothing: not which algorithm or key judges it, nor what it is good for."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shared.auth import Verifier, allowed
from shared.links import LinkInvalid, open_link, sign_link
from shared.problems import Problem
from shared.settings import Auth, Secrets
from tests.support.tokens import Issuer


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


async def status(auth: Auth, token: str) -> int:
    try:
        await allowed(Verifier(auth), token, "contacts:read")
    except Problem as problem:
        return problem.status
    return 200


def claims(scope: str = "contacts:read") -> dict[str, Any]:
    now = datetime.now(UTC)
    times = {"iat": int(now.timestamp()), "exp": int((now + timedelta(hours=1)).timestamp())}
    return {"iss": "careloop", "aud": "careloop", "sub": "li", "scope": scope, **times}


def part(value: dict[str, Any] | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


async def test_our_public_key_is_no_secret_that_a_token_may_be_signed_with(issuer: Issuer) -> None:
    assert issuer.auth.public_key_file
    public = issuer.auth.public_key_file.read_bytes()
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims())
    token = signed + b"." + part(hmac.digest(public, signed, "sha256"))
    assert await status(issuer.auth, token.decode()) == 401


@pytest.mark.parametrize("algorithm", ["none", "RS256", "ES256", "PS256", "HS512"])
async def test_an_algorithm_that_is_not_our_keys_is_not_taken(issuer: Issuer, algorithm: str) -> None:
    rsa = generate_private_key(65537, 2048)
    keys: dict[str, Any] = {"none": None, "ES256": ec_key(SECP256R1()), "HS512": "x" * 64}
    assert await status(issuer.auth, jwt.encode(claims(), keys.get(algorithm, rsa), algorithm)) == 401


@pytest.mark.parametrize("place", ["jwk", "jku", "x5u"])
async def test_a_key_that_a_token_brings_along_is_not_believed(issuer: Issuer, place: str) -> None:
    own = Ed25519PrivateKey.generate()
    brought = {"jwk": jwt.algorithms.OKPAlgorithm.to_jwk(own.public_key(), as_dict=True)}
    headers = {place: brought.get(place, "https://elsewhere.example/keys")}
    assert await status(issuer.auth, jwt.encode(claims(), own, "EdDSA", headers)) == 401


@pytest.mark.parametrize(
    ("typ", "wanted"),
    [("JWT", 200), ("at+jwt", 200), ("AT+JWT", 200), (None, 200), ("logout+jwt", 401), ("dpop+jwt", 401), (7, 401)],
)
async def test_a_token_of_another_kind_is_no_access_token(issuer: Issuer, typ: Any, wanted: int) -> None:
    assert await status(issuer.auth, issuer.token("contacts:read", headers={"typ": typ})) == wanted


async def test_an_id_token_opens_nothing_since_it_holds_no_scope(issuer: Issuer) -> None:
    assert await status(issuer.auth, issuer.token(nonce="n", auth_time=1, without="scope")) == 403


async def test_a_patients_link_is_no_token_and_a_token_no_link(issuer: Issuer) -> None:
    secrets, later = Secrets("s" * 32), datetime.now(UTC) + timedelta(days=1)
    assert await status(issuer.auth, sign_link(secrets, "survey", "task-1", later)) == 401
    with pytest.raises(LinkInvalid):
        open_link(secrets, "survey", issuer.token("contacts:read"), datetime.now(UTC))
    with pytest.raises(LinkInvalid):
        open_link(secrets, "payment", sign_link(secrets, "survey", "task-1", later), datetime.now(UTC))
