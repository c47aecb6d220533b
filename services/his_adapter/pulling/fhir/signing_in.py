"""Authentication at a FHIR server: a fixed bearer token, or SMART Backend Services (HL7 FHIR).

Backend Services exchanges a JWT signed with our private key for an access token, and again when it expires.
"""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.his_adapter.pulling.fhir.bodies import WORDS, Failed, clean, whole
from services.his_adapter.pulling.fhir.definitions import Feed
from shared.clock import Clock

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE, MARGIN = timedelta(minutes=5), timedelta(seconds=30)
"""Lifetime of the signed JWT, and how long before its expiry an access token is renewed."""


class SignInRefused(Exception):
    """No access token could be obtained; the text says why."""


class Signing(Protocol):
    """A way to authenticate. `renews`: another token can be requested if one is rejected."""

    renews: bool

    async def token(self, client: httpx.AsyncClient, anew: bool) -> str:
        """Return the access token, a new one if `anew`; "" for none. Raises `SignInRefused`, `httpx.HTTPError`."""


class BearerSignIn:
    """A fixed token; if empty, requests are sent without one."""

    renews = False

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, client: httpx.AsyncClient, anew: bool) -> str:
        """Return the fixed token."""
        return self._token


class BackendServices:
    """Authenticates with a private key in PEM (RSA with RS384, P-384 with ES384). Raises `SignInRefused`.

    The signed JWT is only sent to the configured `token_url`; redirects are not followed.
    """

    renews = True

    def __init__(self, feed: Feed, pem: str, clock: Clock) -> None:
        self._feed, self._clock = feed, clock
        try:
            key = load_pem_private_key(pem.encode(), None)
        except (ValueError, TypeError) as error:  # TypeError: the key is encrypted
            raise SignInRefused(f"CARELOOP_FEEDS: the value of {feed.id!r} is no private key in plain PEM") from error
        curve = key.curve.name if isinstance(key, EllipticCurvePrivateKey) else ""
        if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey) or curve not in ("", "secp384r1"):
            raise SignInRefused(f"CARELOOP_FEEDS: the key of {feed.id!r} is neither RSA nor on the curve P-384")
        self._key, self._algorithm = key, "RS384" if isinstance(key, RSAPrivateKey) else "ES384"
        self._token, self._until = "", datetime.min.replace(tzinfo=clock().tzinfo)

    async def token(self, client: httpx.AsyncClient, anew: bool) -> str:
        """Return the cached token while it is valid, else request a new one."""
        if anew or self._clock() >= self._until:
            request = self._request()
            request.headers["accept-encoding"] = "gzip"
            answer = await client.send(request, stream=True, auth=None, follow_redirects=False)
            try:
                self._keep(answer.status_code, await whole(answer, WORDS, f"the answer of {self._feed.token_url}"))
            except Failed as error:
                raise SignInRefused(str(error)) from error
            finally:
                await answer.aclose()
        return self._token

    def _request(self) -> httpx.Request:
        now, feed = self._clock(), self._feed
        token_claims = {"iss": feed.client_id, "sub": feed.client_id, "aud": feed.token_url, "jti": uuid4().hex}
        signed = jwt.encode(
            {**token_claims, "exp": now + LIFE},
            self._key,
            self._algorithm,
            {"kid": feed.key_id} if feed.key_id else None,
        )
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": signed}
        return httpx.Request("POST", feed.token_url, data={**form, "scope": feed.scope})

    def _keep(self, status: int, body: bytes) -> None:
        try:
            answer = orjson.loads(body)
            self._token, lifetime = str(answer["access_token"]), timedelta(seconds=int(answer.get("expires_in", 300)))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            refused = clean(body.decode(errors="replace")) if 400 <= status < 500 else "without a usable token"
            raise SignInRefused(f"{self._feed.token_url} answered {status} {refused}".strip()) from error
        self._until = self._clock() + max(lifetime - MARGIN, timedelta())


def auth_of(feed: Feed, secret: str, clock: Clock) -> Signing:
    """Return the authentication of a feed. Raises `SignInRefused`."""
    return BackendServices(feed, secret, clock) if feed.token_url else BearerSignIn(secret)
