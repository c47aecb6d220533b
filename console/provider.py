"""The hospital's identity provider: OpenID Connect, authorization code flow with PKCE, sign-out started here.

authlib writes the requests' parts and checks the ID token's claims; HTTP is ours, since its own client is for another
library than httpx. Signatures are verified as those of bearer tokens are (`shared.jwks`).
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import jwt
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError
from pydantic import BaseModel

from console.attempts import Attempt
from console.settings import Oidc
from shared.auth import LEEWAY_SECONDS
from shared.host.hops import plain
from shared.jwks import ALGORITHMS, KeysAway, KeySet

log = logging.getLogger(__name__)
TO_PROVIDER = "/sign-in/provider"
ANSWER = f"{TO_PROVIDER}/answer"
"""Where the provider sends browsers back to: its redirect URI, which it knows."""
DISCOVERY = "/.well-known/openid-configuration"
LIFE_SECONDS = 300.0
"""How long the provider's description is used before it is read again."""
TIMEOUT_SECONDS = 10.0
"""How long one sign-in waits for the provider in all."""


class SignInFailed(Exception):
    """`problem`: the key of the sentence for whoever signs in; `status` of the page."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.problem, self.status = problem, status


class Metadata(BaseModel):
    """What the provider says of itself (OpenID Connect Discovery 1.0), as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


class Tokens(BaseModel):
    """The provider's answer to a code, as far as it is used."""

    id_token: str
    access_token: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in: the login of a staff definition, and the ID token, which the provider asks for at sign-out."""

    login: str
    id_token: str


class Provider:
    """One identity provider. `public_url`: where browsers reach the console."""

    def __init__(self, oidc: Oidc, public_url: str) -> None:
        self._oidc, self._answer_url = oidc, f"{public_url.rstrip('/')}{ANSWER}"
        self._metadata: Metadata | None = None
        self._read = float("-inf")
        self._keys = KeySet("")

    async def sign_in_url(self, attempt: Attempt, language: str) -> str:
        """Where the browser goes to sign in. Raises `SignInFailed`."""
        async with _patience():
            metadata = await self._described()
        parts = {
            "redirect_uri": self._answer_url,
            "scope": self._oidc.scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return str(prepare_grant_uri(metadata.authorization_endpoint, self._oidc.client_id, "code", **parts))

    async def sign_out_url(self, id_token: str, back: str) -> str:
        """Where the browser goes to sign out there as well (RP-Initiated Logout 1.0); "" if nowhere, or not now."""
        try:
            async with _patience():
                metadata = await self._described()
        except SignInFailed:
            return ""
        if not metadata.end_session_endpoint:
            return ""
        parts = {"id_token_hint": id_token, "client_id": self._oidc.client_id, "post_logout_redirect_uri": back}
        return str(add_params_to_uri(metadata.end_session_endpoint, parts))

    async def signed_in(self, attempt: Attempt, code: str, issuer: str) -> SignedIn:
        """Who signed in, for the code that the provider answered with. Raises `SignInFailed`.

        `issuer`: who answered, if the answer says it (RFC 9207).
        """
        if issuer and issuer != self._oidc.issuer:
            log.warning("another identity provider answered")
            raise SignInFailed("sign-in.provider-wrong", 502)
        async with _patience():
            tokens = await self._tokens(await self._described(), attempt, code)
            claims = await self._claims(tokens, attempt.nonce)
        login = claims.get(self._oidc.login_claim)
        if not isinstance(login, str) or not login:
            log.warning("the ID token has no claim %s: CARELOOP_CONSOLE__OIDC__LOGIN_CLAIM", self._oidc.login_claim)
            raise SignInFailed("sign-in.provider-wrong", 502)
        return SignedIn(login, tokens.id_token)

    async def _described(self) -> Metadata:
        """What the provider says of itself; what it said last while it is away."""
        if self._metadata is None or time.monotonic() - self._read > LIFE_SECONDS:
            try:
                await self._describe()
            except (httpx.HTTPError, TimeoutError):
                if self._metadata is None:
                    raise
                log.warning("the identity provider is away: what it said before is used")
        assert self._metadata is not None
        return self._metadata

    async def _describe(self) -> None:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS / 2) as client:
            answer = await client.get(self._oidc.issuer.rstrip("/") + DISCOVERY)
        metadata = Metadata.model_validate_json(answer.raise_for_status().content)
        if metadata.issuer != self._oidc.issuer:
            raise ValueError("its description is of another issuer")
        ends = (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri)
        if any(plain(each) for each in (*ends, metadata.end_session_endpoint or ends[0])):
            raise ValueError("one of its addresses is not https")
        if self._metadata is None or metadata.jwks_uri != self._metadata.jwks_uri:
            self._keys = KeySet(metadata.jwks_uri)
        self._metadata, self._read = metadata, time.monotonic()

    async def _tokens(self, metadata: Metadata, attempt: Attempt, code: str) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._answer_url,
            "code_verifier": attempt.verifier,
        }
        id, secret = self._oidc.client_id, self._secret()
        basic = httpx.Auth()
        if secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            basic = httpx.BasicAuth(quote(id, safe=""), quote(secret, safe=""))  # RFC 6749, 2.3.1
        else:
            form |= {"client_id": id, **({"client_secret": secret} if secret else {})}
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            answer = await client.post(metadata.token_endpoint, data=form, auth=basic)
        if answer.is_client_error:
            log.warning("the identity provider took no code: %s", oauth_error(answer))
            raise SignInFailed("sign-in.provider-refused", 403)
        return Tokens.model_validate_json(answer.raise_for_status().content)

    def _secret(self) -> str:
        file = self._oidc.client_secret_file
        return file.read_text().strip() if file else ""

    async def _claims(self, tokens: Tokens, nonce: str) -> dict[str, Any]:
        """The claims of an ID token of this attempt. Raises `jwt.PyJWTError`, `JoseError`, `KeysAway`."""
        header = jwt.get_unverified_header(tokens.id_token)
        key = await self._keys.key(header.get("kid"))
        if key is None:
            raise jwt.InvalidKeyError("its `kid` names no key of the provider")
        claims: dict[str, Any] = jwt.decode(
            tokens.id_token,
            key,
            ALGORITHMS,
            {"require": ["exp", "iat", "sub"]},
            audience=self._oidc.client_id,
            issuer=self._oidc.issuer,
            leeway=LEEWAY_SECONDS,
        )
        asked = {"nonce": nonce, "client_id": self._oidc.client_id, "access_token": tokens.access_token}
        CodeIDToken(claims, header, None, asked).validate(leeway=LEEWAY_SECONDS)
        return claims


@asynccontextmanager
async def _patience() -> AsyncIterator[None]:
    """Turn what may go wrong with the provider into `SignInFailed`, within `TIMEOUT_SECONDS`."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            yield
    except (httpx.HTTPError, TimeoutError, KeysAway) as error:
        log.warning("the identity provider is away: %s", type(error).__name__)
        raise SignInFailed("sign-in.provider-away", 503) from error
    except (jwt.PyJWTError, JoseError, ValueError) as error:
        log.warning("the identity provider's answer is not accepted: %s", type(error).__name__)
        raise SignInFailed("sign-in.provider-wrong", 502) from error


def oauth_error(answer: httpx.Response) -> str:
    """The error code of a token endpoint (RFC 6749, 5.2), for the log: only one that the standard has."""
    codes = ("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "invalid_scope")
    return next((code for code in codes if f'"{code}"' in answer.text[:10_000]), f"HTTP {answer.status_code}")
