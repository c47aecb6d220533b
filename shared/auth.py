"""Bearer tokens with scopes (RFC 6750, JWT RFC 7519). They use real time: they are about machines now."""

from collections.abc import Callable, Mapping
from typing import Any

import jwt
from fastapi import Request

from shared.problems import Problem
from shared.settings import Auth


class Verifier:
    """Checks bearer tokens against our key file or an OIDC provider's JWKS."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._jwks = jwt.PyJWKClient(auth.jwks_url) if auth.jwks_url else None
        self._pem = auth.public_key_file.read_bytes() if auth.public_key_file else b""

    @property
    def configured(self) -> bool:
        """Whether any token could be accepted at all."""
        return bool(self._jwks or self._pem)

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a valid token. Raises `jwt.PyJWTError`."""
        key = self._jwks.get_signing_key_from_jwt(token).key if self._jwks else self._pem
        algorithms = ["RS256", "ES256", "EdDSA"] if self._jwks else ["EdDSA"]
        audience, issuer = self._auth.audience, self._auth.issuer
        return jwt.decode(token, key, algorithms, {"require": ["sub"]}, audience=audience, issuer=issuer)


def scope(wanted: str) -> Callable[[Request], str]:
    """A FastAPI dependency: the caller holds `wanted`; gives the caller's name."""

    def check(request: Request) -> str:
        return allowed(request.app.state.verifier, bearer(request.headers), wanted)

    return check


def bearer(headers: Mapping[str, str]) -> str:
    """The bearer token of a request; "" where it has none."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""


def allowed(verifier: Verifier, token: str, wanted: str) -> str:
    """The name of who holds a token, if it has the scope. Raises a 401 or 403 problem."""
    if not token:
        raise Problem(401, "token-missing", "send `Authorization: Bearer …`: `careloop token` mints one locally")
    try:
        claims = verifier.claims(token)
    except jwt.PyJWTError as error:
        raise Problem(401, "token-invalid", f"the bearer token is not accepted: {error}") from error
    held = str(claims.get("scope", "")).split()
    right = wanted.partition(":")[2]
    if wanted not in held and f"*:{right}" not in held:
        raise Problem(403, "scope-missing", f"this route needs the scope `{wanted}`, the token has {held}")
    return str(claims["sub"])
