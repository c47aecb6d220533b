"""How a FHIR server knows who reads it: a token it was given, or SMART Backend Services (HL7 FHIR).

There a JWT signed with our private key buys a token that lasts minutes; a new one is bought when it ends.
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

from services.his_adapter.definitions import Feed
from services.his_adapter.formats.fhir.answers import WORDS, Failed, clean, whole
from shared.clock import Clock

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE, MARGIN = timedelta(minutes=5), timedelta(seconds=30)


class NotLetIn(Exception):
    """The token server or our key is to blame; the text says what."""


class Signing(Protocol):
    """How we sign in. `renews` says whether there may be another token where one is not taken."""

    renews: bool

    async def token(self, client: httpx.AsyncClient, anew: bool) -> str:
        """The token to show; "" for none. Raises `NotLetIn`, `httpx.HTTPError`."""


class Bearer:
    """A token that was given once; none where it is empty."""

    renews = False

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, client: httpx.AsyncClient, anew: bool) -> str:
        """That one."""
        return self._token


class BackendServices:
    """Signs in with a private key (PEM; RSA signs RS384, P-384 ES384). Raises `NotLetIn`.

    The assertion goes to `token_url` as it is written down; a redirect from there is not followed.
    """

    renews = True

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

    async def token(self, client: httpx.AsyncClient, anew: bool) -> str:
        """The one that lasts, else one that is bought."""
        if anew or self._clock() >= self._until:
            asking = self._asking()
            asking.headers["accept-encoding"] = "gzip"
            answer = await client.send(asking, stream=True, auth=None, follow_redirects=False)
            try:
                self._keep(answer.status_code, await whole(answer, WORDS, f"the answer of {self._feed.token_url}"))
            except Failed as error:
                raise NotLetIn(str(error)) from error
            finally:
                await answer.aclose()
        return self._token

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

    def _keep(self, status: int, body: bytes) -> None:
        try:
            told = orjson.loads(body)
            self._token, lasts = str(told["access_token"]), timedelta(seconds=int(told.get("expires_in", 300)))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            refused = clean(body.decode(errors="replace")) if 400 <= status < 500 else "without a usable token"
            raise NotLetIn(f"{self._feed.token_url} answered {status} {refused}".strip()) from error
        self._until = self._clock() + max(lasts - MARGIN, timedelta())


def auth_of(feed: Feed, secret: str, clock: Clock) -> Signing:
    """How a feed signs in. Raises `NotLetIn`."""
    return BackendServices(feed, secret, clock) if feed.token_url else Bearer(secret)
