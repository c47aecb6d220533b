"""How a FHIR server knows who reads it: a token it was given, or SMART Backend Services (HL7 FHIR).

There a JWT signed with our private key buys a token that lasts minutes; a new one is bought when it ends.
"""

from collections.abc import AsyncGenerator, Generator
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.his_adapter.definitions import Feed
from shared.clock import Clock

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE, MARGIN = timedelta(minutes=5), timedelta(seconds=30)


class NotLetIn(Exception):
    """The token server or our key is to blame; the text says what."""


class Bearer(httpx.Auth):
    """A token that was given once; none where it is empty."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add it."""
        if self._token:
            request.headers["authorization"] = f"Bearer {self._token}"
        yield request


class BackendServices(httpx.Auth):
    """Signs in with a private key (PEM; RSA signs RS384, P-384 ES384). Raises `NotLetIn`."""

    def __init__(self, feed: Feed, pem: str, clock: Clock) -> None:
        self._feed, self._clock = feed, clock
        try:
            key = load_pem_private_key(pem.encode(), None)
        except (ValueError, TypeError) as error:  # TypeError: it is encrypted
            raise NotLetIn(f"CARELOOP_FEEDS: the value of {feed.id!r} is no private key in plain PEM") from error
        curve = key.curve.name if isinstance(key, EllipticCurvePrivateKey) else ""
        if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey) or curve not in ("", "secp384r1"):
            raise NotLetIn(f"CARELOOP_FEEDS: the key of {feed.id!r} is neither RSA nor on the curve P-384")
        self._key, self._algorithm = key, "RS384" if isinstance(key, RSAPrivateKey) else "ES384"
        self._token, self._until = "", datetime.min.replace(tzinfo=clock().tzinfo)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Buy a token where there is none that lasts; once more where the server no longer knows it."""
        for last in (False, True):
            if last or self._clock() >= self._until:
                sold = yield self._asking()
                await sold.aread()
                self._keep(sold)
            request.headers["authorization"] = f"Bearer {self._token}"
            answer = yield request
            if answer.status_code != 401:
                return

    def _asking(self) -> httpx.Request:
        now, feed = self._clock(), self._feed
        claims = {"iss": feed.client_id, "sub": feed.client_id, "aud": feed.token_url, "jti": uuid4().hex}
        signed = jwt.encode(
            {**claims, "exp": now + LIFE},
            self._key,
            self._algorithm,
            {"kid": feed.key_id} if feed.key_id else None,
        )
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": signed}
        return httpx.Request("POST", feed.token_url, data={**form, "scope": feed.scope})

    def _keep(self, answer: httpx.Response) -> None:
        try:
            told = answer.json()
            self._token, lasts = str(told["access_token"]), timedelta(seconds=int(told.get("expires_in", 300)))
        except (ValueError, TypeError, KeyError) as error:
            words = answer.text[:200] if 400 <= answer.status_code < 500 else "without a usable token"
            raise NotLetIn(f"{self._feed.token_url} answered {answer.status_code} {words}".strip()) from error
        self._until = self._clock() + max(lasts - MARGIN, timedelta())


def auth_of(feed: Feed, secret: str, clock: Clock) -> httpx.Auth:
    """How a feed signs in. Raises `NotLetIn`."""
    return BackendServices(feed, secret, clock) if feed.token_url else Bearer(secret)
