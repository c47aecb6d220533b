"""Bearer tokens with scopes (RFC 6750, JWT RFC 7519). They use real time, not the shared clock."""

import time
from collections.abc import Mapping
from typing import Any

import jwt

from shared.caller import Caller
from shared.jwks import ALGORITHMS, KeysAway, KeySet
from shared.problems import Problem
from shared.settings import Auth

LEEWAY_SECONDS = 30
"""Accepted difference between the signer's clock and ours."""
TYPES = ("jwt", "at+jwt", "application/at+jwt")
"""Accepted `typ` headers (RFC 9068). An ID token may also have the type "JWT", but it has no scope."""
CHALLENGE = {"www-authenticate": 'Bearer realm="careloop"'}


class Verifier:
    """Verifies bearer tokens against the JWKS of an OIDC provider and our own key file."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._jwks = KeySet(auth.jwks_url) if auth.jwks_url else None
        self._pem = auth.public_key_file.read_bytes() if auth.public_key_file else b""

    @property
    def wide(self) -> bool:
        """Whether old scopes still cover the duties that were split off them."""
        return self._auth.wide_scopes

    @property
    def configured(self) -> bool:
        """Whether any token can be accepted at all."""
        return bool(self._jwks or self._pem)

    async def caller(self, token: str) -> Caller:
        """The caller of a valid token. Raises `jwt.PyJWTError`, or `KeysAway` if it cannot be verified now."""
        key, algorithms = await self._key(token)
        try:
            return self._named(token, key, algorithms)
        except (OverflowError, RecursionError, TypeError, ValueError) as error:
            raise jwt.InvalidTokenError("a claim is not what its name says") from error

    def _named(self, token: str, key: Any, algorithms: list[str]) -> Caller:
        token_claims = jwt.decode(
            token,
            key,
            algorithms,
            {"require": ["exp", "iat", "sub"]},
            audience=self._auth.audience,
            issuer=self._auth.issuer,
            leeway=LEEWAY_SECONDS,
        )
        if time.time() - token_claims["iat"] > self._auth.max_age_seconds + LEEWAY_SECONDS:
            raise jwt.ExpiredSignatureError(f"it was issued more than {self._auth.max_age_seconds} s ago")
        return Caller.of(token_claims)

    async def _key(self, token: str) -> tuple[Any, list[str]]:
        """The key that the token names among the provider's; our own key otherwise."""
        header = jwt.get_unverified_header(token)
        if str(header.get("typ") or "jwt").lower() not in TYPES:
            raise jwt.InvalidTokenError("its `typ` says that it is no access token")
        kid = header.get("kid")
        if self._jwks and (kid or not self._pem) and (key := await self._jwks.key(kid)):
            return key, ALGORITHMS
        if not self._pem:
            raise jwt.InvalidKeyError("its `kid` names no key of the provider (CARELOOP_AUTH__JWKS_URL)")
        return self._pem, ["EdDSA"]


def bearer(headers: Mapping[str, str]) -> str:
    """The bearer token of a request; "" if there is none."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def allowed(verifier: Verifier, token: str, wanted: str, once: str = "") -> Caller:
    """The caller, if the token has the scope, or `once`, the scope that covered it before.

    Raises a 401, 403 or 503 problem.
    """
    if not token:
        what = "send `Authorization: Bearer …`: `careloop token` mints one locally"
        raise Problem(401, "token-missing", what, CHALLENGE)
    try:
        caller = await verifier.caller(token)
    except jwt.PyJWTError as error:
        raise Problem(401, "token-invalid", f"the bearer token is not accepted: {error}", CHALLENGE) from error
    except KeysAway as error:
        raise Problem(503, "token-keys-away", str(error), {"retry-after": "10"}) from error
    if not (caller.holds(wanted) or (once and verifier.wide and caller.holds(once))):
        held = " ".join(sorted(caller.scopes))
        refused = Problem(403, "scope-missing", f"this route needs the scope `{wanted}`, the token has `{held}`")
        refused.who = caller.name
        raise refused
    return caller
